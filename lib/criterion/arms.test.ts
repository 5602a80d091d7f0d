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
