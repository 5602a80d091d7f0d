import { describe, expect, it } from 'vitest';
import { type Criterion, criterionInput } from '@/lib/criterion/model';
import type { Aggregate, BinRow } from '@/lib/signal/model';
import { readingsOf } from './reading';
import { closedUntil, stretchesOf } from './windows';

const criterion = (over: Record<string, unknown> = {}): Criterion =>
  criterionInput.parse({ name: 'c', kind: 'guardrail', metric: 'm', better: 'lower', measure: 'mean', ...over });
const row = (
  second: number,
  over: Partial<Omit<BinRow, 'aggregate'>> & { aggregate?: Partial<Aggregate> } = {},
): BinRow => ({
  at: second * 1000,
  version: 'control',
  cohort: 'eu',
  metric: 'm',
  kind: 'histogram',
  unit: 's',
  attributes: {},
  ...over,
  aggregate: { kind: 'histogram', n: 10, sum: 2, sum2: 1, min: 0, max: 1, last: 0, ...over.aggregate },
});
const of = { version: 'control', from: 0, to: 300_000 };
const overall = (c: Criterion, rows: BinRow[]) => stretchesOf(c, rows, 'control').get(null);
const values = (c: Criterion, rows: BinRow[]) => overall(c, rows)?.windows.map((w) => w.value);

describe('what a version measured in windows of 30 s', () => {
  it('three bins make one window, series and cohorts add up, other versions do not', () => {
    const rows = [
      row(0, { aggregate: { n: 10, sum: 1 } }),
      row(20, { aggregate: { n: 30, sum: 9 } }),
      row(20, { cohort: 'us', attributes: { a: 'b' }, aggregate: { n: 60, sum: 30 } }),
      row(20, { version: 'treatment', aggregate: { n: 1000, sum: 9000 } }),
      row(30, { cohort: '', aggregate: { n: 10, sum: 5 } }),
    ];
    const found = stretchesOf(criterion(), rows, 'control');
    expect(found.get(null)?.windows).toEqual([
      { at: 0, value: 0.4, n: 100 },
      { at: 30_000, value: 0.5, n: 10 },
    ]);
    expect(found.get(null)?.whole).toEqual({ value: 45 / 110, n: 110 });
    // What names no cohort is part of the whole and has none of its own.
    expect([...found.keys()].sort()).toEqual(['eu', null, 'us']);
    expect(found.get('eu')?.windows).toEqual([{ at: 0, value: 0.25, n: 40 }]);
  });

  it('readings begin with the first bin of the stretch, so that a stretch of 90 s has three windows', () => {
    const rows = [10, 20, 40, 50, 70, 80].map((second, i) => row(second, { aggregate: { sum: 1 + i } }));
    const [reading] = readingsOf([criterion()], rows, { version: 'control', from: 10_000, to: 100_000 });
    expect(reading).toMatchObject({ windows: 3, low: 0.15, high: 0.55, from: '1970-01-01T00:00:10.000Z' });
  });

  it('begin where they are told to', () => {
    const rows = [
      row(20, { aggregate: { sum: 1 } }),
      row(40, { aggregate: { sum: 3 } }),
      row(50, { aggregate: { sum: 5 } }),
    ];
    const windows = stretchesOf(criterion(), rows, 'control', { origin: 20_000 }).get(null)?.windows;
    expect(windows?.map((w) => [w.at, w.value])).toEqual([
      [20_000, 0.2],
      [50_000, 0.5],
    ]);
  });

  it.each([
    ['share', { measure: 'share', of: { s: 'bad' } }, [row(0), row(0, { attributes: { s: 'bad' } })], [0.5]],
    ['ratio', { measure: 'ratio', per: 'all' }, [row(0), row(0, { metric: 'all', aggregate: { n: 40 } })], [0.25]],
    ['rate, over the time of the window', { measure: 'rate' }, [row(0), row(20), row(0, { cohort: 'us' })], [1]],
    [
      'quantile',
      { measure: 'quantile', q: 0.5 },
      [row(0, { aggregate: { explicit: { bounds: [0, 1], counts: [0, 9, 0] } } })],
      [0.5],
    ],
    [
      'a quantile beyond the last bucket',
      { measure: 'quantile', q: 0.9 },
      [row(0, { aggregate: { explicit: { bounds: [1], counts: [0, 9] } } })],
      [null],
    ],
    [
      'value',
      { measure: 'value' },
      [row(0, { kind: 'gauge', aggregate: { n: 2, sum: 8 } }), row(10, { kind: 'gauge', aggregate: { n: 1, sum: 7 } })],
      [5.5],
    ],
    [
      'burn rate',
      { measure: 'burn_rate', of: { s: 'bad' }, objective: 0.9, against: { threshold: 2 } },
      [row(0), row(0, { attributes: { s: 'bad' } })],
      [5],
    ],
    ['mean, of nothing that is a number', {}, [row(0, { aggregate: { sum: Number.NaN } })], []],
    ['share of nothing', { measure: 'share', of: { s: 'bad' } }, [row(0, { aggregate: { n: 0 } })], []],
    ['a ratio to nothing', { measure: 'ratio', per: 'all' }, [row(0)], []],
  ] as Array<[string, Record<string, unknown>, BinRow[], Array<number | null>]>)(
    '%s',
    (_what, over, rows, expected) => {
      const found = values(criterion(over), rows) ?? [];
      expect(found).toHaveLength(expected.length);
      for (const [i, value] of expected.entries())
        if (value === null) expect(found[i]).toBeNull();
        else expect(found[i]).toBeCloseTo(value, 6);
    },
  );

  it('adds what is in another unit of the same kind, and says which', () => {
    const rows = [row(0, { aggregate: { n: 1, sum: 0.2 } }), row(0, { unit: 'ms', aggregate: { n: 1, sum: 400 } })];
    const found = overall(criterion(), rows);
    expect(found?.unit).toBe('s');
    expect(found?.windows[0]?.value).toBeCloseTo(0.3, 9);
    // What does not fit is left out.
    expect(values(criterion(), [...rows, row(0, { unit: 'By', aggregate: { n: 1, sum: 9 } })])?.[0]).toBeCloseTo(
      0.3,
      9,
    );
  });

  it('a window is over once what was on its way is in', () => {
    expect([closedUntil(64_999), closedUntil(65_000)]).toEqual([30_000, 60_000]);
  });
});

