import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { boundOf, exponentNeeded } from './boundary';
import { splitLook } from './split';

/** Counted over bins of equal size that all have the same share, give or take `scatter` requests. */
function counted(candidate: number, baseline: number, bins = 60, scatter = 0) {
  const [c, b] = [candidate / bins, baseline / bins];
  const off = (i: number) => (i % 2 === 0 ? scatter : -scatter);
  let squares = 0;
  for (let i = 0; i < bins; i++) squares += (c + off(i)) ** 2 / (c + b || 1);
  return { candidate, baseline, bins, squares };
}
/** The first cohort in the first stage of a rollout. */
const alpha = 0.01 / 4;

describe('split', () => {
  test.each([
    ['too little is known', 0.5, counted(6, 10, 1), null],
    ['as planned', 0.25, counted(25_100, 74_900), true],
    ['a minute of five hundred requests an arm', 0.5, counted(500, 500, 6), true],
    ['a quarter planned, a tenth seen', 0.25, counted(1_000, 9_000), false],
    ['half planned, 56 % seen over 20,000', 0.5, counted(11_200, 8_800, 120), false],
    ['some six per cent more requests are no mismatch', 0.5, counted(5_300, 4_700), true],
    ['… however many there are', 0.5, counted(53e6, 47e6), true],
    ['twenty people who send much are no mismatch', 0.5, counted(60, 20, 3), null],
    ['bunches of twenty are no mismatch', 0.5, counted(6_840, 5_160, 300, 14), true],
    ['single requests of the same share are', 0.5, counted(6_840, 5_160, 300), false],
    ['one per cent planned and seen, ten minutes', 0.01, counted(100, 9_900), true],
    ['one per cent planned, three seen', 0.01, counted(300, 9_700), false],
    ['one per cent planned, nobody seen yet', 0.01, counted(0, 300, 6), null],
    ['nine tenths planned, 84 % seen', 0.9, counted(8_400, 1_600), false],
    ['nothing seen', 0.5, counted(0, 0, 0), null],
    ['one arm never seen', 0.5, counted(0, 20_000), false],
    ['the other never seen', 0.5, counted(20_000, 0), false],
    ['nine tenths planned and seen, too few to tell', 0.9, counted(540, 60, 1), null],
    ['nine tenths planned and seen, enough', 0.9, counted(18_000, 2_000, 1), true],
  ])('%s', (_, planned, seen, ok) => expect(splitLook({ planned, ...seen, alpha }).ok).toBe(ok));

  test('of nothing anything may be true', () =>
    expect(splitLook({ planned: 0.5, ...counted(0, 0, 0), alpha })).toEqual({ ok: null, low: 0, high: 1 }));

  // A draw is as many requests as the bins scatter more than single ones would: (8·10 + shown)/(8 + degrees) of them.
  test.each([
    ['bins that do not scatter', counted(500, 500, 4), 10],
    ['bins that do', counted(400, 400, 8, 10), (8 * 10 + 8 / 0.25) / (8 + 7)],
    ['never less than two', counted(2_000, 2_000, 800, 0.1), 2],
    ['never narrower than so many draws allow', counted(50_000, 50_000, 4), 100_000 / 3_600],
  ])('the interval is that of the mixture, with half of the bound a side: %s', (_, seen, clump) => {
    const draws = (seen.candidate + seen.baseline) / clump;
    const v = draws / 4;
    const half = Math.sqrt(2 * exponentNeeded(v, 10, boundOf(alpha / 2)) * v) / draws;
    const { low, high } = splitLook({ planned: 0.5, ...seen, alpha });
    expect(low).toBeCloseTo(0.5 - half, 9);
    expect(high).toBeCloseTo(0.5 + half, 9);
  });

  it('the interval holds what was seen, more requests of the same kind never widen it, and a smaller bound does', () => {
    const whole = fc.integer({ min: 1, max: 1e6 });
    fc.assert(
      fc.property(
        whole,
        whole,
        fc.integer({ min: 2, max: 500 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (c, b, bins, planned) => {
          const wide = splitLook({ planned, ...counted(c, b, bins), alpha });
          const share = c / (c + b);
          expect(wide.low).toBeLessThanOrEqual(share);
          expect(wide.high).toBeGreaterThanOrEqual(share);
          const more = splitLook({ planned, ...counted(4 * c, 4 * b, bins), alpha });
          expect(more.high - more.low).toBeLessThanOrEqual(wide.high - wide.low + 1e-9);
          const surer = splitLook({ planned, ...counted(c, b, bins), alpha: alpha / 10 });
          expect(surer.high - surer.low).toBeGreaterThanOrEqual(wide.high - wide.low - 1e-9);
        },
      ),
    );
  });

  it('a healthy split of a few thousand people is hardly ever called wrong in an hour of looks', () => {
    const random = seeded(7);
    const wrong = Array.from({ length: 200 }, () => firstAnswer(random, { planned: 0.5, real: 0.5, bunch: 4 })).filter(
      (seen) => seen.wrong,
    );
    expect(wrong.length).toBeLessThanOrEqual(4);
  });
});

function seeded(seed: number): () => number {
  let s = seed;
  return () => {
    s = (s * 48_271) % 2_147_483_647;
    return s / 2_147_483_647;
  };
}

/** Three thousand people, each in one arm for good, a thousand requests a minute in bunches of a person's. */
function firstAnswer(random: () => number, of: { planned: number; real: number; bunch: number }) {
  const people = Array.from({ length: 3_000 }, () => random() < of.real);
  const seen = { candidate: 0, baseline: 0, bins: 0, squares: 0 };
  for (let bin = 0; bin < 360; bin++) {
    let candidate = 0;
    let baseline = 0;
    while (candidate + baseline < 166) {
      const requests = 1 + Math.floor(2 * of.bunch * random());
      if (people[Math.floor(people.length * random())]) candidate += requests;
      else baseline += requests;
    }
    seen.candidate += candidate;
    seen.baseline += baseline;
    seen.bins++;
    seen.squares += candidate ** 2 / (candidate + baseline);
    if (splitLook({ planned: of.planned, ...seen, alpha }).ok === false) return { wrong: true };
  }
  return { wrong: false };
}
