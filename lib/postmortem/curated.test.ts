import { expect, test } from 'vitest';
import { adrift, curatedTimeline } from './curated';
import type { Curation, Draft, TimelineEntry } from './model';

const entry = (id: string, at: string, over: Partial<TimelineEntry> = {}): TimelineEntry => ({
  id,
  at,
  text: `text of ${id}`,
  tone: 'plain',
  who: 'Belay',
  sources: [],
  milestone: null,
  minor: false,
  ...over,
});
const draft = {
  timeline: [entry('event/1', '2026-01-01T00:00:00Z'), entry('event/2', '2026-01-01T00:01:00Z', { minor: true })],
} as unknown as Draft;
const by = { by: 'Ada', madeAt: '2026-01-02T00:00:00Z' };
const cur = (id: string, of: Record<string, unknown>) => ({ id, ...by, ...of }) as unknown as Curation;
const told = (curations: Curation[]) => curatedTimeline({ draft, curations });

test('without curations it is what was drafted', () => {
  expect(told([]).map(({ id, hidden, was, trace }) => [id, hidden, was, trace])).toEqual([
    ['event/1', false, null, []],
    ['event/2', false, null, []],
  ]);
});

test('what is hidden stays, marked, with who and why; shown again it is of weight', () => {
  const hide = cur('cur_1', { kind: 'hide', entry: 'event/1', reason: 'noise' });
  expect(told([hide])[0]).toMatchObject({ hidden: true, trace: [{ reason: 'noise', by: 'Ada' }] });
  const show = cur('cur_2', { kind: 'show', entry: 'event/2', reason: 'it matters' });
  expect(told([hide, show])[1]).toMatchObject({ hidden: false, minor: false, trace: [{ reason: 'it matters' }] });
});

test('a correction keeps what was drafted, however often it is corrected', () => {
  const first = cur('cur_1', { kind: 'correct', entry: 'event/1', text: 'better', reason: 'r' });
  const later = cur('cur_2', { kind: 'correct', entry: 'event/1', at: '2026-01-01T00:02:00Z', reason: 'clock' });
  const of = told([first, later]).find(({ id }) => id === 'event/1');
  expect(of).toMatchObject({
    text: 'better',
    at: '2026-01-01T00:02:00Z',
    was: { at: '2026-01-01T00:00:00Z', text: 'text of event/1' },
  });
  expect(of?.trace).toHaveLength(2);
});

test('what is added stands at its time, and can be corrected and hidden itself', () => {
  const add = cur('cur_1', { kind: 'add', at: '2026-01-01T00:00:30Z', text: 'a call came', reason: '' });
  expect(told([add]).map(({ id, added }) => [id, added])).toEqual([
    ['event/1', false],
    ['added/cur_1', true],
    ['event/2', false],
  ]);
  const hide = cur('cur_2', { kind: 'hide', entry: 'added/cur_1', reason: 'wrong call' });
  expect(told([add, hide])[1]).toMatchObject({ hidden: true });
});

test('a curation of what is not drafted any more changes nothing and is told of', () => {
  const lost = cur('cur_1', { kind: 'hide', entry: 'event/9', reason: 'noise' });
  expect(told([lost]).every(({ hidden }) => !hidden)).toBe(true);
  expect(adrift({ draft, curations: [lost] })).toEqual([lost]);
});