describe('a reading', () => {
  const sums = (...all: number[]) => all.map((sum, i) => row(30 * i, { aggregate: { n: 10, sum } }));
  it('is the value over the stretch, and the lowest and highest window', () => {
    const [whole, eu] = readingsOf([criterion()], sums(1, 3, 2), of);
    expect(whole).toEqual({
      criterion: 'c',
      cohort: null,
      version: 'control',
      unit: 's',
      value: 0.2,
      low: 0.1,
      high: 0.3,
      n: 30,
      windows: 3,
      from: new Date(0).toISOString(),
      to: new Date(90_000).toISOString(),
    });
    expect(eu).toMatchObject({ cohort: 'eu', value: 0.2 });
  });
  it('says nothing of what is usual under three windows', () => {
    expect(readingsOf([criterion()], sums(1, 3), of)[0]).toMatchObject({
      value: 0.2,
      low: null,
      high: null,
      windows: 2,
    });
    expect(readingsOf([criterion()], [], of)).toEqual([
      expect.objectContaining({ cohort: null, value: null, low: null, high: null, n: 0, windows: 0 }),
    ]);
  });
  it('a window in which nothing can be said is none', () => {
    const open = { kind: 'histogram', n: 9, explicit: { bounds: [1], counts: [0, 9] } } as const;
    const known = { kind: 'histogram', n: 9, explicit: { bounds: [0, 1], counts: [0, 9, 0] } } as const;
    const rows = [known, open, known].map((aggregate, i) =>
      row(30 * i, { aggregate: aggregate as unknown as Aggregate }),
    );
    expect(readingsOf([criterion({ measure: 'quantile', q: 0.5 })], rows, of)[0]).toMatchObject({
      windows: 2,
      low: null,
    });
  });
});
