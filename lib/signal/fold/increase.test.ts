import { describe, expect, test } from 'vitest';
import type { Exponential } from '../bin/buckets';
import {
  addCumulative,
  addCumulativeCounts,
  addDelta,
  addGauge,
  addRunning,
  grownN,
  grownSum,
  newIncrease,
} from './increase';
import { addCumulativeExponential } from './increase-exponential';
import { gridOf, type Memory, openMemory, reserveMemory } from './memory';

/** Belay is there from second 100 on; times are seconds, or nanoseconds where written as bigint. */
const origin = 100;
type Time = number | bigint;
const words = (t: Time): [number, number] => {
  const ns = typeof t === 'bigint' ? t : BigInt(t) * 1_000_000_000n;
  return [Number(ns >> 32n), Number(ns & 0xffffffffn)];
};
function remembering(): Memory {
  const m = openMemory(origin * 1000);
  reserveMemory(m, 1);
  return m;
}

/** [start, time, value, increase or null, violation] */
type Step = [start: Time, time: Time, value: number, adds: number | null, violation?: boolean];
function expectSum(steps: Step[]): void {
  const m = remembering();
  const inc = newIncrease();
  for (const [start, time, value, adds, violation = false] of steps) {
    const added = addCumulative(m, 1, value, inc, ...words(start), ...words(time));
    expect([time, added ? inc.grown[grownN] : null, inc.violation]).toEqual([time, adds, violation]);
  }
}

const long = 1_700_000_000_000_000_000n;
const cumulative: Array<[rule: string, steps: Step[]]> = [
  ['a stream that began after Belay counts from zero', [[110, 120, 5, 5]]],
  [
    'a stream that began before Belay is a baseline first',
    [
      [90, 120, 5, null],
      [90, 130, 8, 3],
    ],
  ],
  [
    'no growth is a zero, not nothing',
    [
      [110, 120, 5, 5],
      [110, 130, 5, 0],
    ],
  ],
  [
    'the same point again counts once',
    [
      [110, 120, 5, 5],
      [110, 120, 5, null],
    ],
  ],
  [
    'a late point of the sequence leaves the total right',
    [
      [110, 120, 5, 5],
      [110, 140, 9, 4],
      [110, 130, 7, null],
    ],
  ],
  [
    'a later start is a reset, with zero implied',
    [
      [110, 120, 5, 5],
      [125, 130, 2, 2],
      [125, 140, 6, 4],
    ],
  ],
  [
    'a reset to a larger value is a reset all the same',
    [
      [110, 120, 5, 5],
      [125, 130, 50, 50],
    ],
  ],
  [
    'one nanosecond makes another sequence',
    [
      [long, long + 9n, 5, 5],
      [long + 10n, long + 11n, 6, 6],
    ],
  ],
  [
    'start equal to time is an unknown start: nothing, then differences',
    [
      [120, 120, 5, null],
      [120, 130, 9, 4],
    ],
  ],
  [
    'an unknown start in mid-stream is a new baseline',
    [
      [110, 120, 5, 5],
      [130, 130, 90, null],
      [130, 140, 94, 4],
    ],
  ],
  [
    'without start a fall is a reset',
    [
      [0, 120, 5, null],
      [0, 130, 8, 3],
      [0, 140, 2, 2],
    ],
  ],
  [
    'without start a late point adds nothing',
    [
      [0, 120, 5, null],
      [0, 130, 8, 3],
      [0, 125, 7, null],
    ],
  ],
  [
    'late points of the sequence before the reset still count',
    [
      [110, 120, 5, 5],
      [135, 140, 1, 1],
      [110, 130, 8, 3],
      [110, 130, 8, null],
      [135, 150, 2, 1],
    ],
  ],
  [
    'a whole sequence that comes late counts from zero',
    [
      [135, 140, 1, 1],
      [110, 130, 8, 8],
      [110, 132, 9, 1],
    ],
  ],
  [
    'a late sequence from before Belay is a baseline',
    [
      [135, 140, 1, 1],
      [90, 110, 8, null],
      [90, 120, 9, 1],
    ],
  ],
  [
    'a start inside the current window is a second writer: reported, not summed',
    [
      [110, 140, 5, 5],
      [120, 150, 7, null, true],
      [120, 160, 9, 2],
    ],
  ],
  [
    'the writer that began first is not summed once windows overlap',
    [
      [110, 140, 5, 5],
      [120, 150, 7, null, true],
      [110, 155, 6, null, true],
      [120, 160, 9, 2],
    ],
  ],
  [
    'a fall without a reset is not an increase',
    [
      [110, 120, 5, 5],
      [110, 130, 3, null, true],
      [110, 140, 4, 1],
    ],
  ],
];
test.each(cumulative)('cumulative sum: %s', (_rule, steps) => expectSum(steps));

test('deltas: each window once, touching windows are fine, overlapping ones are a second writer', () => {
  const m = remembering();
  const inc = newIncrease();
  const steps: Array<[Time, Time, boolean, boolean]> = [
    [100, 110, true, false],
    [110, 120, true, false],
    [100, 110, false, false],
    [105, 115, true, true],
    [105, 115, false, false],
    [0, 130, true, false],
    [0, 130, false, false],
  ];
  for (const [start, time, added, violation] of steps) {
    expect([addDelta(m, 1, inc, ...words(start), ...words(time)), inc.violation]).toEqual([added, violation]);
  }
});

test('gauges: a time counts once, whatever order they come in', () => {
  const m = remembering();
  const add = (t: number) => addGauge(m, 1, ...words(0), ...words(t));
  expect([add(110), add(120), add(115), add(110), add(120)]).toEqual([true, true, true, false, false]);
});

