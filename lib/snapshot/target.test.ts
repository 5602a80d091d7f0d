/** Going back: it is what was, without what is rolled back, once and for all. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate, pairKey } from '@/lib/feature/evaluate';
import type { EvaluationContext, FlagState } from '@/lib/feature/model';
import { compare, stateDigest } from './compare';
import type { RecordedOverride, SnapshotBody } from './model';
import { servedFlags } from './served';
import { exposesMore, restorable, rowChanges } from './target';

const key = 'checkout';
const environment = 'production';
const versions = { control: 1, treatment: 2, other: 3 };
const names = Object.keys(versions);
const cohorts = ['beta', 'eu', '*'];
const start = Date.parse('2026-01-01T00:00:00Z');

const row = fc.record({
  scope: fc.constantFrom('organisation', 'environment', 'cohort') as fc.Arbitrary<RecordedOverride['scope']>,
  cohort: fc.constantFrom('beta', 'eu'),
  bound: fc.boolean(),
  effect: fc.constantFrom('kill', 'serve', 'serve', 'serve') as fc.Arbitrary<RecordedOverride['effect']>,
  version: fc.constantFrom(...names),
});

/** One for each target, as the database keeps them. */
const rows = fc.array(row, { maxLength: 6 }).map((all) => {
  const seen = new Map<string, RecordedOverride>();
  all.forEach(({ scope, cohort, bound, effect, version }, i) => {
    const o: RecordedOverride = {
      id: `ovr_${i}`,
      scope,
      value: scope === 'organisation' ? null : scope === 'environment' ? environment : cohort,
      environment: scope !== 'environment' && bound ? environment : null,
      effect,
      version: effect === 'kill' ? null : version,
      reason: 'test',
      createdBy: 'test',
      createdAt: new Date(start + i * 1000).toISOString(),
    };
    const name = JSON.stringify([o.scope, o.value, o.environment, o.effect]);
    seen.delete(name);
    seen.set(name, o);
  });
  return [...seen.values()];
});

const stage = fc.uniqueArray(fc.tuple(fc.constantFrom(...cohorts), fc.integer({ min: 0, max: 100 })), {
  selector: ([cohort]) => cohort,
  maxLength: 3,
});
const exposure = fc.option(
  fc
    .record({
      rolloutId: fc.constantFrom('rol_1', 'rol_2'),
      baseline: fc.constantFrom(...names),
      candidate: fc.constantFrom(...names),
      stages: fc.array(stage, { minLength: 1, maxLength: 2 }),
      holdback: fc.constantFrom(0, 10),
      withdrawn: fc.uniqueArray(fc.constantFrom(...cohorts), { maxLength: 1 }),
    })
    .map((e) => ({
      ...e,
      featureKey: key,
      environment,
      stages: e.stages.map((s) => Object.fromEntries(s)),
      cohortOrder: [...new Set(e.stages.flatMap((s) => s.map(([cohort]) => cohort)))],
    })),
);

const configuration = fc.option(
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 3, maxLength: 3 }))
    .map(([revision, n]) => ({
      revision,
      values: Object.fromEntries(names.map((version, i) => [version, { timeoutMs: n[i], deep: { list: [n[i]] } }])),
    })),
);

const body: fc.Arbitrary<SnapshotBody> = fc
  .record({ baseline: fc.constantFrom(...names), overrides: rows, exposure, configuration })
  .map(({ configuration, ...rest }) => {
    const flags = { ...rest, versions };
    return {
      flags: { ...flags, served: servedFlags(flags).exposure },
      configuration,
      migrations: [],
      criteria: [],
    };
  });

const caller: fc.Arbitrary<EvaluationContext> = fc.record({
  targetingKey: fc.constantFrom('u1', 'u2', 'u3', 'u4', 'u5', 'u6'),
  plan: fc.constantFrom('beta', 'free'),
  region: fc.constantFrom('eu', 'us'),
});

