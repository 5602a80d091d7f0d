import { describe, expect, test } from 'vitest';
import type { Aggregate, BinRow } from '@/lib/signal/model';
import { toBins } from './arms';
import { type CriterionInput, criterionInput } from './model';

const versions = { baseline: 'control', candidate: 'treatment' };
const at = Date.UTC(2026, 0, 1);
const iso = (seconds: number) => new Date(at + seconds * 1000).toISOString();

function row(over: Partial<Omit<BinRow, 'aggregate'>> & { aggregate?: Partial<Aggregate> }): BinRow {
  const kind = over.kind ?? 'sum';
  const { aggregate, ...rest } = over;
  return {
    at,
    version: 'treatment',
    cohort: 'eu',
    metric: 'requests',
    kind,
    unit: 's',
    attributes: {},
    ...rest,
    aggregate: { kind, n: 0, sum: 0, sum2: 0, min: 0, max: 0, last: 0, ...aggregate },
  };
}
function bins(over: Partial<CriterionInput>, rows: BinRow[], until?: number) {
  const criterion = criterionInput.parse({
    name: 'c',
    kind: 'guardrail',
    metric: 'requests',
    better: 'lower',
    ...over,
  });
  return toBins(criterion, rows, versions, 10_000, until);
}

describe('toBins', () => {
  test('a share counts what matches `of` among what matches `where`, over all series', () => {
    const { byCohort } = bins({ measure: 'share', where: { route: '/pay' }, of: { status: '5xx' } }, [
      row({ attributes: { route: '/pay', status: 200 }, aggregate: { n: 90 } }),
      row({ attributes: { route: '/pay', status: 503 }, aggregate: { n: 7 } }),
      row({ attributes: { route: '/pay', status: '500' }, aggregate: { n: 3 } }),
      row({ attributes: { route: '/', status: 500 }, aggregate: { n: 50 } }),
      row({ version: 'control', attributes: { route: '/pay', status: 200 }, aggregate: { n: 40 } }),
      row({ version: 'other', attributes: { route: '/pay', status: 500 }, aggregate: { n: 40 } }),
    ]);
    expect(byCohort.get('eu')).toEqual([{ at: iso(0), baseline: { n: 40, k: 0 }, candidate: { n: 100, k: 10 } }]);
  });
  test('a ratio divides by the other counter; without it there is nothing to divide by', () => {
    const { byCohort } = bins({ measure: 'ratio', per: 'started' }, [
      row({ aggregate: { n: 8 } }),
      row({ metric: 'started', aggregate: { n: 10 } }),
      row({ version: 'control', aggregate: { n: 8 } }),
    ]);
    expect(byCohort.get('eu')?.[0]).toMatchObject({ baseline: null, candidate: { n: 10, k: 8 } });
  });
  test('a ratio whose upper counter is silent counts none, because the lower one spoke', () => {
    const { byCohort } = bins({ measure: 'ratio', per: 'started' }, [row({ metric: 'started', aggregate: { n: 10 } })]);
    expect(byCohort.get('eu')?.[0]?.candidate).toEqual({ n: 10, k: 0 });
  });
  test('a rate is per second, and over the seconds that have passed in the open bin', () => {
    const rows = [row({ aggregate: { n: 20 } }), row({ at: at + 10_000, aggregate: { n: 6 } })];
    expect(
      bins({ measure: 'rate' }, rows, at + 13_000)
        .byCohort.get('eu')
        ?.map((b) => b.candidate),
    ).toEqual([
      { n: 20, seconds: 10 },
      { n: 6, seconds: 3 },
    ]);
  });
  test('arms of unequal traffic get their planned part of it; where it is not known the bin says so', () => {
    const rows = [row({ aggregate: { n: 9 } }), row({ version: versions.baseline, aggregate: { n: 90 } })];
    const rate = { name: 'c', kind: 'guardrail', metric: 'requests', better: 'lower', measure: 'rate' } as const;
    const arms = (over: Partial<CriterionInput>, share: number | null) => {
      const criterion = criterionInput.parse({ ...rate, ...over });
      return toBins(criterion, rows, versions, 10_000, undefined, () => share).byCohort.get('eu')?.[0];
    };
    expect(arms({}, 0.25)).toMatchObject({
      baseline: { n: 90, seconds: 10, exposure: 0.75 },
      candidate: { n: 9, seconds: 10, exposure: 0.25 },
    });
    expect(arms({}, null)).toMatchObject({ baseline: { exposure: null }, candidate: { exposure: null } });
    expect(arms({ against: { threshold: 2 } }, 0.25)?.candidate).toEqual({ n: 9, seconds: 10 });
  });
  test('cohorts stay apart, bins are in order, an absent arm is null and never zero', () => {
    const { byCohort } = bins({ measure: 'share', of: { status: '5xx' } }, [
      row({ at: at + 20_000, aggregate: { n: 5 } }),
      row({ at, aggregate: { n: 4 } }),
      row({ cohort: 'us', version: 'control', aggregate: { n: 1 } }),
      row({ cohort: 'us', aggregate: { n: 0 } }),
    ]);
    expect(byCohort.get('eu')?.map((b) => b.at)).toEqual([iso(0), iso(20)]);
    expect(byCohort.get('us')?.[0]).toMatchObject({ baseline: { n: 1, k: 0 }, candidate: null });
  });
  test('milliseconds and seconds of one metric are brought to the first unit; what does not fit is left out', () => {
    const { unit, byCohort } = bins({ measure: 'mean' }, [
      row({ kind: 'histogram', aggregate: { n: 2, sum: 3, sum2: 5 } }),
      row({ kind: 'histogram', unit: 'ms', aggregate: { n: 1, sum: 500, sum2: 250_000 } }),
      row({ kind: 'histogram', unit: 'By', aggregate: { n: 9, sum: 9, sum2: 9 } }),
    ]);
    expect(unit).toBe('s');
    expect(byCohort.get('eu')?.[0]?.candidate).toEqual({ n: 3, sum: 3.5, sum2: 5.25 });
  });
  test('histograms of several series merge; a gauge gives one value a series', () => {
    const explicit = { bounds: [1, 2], counts: [1, 2, 3] };
    const { byCohort } = bins({ measure: 'quantile', q: 0.5 }, [
      row({ kind: 'histogram', aggregate: { explicit } }),
      row({ kind: 'histogram', aggregate: { explicit } }),
    ]);
    expect(byCohort.get('eu')?.[0]?.candidate).toEqual({ bounds: [1, 2], counts: [2, 4, 6] });
    const gauge = bins({ measure: 'value' }, [
      row({ kind: 'gauge', aggregate: { n: 2, sum: 6 } }),
      row({ kind: 'gauge', aggregate: { n: 0, sum: Number.NaN, last: 9 } }),
    ]);
    expect(gauge.byCohort.get('eu')?.[0]?.candidate).toEqual({ values: [3, 9] });
  });
  test('sums that are not known make a mean unknown', () => {
    const { byCohort } = bins({ measure: 'mean' }, [row({ aggregate: { n: 5, sum: Number.NaN, sum2: Number.NaN } })]);
    expect(byCohort.get('eu')?.[0]?.candidate).toBeNull();
  });
});

