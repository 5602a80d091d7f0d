/** What is said of an environment is what evaluation says of everybody in it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketOf, evaluate, pairKey } from '@/lib/feature/evaluate';
import type { Exposure, FlagState, Override } from '@/lib/feature/model';
import type { PlaneState } from './model';
import { servedState } from './served';

const environment = 'production';
const key = 'checkout';
const versions = ['control', 'treatment', 'other', 'gone'] as const;
const cohorts = ['beta', 'eu', '*'];

const override = fc
  .record({
    scope: fc.constantFrom('organisation', 'environment', 'cohort') as fc.Arbitrary<Override['scope']>,
    value: fc.constantFrom('beta', 'eu', '*', 'production', 'staging'),
    environment: fc.constantFrom(null, 'production', 'staging'),
    effect: fc.constantFrom('kill', 'serve', 'serve', 'serve') as fc.Arbitrary<Override['effect']>,
    version: fc.constantFrom(...versions),
  })
  .map((o, id = 0) => ({
    ...o,
    id: String(id),
    featureKey: key,
    value: o.scope === 'organisation' ? null : o.value,
    version: o.effect === 'kill' ? null : o.version,
    reason: 'test',
  }));

const stage = fc.uniqueArray(fc.tuple(fc.constantFrom(...cohorts), fc.integer({ min: 0, max: 100 })), {
  selector: ([cohort]) => cohort,
  maxLength: 3,
});

const exposure: fc.Arbitrary<Exposure | null> = fc.option(
  fc
    .record({
      baseline: fc.constantFrom(...versions),
      candidate: fc.constantFrom(...versions),
      stages: fc.array(stage, { minLength: 1, maxLength: 3 }),
      holdback: fc.constantFrom(0, 10, 100),
      withdrawn: fc.uniqueArray(fc.constantFrom(...cohorts), { maxLength: 2 }),
    })
    .map((e) => ({
      ...e,
      rolloutId: 'rol_1',
      featureKey: key,
      environment,
      stages: e.stages.map((s) => Object.fromEntries(s)),
      cohortOrder: [...new Set(e.stages.flatMap((s) => s.map(([cohort]) => cohort)))],
    })),
);

function flagsOf(overrides: Override[], exposed: Exposure | null, baselines: Record<string, string>): FlagState {
  const rule = (plan: string) => ({ key: plan, description: '', rules: [{ attribute: 'plan', in: [plan] }] });
  return {
    revision: 1,
    features: new Map([
      [
        key,
        {
          key,
          owner: 'o',
          description: '',
          kind: 'flag' as const,
          versions: { control: 1, treatment: 2, other: 3 },
          baseline: 'control',
          baselines,
          plane: 'builtin',
        },
      ],
    ]),
    cohorts: new Map([
      ['beta', rule('beta')],
      ['eu', rule('eu')],
    ]),
    overrides: new Map([[key, overrides]]),
    optOuts: new Set(),
    configurations: new Map(),
    exposures: new Map(exposed ? [[pairKey(key, environment), exposed]] : []),
  };
}

/** As the contract reads a state: the first row that names a cohort of the caller, unless they were taken back. */
function versionBy(state: Omit<PlaneState, 'configuration'>, mine: string[], targetingKey: string): string {
  if (state.withdrawn.some((cohort) => mine.includes(cohort))) return state.baseline;
  const row = state.exposure.find(({ cohort }) => mine.includes(cohort));
  if (!row) return state.baseline;
  return row.share >= 100 || bucketOf('rol_1', targetingKey) < row.share ? row.version : state.baseline;
}

const baselines: fc.Arbitrary<Record<string, string>> = fc.constantFrom<Record<string, string>>(
  {},
  { production: 'other' },
  { staging: 'other' },
  { production: 'treatment' },
);
const users = Array.from({ length: 12 }, (_, i) => `user-${i}`);

test('of whoever is in one cohort, or in none, it says what evaluation says', () => {
  fc.assert(
    fc.property(fc.array(override, { maxLength: 4 }), exposure, baselines, (overrides, exposed, own) => {
      // Overrides of a cohort count over a withdrawal, which a state cannot say of one and the same cohort.
      const clash = overrides.some((o) => o.scope === 'cohort') && (exposed?.withdrawn?.length ?? 0) > 0;
      fc.pre(!clash);
      const flags = flagsOf(overrides, exposed, own);
      const state = servedState(flags, key, environment);
      if (!state) throw new Error('there is such a feature');
      for (const plan of ['beta', 'eu', 'none'])
        for (const targetingKey of users) {
          const mine = plan === 'none' ? ['*'] : [plan, '*'];
          const evaluated = evaluate(flags, key, environment, { targetingKey, plan });
          expect(versionBy(state, mine, targetingKey)).toBe(evaluated?.version);
        }
    }),
    { numRuns: 500 },
  );
});

test('of a feature that there is not it says nothing', () => {
  expect(servedState(flagsOf([], null, {}), 'another', environment)).toBeNull();
});
