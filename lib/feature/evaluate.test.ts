import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketOf, cohortOf, evaluate, pairKey } from './evaluate';
import type { Cohort, EvaluationContext, Exposure, Feature, FlagState, Override } from './model';

const feature: Feature = {
  key: 'f',
  owner: 'o',
  description: '',
  kind: 'flag',
  versions: { off: false, on: true, third: true },
  baseline: 'off',
  plane: 'builtin',
};
const byCohort = (key: string): Cohort => ({ key, description: '', rules: [{ attribute: key, in: [true] }] });
const cohorts = ['internal', 'beta', 'eu'].map(byCohort);
const everything: Exposure = {
  rolloutId: 'rol_1',
  featureKey: 'f',
  environment: 'production',
  baseline: 'off',
  candidate: 'on',
  stages: [{ '*': 100 }],
  cohortOrder: ['*'],
  holdback: 0,
};

function stateOf(over: {
  overrides?: Partial<Override>[];
  optOuts?: string[];
  exposure?: Partial<Exposure> | null;
}): FlagState {
  const exposure = over.exposure === null ? null : { ...everything, ...over.exposure };
  return {
    revision: 1,
    features: new Map([['f', feature]]),
    cohorts: new Map(cohorts.map((c) => [c.key, c])),
    overrides: new Map([['f', (over.overrides ?? []).map(overrideOf)]]),
    optOuts: new Set((over.optOuts ?? []).map((key) => pairKey('f', key))),
    configurations: new Map(),
    exposures: new Map(exposure ? [[pairKey('f', exposure.environment), exposure]] : []),
  };
}

const overrideOf = (o: Partial<Override>): Override => ({
  id: 'ovr',
  featureKey: 'f',
  scope: 'organisation',
  value: null,
  environment: null,
  effect: 'serve',
  version: o.effect === 'kill' ? null : 'third',
  reason: 'r',
  ...o,
});

const kill = (o: Partial<Override>): Partial<Override> => ({ effect: 'kill', ...o });
const serve = (version: string, o: Partial<Override>): Partial<Override> => ({ version, ...o });

