/** What a rehearsal does is in nobody's way, and its places are nobody else's to name. */
import { eq } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { drillRun } from '@/drizzle/schema/drill';
import { feature as featureTable } from '@/drizzle/schema/feature';
import { planeDelivery } from '@/drizzle/schema/plane';
import { testDatabase } from '@/e2e/database';
import { createKey } from '@/lib/access/access';
import { configurationHistory, putConfiguration } from '@/lib/configuration/configuration';
import { history } from '@/lib/event/event';
import { getFeature, kill, overridesOf, putCohort, putFeature, setOverride } from '@/lib/feature/feature';
import { rollbacksOf } from '@/lib/rollback/rollback';
import { createRollout, editRollout, getRollout, listRollouts, perform } from '@/lib/rollout/rollout';
import { defaultRunbook } from '@/lib/runbook/default';
import { putRunbook } from '@/lib/runbook/runbook';
import { environmentsOfFeature, listSnapshots } from '@/lib/snapshot/snapshot';
import { drillInput } from '../model';
import type { RunRow } from '../run/run-store';
import { drillActor, layOut, release } from './shadow';

const store = testDatabase();
const ctx = () => store.context();
const home = () => ({ db: store.database().db, now: () => new Date(), enqueue: async () => {} });
const shadow = 'drill/run_1';
const feature = 'checkout';
const input = (over: Record<string, unknown> = {}) => ({
  feature,
  environment: 'production',
  owner: 'payments',
  baseline: 'control',
  candidate: 'treatment',
  stages: [{ name: 'beta', exposure: { beta: 25 } }],
  criteria: [
    { name: 'errors', kind: 'guardrail', measure: 'share', metric: 'm', of: { code: '5xx' }, better: 'lower' },
  ],
  ...over,
});
const migration = {
  name: 'column',
  kind: 'expand',
  owner: 'orders',
  apply: { kind: 'manual', text: 'add it' },
  revert: { kind: 'manual', text: 'drop it' },
};

async function newRun(over: Record<string, unknown> = {}, id = 'run_1'): Promise<RunRow> {
  const given = { name: 'weekly', feature, environment: 'production', owner: 'me', ...over };
  const spec = drillInput.parse({ fault: { share: 50, expiresAfter: '10m' }, ...given });
  const at = new Date();
  const [row] = await store
    .database()
    .db.insert(drillRun)
    .values({
      id,
      featureKey: spec.feature,
      environment: 'production',
      level: 'synthetic',
      spec,
      trigger: 'person',
      createdBy: 'Test Admin',
      state: 'preparing',
      stateSince: at,
      decision: { askedAt: null, deadlineAt: null, answer: null, by: null, at: null, saw: null, note: '' },
      clocks: [],
      startedAt: at,
      dueAt: at,
    })
    .returning();
  return row as RunRow;
}

let rolloutId = '';
let run: RunRow;
beforeAll(async () => {
  const versions = { control: false, treatment: true };
  await putFeature(ctx(), {
    key: feature,
    owner: 'o',
    versions,
    baseline: 'treatment',
    baselines: { production: 'control' },
  });
  await putCohort(ctx(), { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] });
  await putCohort(ctx(), { key: 'staff', rules: [{ attribute: 'staff', in: [true] }] });
  const pinned = { scope: 'cohort', value: 'staff', environment: 'production', effect: 'serve', version: 'treatment' };
  await setOverride(ctx(), feature, { ...pinned, reason: 'they test' });
  await createRollout(ctx(), input({ migrations: [migration] }));
  const { name, steps } = defaultRunbook;
  const asks = { act: 'person', name: 'ask', title: 'Ask the shop', who: 'ops', blocking: true };
  await putRunbook(ctx(), feature, { name, steps: [...steps, asks], reason: 'ours' });
  run = await newRun();
  const draft = await layOut(home(), run);
  expect(await layOut(home(), run)).toMatchObject({ id: draft.id });
  rolloutId = (await release(home(), run, draft)).id;
});

const fields = async (done: Promise<unknown>): Promise<string[]> => {
  const error = await done.then(
    () => null,
    (e) => e,
  );
  expect(error).toMatchObject({ code: 'bad_input' });
  return error.fields.map((f: { field: string }) => f.field);
};

describe('nobody names such an environment', () => {
  test.each<[what: string, act: () => Promise<unknown>, field: string]>([
    ['a plan', () => createRollout(ctx(), input({ environment: shadow })), 'environment'],
    ['a key', () => createKey(ctx(), { name: 'k', role: 'ingest', environment: shadow }), 'environment'],
    ['a kill', () => kill(ctx(), feature, { environment: shadow, reason: 'r' }), 'environment'],
    [
      'an override of it',
      () => setOverride(ctx(), feature, { scope: 'environment', value: shadow, effect: 'kill', reason: 'r' }),
      'value',
    ],
    [
      'an override in it',
      () =>
        setOverride(ctx(), feature, {
          scope: 'cohort',
          value: 'beta',
          environment: shadow,
          effect: 'kill',
          reason: 'r',
        }),
      'environment',
    ],
    [
      'a configuration',
      () =>
        putConfiguration(ctx(), feature, { environment: shadow, values: { control: {}, treatment: {} }, reason: 'r' }),
      'environment',
    ],
    [
      'a baseline',
      () =>
        putFeature(ctx(), {
          key: 'other',
          owner: 'o',
          versions: { a: 1, b: 2 },
          baseline: 'a',
          baselines: { 'drill/run_9': 'b' },
        }),
      'baselines.drill/run_9',
    ],
  ])('%s', async (_what, act, field) => expect(await fields(act())).toEqual([field]));

  test('a draft does not go there either', async () => {
    const { id } = await createRollout(
      ctx(),
      input({ environment: 'staging', baseline: 'treatment', candidate: 'control' }),
    );
    expect(await fields(editRollout(ctx(), id, input({ environment: shadow })))).toEqual(['environment']);
  });

  test('nor does a drill of a drill', () => {
    const given = { name: 'n', feature, environment: shadow, owner: 'o', fault: { share: 1, expiresAfter: '1m' } };
    expect(drillInput.safeParse(given).error?.issues.map((i) => i.path)).toEqual([['environment']]);
  });
});

