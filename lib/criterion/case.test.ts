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

describe('what a case may be', () => {
  const one = (criterion: object, candidate: unknown, baseline?: unknown) => ({
    criterion: { against: { threshold: 1 }, ...criterion },
    bins: [{ at: at(0), candidate, ...(baseline === undefined ? {} : { baseline }) }],
  });
  const quantile = { measure: 'quantile', q: 0.5 };
  const exponential = { scale: 0, counts: [1, 2] };
  test.each<[string, object, unknown, string | null]>([
    ['a share', { measure: 'share' }, { n: 2, k: 2 }, null],
    ['a share of more than all', { measure: 'share' }, { n: 2, k: 3 }, 'k: is above n'],
    ['a share of nothing', { measure: 'share' }, { n: 0, k: 0 }, null],
    ['something of nothing', { measure: 'share' }, { n: 0, k: 1 }, 'k: counts something of nothing'],
    ['fewer than none', { measure: 'share' }, { n: 1, k: -1 }, 'k: is below 0'],
    ['a ratio of more than one', { measure: 'ratio' }, { n: 2, k: 3 }, null],
    ['a ratio to nothing', { measure: 'ratio' }, { n: 0, k: 3 }, 'k: counts something of nothing'],
    ['a rate', { measure: 'rate' }, { n: 2, seconds: 60 }, null],
    ['a rate over less than no time', { measure: 'rate' }, { n: 2, seconds: -1 }, 'seconds: is below 0'],
    ['a rate of all the traffic', { measure: 'rate' }, { n: 2, seconds: 1, exposure: 1 }, null],
    ['a rate of none of it', { measure: 'rate' }, { n: 2, seconds: 1, exposure: 0 }, null],
    ['a rate of nobody knows what', { measure: 'rate' }, { n: 2, seconds: 1, exposure: null }, null],
    ['a rate of more than all', { measure: 'rate' }, { n: 2, seconds: 1, exposure: 1.1 }, 'exposure: '],
    ['a rate of less than nothing', { measure: 'rate' }, { n: 2, seconds: 1, exposure: -0.1 }, 'exposure: '],
    ['a mean', { measure: 'mean' }, { n: 2, sum: -3, sum2: 9 }, null],
    ['squares below nothing', { measure: 'mean' }, { n: 2, sum: -3, sum2: -9 }, 'sum2: is below 0'],
    ['values', { measure: 'value' }, { values: [-1, 2.5] }, null],
    ['values that are none', { measure: 'value' }, { values: ['x'] }, 'values[0]: '],
    ['buckets', quantile, { bounds: [-1, 2], counts: [1, 2, 3] }, null],
    ['buckets without an end', quantile, { bounds: [1, 2], counts: [1, 2] }, 'counts: must be one longer than bounds'],
    ['bounds that do not rise', quantile, { bounds: [1, 1], counts: [1, 2, 3] }, 'bounds: must rise'],
    ['a bucket of fewer than none', quantile, { bounds: [1], counts: [1, -2] }, 'counts[1]: is below 0'],
    ['buckets of nothing', quantile, null, null],
    ['exponential ones', quantile, exponential, null],
    [
      'with everything',
      quantile,
      { ...exponential, zeroCount: 1, zeroThreshold: 0.1, offset: -3, negativeOffset: 1, negativeCounts: [4] },
      null,
    ],
    ['of too fine a scale', quantile, { ...exponential, scale: 21 }, 'scale: '],
    ['of too coarse a scale', quantile, { ...exponential, scale: -11 }, 'scale: '],
    ['of half a scale', quantile, { ...exponential, scale: 0.5 }, 'scale: '],
    ['from half a bucket on', quantile, { ...exponential, offset: 0.5 }, 'offset: '],
    ['of fewer than none below', quantile, { ...exponential, negativeCounts: [-1] }, 'negativeCounts[0]: is below 0'],
    ['a field that nobody knows', { measure: 'share' }, { n: 1, k: 0, x: 1 }, ''],
    ['an arm of another measure', { measure: 'mean' }, { n: 1, k: 0 }, ''],
  ])('%s', (_, criterion, candidate, wrong) => {
    for (const [side, given] of [
      ['candidate', one(criterion, candidate)],
      ['baseline', one(criterion, null, candidate)],
    ] as const) {
      const { error } = JSON.parse(answerLine(JSON.stringify(given)));
      if (wrong === null) expect(error).toBeUndefined();
      else expect(error).toContain(`bins[0].${side}${wrong && '.'}${wrong}`);
    }
  });
  test.each<[string, unknown, RegExp]>([
    ['no criterion', { criterion: null, bins: [] }, /^criterion/],
    ['a bin with a field that nobody knows', { criterion: share, bins: [{ at: at(0), x: 1 }] }, /^bins\[0\]: /],
    ['a line with one', { criterion: share, bins: [], x: 1 }, /^line: /],
    [
      'the second bin',
      { criterion: share, bins: [{ at: at(0) }, { at: at(1), candidate: 3 }] },
      /^bins\[1\]\.candidate: /,
    ],
    [
      'an earlier time',
      { criterion: share, bins: [{ at: at(1) }, { at: at(0) }] },
      /^bins\[1\]\.at: is before the bin above it$/,
    ],
  ])('%s is refused', (_, given, message) => expect(() => judgeCase(given)).toThrow(message));
  test('times may be the same, local or in a zone, and an arm left out is silent', () => {
    const answer = judgeCase({
      criterion: { ...share, against: { threshold: '1%' } },
      bins: [{ at: '2026-01-01T00:00:00+02:00' }, { at: at(0), candidate: { n: 4, k: 1 } }, { at: at(0) }],
    });
    expect(answer.looks.map((l) => [l.n, l.baselineN])).toEqual([
      [0, null],
      [4, null],
      [4, null],
    ]);
    expect(() => judgeCase({ criterion: share, bins: [{ at: '2026-01-01T00:00:00' }] })).not.toThrow();
  });
});

