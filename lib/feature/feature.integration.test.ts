import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { plane } from '@/drizzle/schema/plane';
import { rollout } from '@/drizzle/schema/rollout';
import { admin, testDatabase } from '@/e2e/database';
import type { Actor, Role } from '@/lib/access/model';
import { openDatabase } from '@/lib/db';
import { history, verifyChain } from '@/lib/event/event';
import { newId } from '@/lib/id';
import { bumpFlags, waitForListeners } from '@/lib/revision';
import { planInput, type RolloutState } from '@/lib/rollout/model';
import { evaluate } from './evaluate';
import {
  cohortKeys,
  deleteCohort,
  getCohort,
  getFeature,
  kill,
  listCohorts,
  listFeatures,
  optIn,
  optOut,
  optOutsOf,
  overridesOf,
  putCohort,
  putFeature,
  removeOverride,
  revive,
  setOverride,
} from './feature';
import { type Flags, openFlags } from './flags';
import { loadFlagState } from './state';

const { database, url, context } = testDatabase();
const checkout = {
  key: 'checkout',
  owner: 'payments',
  versions: { control: false, treatment: true },
  baseline: 'control',
};
const beta = { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] };
const as = (role: Role, environment: string | null = null): Actor => ({
  kind: 'key',
  id: 'k',
  name: 'k',
  role,
  environment,
});

const opened: Array<{ close: () => Promise<void> }> = [];
/** The flags of another process: connections of its own. */
async function process(name: string): Promise<Flags> {
  const own = openDatabase(url(), { name, max: 2 });
  const flags = await openFlags({ url: url(), database: own, process: name, now: () => new Date() });
  opened.push({
    close: async () => {
      await flags.close();
      await own.close();
    },
  });
  return flags;
}

async function expose(state: RolloutState, stage = 0): Promise<string> {
  const id = newId('rol', new Date());
  const plan = planInput.parse({
    feature: 'checkout',
    environment: 'production',
    owner: 'payments',
    baseline: 'control',
    candidate: 'treatment',
    stages: [
      // In this order on purpose: sorted by key, beta would come first.
      { name: 'one', exposure: { internal: 100, beta: 50 } },
      { name: 'all', exposure: { '*': 100 } },
    ],
    criteria: [{ name: 'c', kind: 'guardrail', measure: 'rate', metric: 'm', better: 'lower' }],
    holdback: 0,
  });
  const at = new Date();
  await database().db.transaction(async (tx) => {
    await tx.insert(rollout).values({
      id,
      featureKey: 'checkout',
      environment: 'production',
      owner: 'payments',
      state,
      mode: 'observe',
      stage,
      epoch: 0,
      plan,
      createdBy: 'test',
      createdAt: at,
      updatedAt: at,
    });
    await bumpFlags(tx);
  });
  return id;
}

