/** What is remembered of the windows of a burn rate, and what a window holds. */
import { describe, expect, test } from 'vitest';
import { burnCriterion } from '@/e2e/burn-criterion';
import { noSums } from '@/lib/stats/sums';
import { type BurnMemory, type BurnQuestion, burnQuestionOf, emptyBurn, extendBurn, heldBy, timeOf } from './burn';
import type { Arm, Bin, CriterionInput } from './model';
import { questionOf } from './question';
import { emptyTrack, extend, peek } from './track';

const first = Date.UTC(2026, 0, 1);
const minute = 60_000;
const arm: Arm = { n: 100, k: 2 };
const bin = (at: number, candidate: Arm | null = arm, baseline: Arm | null = null): Bin => ({
  at: new Date(first + at).toISOString(),
  baseline,
  candidate,
});
const minutes = (...at: number[]) => at.map((m) => bin(m * minute));
const range = (n: number, step = 1) => Array.from({ length: n }, (_, i) => i * step);
const windows = (...of: number[]) => of.map((minutes) => ({ minutes, rate: 10 }));

function absorbed(bins: Bin[], over: Partial<CriterionInput> = {}) {
  const question = questionOf(burnCriterion(over), '1');
  const burn = question.burn as BurnQuestion;
  let track = emptyTrack();
  let memory: BurnMemory = emptyBurn;
  for (const one of bins) {
    const after = extend(track, [one], question);
    memory = extendBurn(memory, { before: track, after, bins: [one], question, burn });
    track = after;
  }
  return { memory, track, question, burn };
}

describe('what is asked of the windows', () => {
  test.each<[string, Partial<CriterionInput>, BurnQuestion]>([
    [
      'two windows of one rate share its limit',
      { windows: windows(60, 5) },
      {
        budget: 0.001,
        limits: [0.01],
        windows: [
          { ms: 3_600_000, rate: 10, limit: 0.01, track: 0 },
          { ms: 300_000, rate: 10, limit: 0.01, track: 0 },
        ],
      },
    ],
    [
      'each rate has its own',
      { objective: 0.75, windows: [1, 2, 1].map((rate) => ({ minutes: 1, rate })) },
      {
        budget: 0.25,
        limits: [0.25, 0.5],
        windows: [
          { ms: minute, rate: 1, limit: 0.25, track: 0 },
          { ms: minute, rate: 2, limit: 0.5, track: 1 },
          { ms: minute, rate: 1, limit: 0.25, track: 0 },
        ],
      },
    ],
    [
      'a relative margin is times the rate',
      { objective: 0.75, margin: '50%', windows: [{ minutes: 1, rate: 2 }] },
      { budget: 0.25, limits: [0.75], windows: [{ ms: minute, rate: 3, limit: 0.75, track: 0 }] },
    ],
    [
      'a number is added to it',
      { objective: 0.75, margin: 1, windows: [{ minutes: 1, rate: 2 }] },
      { budget: 0.25, limits: [0.75], windows: [{ ms: minute, rate: 3, limit: 0.75, track: 0 }] },
    ],
  ])('%s', (_, over, want) => expect(burnQuestionOf(burnCriterion(over))).toEqual(want));
});

describe('when bins began', () => {
  test.each<[string, Bin[], number | null]>([
    ['none', [], null],
    ['the newest of them', minutes(1, 3, 2), first + 3 * minute],
  ])('%s', (_, bins, want) => expect(timeOf(bins)).toBe(want));
});

describe('the memory', () => {
  test('of no bins is what it was', () => {
    const { memory, track, question, burn } = absorbed(minutes(0));
    expect(extendBurn(memory, { before: track, after: track, bins: [], question, burn })).toBe(memory);
  });
  test.each<[string, number[], { newest: number; width: number | null }]>([
    ['one bin has no width', [0], { newest: 0, width: null }],
    ['the shortest time from one to the next', [0, 3, 4, 9], { newest: 9, width: 1 }],
    ['twice the same time is none', [0, 3, 3], { newest: 3, width: 3 }],
    ['one that comes late changes neither', [0, 5, 3], { newest: 5, width: 5 }],
  ])('%s', (_, at, { newest, width }) =>
    expect(absorbed(minutes(...at)).memory).toMatchObject({
      newest: first + newest * minute,
      width: width && width * minute,
    }),
  );
  test('its beginnings are those of the track, with their times; silence begins nothing', () => {
    const bins = range(40).map((i) => bin(i * minute, i === 3 || i === 20 ? null : arm));
    const { memory, track } = absorbed(bins);
    expect(memory.starts.map((s) => s.at)).toEqual(track.starts.map((s) => s.at));
    expect(memory.starts.length).toBeLessThan(38);
    // The third beginning was the fourth minute, and the last of 38 the fortieth.
    expect(absorbed(bins.slice(0, 6)).memory.starts.map((s) => (s.time - first) / minute)).toEqual([0, 1, 2, 4, 5]);
    expect(memory.starts.at(-1)).toEqual({ at: 37, time: first + 39 * minute });
  });
  test('every other limit has a track of its own, judged at that limit', () => {
    const two = [
      { minutes: 60, rate: 10 },
      { minutes: 5, rate: 20 },
    ];
    const { memory } = absorbed(minutes(0, 1, 2, 3), { windows: two });
    const alone = absorbed(minutes(0, 1, 2, 3), { windows: two.slice(1) }).track;
    expect(memory.tracks).toEqual([alone]);
    expect(absorbed(minutes(0, 1), { windows: windows(60, 5) }).memory.tracks).toEqual([]);
  });
  test.each<[string, number, number[], number[]]>([
    ['a cell a bin, where bins are a sixtieth', 60, range(4), [0, 1, 2, 3]],
    ['a cell a sixtieth, where bins are shorter', 120, range(7), [0, 2, 4, 6]],
    ['a cell a bin, where bins are longer', 10, range(4, 2), [0, 2, 4, 6]],
    ['what began a window ago is gone', 5, range(10), [5, 6, 7, 8, 9]],
    ['everything is', 5, [0, 1, 30], [30]],
  ])('a ring: %s', (_, length, at, want) => {
    const { memory } = absorbed(minutes(...at), { windows: windows(length) });
    expect(memory.rings[0]?.map((cell) => (cell.time - first) / minute)).toEqual(want);
    expect(memory.rings[0]?.map((cell) => cell.before.n1)).toEqual(want.map((m) => 100 * at.indexOf(m)));
  });
  test('silence opens no cell, and time goes on in it', () => {
    const silent = [5, 6, 7].map((m) => bin(m * minute, null));
    const { memory } = absorbed([...minutes(...range(5)), ...silent], { windows: windows(5) });
    expect(memory.rings[0]?.map((cell) => (cell.time - first) / minute)).toEqual([3, 4]);
    expect(memory.newest).toBe(first + 7 * minute);
  });
});