describe('what one arm is', () => {
  const candidate = (over: Partial<CriterionInput>, rows: BinRow[], until?: number) =>
    bins(over, rows, until).byCohort.get('eu')?.[0]?.candidate;
  const share = { measure: 'share', of: { status: '5xx' } } as const;
  const failed = { status: '500' };
  const gauge = (n: number, sum: number, last: number, unit = 's') =>
    row({ kind: 'gauge', unit, aggregate: { n, sum, last } });
  const explicit = { bounds: [100, 200], counts: [1, 2, 3] };
  const exponential = { scale: 0, zeroCount: 2, offset: 0, counts: [3, 4] };
  const { NaN: none, POSITIVE_INFINITY: infinite } = Number;

  test.each<[string, Partial<CriterionInput>, BinRow[], object | null]>([
    [
      'rows of one bin together',
      share,
      [row({ aggregate: { n: 2 } }), row({ at: at + 9_999, attributes: failed, aggregate: { n: 3 } })],
      { n: 5, k: 3 },
    ],
    [
      'a count that is not known is none',
      share,
      [row({ aggregate: { n: none } }), row({ aggregate: { n: 4 } })],
      { n: 4, k: 0 },
    ],
    ['one below zero is none', share, [row({ aggregate: { n: -3 } }), row({ aggregate: { n: 4 } })], { n: 4, k: 0 }],
    [
      'another metric is not counted',
      share,
      [row({ aggregate: { n: 4 } }), row({ metric: 'orders', attributes: failed, aggregate: { n: 9 } })],
      { n: 4, k: 0 },
    ],
    [
      'a burn rate is a share',
      { ...share, measure: 'burn_rate', objective: 0.99 },
      [row({ attributes: failed, aggregate: { n: 4 } })],
      { n: 4, k: 4 },
    ],
    [
      'a burn rate of nothing',
      { ...share, measure: 'burn_rate', objective: 0.99 },
      [row({ aggregate: { n: 0 } })],
      null,
    ],
    [
      'a ratio to none',
      { measure: 'ratio', per: 'started' },
      [row({ aggregate: { n: 8 } }), row({ metric: 'started', aggregate: { n: 0 } })],
      null,
    ],
    [
      'a ratio adds up both counters',
      { measure: 'ratio', per: 'started' },
      [4, 5].flatMap((n) => [
        row({ aggregate: { n } }),
        row({ metric: 'started', unit: '1', aggregate: { n: 2 * n } }),
      ]),
      { n: 18, k: 9 },
    ],
    ['a rate of none is a rate', { measure: 'rate' }, [row({ aggregate: { n: 0 } })], { n: 0, seconds: 10 }],
    ['a mean of nothing', { measure: 'mean' }, [row({ aggregate: { n: 0 } })], null],
    ['a mean whose sum is not known', { measure: 'mean' }, [row({ aggregate: { n: 5, sum: none, sum2: 3 } })], null],
    [
      'a mean whose squares are not known',
      { measure: 'mean' },
      [row({ aggregate: { n: 5, sum: 3, sum2: none } })],
      null,
    ],
    ['a gauge: the mean of the bin', { measure: 'value' }, [gauge(2, 6, 9)], { values: [3] }],
    ['a gauge without a sum: its last value', { measure: 'value' }, [gauge(2, none, 9)], { values: [9] }],
    [
      'a gauge with neither is left out',
      { measure: 'value' },
      [gauge(0, 5, infinite), gauge(1, 7, 9)],
      { values: [7] },
    ],
    ['a gauge of no observations: its last value', { measure: 'value' }, [gauge(0, 5, 9)], { values: [9] }],
    ['gauges with nothing at all', { measure: 'value' }, [gauge(0, 0, none)], null],
    ['a gauge in another unit', { measure: 'value' }, [gauge(2, 6, 9), gauge(1, 500, 0, 'ms')], { values: [3, 0.5] }],
    ['a counter is no gauge', { measure: 'value' }, [row({ aggregate: { n: 2, sum: 6, last: 3 } })], null],
    [
      'rows with and without buckets',
      { measure: 'quantile', q: 0.5 },
      [row({ aggregate: { n: 6, explicit } }), row({ aggregate: { n: 5 } })],
      explicit,
    ],
    ['no buckets', { measure: 'quantile', q: 0.5 }, [row({ aggregate: { n: 5 } })], null],
    [
      'buckets in another unit move their bounds',
      { measure: 'quantile', q: 0.5 },
      [row({ aggregate: { n: 0 } }), row({ unit: 'ms', aggregate: { n: 6, explicit } })],
      { bounds: [0.1, 0.2], counts: [1, 2, 3] },
    ],
    [
      'exponential buckets',
      { measure: 'quantile', q: 0.5 },
      [row({ aggregate: { n: 9, exponential } })],
      { bounds: [0, 1, 2, 4], counts: [2, 0, 3, 4, 0] },
    ],
    [
      'buckets are no part of a mean',
      { measure: 'mean' },
      [row({ aggregate: { n: 6, sum: 3, sum2: 2, explicit } })],
      { n: 6, sum: 3, sum2: 2 },
    ],
  ])('%s', (_, over, rows, want) => expect(candidate(over, rows)).toEqual(want));

  test.each([
    ['before it begins: nothing yet', -1, null],
    ['as it begins: nothing yet', 0, null],
    ['a second later', 1_000, { n: 20, seconds: 1 }],
    ['once it is over', 10_000, { n: 20, seconds: 10 }],
  ])('a rate of an open bin, %s', (_, after, want) =>
    expect(candidate({ measure: 'rate' }, [row({ aggregate: { n: 20 } })], at + after)).toEqual(want),
  );
  test('the unit is that of the metric, not of what it is divided by; none without rows', () => {
    const per = { measure: 'ratio', per: 'started' } as const;
    const rows = [row({ metric: 'started', unit: '{order}', aggregate: { n: 4 } }), row({ aggregate: { n: 2 } })];
    expect(bins(per, rows)).toMatchObject({ unit: 's' });
    expect(candidate(per, rows)).toEqual({ n: 4, k: 2 });
    expect(bins(per, rows.slice(0, 1)).unit).toBe('');
    expect(bins(per, [])).toEqual({ unit: '', byCohort: new Map() });
  });
  test('whose exposure is asked for: the cohort and the beginning of the bin', () => {
    const asked: Array<[string, number]> = [];
    const rows = [row({ at: at + 13_000, aggregate: { n: 1 } })];
    const criterion = criterionInput.parse({
      name: 'c',
      kind: 'guardrail',
      metric: 'requests',
      better: 'lower',
      measure: 'rate',
    });
    toBins(criterion, rows, versions, 10_000, undefined, (...of) => {
      asked.push(of);
      return 0.5;
    });
    expect(asked).toEqual([['eu', at + 10_000]]);
  });
});
