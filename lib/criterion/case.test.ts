import { describe, expect, test } from 'vitest';
import { answerLine, judgeCase } from './case';

const share = { name: 'errors', kind: 'guardrail', measure: 'share', metric: 'm', of: { a: 1 }, better: 'lower' };
const at = (i: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, 10 * (i + 1))).toISOString().replace('.000', '');
const bins = (n: number, baseline: unknown, candidate: unknown) =>
  Array.from({ length: n }, (_, i) => ({ at: at(i), baseline, candidate }));

describe('a case', () => {
  test('one look a bin, in order, with the first failure named as it was written', () => {
    const answer = judgeCase({ criterion: share, bins: bins(6, { n: 500, k: 5 }, { n: 500, k: 500 }) });
    expect(answer.looks.map((l) => l.at)).toEqual(bins(6, 0, 0).map((b) => b.at));
    expect(answer.outcome).toBe('fail');
    expect(answer.firstFailAt).toBe(answer.looks.find((l) => l.outcome === 'fail')?.at);
    expect(answer.looks[0]).toMatchObject({ n: 500, estimate: 0.99 });
  });
  test('what failed once stays failed: it would have been rolled back', () => {
    const healthy = Array.from({ length: 400 }, (_, i) => ({
      at: at(100 + i),
      baseline: { n: 500, k: 9 },
      candidate: { n: 500, k: 2 },
    }));
    const answer = judgeCase({ criterion: share, bins: [...bins(5, { n: 500, k: 5 }, { n: 500, k: 90 }), ...healthy] });
    expect(answer.looks.at(-1)?.outcome).not.toBe('fail');
    expect(answer.outcome).toBe('fail');
  });
  test('no bins, or null arms: no data', () => {
    expect(judgeCase({ criterion: share, bins: [] })).toEqual({ outcome: 'no_data', firstFailAt: null, looks: [] });
    expect(judgeCase({ criterion: share, bins: bins(9, null, { n: 5, k: 0 }) }).outcome).toBe('no_data');
  });
  test('a threshold needs no baseline, and its unit is that of the data', () => {
    const criterion = { ...share, measure: 'mean', of: undefined, against: { threshold: '300ms' } };
    const given = Array.from({ length: 60 }, (_, i) => ({
      at: at(i),
      candidate: { n: 500, sum: 50_000, sum2: 6_000_000 },
    }));
    expect(judgeCase({ criterion, bins: given })).toMatchObject({ outcome: 'pass' });
  });
  test.each([
    ['{', /JSON/],
    ['[]', /^line: /],
    [{ bins: [] }, /^criterion: /],
    [{ criterion: { ...share, better: 'best' }, bins: [] }, /^criterion\.better: /],
    [{ criterion: { ...share, margin: '20ms' }, bins: [] }, /^margin: /],
    [{ criterion: share, bins: [{ candidate: null }] }, /^bins\[0\]\.at: /],
    [{ criterion: share, bins: [{ at: 'noon', candidate: null }] }, /^bins\[0\]\.at: /],
    [{ criterion: share, bins: bins(1, { n: 1, k: 2 }, null) }, /^bins\[0\]\.baseline\.k: /],
    [{ criterion: share, bins: bins(1, null, { n: -1, k: 0 }) }, /^bins\[0\]\.candidate\.n: /],
    [{ criterion: share, bins: bins(1, null, { values: [1] }) }, /^bins\[0\]\.candidate/],
    [{ criterion: share, bins: bins(2, null, null).reverse() }, /^bins\[1\]\.at: /],
    [
      {
        criterion: { ...share, of: undefined, measure: 'quantile', q: 0.9 },
        bins: bins(1, null, { bounds: [1], counts: [1] }),
      },
      /^bins\[0\]\.candidate\.counts: /,
    ],
  ])('%j is refused where it is wrong', (line, message) => {
    const answer = JSON.parse(answerLine(typeof line === 'string' ? line : JSON.stringify(line)));
    expect(answer.error).toMatch(message);
  });
});
