import { expect, test } from 'vitest';
import { plan } from '@/e2e/design-plan';
import type { BinRow } from '@/lib/signal/model';
import { binMs, close, enterStage, startJudging } from './judging';
import { fromKept, toKept } from './kept';

test('what was kept, written down and read again, is all but the windows and what went wrong', () => {
  const start = Date.parse('2026-01-01T00:00:00Z');
  const row = (bin: number, version: string): BinRow => ({
    at: start + bin * binMs,
    version,
    cohort: 'beta',
    metric: 'http.server.request.duration',
    kind: 'histogram',
    unit: 's',
    attributes: {},
    aggregate: { kind: 'histogram', n: 9, sum: 4, sum2: 3, min: 0, max: 1, last: 1 },
  });
  const judging = startJudging(plan, new Date(start), new Date(start + binMs), binMs, ['internal']);
  enterStage(judging, new Date(start + 2 * binMs), [{ at: start, stage: 0 }]);
  close(
    judging,
    [0, 1, 2, 4].flatMap((i) => [row(i, plan.baseline), row(i, plan.candidate)]),
    start + 5 * binMs,
  );
  const first = judging.criteria[0];
  expect(first?.state).not.toBeNull();
  expect(first?.counts.size).toBe(1);
  const kept = JSON.parse(JSON.stringify(toKept(judging)));
  expect(fromKept(plan, kept)).toEqual({ ...judging, windows: [] });
  if (first) first.error = new Error('broken');
  expect(fromKept(plan, JSON.parse(JSON.stringify(toKept(judging)))).criteria[0]?.error).toBeNull();
});