describe('who gets what: the caller is u1, internal, in production, exposed to "on" for all', () => {
  const user = { scope: 'user', value: 'u1' } as const;
  const cohort = { scope: 'cohort', value: 'internal' } as const;
  const environment = { scope: 'environment', value: 'production' } as const;
  const organisation = { scope: 'organisation' } as const;
  test.each<[string, Parameters<typeof stateOf>[0], string, string]>([
    ['no rollout', { exposure: null }, 'off', 'STATIC'],
    ['a rollout of another environment', { exposure: { environment: 'staging' } }, 'off', 'STATIC'],
    ['exposed', {}, 'on', 'SPLIT'],
    ['held back whole', { exposure: { holdback: 100 } }, 'off', 'STATIC'],
    ['share 0', { exposure: { stages: [{ '*': 0 }] } }, 'off', 'STATIC'],
    [
      'a cohort the caller is not in',
      { exposure: { stages: [{ beta: 100 }], cohortOrder: ['beta'] } },
      'off',
      'STATIC',
    ],
    [
      'a cohort that nobody declared',
      { exposure: { stages: [{ ghost: 100 }], cohortOrder: ['ghost'] } },
      'off',
      'STATIC',
    ],
    ['a candidate that is gone', { exposure: { candidate: 'gone' } }, 'off', 'STATIC'],
    ['a candidate named like a built-in', { exposure: { candidate: 'constructor' } }, 'off', 'STATIC'],
    ['opted out', { optOuts: ['u1'] }, 'off', 'TARGETING_MATCH'],
    ['somebody else opted out', { optOuts: ['u2'] }, 'on', 'SPLIT'],
    ['opted out beats an override', { optOuts: ['u1'], overrides: [serve('third', user)] }, 'off', 'TARGETING_MATCH'],
    ['override for all', { overrides: [serve('third', organisation)] }, 'third', 'TARGETING_MATCH'],
    ['override of another user', { overrides: [serve('third', { ...user, value: 'u2' })] }, 'on', 'SPLIT'],
    [
      'override of another environment',
      { overrides: [serve('third', { ...environment, value: 'staging' })] },
      'on',
      'SPLIT',
    ],
    ['override of a version that is gone', { overrides: [serve('gone', user)] }, 'on', 'SPLIT'],
    ['user beats cohort', { overrides: [serve('third', user), serve('off', cohort)] }, 'third', 'TARGETING_MATCH'],
    [
      'cohort beats environment',
      { overrides: [serve('off', environment), serve('third', cohort)] },
      'third',
      'TARGETING_MATCH',
    ],
    [
      'environment beats organisation',
      { overrides: [serve('third', environment), serve('off', organisation)] },
      'third',
      'TARGETING_MATCH',
    ],
    [
      'cohort here beats cohort everywhere',
      { overrides: [serve('third', { ...cohort, environment: 'production' }), serve('off', cohort)] },
      'third',
      'TARGETING_MATCH',
    ],
    [
      'user of another environment',
      { overrides: [serve('third', { ...user, environment: 'staging' })] },
      'on',
      'SPLIT',
    ],
    [
      'the newer of two',
      { overrides: [serve('off', cohort), serve('third', { scope: 'cohort', value: '*' })] },
      'third',
      'TARGETING_MATCH',
    ],
    [
      'killed for all beats a user override',
      { overrides: [serve('third', user), kill(organisation)] },
      'off',
      'DISABLED',
    ],
    ['killed here', { overrides: [serve('third', user), kill(environment)] }, 'off', 'DISABLED'],
    ['killed for the cohort', { overrides: [kill(cohort), serve('third', user)] }, 'off', 'DISABLED'],
    ['killed for the user', { overrides: [kill(user)] }, 'off', 'DISABLED'],
    ['killed beats opted out', { overrides: [kill(organisation)], optOuts: ['u1'] }, 'off', 'DISABLED'],
    ['killed in another environment', { overrides: [kill({ ...environment, value: 'staging' })] }, 'on', 'SPLIT'],
    ['killed for another cohort', { overrides: [kill({ ...cohort, value: 'beta' })] }, 'on', 'SPLIT'],
  ])('%s', (_what, over, version, reason) => {
    const got = evaluate(stateOf(over), 'f', 'production', { targetingKey: 'u1', internal: true });
    expect(got).toMatchObject({ key: 'f', version, reason, value: version !== 'off' });
  });

  test('no such feature', () => {
    expect(evaluate(stateOf({}), 'constructor', 'production', {})).toBeNull();
  });

  test('nobody named: the baseline where callers are split, the candidate where all get it', () => {
    expect(evaluate(stateOf({ exposure: { holdback: 10 } }), 'f', 'production', {})).toMatchObject({
      version: 'off',
      reason: 'UNKNOWN',
    });
    expect(evaluate(stateOf({ exposure: { holdback: 10 } }), 'f', 'production', { targetingKey: '' })).toMatchObject({
      version: 'off',
      reason: 'UNKNOWN',
    });
    expect(evaluate(stateOf({}), 'f', 'production', {})).toMatchObject({ version: 'on' });
    const named = stateOf({ overrides: [serve('third', { scope: 'user', value: '' })] });
    expect(evaluate(named, 'f', 'production', {})).toMatchObject({ version: 'on' });
  });
});

describe('cohorts of a plan', () => {
  const plan: Partial<Exposure> = {
    stages: [{ internal: 100 }, { internal: 100, beta: 25 }, { '*': 50 }],
    cohortOrder: ['internal', 'beta', '*'],
  };
  test.each<[EvaluationContext, string | null]>([
    [{ internal: true, beta: true }, 'internal'],
    [{ beta: true }, 'beta'],
    [{}, '*'],
  ])('%j counts as %s', (context, cohort) => {
    const state = stateOf({ exposure: plan });
    expect(cohortOf(state, { ...everything, ...plan }, context)).toBe(cohort);
    expect(evaluate(state, 'f', 'production', { targetingKey: 'u', ...context })?.cohort).toBe(cohort);
  });

  test('the first cohort as the plan names them counts, also where a later one has the larger share', () => {
    const exposure = { stages: [{ beta: 0, internal: 100 }], cohortOrder: ['beta', 'internal'] };
    const context = { targetingKey: 'u', internal: true };
    expect(evaluate(stateOf({ exposure }), 'f', 'production', { ...context, beta: true })?.version).toBe('off');
    expect(evaluate(stateOf({ exposure }), 'f', 'production', context)?.version).toBe('on');
  });
});

