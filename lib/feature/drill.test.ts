import { describe, expect, test } from 'vitest';
import { evaluate, pairKey } from './evaluate';
import type { Cohort, DrillFault, Exposure, Feature, FlagState, Override } from './model';
import { featureInput } from './model';
import { answerOfrep } from './ofrep';

const feature: Feature = {
  key: 'f',
  owner: 'o',
  description: '',
  kind: 'flag',
  versions: { off: false, on: true },
  baseline: 'off',
  plane: 'builtin',
};
const cohort = (key: string): Cohort => ({ key, description: '', rules: [{ attribute: 'plan', in: [key] }] });
const end = 10_000;
const shadow: Exposure = {
  rolloutId: 'rol_shadow',
  featureKey: 'f',
  environment: 'drill/run_1',
  baseline: 'off',
  candidate: 'on',
  stages: [{ team: 0, beta: 100 }],
  cohortOrder: ['team', 'beta'],
  holdback: 50,
};
const fault: DrillFault = {
  runId: 'run_1',
  shadow: 'drill/run_1',
  version: 'on',
  cohort: 'beta',
  control: 'team',
  share: 100,
  exposes: true,
  harm: { share: 40, status: 503, latencyMs: 200, jitterMs: 20 },
  expiresAt: end,
};

type Over = { fault?: Partial<DrillFault> | null; shadow?: Exposure | null; override?: Partial<Override> };
function stateOf({ fault: changed = {}, shadow: there = shadow, override }: Over = {}): FlagState {
  const served: Override = {
    id: 'ovr',
    featureKey: 'f',
    scope: 'organisation',
    value: null,
    environment: null,
    effect: 'serve',
    version: 'off',
    reason: 'r',
    ...override,
  };
  return {
    revision: 7,
    features: new Map([['f', feature]]),
    cohorts: new Map(['beta', 'team'].map((key) => [key, cohort(key)])),
    overrides: new Map(override ? [['f', [served]]] : []),
    optOuts: new Set(),
    configurations: new Map(),
    exposures: new Map(there ? [[pairKey('f', 'drill/run_1'), there]] : []),
    faults: new Map(changed ? [[pairKey('f', 'production'), { ...fault, ...changed }]] : []),
  };
}

const callers = Array.from({ length: 400 }, (_, i) => ({ targetingKey: `u${i}`, plan: 'beta' }));
const versionOf = (state: FlagState, context: Record<string, unknown>, now?: number) =>
  evaluate(state, 'f', 'production', context, now)?.version;
const exposed = (state: FlagState, now?: number) => callers.filter((c) => versionOf(state, c, now) === 'on');

describe('a drill among real users', () => {
  test('exposes its share of its cohort, as its own environment says, until it expires', () => {
    const state = stateOf();
    const some = exposed(state, end - 1);
    expect(some.length).toBeGreaterThan(150);
    expect(some.length).toBeLessThan(250);
    expect(some).toEqual(callers.filter((c) => evaluate(state, 'f', 'drill/run_1', c)?.version === 'on'));
    expect(evaluate(state, 'f', 'production', some[0] ?? {}, 0)).toMatchObject({
      drill: 'run_1',
      rolloutId: 'rol_shadow',
      cohort: 'beta',
      reason: 'SPLIT',
    });
    expect(exposed(state, end)).toEqual([]);
    expect(exposed(state)).toEqual([]);
  });

  test.each<[string, Over]>([
    ['its rollout was taken back', { shadow: null }],
    ['it only marks', { fault: { exposes: false } }],
    ['its version is not what its rollout exposes', { fault: { version: 'off' } }],
    ['its cohort is another', { fault: { cohort: 'team', control: null } }],
    ['its own share is none', { fault: { share: 0 } }],
    ['it is not there', { fault: null }],
    ['a kill covers everybody', { override: { effect: 'kill', version: null } }],
    ['an override serves everybody another', { override: { version: 'off' } }],
  ])('exposes nobody: %s', (_, over) => {
    const state = stateOf(over);
    expect(exposed(state, 0)).toEqual([]);
    expect(callers.filter((c) => evaluate(state, 'f', 'production', c, 0)?.drill)).toEqual([]);
  });

  test('never reaches other cohorts, its control, other environments or who cannot be told apart', () => {
    const state = stateOf();
    const as = (over: object) => callers.filter((c) => versionOf(state, { ...c, ...over }, 0) === 'on');
    expect(as({ plan: 'free' })).toEqual([]);
    expect(as({ plan: 'team' })).toEqual([]);
    expect(as({ targetingKey: undefined })).toEqual([]);
    expect(callers.filter((c) => evaluate(state, 'f', 'staging', c, 0)?.version === 'on')).toEqual([]);
    // In both cohorts: what is watched beside it is not touched.
    const both = { ...cohort('team'), rules: [{ attribute: 'plan', in: ['team', 'beta'] }] };
    expect(exposed({ ...state, cohorts: new Map(state.cohorts).set('team', both) }, 0)).toEqual([]);
  });

  test('a cohort of everybody spares the control too', () => {
    const everybody: Exposure = { ...shadow, stages: [{ team: 0, '*': 100 }], cohortOrder: ['team', '*'] };
    const state = stateOf({ fault: { cohort: '*' }, shadow: everybody });
    expect(exposed(state, 0).length).toBeGreaterThan(150);
    expect(callers.filter((c) => versionOf(state, { ...c, plan: 'team' }, 0) === 'on')).toEqual([]);
  });
});