beforeEach(async () => {
  for (const table of [
    'rollout',
    'pinned_exposure',
    'snapshot',
    'configuration_revision',
    'override',
    'opt_out',
    'feature',
    'cohort',
    'listener',
  ])
    await database().sql.unsafe(`delete from ${table}`);
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

describe('features', () => {
  test('put, get, list; the same again makes no event', async () => {
    const ctx = context();
    const made = await putFeature(ctx, checkout);
    expect(made).toMatchObject({ ...checkout, id: 'checkout', description: '', kind: 'flag', kills: [] });
    expect(Object.keys((await getFeature(ctx, 'checkout')).versions)).toEqual(['control', 'treatment']);
    const seq = (await history(ctx, { limit: 1 }))[0]?.seq;
    await putFeature(ctx, checkout);
    expect((await history(ctx, { limit: 1 }))[0]?.seq).toBe(seq);
    await putFeature(ctx, { ...checkout, owner: 'shop' });
    expect((await listFeatures(ctx)).map((f) => [f.key, f.owner])).toEqual([['checkout', 'shop']]);
    expect((await history(ctx, { feature: 'checkout' })).slice(0, 2).map((e) => e.kind)).toEqual([
      'feature.changed',
      'feature.created',
    ]);
    await expect(getFeature(ctx, 'nope')).rejects.toMatchObject({ code: 'not_found' });
  });

  test.each<[object, string]>([
    [{ ...checkout, key: 'no spaces' }, 'key'],
    [{ ...checkout, baseline: 'gone' }, 'baseline'],
    [{ ...checkout, baseline: 'constructor' }, 'baseline'],
    [{ ...checkout, versions: {} }, 'versions'],
    [{ ...checkout, versions: { control: false, treatment: 'x' } }, 'versions'],
    [{ ...checkout, versions: { control: false, 'a b': true } }, 'versions.a b'],
    [{ ...checkout, versions: { control: { a: ['\u0000'] } } }, 'versions.control.a[0]'],
    [{ ...checkout, owner: ' ' }, 'owner'],
    [{ ...checkout, colour: 'red' }, 'colour'],
  ])('%j names %s', async (input, field) => {
    const error = await putFeature(context(), input).catch((e) => e);
    expect(error).toMatchObject({ code: 'bad_input' });
    expect(error.fields.map((f: { field: string }) => f.field)).toContain(field);
  });

  test('what a rollout under way needs cannot be taken away', async () => {
    await putFeature(context(), { ...checkout, versions: { control: false, treatment: true, spare: false } });
    const id = await expose('held');
    await expect(putFeature(context(), { ...checkout, versions: { control: false } })).rejects.toMatchObject({
      code: 'conflict',
      fields: [{ field: 'versions.treatment', message: expect.stringContaining(id) }],
    });
    await expect(putFeature(context(), { ...checkout, baseline: 'treatment' })).rejects.toMatchObject({
      fields: [{ field: 'baseline' }],
    });
    await expect(putFeature(context(), { ...checkout, kind: 'deployment' })).rejects.toMatchObject({
      fields: [{ field: 'kind' }],
    });
    await putFeature(context(), checkout);
    await database().db.update(rollout).set({ state: 'rolled_back' }).where(eq(rollout.id, id));
    await putFeature(context(), { ...checkout, versions: { control: false } });
  });

  test('nor what an override serves', async () => {
    await putFeature(context(), checkout);
    await setOverride(context(), 'checkout', {
      scope: 'user',
      value: 'u',
      effect: 'serve',
      version: 'treatment',
      reason: 'r',
    });
    await expect(putFeature(context(), { ...checkout, versions: { control: false } })).rejects.toMatchObject({
      fields: [{ field: 'versions.treatment' }],
    });
  });
});

describe('cohorts', () => {
  test('put, get, list, keys, delete', async () => {
    const ctx = context();
    expect(await putCohort(ctx, beta)).toMatchObject({ ...beta, id: 'beta' });
    expect(await getCohort(ctx, 'beta')).toMatchObject(beta);
    expect((await listCohorts(ctx)).map((c) => c.key)).toEqual(['beta']);
    expect(await cohortKeys(ctx.db)).toEqual(new Set(['*', 'beta']));
    await deleteCohort(ctx, 'beta', 'not used');
    await expect(getCohort(ctx, 'beta')).rejects.toMatchObject({ code: 'not_found' });
    await expect(putCohort(ctx, { key: '*', rules: '*' })).rejects.toMatchObject({ fields: [{ field: 'key' }] });
    await expect(putCohort(ctx, { key: 'x', rules: [{ attribute: 'a' }] })).rejects.toMatchObject({
      fields: [{ field: 'rules[0]' }],
    });
  });

  test('one that a running rollout or an override counts on stays', async () => {
    await putFeature(context(), checkout);
    await putCohort(context(), beta);
    await setOverride(context(), 'checkout', { scope: 'cohort', value: 'beta', effect: 'kill', reason: 'r' });
    await expose('running');
    const error = await deleteCohort(context(), 'beta', 'r').catch((e) => e);
    expect(error).toMatchObject({ code: 'conflict' });
    expect(error.fields).toHaveLength(2);
  });
});

describe('overrides, kills and opt-outs', () => {
  beforeEach(async () => {
    await putFeature(context(), checkout);
    await putCohort(context(), beta);
  });
  const serve = { effect: 'serve', version: 'treatment', reason: 'try' } as const;

  test('set again replaces; removed is gone; each leaves an event with its reason', async () => {
    const first = await setOverride(context(), 'checkout', { scope: 'user', value: 'u', ...serve });
    const second = await setOverride(context(), 'checkout', {
      scope: 'user',
      value: 'u',
      ...serve,
      version: 'control',
    });
    expect(await overridesOf(context(), 'checkout')).toEqual([second]);
    await expect(removeOverride(context(), 'checkout', first.id, 'r')).rejects.toMatchObject({ code: 'not_found' });
    await removeOverride(context(), 'checkout', second.id, 'done');
    expect(await overridesOf(context(), 'checkout')).toEqual([]);
    const told = await history(context(), { feature: 'checkout', limit: 3 });
    expect(told.map((e) => [e.kind, e.reason])).toEqual([
      ['override.removed', 'done'],
      ['override.set', 'try'],
      ['override.set', 'try'],
    ]);
  });

  test.each<[object, string]>([
    [{ scope: 'user', ...serve }, 'value'],
    [{ scope: 'user', value: 'u', ...serve, version: 'gone' }, 'version'],
    [{ scope: 'user', value: 'u', effect: 'serve', reason: 'r' }, 'version'],
    [{ scope: 'user', value: 'u', effect: 'kill', version: 'control', reason: 'r' }, 'version'],
    [{ scope: 'cohort', value: 'ghost', ...serve }, 'value'],
    [{ scope: 'environment', value: 'production', environment: 'staging', ...serve }, 'environment'],
    [{ scope: 'organisation', ...serve, reason: '' }, 'reason'],
    [{ scope: 'planet', ...serve }, 'scope'],
  ])('%j names %s', async (input, field) => {
    await expect(setOverride(context(), 'checkout', input)).rejects.toMatchObject({
      code: 'bad_input',
      fields: [{ field }],
    });
  });

  test('ten at once of one target leave one', async () => {
    await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        setOverride(context(), 'checkout', { scope: 'organisation', ...serve, reason: `${i}` }),
      ),
    );
    expect(await overridesOf(context(), 'checkout')).toHaveLength(1);
  });

  test('kill and revive, each of its own scope; a serve of the same scope does not revive', async () => {
    const ctx = context();
    const environment = 'production';
    const served = async () =>
      evaluate(await loadFlagState(ctx.db), 'checkout', environment, { targetingKey: 'u' })?.reason;
    const everywhere = await kill(ctx, 'checkout', { environment: null, reason: 'fire' });
    await kill(ctx, 'checkout', { environment, reason: 'fire here' });
    expect(await kill(ctx, 'checkout', { reason: 'again' })).toEqual(everywhere);
    await setOverride(ctx, 'checkout', { scope: 'organisation', ...serve });
    expect(await served()).toBe('DISABLED');
    expect((await getFeature(ctx, 'checkout')).kills.map((k) => [k.scope, k.value, k.reason])).toEqual([
      ['organisation', null, 'fire'],
      ['environment', 'production', 'fire here'],
    ]);
    expect(await revive(ctx, 'checkout', { environment: null, reason: 'out' })).toEqual({ revived: true });
    expect(await served()).toBe('DISABLED');
    expect(await revive(ctx, 'checkout', { environment, reason: 'out' })).toEqual({ revived: true });
    expect(await revive(ctx, 'checkout', { environment, reason: 'out' })).toEqual({ revived: false });
    expect(await served()).toBe('TARGETING_MATCH');
    const told = await history(ctx, { kinds: ['feature.killed', 'feature.revived'], limit: 4 });
    expect(told.map((e) => [e.kind, e.environment])).toEqual([
      ['feature.revived', 'production'],
      ['feature.revived', null],
      ['feature.killed', 'production'],
      ['feature.killed', null],
    ]);
  });

  test('opt out and in', async () => {
    await optOut(context(), 'checkout', 'u1');
    await optOut(context(), 'checkout', 'u1');
    expect((await optOutsOf(context(), 'checkout')).map((o) => o.targetingKey)).toEqual(['u1']);
    expect(await optIn(context(), 'checkout', 'u1')).toEqual({ removed: true });
    expect(await optIn(context(), 'checkout', 'u1')).toEqual({ removed: false });
    expect(await optOutsOf(context(), 'checkout')).toEqual([]);
    for (const run of [
      () => optOut(context(), 'nope', 'u'),
      () => optOutsOf(context(), 'nope'),
      () => overridesOf(context(), 'nope'),
    ])
      await expect(run()).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('access', () => {
  const staging = as('operator', 'staging');
  const verbs: Array<[string, (actor: Actor) => Promise<unknown>]> = [
    ['putFeature', (actor) => putFeature(context({ actor }), checkout)],
    ['putCohort', (actor) => putCohort(context({ actor }), beta)],
    ['deleteCohort', (actor) => deleteCohort(context({ actor }), 'beta', 'r')],
    ['kill', (actor) => kill(context({ actor }), 'checkout', { environment: 'production', reason: 'r' })],
    ['kill everywhere', (actor) => kill(context({ actor }), 'checkout', { reason: 'r' })],
    ['revive', (actor) => revive(context({ actor }), 'checkout', { environment: 'production', reason: 'r' })],
    [
      'setOverride',
      (actor) =>
        setOverride(context({ actor }), 'checkout', {
          scope: 'environment',
          value: 'production',
          effect: 'kill',
          reason: 'r',
        }),
    ],
    [
      'setOverride of a user',
      (actor) =>
        setOverride(context({ actor }), 'checkout', { scope: 'user', value: 'u', effect: 'kill', reason: 'r' }),
    ],
    ['optOut', (actor) => optOut(context({ actor }), 'checkout', 'u')],
    ['optIn', (actor) => optIn(context({ actor }), 'checkout', 'u')],
  ];
  const reads: Array<[string, (actor: Actor) => Promise<unknown>]> = [
    ['getFeature', (actor) => getFeature(context({ actor }), 'checkout')],
    ['listFeatures', (actor) => listFeatures(context({ actor }))],
    ['getCohort', (actor) => getCohort(context({ actor }), 'beta')],
    ['listCohorts', (actor) => listCohorts(context({ actor }))],
    ['overridesOf', (actor) => overridesOf(context({ actor }), 'checkout')],
    ['optOutsOf', (actor) => optOutsOf(context({ actor }), 'checkout')],
  ];
  test.each(verbs)('%s is refused to a viewer and to the operator of another environment', async (_name, verb) => {
    for (const actor of [as('viewer'), as('evaluate'), staging])
      await expect(verb(actor)).rejects.toMatchObject({ code: 'forbidden' });
  });
  test.each(reads)('%s is refused to who may only evaluate', async (_name, read) => {
    await expect(read(as('evaluate'))).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('the operator of an environment works in it, and removes nothing elsewhere', async () => {
    await putFeature(context(), checkout);
    const ctx = context({ actor: staging });
    await kill(ctx, 'checkout', { environment: 'staging', reason: 'r' });
    const limited = {
      scope: 'user',
      value: 'u',
      environment: 'staging',
      effect: 'serve',
      version: 'treatment',
      reason: 'r',
    };
    const mine = await setOverride(ctx, 'checkout', limited);
    await removeOverride(ctx, 'checkout', mine.id, 'r');
    const other = await setOverride(context(), 'checkout', { ...limited, environment: 'production' });
    await expect(removeOverride(ctx, 'checkout', other.id, 'r')).rejects.toMatchObject({ code: 'forbidden' });
    expect((await overridesOf(context(), 'checkout')).map((o) => o.id)).toContain(other.id);
  });
});

describe('what a rollout relies on', () => {
  const other = { ...checkout, versions: { ...checkout.versions, third: true } };
  const fields = (error: unknown) => (error as { fields: Array<{ field: string }> }).fields.map((f) => f.field);
  const refused = async (over: Record<string, unknown>) => {
    const error = await putFeature(context(), { ...other, ...over }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'conflict' });
    return fields(error);
  };

  test.each(['running', 'held', 'rolling_back'] as const)('%s: keeps the value of both its versions', async (state) => {
    await putFeature(context(), other);
    const id = await expose(state);
    expect(await refused({ versions: { ...other.versions, treatment: false } })).toEqual(['versions.treatment']);
    expect(await refused({ versions: { ...other.versions, control: true } })).toEqual(['versions.control']);
    await putFeature(context(), { ...other, versions: { ...other.versions, third: false } });
    await database().db.update(rollout).set({ state: 'rolled_back' }).where(eq(rollout.id, id));
    await putFeature(context(), { ...other, versions: { ...other.versions, treatment: false } });
  });

  test('a control plane is one that is registered, and stays while a rollout is live', async () => {
    const ctx = context();
    const now = new Date();
    const row = { id: 'pln_1', name: 'edge', kind: 'webhook' as const, deadlineMs: 1000, createdBy: 't' };
    await database()
      .db.insert(plane)
      .values({ ...row, createdAt: now, updatedAt: now });
    const error = await putFeature(ctx, { ...other, plane: 'pln_none' }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'bad_input' });
    expect(fields(error)).toEqual(['plane']);
    await putFeature(ctx, { ...other, plane: 'pln_1' });
    // Who does not name it does not change it.
    expect(await putFeature(ctx, { ...other, description: 'more' })).toMatchObject({ plane: 'pln_1' });
    await putFeature(ctx, { ...other, plane: 'builtin' });
    await expose('running');
    expect(await refused({ plane: 'pln_1' })).toEqual(['plane']);
  });
});

describe('live flags', () => {
  const versionIn = (flags: Flags) =>
    evaluate(flags.state(), 'checkout', 'production', { targetingKey: 'u', plan: 'beta' })?.version;

  test('once a verb has answered, every process serves the change', async () => {
    await putFeature(context(), checkout);
    const processes = [await process('one'), await process('two')];
    for (let round = 0; round < 5; round++) {
      await setOverride(context(), 'checkout', {
        scope: 'user',
        value: 'u',
        effect: 'serve',
        version: 'treatment',
        reason: 'r',
      });
      expect(processes.map(versionIn)).toEqual(['treatment', 'treatment']);
      await kill(context(), 'checkout', { reason: 'r' });
      expect(processes.map(versionIn)).toEqual(['control', 'control']);
      await revive(context(), 'checkout', { reason: 'r' });
    }
  });

  test('rollouts expose while running or held, in the order of cohorts that the plan names', async () => {
    await putFeature(context(), checkout);
    await putCohort(context(), beta);
    const flags = await process('one');
    const id = await expose('running');
    await expect.poll(() => flags.state().exposures.size).toBe(1);
    const [exposure] = flags.state().exposures.values();
    expect(exposure).toMatchObject({
      rolloutId: id,
      stages: [{ internal: 100, beta: 50 }],
      cohortOrder: ['internal', 'beta', '*'],
    });
    for (const [state, stage, exposes] of [
      ['held', 1, true],
      ['rolling_back', 1, false],
      ['running', -1, false],
      ['rolled_back', 1, false],
      ['completed', 1, false],
      ['draft', 1, false],
    ] as const) {
      await database().db.transaction(async (tx) => {
        await tx.update(rollout).set({ state, stage }).where(eq(rollout.id, id));
        await bumpFlags(tx);
      });
      expect((await loadFlagState(database().db)).exposures.size).toBe(exposes ? 1 : 0);
    }
  });

  test('a process that lost its LISTEN connection hears again', async () => {
    await putFeature(context(), checkout);
    const flags = await process('one');
    const { revision } = flags.state();
    const listeners = () =>
      database()
        .sql`select pid from pg_stat_activity where application_name = 'belay-one-listen' and datname = current_database()`;
    await expect.poll(async () => (await listeners()).length).toBe(1);
    await database()
      .sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'belay-one-listen' and datname = current_database()`;
    await kill(context(), 'checkout', { reason: 'r' });
    await expect.poll(() => flags.state().revision, { timeout: 5_000 }).toBe(revision + 1);
    await expect.poll(async () => (await listeners()).length, { timeout: 5_000 }).toBe(1);
  });

  test('a listener that is behind is waited for, a dead one is not', async () => {
    const { db, sql } = database();
    const row = async (id: string, revision: number, age: string) => {
      await sql`insert into listener values (${id}, 'p', ${revision}, clock_timestamp() - ${age}::interval)`;
    };
    await row('dead', 1, '5 seconds');
    expect(await waitForListeners(db, new Date(), 1000, 0)).toBe(true);
    await row('behind', 999, '0');
    expect(await waitForListeners(db, new Date(), 1000, 30)).toBe(false);
    const waiting = waitForListeners(db, new Date(), 1000, 10_000);
    await sql`update listener set revision = 1000 where id = 'behind'`;
    expect(await waiting).toBe(true);
  });

  test('a change that is rolled back leaves the revision as it was', async () => {
    const { db } = database();
    const before = (await loadFlagState(db)).revision;
    await expect(
      db.transaction(async (tx) => {
        await bumpFlags(tx);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect((await loadFlagState(db)).revision).toBe(before);
  });

  test('a closed process is no listener any more', async () => {
    const flags = await process('one');
    expect(await database().sql`select 1 from listener`).toHaveLength(1);
    await flags.close();
    expect(await database().sql`select 1 from listener`).toHaveLength(0);
  });
});

test('the history of all this is whole, and names who did it', async () => {
  expect(await verifyChain(database().db)).toMatchObject({ ok: true });
  expect(new Set((await history(context(), { limit: 1000 })).map((e) => e.actor.name))).toEqual(
    new Set([admin.name, 'k']),
  );
});