function flagsOf({ flags }: SnapshotBody): FlagState {
  const rule = (attribute: string, value: string) => ({
    key: value,
    description: '',
    rules: [{ attribute, in: [value] }],
  });
  const feature = { key, owner: '', description: '', kind: 'flag' as const, plane: 'builtin' };
  return {
    revision: 1,
    features: new Map([[key, { ...feature, versions: flags.versions, baseline: flags.baseline }]]),
    cohorts: new Map([
      ['beta', rule('plan', 'beta')],
      ['eu', rule('region', 'eu')],
    ]),
    overrides: new Map([[key, flags.overrides.map((o) => ({ ...o, featureKey: key }))]]),
    optOuts: new Set(),
    exposures: new Map(flags.exposure ? [[pairKey(key, environment), flags.exposure]] : []),
    configurations: new Map(),
  };
}

const servedTo = (state: SnapshotBody, context: EvaluationContext) => {
  const found = evaluate(flagsOf(state), key, environment, context);
  return found && { version: found.version, reason: found.reason };
};
const withoutKills = (state: SnapshotBody): SnapshotBody => ({
  ...state,
  flags: { ...state.flags, overrides: state.flags.overrides.filter((o) => o.effect !== 'kill') },
});
const runs = { numRuns: 500 };

test('everybody is served what they were served then, kills that were thrown since aside', () => {
  fc.assert(
    fc.property(body, body, caller, (present, target, context) => {
      const { desired } = restorable(present, target, { without: null });
      expect(servedTo(withoutKills(desired), context)).toEqual(servedTo(withoutKills(target), context));
      const killedThen = servedTo(target, context)?.reason === 'DISABLED';
      if (killedThen) expect(servedTo(desired, context)?.reason).toBe('DISABLED');
    }),
    runs,
  );
});

test('nobody is served what is rolled back', () => {
  fc.assert(
    fc.property(body, body, caller, fc.constantFrom(...names), (present, target, context, without) => {
      const { desired } = restorable(present, target, { without });
      expect(servedTo(desired, context)?.version).not.toBe(without);
    }),
    runs,
  );
});

test('a second time there is nothing to change', () => {
  fc.assert(
    fc.property(body, body, fc.constantFrom(null, ...names), (present, target, without) => {
      const { desired } = restorable(present, target, { without });
      const again = restorable(desired, target, { without });
      expect(again.changes).toEqual([]);
      expect(rowChanges(desired.flags.overrides, again.desired.flags.overrides)).toEqual({ go: [], come: [] });
      expect(stateDigest(again.desired)).toBe(stateDigest(desired));
    }),
    runs,
  );
});

test('a kill that was thrown since stays, and it is said', () => {
  fc.assert(
    fc.property(body, body, (present, target) => {
      const { desired, remains } = restorable(present, target, { without: null });
      const killing = (state: SnapshotBody) =>
        state.flags.overrides.filter((o) => o.effect === 'kill').map((o) => `${o.scope} ${o.value} ${o.environment}`);
      expect(killing(desired)).toEqual(expect.arrayContaining([...killing(present), ...killing(target)]));
      const since = killing(present).filter((kill) => !killing(target).includes(kill));
      expect(remains.filter((r) => r.why.startsWith('it was thrown since'))).toHaveLength(since.length);
    }),
    runs,
  );
});

test('states differ in a line if and only if their digests differ', () => {
  fc.assert(
    fc.property(body, fc.oneof(body, fc.constant(null)), (a, other) => {
      const b = other ?? structuredClone(a);
      expect(compare(a, b).length === 0).toBe(stateDigest(a) === stateDigest(b));
    }),
    runs,
  );
});

test('a version that nobody gets more of needs no approver', () => {
  fc.assert(
    fc.property(body, body, caller, (present, target, context) => {
      const { desired } = restorable(present, target, { without: null });
      const was = servedTo(present, context)?.version;
      const will = servedTo(desired, context)?.version;
      // One who is in several cohorts is told of by none of them alone.
      if (context.plan === 'beta' && context.region === 'eu') return;
      if (will && will !== was && will !== present.flags.baseline && sameRollout(present, desired))
        expect(exposesMore(present, desired)).toContain(will);
    }),
    { numRuns: 2_000 },
  );
});