test('deltas that may be negative become a running value', () => {
  const m = remembering();
  const inc = newIncrease();
  const values = [3, -1, -1].map((v, i) => {
    addRunning(m, 1, v, inc, ...words(100 + i), ...words(101 + i));
    return inc.grown[grownN];
  });
  expect(values).toEqual([3, 2, 1]);
  expect(addRunning(m, 1, -1, inc, ...words(102), ...words(103))).toBe(false);
});

type Histogram = { bounds: number[] | null; counts: number[]; sum?: number };
function histograms() {
  const m = remembering();
  const inc = newIncrease();
  return (start: Time, time: Time, h: Histogram) => {
    const count = h.counts.reduce((a, b) => a + b, 0);
    const counts = Float64Array.from(h.counts);
    const grid = gridOf(m, h.bounds && Float64Array.from(h.bounds));
    const sum = h.sum ?? count;
    const added = addCumulativeCounts(m, 1, count, sum, grid, counts, 0, inc, ...words(start), ...words(time));
    if (!added) return null;
    const size = inc.bounds ? inc.bounds.length + 1 : 0;
    return {
      n: inc.grown[grownN],
      sum: inc.grown[grownSum],
      bounds: inc.bounds && [...inc.bounds],
      counts: [...inc.counts.slice(0, size)],
    };
  };
}

describe('cumulative histograms', () => {
  test('the increase is counted bucket by bucket', () => {
    const add = histograms();
    expect(add(110, 120, { bounds: [1, 2], counts: [1, 2, 3] })).toMatchObject({ n: 6, counts: [1, 2, 3] });
    expect(add(110, 130, { bounds: [1, 2], counts: [2, 2, 5] })).toMatchObject({ n: 3, counts: [1, 0, 2] });
    expect(add(125, 140, { bounds: [1, 2], counts: [1, 0, 0] })).toBe(null);
  });

  test('bounds that change in mid-sequence are compared on those that both have', () => {
    const add = histograms();
    add(110, 120, { bounds: [1, 2, 4], counts: [1, 1, 1, 1] });
    expect(add(110, 130, { bounds: [1, 3, 4], counts: [2, 1, 2, 3] })).toMatchObject({
      n: 4,
      bounds: [1, 4],
      counts: [1, 1, 2],
    });
    expect(add(110, 140, { bounds: [1, 3, 4], counts: [2, 2, 2, 3] })).toMatchObject({ n: 1, bounds: [1, 3, 4] });
  });

  test('count and sum without buckets are valid, before and after buckets', () => {
    const add = histograms();
    expect(add(110, 120, { bounds: null, counts: [4] })).toMatchObject({ n: 4, bounds: null });
    expect(add(110, 130, { bounds: [1], counts: [3, 3] })).toMatchObject({ n: 2, bounds: null });
    expect(add(110, 140, { bounds: [1], counts: [3, 4] })).toMatchObject({ n: 1, bounds: [1], counts: [0, 1] });
  });

  test('a bucket that falls while the count grows is no increase', () => {
    const add = histograms();
    add(110, 120, { bounds: [1], counts: [5, 0] });
    expect(add(110, 130, { bounds: [1], counts: [4, 9] })).toBe(null);
  });

  test('late points of the sequence before the reset still count', () => {
    const add = histograms();
    add(110, 120, { bounds: [1], counts: [1, 0] });
    add(135, 140, { bounds: [1], counts: [0, 1] });
    expect(add(110, 130, { bounds: [1], counts: [1, 2] })).toMatchObject({ n: 2, counts: [0, 2] });
    expect(add(135, 150, { bounds: [1], counts: [1, 1] })).toMatchObject({ n: 1, counts: [1, 0] });
  });

  test('an absent sum stays unknown', () => {
    const add = histograms();
    add(110, 120, { bounds: [1], counts: [1, 0], sum: Number.NaN });
    expect(add(110, 130, { bounds: [1], counts: [2, 0], sum: Number.NaN })?.sum).toBe(Number.NaN);
  });
});

describe('cumulative exponential histograms', () => {
  const exponential = (scale: number, offset: number, counts: number[], zeroCount = 0): Exponential => ({
    scale,
    zeroCount,
    zeroThreshold: 0,
    positive: { offset, counts: Float64Array.from(counts) },
    negative: { offset: 0, counts: new Float64Array(0) },
  });
  const adding = () => {
    const m = remembering();
    const inc = newIncrease();
    return (start: Time, time: Time, count: number, x: Exponential) =>
      addCumulativeExponential(m, 1, count, count, x, inc, ...words(start), ...words(time));
  };

  test('a lower scale in mid-sequence is compared on the lower scale', () => {
    const add = adding();
    add(110, 120, 4, exponential(1, 4, [1, 1, 1, 1]));
    const grown = add(110, 130, 7, exponential(0, 2, [3, 3], 1));
    expect(grown).toMatchObject({ scale: 0, zeroCount: 1 });
    expect([...(grown?.positive.counts ?? [])]).toEqual([1, 1]);
  });

  test('a range that moved is aligned', () => {
    const add = adding();
    add(110, 120, 2, exponential(0, 5, [2]));
    const grown = add(110, 130, 5, exponential(0, 4, [1, 2, 2]));
    expect([grown?.positive.offset, [...(grown?.positive.counts ?? [])]]).toEqual([4, [1, 0, 2]]);
  });

  test('a reset counts from zero, also where it looks like growth', () => {
    const add = adding();
    add(110, 120, 2, exponential(0, 5, [2]));
    expect([...(add(125, 130, 9, exponential(0, 5, [9]))?.positive.counts ?? [])]).toEqual([9]);
  });
});
