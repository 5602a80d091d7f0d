import { expect, test } from 'vitest';
import { plan as designPlan } from '@/e2e/design-plan';
import { cohortOf, evaluate } from '@/lib/feature/evaluate';
import type { Cohort, FlagState } from '@/lib/feature/model';
import { planInput } from '@/lib/rollout/model';
import { cohortOrder } from '@/lib/rollout/plan/exposure';
import { type DrillInput, drillInput } from '../model';
import { audienceOf, shadowPlan } from './shadow';

const real = designPlan;
const drill = (over: Partial<DrillInput> = {}) =>
  drillInput.parse({
    name: 'weekly',
    feature: 'new-checkout',
    environment: 'production',
    owner: 'me',
    fault: { share: 50, expiresAfter: '5m' },
    ...over,
  });
const beta: Cohort = { key: 'beta', description: '', rules: [{ attribute: 'plan', in: ['beta'] }] };
const staff: Cohort = { key: 'staff', description: '', rules: [{ attribute: 'staff', in: [true] }] };
const internal: Cohort = { key: 'internal', description: '', rules: [{ attribute: 'mail', endsWith: '@shop.test' }] };

/** The flags as they are while the shadow exposes. */
function flagsOf(given: ReturnType<typeof shadowPlan>): FlagState {
  const { feature, environment, baseline, candidate } = given;
  const known = { key: feature, owner: 'o', description: '', kind: 'flag', plane: 'builtin' } as const;
  const exposure = {
    rolloutId: 'rol_1',
    featureKey: feature,
    environment,
    baseline,
    candidate,
    stages: given.stages.map((s) => s.exposure),
    cohortOrder: cohortOrder(given),
    holdback: given.holdback,
  };
  return {
    revision: 1,
    features: new Map([[feature, { ...known, versions: { [baseline]: 0, [candidate]: 1 }, baseline }]]),
    cohorts: new Map([beta, staff, internal].map((c) => [c.key, c])),
    overrides: new Map(),
    optOuts: new Set(),
    exposures: new Map([[`${feature}\u0000${environment}`, exposure]]),
    configurations: new Map(),
  };
}

test.each<[what: string, over: Partial<DrillInput>, rehearsed: string, control: string | null, candidates: number]>([
  ['the first cohort of the plan, and others beside it', {}, 'internal', 'others', 100],
  ['the cohort that the drill names', { blast: { cohort: 'beta', share: 20 } }, 'beta', 'others', 40],
  ['everybody: nobody can be told apart', { blast: { cohort: '*' } }, 'everyone', null, 100],
  ['everybody but those who watch', { blast: { cohort: '*' }, control: 'staff' }, 'everyone', 'staff', 100],
  ['one beside another', { blast: { cohort: 'beta' }, control: 'staff' }, 'beta', 'staff', 100],
])('%s', (_what, over, rehearsed, control, candidates) => {
  const plan = shadowPlan(real, drill(over), 'run_1');
  expect(planInput.safeParse(plan).success).toBe(true);
  const state = flagsOf(plan);
  const audience = audienceOf(state, plan, { run: 'run_1', rollout: 'rol_1' });
  expect(audience.rehearsed.cohort).toBe(rehearsed);
  expect(audience.control?.cohort ?? null).toBe(control);
  const served = (users: typeof audience.rehearsed.users) =>
    users.filter((u) => evaluate(state, plan.feature, plan.environment, u)?.version === plan.candidate).length;
  // The planned share to a user, not about it.
  expect(served(audience.rehearsed.users)).toBe(candidates);
  expect(served(audience.control?.users ?? [])).toBe(0);
  const exposure = state.exposures.get(`${plan.feature}\u0000${plan.environment}`);
  const label = rehearsed === 'everyone' ? '*' : rehearsed;
  if (exposure)
    expect(new Set(audience.rehearsed.users.map((u) => cohortOf(state, exposure, u)))).toEqual(new Set([label]));
});

test('a person who is to decide finds it held, and a rollback by itself is for drills that say so', () => {
  const asked = drill({ decision: { by: 'person' } });
  expect(shadowPlan(real, asked, 'run_1')).toMatchObject({ onRegression: 'hold', onRegressionScope: 'rollout' });
  expect(shadowPlan(real, drill(), 'run_1').onRegression).toBe('roll_back');
});