describe('it is left out unless it is asked for', () => {
  test('rollouts', async () => {
    expect((await listRollouts(ctx())).map((r) => r.environment)).not.toContain(shadow);
    expect((await listRollouts(ctx(), { environment: shadow })).map((r) => r.id)).toEqual([rolloutId]);
    expect(await getRollout(ctx(), rolloutId)).toMatchObject({ state: 'running', owner: 'me' });
  });

  test('environments, snapshots and overrides of the feature', async () => {
    expect(await environmentsOfFeature(ctx(), feature)).not.toContain(shadow);
    const snapshots = await listSnapshots(ctx(), feature);
    expect(snapshots.filter((s) => s.environment === shadow)).toEqual([]);
    expect((await listSnapshots(ctx(), feature, { environment: shadow })).length).toBeGreaterThan(0);
    expect((await overridesOf(ctx(), feature)).map((o) => o.environment)).toEqual(['production']);
    expect((await getFeature(ctx(), feature)).baselines).toEqual({ production: 'control' });
  });

  test('the history', async () => {
    const places = async (filter: Parameters<typeof history>[1]) =>
      new Set((await history(ctx(), filter)).map((e) => e.environment));
    expect((await places({ limit: 1000 })).has(shadow)).toBe(false);
    expect(await places({ environment: shadow })).toEqual(new Set([shadow]));
    expect(await places({ rolloutId })).toEqual(new Set([shadow]));
  });

  test('what is shown of a feature and comes back takes nothing from the rehearsal', async () => {
    const { id, createdAt, updatedAt, kills, ...shown } = await getFeature(ctx(), feature);
    await putFeature(ctx(), { ...shown, description: 'changed' });
    const after = await release(home(), run, await layOut(home(), run));
    expect(after).toMatchObject({ state: 'running' });
  });
});

test('it is laid out as the real place is, once, without what would touch something real', async () => {
  const { plan } = await getRollout(ctx(), rolloutId);
  expect(plan).toMatchObject({ environment: shadow, migrations: [], checks: [], mode: 'act', holdback: 50 });
  expect(plan.stages).toMatchObject([{ exposure: { beta: 100 }, minDuration: '24h', approval: false }]);
  const revisions = await configurationHistory(ctx(), feature, shadow);
  expect(revisions.map((r) => r.values)).toEqual([{ control: {}, treatment: { 'belay.drill': 'run_1' } }]);
  const [known] = await listSnapshots(ctx(), feature, { environment: shadow });
  expect(known?.body.flags.overrides.map((o) => [o.value, o.version])).toEqual([['staff', 'treatment']]);
});

test('what nobody could be served is not rehearsed, and nothing of it is left', async () => {
  const versions = { control: 1, treatment: 2 };
  await putFeature(ctx(), { key: 'killed', owner: 'o', versions, baseline: 'control' });
  await createRollout(ctx(), input({ feature: 'killed' }));
  await kill(ctx(), 'killed', { environment: null, reason: 'incident' });
  const killed = await newRun({ feature: 'killed' }, 'run_2');
  await expect(layOut(home(), killed)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('kill'),
  });
  expect(await listRollouts(ctx(), { environment: 'drill/run_2' })).toEqual([]);
  expect(await environmentsOfFeature(ctx(), 'killed')).toEqual(['production']);
});

test('a feature without a rollout has nothing to rehearse', async () => {
  await putFeature(ctx(), { key: 'bare', owner: 'o', versions: { a: 1 }, baseline: 'a' });
  const bare = await newRun({ feature: 'bare' }, 'run_3');
  await expect(layOut(home(), bare)).rejects.toMatchObject({ code: 'conflict' });
});

test('where an outside plane holds the feature it is told nothing of a rehearsal', async () => {
  const versions = { control: 1, treatment: 2 };
  await putFeature(ctx(), { key: 'outside', owner: 'o', versions, baseline: 'control' });
  await createRollout(ctx(), input({ feature: 'outside' }));
  const { db } = store.database();
  await db.update(featureTable).set({ plane: 'pln_elsewhere' }).where(eq(featureTable.key, 'outside'));
  const outside = await newRun({ feature: 'outside' }, 'run_4');
  const { id } = await release(home(), outside, await layOut(home(), outside));
  await perform({ ...ctx(), actor: drillActor }, id, 'roll-back', { reason: 'back' });
  const [rollback] = await rollbacksOf(ctx(), id);
  expect(rollback?.plane).toBe('builtin');
  expect(await db.select().from(planeDelivery)).toEqual([]);
});

test('its rollback asks nobody and calls nobody, for the drill does not say so', async () => {
  await perform({ ...ctx(), actor: drillActor }, rolloutId, 'roll-back', { reason: 'back' });
  const [rollback] = await rollbacksOf(ctx(), rolloutId);
  expect(rollback?.steps.some((s) => s.work.kind === 'person' || s.work.kind === 'call')).toBe(false);
});
