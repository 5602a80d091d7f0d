import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objectivesInput } from '../model';
import { clocksOf, corrected, type Instants, noInstants } from './clocks';

const at = (s: number) => new Date(Date.UTC(2026, 0, 1) + s * 1_000);
const objectives = objectivesInput.parse({ detect: '30s', decide: '5s' });
const synthetic = { level: 'synthetic' as const, objectives };
const whole: Instants = {
  faultAt: at(0),
  failingAt: at(20),
  askedAt: null,
  decidedAt: at(26),
  switchedAt: at(27),
  goneAt: at(50),
  backAt: at(120),
};
const states = (clocks: ReturnType<typeof clocksOf>) => clocks.map((c) => [c.name, c.state, c.ms, c.met]);

describe('the five clocks', () => {
  it('are the spans between what was written down, each against its objective', () => {
    expect(states(clocksOf(synthetic, whole))).toEqual([
      ['detect', 'recorded', 20_000, true],
      ['decide', 'recorded', 6_000, false],
      ['actuate', 'recorded', 1_000, null],
      ['propagate', 'recorded', 23_000, null],
      ['recover', 'recorded', 70_000, null],
    ]);
  });

  it('are pending while their end has not come, and never supposed', () => {
    const clocks = clocksOf(synthetic, { ...noInstants, faultAt: at(0), switchedAt: at(9) });
    expect(clocks.map((c) => c.state)).toEqual(Array(5).fill('pending'));
    expect(clocks[0]).toMatchObject({ from: at(0).toISOString(), to: null, ms: null, met: null });
  });

  it('are invalid, and no figure, where the end lies before the start', () => {
    const [detect] = clocksOf(synthetic, { ...whole, failingAt: at(-1) });
    expect(detect).toMatchObject({ state: 'invalid', ms: null, met: null });
  });

  it('of a tabletop know only the decision, from the question on', () => {
    const clocks = clocksOf({ level: 'tabletop', objectives }, { ...noInstants, askedAt: at(1), decidedAt: at(5) });
    expect(clocks.map((c) => c.state)).toEqual([
      'not_applicable',
      'recorded',
      'not_applicable',
      'not_applicable',
      'not_applicable',
    ]);
    expect(clocks[1]).toMatchObject({ ms: 4_000, met: true });
  });
});

describe('a correction', () => {
  const correction = {
    clock: 'detect' as const,
    from: at(0).toISOString(),
    to: at(40).toISOString(),
    by: 'ada',
    reason: 'r',
  };

  it('counts from then on, and says what was there first', () => {
    const once = corrected(clocksOf(synthetic, whole), correction);
    expect(once[0]).toMatchObject({ state: 'recorded', ms: 40_000, met: false });
    const twice = corrected(once, { ...correction, to: at(10).toISOString() });
    expect(twice[0]).toMatchObject({ ms: 10_000, met: true, corrected: { to: at(20).toISOString(), by: 'ada' } });
    // What comes in later does not overwrite a person.
    expect(clocksOf(synthetic, { ...whole, failingAt: at(3) }, twice)[0]).toMatchObject({ ms: 10_000 });
    expect(twice.slice(1)).toEqual(clocksOf(synthetic, whole).slice(1));
  });

  it('may make a clock pending or invalid again, and names one that is not applicable', () => {
    const clocks = clocksOf(synthetic, whole);
    expect(corrected(clocks, { ...correction, to: null })[0]?.state).toBe('pending');
    expect(corrected(clocks, { ...correction, to: at(-1).toISOString() })[0]?.state).toBe('invalid');
    const tabletop = clocksOf({ level: 'tabletop', objectives }, noInstants);
    expect(() => corrected(tabletop, correction)).toThrow(/not applicable/);
  });
});

it('a clock has a figure exactly when it is recorded, and it is never negative', () => {
  const instant = fc.option(fc.integer({ min: 0, max: 500 }).map(at));
  fc.assert(
    fc.property(
      fc.record({
        faultAt: instant,
        failingAt: instant,
        askedAt: instant,
        decidedAt: instant,
        switchedAt: instant,
        goneAt: instant,
        backAt: instant,
      }),
      fc.constantFrom('synthetic' as const, 'tabletop' as const),
      (instants, level) => {
        for (const clock of clocksOf({ level, objectives }, instants)) {
          expect(clock.ms !== null).toBe(clock.state === 'recorded');
          expect(clock.ms ?? 0).toBeGreaterThanOrEqual(0);
          if (clock.met !== null) expect(clock.met).toBe((clock.ms ?? 0) <= (clock.objectiveMs ?? 0));
        }
      },
    ),
  );
});
