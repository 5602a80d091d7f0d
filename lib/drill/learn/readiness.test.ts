import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clockNames, endStates } from '../model';
import { scheduleInput } from '../schedule-model';
import { type ReadDrill, type Readiness, type ReadRun, readinessOf, stalenessOf } from './readiness';

const now = new Date('2026-11-22T12:00:00Z');
const dayMs = 86_400_000;
const ago = (days: number) => new Date(now.getTime() - days * dayMs).toISOString();
const here = { feature: 'checkout', environment: 'production' };
type Clocks = ReadRun['clocks'];
const clock = (name: Clocks[number]['name'], ms: number | null, objectiveMs: number | null = 1000): Clocks[number] => ({
  name,
  state: ms === null ? 'pending' : 'recorded',
  from: null,
  to: null,
  ms,
  objectiveMs,
  met: ms === null || objectiveMs === null ? null : ms <= objectiveMs,
  corrected: null,
});
const clocks = (ms: number | null, objectiveMs: number | null = 1000) =>
  clockNames.map((name) => clock(name, ms, objectiveMs));
const run = (days: number, over: Partial<ReadRun> = {}): ReadRun => ({
  id: `run_${days}`,
  ...here,
  level: 'synthetic',
  state: 'restored',
  clocks: clocks(500),
  proof: { restored: true, detail: '', differences: [] },
  endedAt: ago(days),
  ...over,
});
const drill = (cron: string | null, over: Partial<ReadDrill> = {}): ReadDrill => ({
  ...here,
  schedule: cron === null ? null : scheduleInput.parse({ cron }),
  archivedAt: null,
  ...over,
});
const read = (runs: ReadRun[], drills: ReadDrill[] = []): Readiness => {
  const [found] = readinessOf(runs, drills, now, [here]);
  if (!found) throw new Error('a place that is named is read');
  return found;
};
const detect = (runs: ReadRun[]) => {
  const [found] = read(runs).clocks;
  if (!found) throw new Error('there are five clocks');
  return found;
};

describe('what was never measured', () => {
  test('is unknown, by name, and no number', () => {
    const blank = read([]);
    expect(blank).toMatchObject({ ...here, lastProven: null, staleness: 'unknown', last: null, running: 0 });
    expect(blank.unknown).toEqual(['proof', ...clockNames, 'objectives']);
    for (const c of blank.clocks)
      expect(c).toMatchObject({ medianMs: 'unknown', objectiveMet: 'unknown', shareMet: 'unknown', trend: null });
  });
  test.each<[string, Partial<ReadRun>]>([
    ['a tabletop', { level: 'tabletop' }],
    ['one without a proof', { proof: null }],
    ['one whose proof says no', { proof: { restored: false, detail: '', differences: [] } }],
    ['a failed one', { state: 'failed' }],
    ['an aborted one', { state: 'aborted' }],
    ['an interrupted one', { state: 'interrupted' }],
    ['one that is on its way', { state: 'verifying', endedAt: null }],
  ])('%s proves nothing', (_what, over) =>
    expect(read([run(1, over)])).toMatchObject({ lastProven: null, staleness: 'unknown' }),
  );
  test('where drills themselves live nothing is read', () =>
    expect(readinessOf([run(1, { environment: 'drill/run_1' })], [], now)).toEqual([]));
});

describe('staleness', () => {
  test.each<[number, number]>([
    [0, 0],
    [1, 0.5],
    [2, 0.75],
    [3, 0.875],
    [-1, 0],
  ])('after %d half-lives is %d', (age, staleness) => expect(stalenessOf(age * dayMs, dayMs)).toBeCloseTo(staleness));
  test.each<[string, ReadDrill[], number]>([
    ['30 days without a schedule', [drill(null)], 30],
    ['a week for a weekly drill', [drill('0 10 * * 2')], 7],
    ['the soonest of several', [drill('0 10 * * 2'), drill('0 10 */3 * *')], 3],
    ['what is between the two of a week, on the whole', [drill('0 10 * * 1,2')], 3.5],
    ['a day at least', [drill('*/5 * * * *')], 1],
    ['not of one that is archived', [drill('0 10 * * 2', { archivedAt: ago(1) })], 30],
    ['not of another feature', [drill('0 10 * * 2', { feature: 'search' })], 30],
  ])('has a half-life of %s', (_what, drills, days) => {
    const of = read([run(days)], drills);
    expect(of.halfLifeDays).toBe(days);
    expect(of.staleness).toBeCloseTo(0.5);
  });
  test('a paused schedule is due never', () => {
    const paused = { ...scheduleInput.parse({ cron: '0 10 * * 2' }), paused: true };
    expect(read([], [drill(null, { schedule: paused })]).halfLifeDays).toBe(30);
  });
});

