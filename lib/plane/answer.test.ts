/** The table of what is made of what a plane says and of what it serves. */
import { describe, expect, test } from 'vitest';
import type { Sent } from '@/lib/webhook/model';
import { judged, readBackOf, type Said, saidOf } from './answer';
import type { Order, PlaneState, ReadBack } from './model';

const at = new Date('2026-11-22T08:00:00.000Z');
const state = (baseline: string): PlaneState => ({ baseline, exposure: [], configuration: null, withdrawn: [] });
const answered = (status: number, body: unknown = {}, over: Partial<Sent> = {}): Sent =>
  ({
    kind: 'answered',
    status,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    truncated: false,
    retryAfterMs: null,
    ...over,
  }) as Sent;
const failed = (kind: 'timeout' | 'blocked' | 'disabled' | 'refused'): Sent => ({ kind, why: kind, reached: false });

const order: Order = { feature: 'f', environment: 'e', desired: state('control'), fence: 5, key: 'ours' };
const found = (baseline: string, fence: number, key: string | null): ReadBack => ({
  known: true,
  state: state(baseline),
  fence,
  key,
  at: at.toISOString(),
});
const unread: ReadBack = { known: false, why: 'nobody knows', retryAfterMs: 3 };
const yes: Said = { kind: 'yes' };
const unsure: Said = { kind: 'unknown', why: 'it answered 500', retryAfterMs: 7 };

describe('after an order', () => {
  test.each<[string, Said, ReadBack, object]>([
    ['yes, and it is so', yes, found('control', 5, 'ours'), { kind: 'accepted' }],
    ['no answer, and it is so', unsure, found('control', 5, 'ours'), { kind: 'accepted' }],
    ['it is so, by somebody else, under our fence', yes, found('control', 5, null), { kind: 'accepted' }],
    ['yes, and nobody knows', yes, unread, { kind: 'unknown', retryAfterMs: 3 }],
    ['no answer, and nobody knows', unsure, unread, { kind: 'unknown', retryAfterMs: 7 }],
    ['yes, and nothing has changed', yes, found('treatment', 4, 'before'), { kind: 'unknown' }],
    ['no answer, and nothing has changed', unsure, found('treatment', 4, null), { kind: 'unknown', retryAfterMs: 7 }],
    // Without our fence a worker that comes late would undo it.
    ['yes, and it was so before, under an older fence', yes, found('control', 4, 'before'), { kind: 'unknown' }],
    ['somebody newer, otherwise', yes, found('treatment', 6, 'newer'), { kind: 'conflict', fence: 6 }],
    ['somebody newer, who wants the same', yes, found('control', 6, 'newer'), { kind: 'conflict', fence: 6 }],
    ['carried out, and it serves something else', yes, found('treatment', 5, 'ours'), { kind: 'conflict', fence: 5 }],
    ['somebody else has changed it', yes, found('treatment', 5, null), { kind: 'conflict', fence: 5 }],
    // The same fence under another key is an earlier step of the same rollback: ours has not been carried out.
    ['yes, and it is still at the step before', yes, found('treatment', 5, 'step'), { kind: 'unknown' }],
    ['no, whatever it serves', { kind: 'refused', why: 'no' }, found('control', 5, 'ours'), { kind: 'refused' }],
  ])('%s', (_name, said, read, written) => {
    expect(judged(said, order, read)).toMatchObject(written);
  });
});

describe('what it said', () => {
  test.each<[Sent, object]>([
    [answered(200), { kind: 'yes' }],
    [answered(202), { kind: 'yes' }],
    [answered(204, ''), { kind: 'yes' }],
    [answered(409, { fence: 6 }), { kind: 'conflict', fence: 6 }],
    [answered(409, 'nonsense'), { kind: 'conflict', fence: null }],
    ...[408, 425, 429, 500, 502, 503, 504].map((status): [Sent, object] => [
      answered(status, {}, { retryAfterMs: 9 } as Partial<Sent>),
      { kind: 'unknown', retryAfterMs: 9 },
    ]),
    ...[301, 302, 307, 400, 401, 403, 404, 410, 422].map((status): [Sent, object] => [
      answered(status),
      { kind: 'refused', why: `it answered ${status}` },
    ]),
    [failed('timeout'), { kind: 'unknown' }],
    // Nobody listens now; that may be over in a moment.
    [failed('refused'), { kind: 'unknown' }],
    [failed('blocked'), { kind: 'refused' }],
    [failed('disabled'), { kind: 'refused' }],
  ])('%j', (sent, said) => {
    expect(saidOf(sent)).toMatchObject(said);
  });
});

describe('what is', () => {
  const eu = { name: 'eu', state: state('control'), fence: 5, key: 'ours' };
  const us = { ...eu, name: 'us' };
  const read = (body: unknown, expected: string[] = []) => readBackOf(answered(200, body), expected, at);

  test.each<[string, unknown, string[]]>([
    ['one place', { state: state('control'), fence: 5, key: 'ours' }, []],
    ['what is left out is nothing', { state: { baseline: 'control', exposure: [] }, fence: 5, key: 'ours' }, []],
    ['more than was asked', { ...eu, extra: true }, []],
    ['all regions agree', { regions: [eu, us] }, ['us', 'eu']],
    ['a region that was not expected agrees too', { regions: [eu, us] }, ['eu']],
  ])('is known: %s', (_name, body, expected) => {
    expect(read(body, expected)).toEqual(found('control', 5, 'ours'));
  });

  test('regions under different keys have none', () => {
    expect(read({ regions: [eu, { ...us, key: null }] })).toEqual(found('control', 5, null));
  });

  test.each<[string, unknown, string[], string]>([
    ['a region is missing', { regions: [eu] }, ['eu', 'us'], 'nothing was heard of us'],
    ['regions were expected, one place answers', { ...eu }, ['eu'], 'nothing was heard of eu'],
    ['regions serve different things', { regions: [eu, { ...us, state: state('treatment') }] }, [], 'eu and us'],
    ['regions are at different fences', { regions: [eu, { ...us, fence: 4 }] }, [], 'eu and us do not agree: fence'],
    ['a region that nobody expected disagrees', { regions: [eu, { ...us, fence: 4 }] }, ['eu'], 'eu and us'],
    ['no region', { regions: [] }, [], 'not in the words'],
    ['no key', { state: state('control'), fence: 5 }, [], 'not in the words'],
    ['no fence', { state: state('control'), key: null }, [], 'not in the words'],
    ['half a fence', { state: state('control'), fence: 5.5, key: null }, [], 'not in the words'],
    [
      'a share over 100',
      { ...eu, state: { ...state('c'), exposure: [{ cohort: 'a', version: 'b', share: 101 }] } },
      [],
      'not in',
    ],
    ['no JSON', '<html>', [], 'not in the words'],
    ['null', 'null', [], 'not in the words'],
  ])('is not known: %s', (_name, body, expected, why) => {
    expect(read(body, expected)).toMatchObject({ known: false, why: expect.stringContaining(why) });
  });

  test.each<[string, Sent]>([
    ['half a document', answered(200, { ...eu }, { truncated: true } as Partial<Sent>)],
    ['another status', answered(202, { ...eu })],
    ['nobody', failed('timeout')],
  ])('is not known: %s', (_name, sent) => {
    expect(readBackOf(sent, [], at)).toMatchObject({ known: false });
  });
});
