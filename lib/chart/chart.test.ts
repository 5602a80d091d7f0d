import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readyChart, spread } from './chart';
import { csvOf } from './csv';
import { downsample } from './downsample';
import { joinMarks, toMarks } from './lane';
import type { Line } from './model';
import { sparkline } from './sparkline';
import { whisker } from './whisker';

const step = 10_000;
const line = (version: string, values: Array<number | null>, from = 0): Line => ({
  version,
  points: values.map((value, i) => [from + i * step, value, 1]),
});
const base = {
  id: 'c',
  title: 'errors',
  subtitle: '',
  scale: { kind: 'share' } as const,
  band: [],
  threshold: null,
  from: 0,
  to: 100 * step,
  now: 1000 * step,
  stepMs: step,
  buckets: 300,
};

test('a breach of one point survives downsampling, at its own time', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4999 }), fc.integer({ min: 10, max: 400 }), (at, buckets) => {
      const values = Array.from({ length: 5000 }, () => 0.01);
      values[at] = 0.9;
      const [thin] = downsample([line('b', values)], { from: 0, to: 5000 * step }, buckets);
      expect(thin?.points.length).toBeLessThanOrEqual(buckets * 3 + 3);
      expect(thin?.points).toContainEqual([at * step, 0.9, 1]);
      expect(thin?.points.at(-1)?.[0]).toBe(4999 * step);
    }),
  );
});

test('a gap stays a gap, whether null or missing', () => {
  const missing: Line = {
    version: 'a',
    points: [
      [0, 1, 1],
      [step, 1, 1],
      [5 * step, 2, 1],
      [6 * step, 2, 1],
    ],
  };
  const chart = readyChart({ ...base, lines: [missing, line('b', [3, 3, 3, 3, null, 3, 3])] });
  const at = (i: number) => chart.rows.find((row) => row.at === i * step);
  expect(at(2)?.v0).toBeNull();
  expect(at(3)?.v0).toBeNull();
  expect(at(5)?.v0).toBe(2);
  expect(at(4)?.v1).toBeNull();
  expect(chart.rows.some((row) => row.v0 === 0 || row.v1 === 0)).toBe(false);
});

test('a point between two gaps is drawn by itself', () => {
  const chart = readyChart({ ...base, lines: [line('a', [1, 1, null, 5, null, 1, 1])] });
  expect(chart.lonely).toEqual([{ line: 0, at: 3 * step, value: 5 }]);
});

test('lines with other times than their neighbours are not torn', () => {
  const chart = readyChart({ ...base, lines: [line('a', [0, 2, 4]), line('b', [1, 1], step / 2)] });
  expect(chart.rows.map((row) => row.v0)).toEqual([0, 1, 2, 3, 4]);
});

test('a look stands at the step that it was made in, and makes up no value between two', () => {
  const look = (at: number, high: number) => ({ at, low: 0, high, limit: high });
  const band = [look(step * 0.4, 1), look(step * 0.9, 2), look(step * 2, 3), look(step * 7.5, 4)];
  const chart = readyChart({ ...base, lines: [line('a', [10, 20, 30])], band });
  expect(chart.rows.map(({ at, v0, band: b, limit }) => [at / step, v0, b?.[1], limit])).toEqual([
    [0, 10, 2, 2],
    [1, 20, 2, 2],
    [2, 30, 3, 3],
    // Long after the last value it has a row of its own, without one.
    [7.5, null, 4, 4],
  ]);
});

test('nothing received says so; it does not draw zero', () => {
  const chart = readyChart({ ...base, lines: [line('a', [])] });
  expect(chart.rows).toEqual([]);
  expect(chart.labels).toEqual([]);
  expect(chart.sentence).toBe('errors: a has no data.');
});

test('the threshold is always on the axis, an early wide band does not flatten the lines', () => {
  const band = [{ at: 0, low: -50, high: 50, limit: 0.02 }];
  const chart = readyChart({ ...base, lines: [line('a', [0.01, 0.012])], band, threshold: 0.05 });
  expect(chart.y.high).toBeGreaterThanOrEqual(0.05);
  expect(chart.y.high).toBeLessThan(0.2);
  expect(chart.y.low).toBe(0);
});

test('the last bucket of a live range is marked as still filling, that of a past range is not', () => {
  const lines = [line('a', [1, 1, 1])];
  expect(readyChart({ ...base, lines, to: 2.5 * step, now: 2.5 * step }).fillingFrom).toBe(2 * step);
  expect(readyChart({ ...base, lines }).fillingFrom).toBeNull();
});

test('end labels never overlap and stay inside', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 }), (ys) => {
      const placed = spread(
        ys.map((y) => ({ y })),
        0.13,
      );
      placed.forEach((label, i) => {
        expect(label.y).toBeLessThanOrEqual(1);
        if (i > 0) expect(label.y - (placed[i - 1]?.y ?? 0)).toBeGreaterThanOrEqual(0.13 - 1e-9);
      });
    }),
  );
});

test('hostile names do not become formulas or columns', () => {
  const chart = readyChart({ ...base, lines: [line('=cmd()', [1]), line('a,"b"', [2])] });
  const [head, first] = csvOf(chart).split('\r\n');
  expect(head).toBe(`time,'=cmd(),"a,""b""",interval low,interval high,limit`);
  expect(first).toBe('1970-01-01T00:00:00.000Z,1,2,,,');
});

test('near marks join and show the gravest', () => {
  const event = (at: number, tone: 'good' | 'bad') => ({ seq: at, at, title: '', text: '', who: '', tone });
  const each = toMarks([event(500, 'good'), event(505, 'bad'), event(900, 'good'), event(2000, 'bad')], {
    from: 0,
    to: 1000,
  });
  const marks = joinMarks(each, 0.012);
  expect(each.map((m) => m.events.length)).toEqual([1, 1, 1]);
  expect(marks.map((m) => [m.tone, m.events.length])).toEqual([
    ['bad', 2],
    ['good', 1],
  ]);
});

test('a sparkline lifts the pen over a gap', () => {
  const [drawn] = sparkline([line('a', [1, 2, null, 1])], { from: 0, to: 3 * step }, { width: 30, height: 10 });
  expect(drawn?.path).toBe('M0.0 5.0L10.0 1.0M30.0 5.0');
});

test('a whisker keeps the limit in sight and says when the interval goes on', () => {
  const wide = whisker({ estimate: 0, low: -9, high: 9, limit: 0.1, better: 'lower', against: 'baseline' });
  expect(wide).toMatchObject({ cutLow: true, cutHigh: true, low: 0, high: 1, zero: 0.5 });
  expect(wide?.limit).toBeGreaterThan(0.5);
  const bad = whisker({ estimate: 0.3, low: 0.2, high: 0.4, limit: 0.1, better: 'lower', against: 'baseline' });
  expect(bad?.bad?.[0]).toBeLessThan(bad?.low ?? 0);
  const higher = whisker({
    estimate: -0.3,
    low: -0.4,
    high: -0.2,
    limit: -0.01,
    better: 'higher',
    against: 'baseline',
  });
  expect(higher?.bad?.[1]).toBeGreaterThan(higher?.high ?? 1);
  expect(
    whisker({ estimate: null, low: null, high: null, limit: 1, better: 'lower', against: 'threshold' }),
  ).toBeNull();
});