function ask(state: FlagState, now: number, context: object, path = '/f.fault', headers: Record<string, string> = {}) {
  const body = Buffer.from(JSON.stringify({ context }));
  const url = `/ofrep/v1/evaluate/flags${path}`;
  const answer = answerOfrep(state, 'production', { method: 'POST', path: url, headers, body }, now);
  return { ...answer, json: answer.body === '' ? null : JSON.parse(answer.body) };
}

describe('the fault over OFREP', () => {
  const state = stateOf();
  const hit = exposed(state, 0)[0] ?? { targetingKey: '' };
  const spared = callers.find((c) => versionOf(state, c, 0) === 'off') ?? { targetingKey: '' };
  const mark = { drillId: 'run_1', expiresAt: new Date(end).toISOString() };

  test('is whole for whom the drill serves the version, a mark for both arms, and nothing for others', () => {
    expect(ask(state, 0, hit).json).toMatchObject({
      key: 'f.fault',
      value: { version: 'on', share: 40, status: 503, latencyMs: 200, jitterMs: 20, ...mark },
      metadata: { version: '7', flagSetId: 'production', contextId: hit.targetingKey },
    });
    expect(ask(state, 0, spared).json.value).toEqual(mark);
    expect(ask(state, 0, { ...hit, plan: 'team' }).json.value).toEqual(mark);
    expect(ask(state, 0, { ...hit, plan: 'free' }).json.value).toEqual({});
    expect(ask(state, end, hit).json).toMatchObject({ value: {}, reason: 'STATIC', variant: 'none' });
    expect(ask(stateOf({ fault: null }), 0, hit).json.value).toEqual({});
    expect(ask(state, 0, hit, '/gone.fault').status).toBe(404);
  });

  test('harms nobody who has the version for another reason, nor before there is harm', () => {
    expect(ask(stateOf({ override: { version: 'on' } }), 0, hit).json.value).toEqual(mark);
    expect(ask(stateOf({ shadow: null }), 0, hit).json.value).toEqual(mark);
    expect(ask(stateOf({ fault: { harm: null } }), 0, hit).json.value).toEqual(mark);
  });

  test('is in the bulk answer while it goes on, whose tag changes as it ends', () => {
    const keys = (of: ReturnType<typeof ask>) => of.json.flags.map((flag: { key: string }) => flag.key);
    const before = ask(state, end - 1, hit, '');
    expect(keys(before)).toEqual(['f', 'f.fault']);
    const tag = { 'if-none-match': before.headers.etag ?? '' };
    expect(ask(state, end - 1, hit, '', tag).status).toBe(304);
    const after = ask(state, end, hit, '', tag);
    expect(after.status).toBe(200);
    expect(keys(after)).toEqual(['f']);
    expect(after.json.flags[0].variant).toBe('off');
  });

  test('its name is nobody else’s', () => {
    const named = featureInput.safeParse({ key: 'shop.fault', owner: 'o', versions: { a: true }, baseline: 'a' });
    expect(named.error?.issues[0]).toMatchObject({ path: ['key'] });
  });
});