describe('a cohort that was taken back', () => {
  const everybody: Partial<Exposure> = {
    stages: [{ internal: 100 }, { internal: 100, '*': 100 }],
    cohortOrder: ['internal', '*'],
    withdrawn: ['eu'],
  };
  const get = (context: EvaluationContext, over: Parameters<typeof stateOf>[0] = {}) =>
    evaluate(stateOf({ exposure: everybody, ...over }), 'f', 'production', { targetingKey: 'u', ...context });
  test.each<[what: string, context: EvaluationContext, version: string, cohort: string]>([
    ['gets the baseline, though "*" has all', { eu: true }, 'off', 'eu'],
    ['… though another cohort of theirs has it', { eu: true, internal: true }, 'off', 'eu'],
    ['others keep the candidate', { internal: true }, 'on', 'internal'],
    ['… and so does everybody else', {}, 'on', '*'],
  ])('%s', (_what, context, version, cohort) => {
    expect(get(context)).toMatchObject({ version, cohort });
  });

  test('overrides, opt-outs and kills keep their place above it', () => {
    const named = serve('third', { scope: 'user', value: 'u' });
    expect(get({ eu: true }, { overrides: [named] })?.version).toBe('third');
    expect(get({ eu: true }, { overrides: [serve('on', { scope: 'cohort', value: 'eu' })] })?.version).toBe('on');
    expect(get({ eu: true }, { overrides: [kill({})] })).toMatchObject({ version: 'off', reason: 'DISABLED' });
    expect(get({}, { optOuts: ['u'] })?.version).toBe('off');
  });

  test('one that nobody declares any more takes back nobody', () => {
    expect(get({ eu: true }, { exposure: { ...everybody, withdrawn: ['ghost'] } })?.version).toBe('on');
  });
});

