import { expect, test } from 'vitest';
import type { Facts } from '../facts';
import type { Figure } from '../model';
import { figureValue } from './draft';
import { excessParts } from './excess-words';
import type { Told } from './words';

const said = (over: Partial<Figure>, criterion: Record<string, unknown>): string => {
  const measured = [
    { criterion: { name: 'page', metric: 'http.server.request.duration', better: 'lower', ...criterion } },
  ];
  const told = { facts: { baseline: 'control', measured } as unknown as Facts, figures: [], milestones: [] } as Told;
  const figure = {
    id: 'impact/page',
    low: null,
    high: null,
    level: null,
    why: '',
    inputs: { criterion: 'page' },
    ...over,
  };
  return excessParts(told, figure as Figure)
    .map((part) => (typeof part === 'string' ? part : part.text))
    .join('');
};

test('what a mean of durations cost is told as time, not as a number of requests', () => {
  const of = { unit: 'ms', value: 101_000, low: 87_120, high: 116_000, level: 0.95 } as const;
  const text = said(of, { measure: 'mean' });
  expect(text.replaceAll('\u202f', ' ')).toBe(
    'The requests took about 1 min 41 s longer in all than they would have on control, by its rate at the same times (95 % interval 1 min 27 s to 1 min 56 s).',
  );
  expect(said({ ...of, value: -500, low: -900, high: 20 }, { measure: 'mean' }).replaceAll('\u202f', ' ')).toContain(
    'took about 500 ms less in all',
  );
});

test('a mean of something else is no number of events', () => {
  const text = said({ unit: 'count', value: 1_200 }, { measure: 'mean', metric: 'http.server.response.body.size' });
  expect(text).toContain('1,200 more of http.server.response.body.size in all');
});

test('time that may have been saved keeps its sign', () => {
  const figure = { value: -362, low: -64_000, high: 64_000, level: null, unit: 'ms' } as Figure;
  expect(figureValue(figure).replaceAll('\u202f', ' ')).toBe('−362 ms (−1 min 4 s to 1 min 4 s)');
});