describe('what a window holds', () => {
  const held = (length: number, bins: Bin[], now?: number, over: Partial<CriterionInput> = {}) => {
    const { memory, track } = absorbed(bins, { windows: windows(length), ...over });
    const { sums } = track;
    return heldBy(memory, 0, {
      ms: length * minute,
      sums,
      closed: sums,
      now: now === undefined ? (memory.newest ?? 0) : first + now * minute,
    });
  };
  test.each<[string, number, number[], { n: number; covered: number; whole: boolean }]>([
    ['its newest bins', 5, range(10), { n: 500, covered: 1, whole: true }],
    ['all of them, while there are no more', 5, range(5), { n: 500, covered: 1, whole: false }],
    ['two of five minutes are four fifths of half of it', 5, range(2), { n: 200, covered: 0.8, whole: false }],
    ['three are enough', 5, range(3), { n: 300, covered: 1, whole: false }],
    ['one bin is nothing to go by', 5, [0], { n: 100, covered: 0, whole: false }],
    ['a silence of half of it', 10, [0, 1, 6], { n: 300, covered: 1, whole: false }],
    ['a longer one', 10, [0, 1, 7], { n: 300, covered: 0, whole: false }],
    ['bins longer than half of it are no silence', 10, [0, 6], { n: 200, covered: 1, whole: false }],
    ['a bin longer than it', 1, [0, 5, 10], { n: 100, covered: 1, whole: true }],
  ])('%s', (_, length, at, { n, covered, whole }) => {
    const of = held(length, minutes(...at));
    expect(of).toMatchObject({ tally: { n1: n, y1: n / 50, n0: 0, y0: 0 }, whole });
    expect(of.covered).toBeCloseTo(covered, 12);
  });
  test('nothing, before anything was seen', () => {
    const none = { n1: 0, y1: 0, n0: 0, y0: 0, w: 0, a1: 0, a0: 0 };
    const of = { ms: minute, sums: noSums(), closed: noSums(), now: 0 };
    expect(heldBy(emptyBurn, 0, of)).toEqual({ tally: none, covered: 0, whole: false });
  });
  test('nothing, once all of it is gone', () => {
    expect(held(5, minutes(...range(3)), 30)).toMatchObject({ tally: { n1: 0, y1: 0, w: 0, a1: 0 }, whole: true });
    expect(held(5, minutes(...range(3)), 7)).toMatchObject({ tally: { n1: 0 } });
    expect(held(5, minutes(...range(3)), 6)).toMatchObject({ tally: { n1: 100 } });
  });
  test('a silence that lasts is one', () => {
    expect(held(10, minutes(0, 1, 2), 7).covered).toBe(1);
    expect(held(10, minutes(0, 1, 2), 8).covered).toBe(0);
  });
  test('both arms, what is still open with them', () => {
    const other: Arm = { n: 300, k: 3 };
    const bins = range(8).map((i) => bin(i * minute, arm, other));
    const { memory, track, question } = absorbed(bins, { windows: windows(5), against: 'baseline' });
    const { sums } = peek(track, [bin(8 * minute, { n: 7, k: 1 }, { n: 9, k: 0 })], question);
    const { tally } = heldBy(memory, 0, { ms: 5 * minute, sums, closed: track.sums, now: first + 8 * minute });
    // Four closed bins, since the ninth is one of the five.
    expect(tally).toMatchObject({ n1: 407, y1: 9, n0: 1209, y0: 12 });
    expect(tally.w).toBeCloseTo(4 * 75 + (7 * 9) / 16, 9);
    expect(tally.a1).toBeCloseTo(4 * 1.5 + 9 / 16, 9);
    expect(tally.a0).toBeCloseTo(4 * 0.75, 9);
  });
});