describe('properties', () => {
  const cohortName = fc.constantFrom('internal', 'beta', 'eu', '*');
  const share = fc.double({ min: 0, max: 100, noNaN: true });
  const stages = fc.array(fc.dictionary(cohortName, share, { minKeys: 1 }), { minLength: 1, maxLength: 6 });
  const context = fc.record({
    targetingKey: fc.string({ minLength: 1 }),
    internal: fc.boolean(),
    beta: fc.boolean(),
    eu: fc.boolean(),
  });
  const exposureOf = (s: Record<string, number>[], holdback: number): Exposure => ({
    ...everything,
    stages: s,
    cohortOrder: [...new Set(s.flatMap((stage) => Object.keys(stage)))],
    holdback,
  });
  /** What the plan's first `n` stages serve; the order of cohorts is the whole plan's, as in production. */
  const served = (s: Record<string, number>[], n: number, holdback: number, c: EvaluationContext) => {
    const whole = exposureOf(s, holdback);
    return evaluate(stateOf({ exposure: { ...whole, stages: s.slice(0, n) } }), 'f', 'production', c)?.version;
  };

  test('whoever is in a cohort that was taken back gets the baseline at every stage, and nobody else is touched', () => {
    fc.assert(
      fc.property(stages, share, context, fc.subarray(['internal', 'beta', 'eu']), (s, holdback, c, withdrawn) => {
        const get = (over: Partial<Exposure>) =>
          evaluate(stateOf({ exposure: { ...exposureOf(s, holdback), ...over } }), 'f', 'production', c)?.version;
        const gone = withdrawn.some((cohort) => c[cohort as 'eu']);
        for (let n = 1; n <= s.length; n++)
          expect(get({ stages: s.slice(0, n), withdrawn })).toBe(gone ? 'off' : get({ stages: s.slice(0, n) }));
      }),
    );
  });

  test('the same caller gets the same version, whatever else the context holds', () => {
    fc.assert(
      fc.property(
        stages,
        share,
        context,
        fc.dictionary(fc.constantFrom('a', 'session'), fc.string()),
        (s, h, c, extra) => {
          expect(served(s, s.length, h, { ...extra, ...c })).toBe(served(s, s.length, h, c));
        },
      ),
    );
  });

  test('widening never takes a version away', () => {
    fc.assert(
      fc.property(stages, share, context, (s, h, c) => {
        for (let n = 1; n < s.length; n++) if (served(s, n, h, c) === 'on') expect(served(s, n + 1, h, c)).toBe('on');
      }),
      { numRuns: 500 },
    );
  });

  test('whoever is in the holdback stays on the baseline in every stage of every plan', () => {
    fc.assert(
      fc.property(stages, share, context, (s, h, c) => {
        const heldBack = bucketOf('rol_1', c.targetingKey) >= 100 - h;
        for (let n = 1; n <= s.length; n++) if (heldBack) expect(served(s, n, h, c)).toBe('off');
      }),
      { numRuns: 500 },
    );
  });

  test('a kill for all wins over everything', () => {
    const scope = fc.constantFrom<Partial<Override>>(
      { scope: 'user', value: 'u' },
      { scope: 'cohort', value: '*' },
      { scope: 'environment', value: 'production' },
      { scope: 'organisation' },
    );
    const override = fc.tuple(scope, fc.constantFrom('on', 'third', 'gone')).map(([s, version]) => serve(version, s));
    fc.assert(
      fc.property(fc.array(override), fc.nat(5), (overrides, at) => {
        const all = [...overrides.slice(0, at), kill({ scope: 'organisation' }), ...overrides.slice(at)];
        const got = evaluate(stateOf({ overrides: all }), 'f', 'production', { targetingKey: 'u', internal: true });
        expect(got).toMatchObject({ version: 'off', reason: 'DISABLED' });
      }),
    );
  });

  test('names such as __proto__ do no harm, as attribute, cohort, user or version', () => {
    const nasty = fc.constantFrom('__proto__', 'constructor', 'toString', 'prototype', 'hasOwnProperty');
    fc.assert(
      fc.property(nasty, nasty, (name, value) => {
        const c = JSON.parse(`{"targetingKey":"${value}","${name}":{"${value}":true}}`) as EvaluationContext;
        const exposure = exposureOf([JSON.parse(`{"${name}":100}`)], 0);
        const state = stateOf({ exposure, overrides: [serve(name, { scope: 'organisation' })] });
        expect(evaluate(state, 'f', 'production', c)).toMatchObject({ version: 'off', value: false });
        expect(evaluate(state, name, 'production', c)).toBeNull();
      }),
    );
    expect(({} as Record<string, unknown>).internal).toBeUndefined();
  });

  test.each([1, 10, 25, 50, 90])(
    'of 20,000 callers %d in a hundred are served, within 5 standard deviations',
    (percent) => {
      const n = 20_000;
      let on = 0;
      for (let i = 0; i < n; i++) if (served([{ '*': percent }], 1, 0, { targetingKey: `user-${i}` }) === 'on') on++;
      const p = percent / 100;
      expect(Math.abs(on - n * p)).toBeLessThan(5 * Math.sqrt(n * p * (1 - p)));
    },
  );

  test('two rollouts split the same callers independently', () => {
    const n = 20_000;
    let both = 0;
    for (let i = 0; i < n; i++) if (bucketOf('rol_a', `user-${i}`) < 50 && bucketOf('rol_b', `user-${i}`) < 50) both++;
    expect(Math.abs(both - n / 4)).toBeLessThan(5 * Math.sqrt((n * 3) / 16));
  });

  // Computed apart from this code: int.from_bytes(sha256(b'rol_1\\0u1').digest()[:6], 'big') / 2**48 * 100
  test('a bucket is what it was: callers must not move when Belay is upgraded', () => {
    expect(bucketOf('rol_1', 'u1').toFixed(6)).toBe('37.066279');
    expect(bucketOf('rol_1', 'ü😀').toFixed(6)).toBe('97.700579');
  });
});