describe('a clock', () => {
  test('has its last values, newest first, their median and where they go', () => {
    const runs = [300, 900, 500, 400].map((ms, i) => run(i, { clocks: clocks(ms) }));
    expect(detect(runs)).toMatchObject({ recorded: 4, medianMs: 450, shareMet: 1, objectiveMet: true });
    expect(detect(runs).values.map((v) => v.ms)).toEqual([300, 900, 500, 400]);
    expect(detect(runs).trend).toEqual({ newestMs: 300, beforeMs: 500, toward: 'faster' });
    expect(detect(runs.slice(0, 2)).trend).toBeNull();
    expect(detect([run(0, { clocks: clocks(950) }), ...runs.slice(1)]).trend?.toward).toBe('slower');
  });
  test('keeps ten values and counts them all', () => {
    const of = detect(Array.from({ length: 12 }, (_, i) => run(i)));
    expect([of.values.length, of.recorded]).toEqual([10, 12]);
  });
  test.each<[string, ReadRun[], boolean | 'unknown', number | 'unknown']>([
    ['over its objective', [run(0, { clocks: clocks(1500) }), run(1)], false, 0.5],
    ['without an objective', [run(0, { clocks: clocks(500, null) })], 'unknown', 'unknown'],
    ['not measured, though it had one', [run(0, { clocks: clocks(null) }), run(1)], 'unknown', 0.5],
    ['of a run that failed, however quick', [run(0, { state: 'failed' }), run(1)], false, 0.5],
    ['of a run that was aborted', [run(0, { state: 'aborted' }), run(1)], true, 1],
    [
      'not applicable',
      [run(0, { clocks: clocks(null).map((c) => ({ ...c, state: 'not_applicable' as const })) }), run(1)],
      true,
      1,
    ],
  ])('%s', (_what, runs, met, share) => expect(detect(runs)).toMatchObject({ objectiveMet: met, shareMet: share }));
  test('that is invalid or pending enters no average', () => {
    const odd = run(0, { clocks: [{ ...clock('detect', 1), state: 'invalid' }] });
    expect(detect([odd, run(1)])).toMatchObject({ recorded: 1, medianMs: 500, shareMet: 0.5 });
  });
});

const anyMs = fc.option(fc.integer({ min: 0, max: 5000 }), { nil: null });
const anyRun: fc.Arbitrary<ReadRun> = fc
  .record({
    id: fc.uuid(),
    days: fc.integer({ min: 0, max: 60 }),
    state: fc.constantFrom(...endStates, 'detecting' as const),
    level: fc.constantFrom('synthetic' as const, 'tabletop' as const, 'fault' as const),
    proven: fc.constantFrom(true, false, null),
    ms: fc.array(anyMs, { minLength: 5, maxLength: 5 }),
    objective: fc.option(fc.constant(1000), { nil: null }),
  })
  .map(({ id, days, state, level, proven, ms, objective }) =>
    run(days, {
      id,
      state,
      level,
      endedAt: state === 'detecting' ? null : ago(days),
      proof: proven === null ? null : { restored: proven, detail: '', differences: [] },
      clocks: clockNames.map((name, i) => clock(name, ms[i] ?? null, objective)),
    }),
  );
const anyRuns = fc.uniqueArray(anyRun, { maxLength: 8, selector: (r) => r.id });

/** Higher is better, and nothing is worst: what somebody would be glad of. */
const merits = (of: Readiness): number[] => [
  of.staleness === 'unknown' ? -1 : 1 - of.staleness,
  ...of.clocks.flatMap((c) => [
    c.objectiveMet === true ? 1 : 0,
    // The first bad share is no merit over none at all.
    c.shareMet === 'unknown' ? 0 : c.shareMet,
  ]),
];
const times = (of: Readiness) => of.clocks.map((c) => [c.medianMs, c.trend, c.recorded]);
const noBetter = (after: Readiness, before: Readiness) => {
  const was = merits(before);
  merits(after).forEach((merit, i) => {
    expect(merit).toBeLessThanOrEqual(was[i] ?? -1);
  });
};

describe('whatever is rehearsed', () => {
  test('a failed run improves nothing', () =>
    fc.assert(
      fc.property(anyRuns, anyRun, (runs, more) => {
        const before = read(runs);
        const after = read([...runs, { ...more, id: 'failed', state: 'failed', endedAt: more.endedAt ?? ago(0) }]);
        noBetter(after, before);
        expect(times(after)).toEqual(times(before));
        expect(after.ends.failed).toBe(before.ends.failed + 1);
      }),
    ));
  test('what is missing raises nothing: neither a run that measured nothing nor one that lost what it had', () =>
    fc.assert(
      fc.property(anyRuns, fc.nat(), fc.nat(4), fc.boolean(), (runs, which, lost, proof) => {
        const empty = { ...run(0), id: 'empty', proof: null, clocks: clocks(null) };
        const before = read(runs);
        const after = read([...runs, empty]);
        noBetter(after, before);
        expect(times(after)).toEqual(times(before));
        const blanked = runs.map((r, i) => {
          if (i !== which % runs.length) return r;
          if (proof) return { ...r, proof: null };
          return { ...r, clocks: r.clocks.map((c, j) => (j === lost ? clock(c.name, null, c.objectiveMs) : c)) };
        });
        noBetter(read(blanked), before);
      }),
    ));
  test('the order of the runs does not matter', () =>
    fc.assert(
      fc.property(anyRuns, fc.infiniteStream(fc.nat()), (runs, keys) => {
        const shuffled = runs.map((r) => ({ r, key: keys.next().value ?? 0 })).toSorted((a, b) => a.key - b.key);
        expect(read(shuffled.map(({ r }) => r))).toEqual(read(runs));
      }),
    ));
});
