import { describe, expect, test } from 'vitest';
import { addProducts, combine, countBin, countBinAlone, meanBin, meanBinAlone, noSums, type Sums, since } from './sums';

function expectSums(sums: Sums, want: Partial<Sums>): void {
  const blank = noSums();
  for (const key of Object.keys(blank) as Array<keyof Sums>) expect(sums[key], key).toBeCloseTo(want[key] ?? 0, 12);
}

describe('a bin of counts', () => {
  test('3 of 30 against 2 of 10, by hand', () => {
    // f1 = 3/4, f0 = 1/4, w = 7.5, p = 1/8, p(1−p) without bias 5·35/(40·39)
    const pq = 175 / 1560;
    expectSums(countBin({ n1: 30, k1: 3, n0: 10, k0: 2, bounded: true }), {
      bins: 1,
      w: 7.5,
      a1: 0.75,
      a0: 1.5,
      n1: 30,
      n0: 10,
      y1: 3,
      y0: 2,
      p: 7.5 / 8,
      pq: 7.5 * pq,
      p2: 7.5 / 64,
      pf0: 7.5 / 32,
      wf0: 7.5 / 4,
      wff0: 7.5 / 16,
      wff1: (7.5 * 9) / 16,
      tilt: 7.5 * 0.75 * -0.5,
      cube: (7.5 * 28) / 64,
      skewLevel: 7.5 * pq * 0.75 * -0.5,
      skewSlope: ((7.5 * 28) / 64) * (1 - (6 * 7) / 64),
    });
  });
  test('events without an upper end: as Poisson', () => {
    expectSums(countBin({ n1: 30, k1: 50, n0: 10, k0: 2, bounded: false }), {
      bins: 1,
      w: 7.5,
      a1: 12.5,
      a0: 1.5,
      n1: 30,
      n0: 10,
      y1: 50,
      y0: 2,
      p: 7.5 * 1.3,
      pq: 7.5 * 1.3,
      pf0: (7.5 * 1.3) / 4,
      wf0: 7.5 / 4,
      wff0: 7.5 / 16,
      wff1: (7.5 * 9) / 16,
      tilt: 7.5 * -0.5,
      skewLevel: 7.5 * 1.3 * -0.5,
      skewSlope: (7.5 * 28) / 64,
    });
  });
  test.each([
    [31, 10, 0],
    [30, 11, 0],
    [30, 10, 1],
  ])('%i of 30 against %i of 10 are shares: %i', (k1, k0, bounded) =>
    expect(countBin({ n1: 30, k1, n0: 10, k0, bounded: true }).cube > 0).toBe(bounded === 1),
  );
  test('too few to vary vary by nothing', () =>
    expect(countBin({ n1: 0.5, k1: 0.5, n0: 0.5, k0: 0, bounded: true }).pq).toBe(0));
  test('one arm, by hand', () =>
    expectSums(countBinAlone({ n1: 20, k1: 5, bounded: true }), {
      bins: 1,
      w: 20,
      a1: 5,
      n1: 20,
      y1: 5,
      p: 5,
      p2: 1.25,
      cube: 20,
      wf0: 20,
    }));
  test.each([
    [true, 20, 20],
    [true, 21, 0],
    [false, 5, 0],
  ])('one arm, bounded %s, %i of 20: cube %i', (bounded, k1, cube) =>
    expect(countBinAlone({ n1: 20, k1, bounded })).toMatchObject({ cube, p2: (cube * k1 * k1) / 400 }),
  );
});

describe('a bin of means', () => {
  test('two arms, by hand', () =>
    expectSums(meanBin({ n1: 30, y1: 60, s1: 5, n0: 10, y0: 40, s0: 3 }), {
      bins: 1,
      w: 7.5,
      a1: 15,
      a0: 30,
      n1: 30,
      n0: 10,
      y1: 60,
      y0: 40,
      v1: (7.5 * 7.5 * 5) / 30,
      v0: (7.5 * 7.5 * 3) / 10,
    }));
  test('with a weight of its own', () =>
    expect(meanBin({ n1: 30, y1: 60, s1: 5, n0: 10, y0: 40, s0: 3 }, 2)).toMatchObject({
      w: 2,
      a1: 4,
      a0: 8,
      v1: 20 / 30,
      v0: 1.2,
    }));
  test('one arm, by hand', () =>
    expectSums(meanBinAlone({ n1: 30, y1: 60, s1: 5 }), { bins: 1, w: 30, a1: 60, n1: 30, y1: 60, v1: 150 }));
  test('one arm with a weight of its own', () =>
    expect(meanBinAlone({ n1: 30, y1: 60, s1: 5 }, 2)).toMatchObject({ w: 2, a1: 4, v1: 20 / 30 }));
});

/** Every sum different, so that none can stand for another. */
function numbered(from: number): Sums {
  const out = noSums();
  (Object.keys(out) as Array<keyof Sums>).forEach((key, i) => {
    out[key] = (from + i) * (from + i);
  });
  return out;
}

describe('sums of bins', () => {
  test.each([1, -1] as const)('every one is added with the sign %i', (sign) => {
    const a = numbered(3);
    const b = numbered(50);
    const sum = combine(a, b, sign);
    for (const key of Object.keys(a) as Array<keyof Sums>) expect(sum[key], key).toBe(a[key] + sign * b[key]);
  });
  test('products of a bin, and of the run that ends with it', () => {
    const bin = { ...noSums(), a1: 2, a0: 3, w: 5 };
    addProducts(bin, { a1: 7, a0: 11, w: 13 });
    expectSums(bin, {
      a1: 2,
      a0: 3,
      w: 5,
      n11: 4,
      n10: 6,
      n00: 9,
      n1w: 10,
      n0w: 15,
      nww: 25,
      runs: 1,
      f11: 49,
      f10: 77,
      f00: 121,
      f1w: 91,
      f0w: 143,
      fww: 169,
    });
  });
  test('no run yet: nothing of it', () => {
    const bin = { ...noSums(), a1: 2, a0: 3, w: 5 };
    addProducts(bin, null);
    expect(bin).toMatchObject({ n11: 4, runs: 0, f11: 0, fww: 0 });
  });
  const runs = ['runs', 'f11', 'f10', 'f00', 'f1w', 'f0w', 'fww'] as const;
  test('a stretch is what came since; its runs are those that lie wholly inside', () => {
    const now = numbered(90);
    const before = numbered(3);
    const firstRun = numbered(40);
    const stretch = since(now, before, firstRun);
    for (const key of Object.keys(now) as Array<keyof Sums>)
      expect(stretch[key], key).toBe(now[key] - ((runs as readonly string[]).includes(key) ? firstRun : before)[key]);
  });
  test('a stretch shorter than a run has none', () => {
    const stretch = since(numbered(90), numbered(3), null);
    for (const key of runs) expect(stretch[key], key).toBe(0);
    expect(stretch.w).toBeGreaterThan(0);
  });
});