describe('what a case need not say', () => {
  const failing = bins(40, { n: 500, k: 5 }, { n: 500, k: 14 });
  const firstFail = (falseAlarmRate?: number) =>
    judgeCase({ criterion: { ...share, ...(falseAlarmRate && { falseAlarmRate }) }, bins: failing })
      .firstFailAt as string;
  test('the rate of false alarms is one in a hundred', () => {
    expect(firstFail()).toBe(firstFail(0.01));
    expect(firstFail(1e-4) > firstFail()).toBe(true);
  });
  test('what the part is a part of, and every name', () => {
    expect(
      judgeCase({ criterion: { measure: 'share' }, bins: bins(20, { n: 500, k: 5 }, { n: 500, k: 90 }) }).outcome,
    ).toBe('fail');
    expect(
      judgeCase({ criterion: { measure: 'ratio' }, bins: bins(20, { n: 500, k: 5 }, { n: 500, k: 90 }) }).outcome,
    ).toBe('fail');
    expect(
      judgeCase({
        criterion: { measure: 'share', against: { threshold: '1%' } },
        bins: [{ at: at(0), candidate: { n: 9, k: 0 } }],
      }).looks,
    ).toEqual([
      expect.objectContaining({
        at: at(0),
        n: 9,
        baselineN: null,
        limit: 0.01,
        outcome: 'inconclusive',
        reason: 'not_yet_clear',
      }),
    ]);
  });
  test.each<[string, object, string | undefined, number]>([
    ['that of the threshold', { against: { threshold: '300ms' } }, undefined, 300],
    ['that of the margin', { margin: '20ms' }, undefined, 20],
    ['with a space, of a part of one', { against: { threshold: '1.5 ms' } }, undefined, 1.5],
    ['that of the threshold, not of the margin', { against: { threshold: '300ms' }, margin: '1s' }, undefined, 1300],
    ['none of a number', { against: { threshold: 3 } }, undefined, 3],
    ['none of a part', { margin: '10%' }, undefined, 0.1],
    ['the one that is given', { against: { threshold: '300ms' } }, 's', 0.3],
  ])('the unit of the data: %s', (_, over, unit, limit) => {
    const arm = { n: 9, sum: 9, sum2: 10 };
    const { looks } = judgeCase({ criterion: { measure: 'mean', ...over }, bins: bins(1, arm, arm), unit });
    expect(looks[0]?.limit).toBeCloseTo(limit, 12);
  });
  test('a threshold in per cent is a share of one', () => {
    const arm = { values: [0.5] };
    const { looks } = judgeCase({
      criterion: { measure: 'value', against: { threshold: '20%' } },
      bins: bins(1, arm, arm),
    });
    expect(looks[0]?.limit).toBeCloseTo(0.2, 12);
  });
});