/** Of one rollout the versions stay what they are; another one has others in its shares. */
function sameRollout(a: SnapshotBody, b: SnapshotBody): boolean {
  const [one, two] = [a.flags.exposure, b.flags.exposure];
  if (one === null || two === null) return true;
  return (['rolloutId', 'baseline', 'candidate'] as const).every((name) => one[name] === two[name]);
}

const plain = (over: Partial<SnapshotBody['flags']> = {}): SnapshotBody => ({
  flags: { baseline: 'control', versions, served: [], exposure: null, overrides: [], ...over },
  configuration: null,
  migrations: [],
  criteria: [],
});

test('to expose a cohort again that was taken back takes an approver', () => {
  const exposed = {
    rolloutId: 'rol_1',
    featureKey: key,
    environment,
    baseline: 'control',
    candidate: 'treatment',
    stages: [{ beta: 50 }],
    cohortOrder: ['beta'],
    holdback: 10,
  };
  const [whole, taken] = [plain({ exposure: exposed }), plain({ exposure: { ...exposed, withdrawn: ['beta'] } })];
  expect(exposesMore(taken, whole)).toEqual(['treatment']);
  expect(exposesMore(whole, taken)).toEqual([]);
  expect(exposesMore(whole, whole)).toEqual([]);
  expect(exposesMore(plain(), whole)).toEqual(['treatment']);
});

test('an override that was only set again since keeps its row', () => {
  const o: RecordedOverride = {
    id: 'ovr_then',
    scope: 'cohort',
    value: 'beta',
    environment: null,
    effect: 'serve',
    version: 'other',
    reason: 'r',
    createdBy: 'then',
    createdAt: '2026-01-01T00:00:00Z',
  };
  const again = { ...o, id: 'ovr_again', createdAt: '2026-01-02T00:00:00Z' };
  const { desired, changes } = restorable(plain({ overrides: [again] }), plain({ overrides: [o] }), { without: null });
  expect(changes).toEqual([]);
  expect(desired.flags.overrides).toEqual([again]);
});

test('configuration: every value that differs has a line, and a version that came since keeps its own', () => {
  const then = { ...plain(), configuration: { revision: 1, values: { control: { a: { b: 1 }, c: 2 } } } };
  const now = { ...plain(), configuration: { revision: 4, values: { control: { a: { b: 5 } }, other: { n: 1 } } } };
  const { desired, changes } = restorable(now, then, { without: null });
  expect(changes).toEqual([
    { part: 'configuration', path: 'configuration.control.a.b', from: 5, to: 1 },
    { part: 'configuration', path: 'configuration.control.c', from: null, to: 2 },
  ]);
  expect(desired.configuration?.values).toEqual({ control: { a: { b: 1 }, c: 2 }, other: { n: 1 } });
});

test('what cannot come back is said with the reason', () => {
  const then = plain({ baseline: 'gone', versions: { ...versions, control: 9, gone: 4 } });
  const { desired, remains } = restorable(plain(), then, { without: null });
  expect(desired.flags.baseline).toBe('control');
  expect(remains).toEqual([
    { what: 'control is the baseline, not gone', why: 'it is no version of the feature any more' },
    { what: 'the value of control', why: 'it counts in all environments; change the feature itself' },
  ]);
});

test('steps that have not begun are no difference, and criteria no part of the digest', () => {
  const step = (state: 'pending' | 'applied') => ({ id: 'mig_1', rolloutId: 'rol_1', name: 'column', state });
  const reading = { criterion: 'errors', cohort: null, version: 'control', value: 0.1, low: 0, high: 1, n: 9 };
  const span = { windows: 3, from: '2026-01-01T00:00:00Z', to: '2026-01-01T00:30:00Z' };
  const pending = { ...plain(), migrations: [step('pending')], criteria: [{ ...reading, ...span }] };
  expect(stateDigest(pending)).toBe(stateDigest(plain()));
  expect(compare(plain(), pending)).toEqual([{ part: 'criteria', path: 'criteria.errors', from: null, to: 0.1 }]);
  expect(compare(plain(), { ...plain(), migrations: [step('applied')] })).toEqual([
    { part: 'migrations', path: 'migrations.rol_1/column', from: null, to: 'applied' },
  ]);
});
