/** On PostgreSQL: whatever was done since, going back serves what was served, here and nowhere else. */

import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { configurationRevision } from '@/drizzle/schema/configuration';
import { override } from '@/drizzle/schema/feature';
import { rollout } from '@/drizzle/schema/rollout';
import { pinnedExposure } from '@/drizzle/schema/snapshot';
import { testDatabase } from '@/e2e/database';
import { putConfiguration } from '@/lib/configuration/configuration';
import { evaluate } from '@/lib/feature/evaluate';
import { lockFeature, putCohort, putFeature, removeOverride, setOverride } from '@/lib/feature/feature';
import type { EvaluationContext, FlagState } from '@/lib/feature/model';
import { answerOfrep } from '@/lib/feature/ofrep';
import { loadFlagState } from '@/lib/feature/state';
import { newId } from '@/lib/id';
import { planInput } from '@/lib/rollout/model';
import { stateDigest } from './compare';
import type { SnapshotBody } from './model';
import { presentState } from './present';
import { restoreState } from './restore';
import { takeSnapshot } from './take';
import { restorable } from './target';

const { database, context } = testDatabase();
const versions = { control: 1, treatment: 2, other: 3 };
const names = Object.keys(versions);
const here = 'production';
const there = 'staging';
const feature = 'checkout';

beforeEach(async () => {
  for (const table of [
    'rollout',
    'pinned_exposure',
    'snapshot',
    'configuration_revision',
    'override',
    'feature',
    'cohort',
  ])
    await database().sql.unsafe(`delete from ${table}`);
  await putCohort(context(), { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] });
  await putCohort(context(), { key: 'eu', rules: [{ attribute: 'region', in: ['eu'] }] });
  await putFeature(context(), { key: feature, owner: 'o', versions, baseline: 'control' });
});

const where = fc.constantFrom(null, here, there);
const op = fc.oneof(
  fc.record({
    do: fc.constant('set' as const),
    scope: fc.constantFrom('organisation', 'environment', 'cohort', 'cohort'),
    cohort: fc.constantFrom('beta', 'eu'),
    environment: where,
    effect: fc.constantFrom('kill', 'serve', 'serve', 'serve'),
    version: fc.constantFrom(...names),
  }),
  fc.record({ do: fc.constant('remove' as const), which: fc.nat(9) }),
  fc.record({ do: fc.constant('baseline' as const), environment: where, version: fc.constantFrom(...names) }),
  fc.record({ do: fc.constant('configure' as const), environment: fc.constantFrom(here, there), n: fc.nat(3) }),
  fc.record({
    do: fc.constant('expose' as const),
    environment: fc.constantFrom(here, there),
    candidate: fc.constantFrom('treatment', 'other'),
    share: fc.constantFrom(30, 100),
  }),
  fc.record({ do: fc.constant('conclude' as const) }),
);
type Op = typeof op extends fc.Arbitrary<infer T> ? T : never;

async function carryOut(o: Op): Promise<void> {
  const ctx = context();
  const reason = 'test';
  switch (o.do) {
    case 'set': {
      const value = o.scope === 'cohort' ? o.cohort : o.scope === 'environment' ? (o.environment ?? here) : null;
      const environment = o.scope === 'environment' ? null : o.environment;
      const version = o.effect === 'kill' ? null : o.version;
      await setOverride(ctx, feature, { scope: o.scope, value, environment, effect: o.effect, version, reason });
      return;
    }
    case 'remove': {
      const rows = await database().db.select().from(override);
      const row = rows[o.which % Math.max(rows.length, 1)];
      if (row) await removeOverride(ctx, feature, row.id, reason);
      return;
    }
    case 'baseline': {
      const live = await database().db.select().from(rollout).where(sql`state = 'running'`);
      if (live.length > 0) return;
      const changed =
        o.environment === null
          ? { baseline: o.version }
          : { baseline: 'control', baselines: { [o.environment]: o.version } };
      await putFeature(ctx, { key: feature, owner: 'o', versions, ...changed });
      return;
    }
    case 'configure': {
      const values = Object.fromEntries(names.map((name) => [name, { n: o.n }]));
      await putConfiguration(ctx, feature, { environment: o.environment, values, reason });
      return;
    }
    case 'expose':
      return expose(o);
    case 'conclude':
      await database().db.update(rollout).set({ state: 'rolled_back' });
  }
}

async function expose({ environment, candidate, share }: { environment: string; candidate: string; share: number }) {
  const { db } = database();
  const now = new Date();
  const live = await db.select().from(rollout).where(sql`state = 'running' and environment = ${environment}`);
  if (live.length > 0) return;
  const plan = planInput.parse({
    feature,
    environment,
    owner: 'o',
    baseline: 'control',
    candidate,
    stages: [{ name: 'one', exposure: { beta: share, '*': share } }],
    criteria: [{ name: 'c', kind: 'guardrail', measure: 'rate', metric: 'm', better: 'lower' }],
  });
  await db.insert(rollout).values({
    id: newId('rol', now),
    featureKey: feature,
    environment,
    owner: 'o',
    state: 'running',
    mode: 'act',
    stage: 0,
    epoch: 1,
    plan,
    createdBy: 'test',
    createdAt: now,
    updatedAt: now,
  });
}

const callers: EvaluationContext[] = ['u1', 'u2', 'u3', 'u4'].flatMap((targetingKey) =>
  ['beta', 'free'].flatMap((plan) => ['eu', 'us'].map((region) => ({ targetingKey, plan, region }))),
);

function served(flags: FlagState, environment: string, { kills }: { kills: boolean }) {
  const overrides = new Map(
    [...flags.overrides].map(([key, all]) => [key, kills ? all : all.filter((o) => o.effect !== 'kill')]),
  );
  return callers.map((caller) => {
    const found = evaluate({ ...flags, overrides }, feature, environment, caller);
    const body = Buffer.from(JSON.stringify({ context: caller }));
    const path = `/ofrep/v1/evaluate/flags/${feature}.config`;
    const configured = answerOfrep(
      { ...flags, overrides },
      environment,
      { method: 'POST', path, headers: {}, body },
      0,
    );
    const { value, variant } = JSON.parse(configured.body) as { value?: unknown; variant?: string };
    if (configured.status === 200) expect(variant).toBe(found?.version);
    return { version: found?.version, reason: found?.reason, value };
  });
}

/** As a rollback does it: a live rollout is taken back, then the state restored. */
async function goBack(id: string, target: SnapshotBody, without: string | null = null) {
  return database().db.transaction(async (tx) => {
    await lockFeature(tx, feature);
    await tx.update(rollout).set({ state: 'rolling_back' }).where(sql`state = 'running' and environment = ${here}`);
    const { desired } = restorable(await presentState(tx, feature, here), target, { without });
    const to = { feature, environment: here, desired, snapshotId: id, reason: 'test' };
    const { changed } = await restoreState(tx, new Date(), context().actor, to);
    return { desired, changed };
  });
}

const everything = async () => {
  const { db } = database();
  return {
    overrides: await db.select().from(override).orderBy(override.id),
    pins: (await db.select().from(pinnedExposure)).map(({ createdAt, ...pin }) => pin),
    revisions: await db.select().from(configurationRevision),
  };
};

const record = () =>
  database().db.transaction((tx) => {
    const of = { feature, environment: here, rolloutId: null, cause: 'demand' as const, criteria: [] };
    return takeSnapshot(tx, new Date(), context().actor, of);
  });

test('after anything at all, everybody is served as they were then, and elsewhere as before', async () => {
  await fc.assert(
    fc
      .asyncProperty(fc.array(op, { maxLength: 8 }), fc.array(op, { maxLength: 8 }), async (before, since) => {
        for (const o of before) await carryOut(o);
        const { id, body, digest } = await record();
        const then = await loadFlagState(database().db);
        for (const o of since) await carryOut(o);
        const elsewhere = served(await loadFlagState(database().db), there, { kills: true });

        const { desired } = await goBack(id, body);
        const present = await database().db.transaction((tx) => presentState(tx, feature, here));
        expect(stateDigest(present)).toBe(stateDigest(desired));
        const now = await loadFlagState(database().db);
        expect(served(now, here, { kills: false })).toEqual(served(then, here, { kills: false }));
        expect(served(now, there, { kills: true })).toEqual(elsewhere);
        if (!desired.flags.overrides.some((o) => o.effect === 'kill')) expect(stateDigest(present)).toBe(digest);

        const rows = await everything();
        expect((await goBack(id, body)).changed).toEqual([]);
        expect(await everything()).toEqual(rows);
      })
      .beforeEach(async () => {
        for (const table of ['rollout', 'pinned_exposure', 'snapshot', 'configuration_revision', 'override'])
          await database().sql.unsafe(`delete from ${table}`);
        await putFeature(context(), { key: feature, owner: 'o', versions, baseline: 'control', baselines: {} });
      }),
    { numRuns: 40 },
  );
});

test('what is rolled back is served to nobody afterwards', async () => {
  await setOverride(context(), feature, {
    scope: 'cohort',
    value: 'eu',
    effect: 'serve',
    version: 'treatment',
    reason: 'r',
  });
  await expose({ environment: here, candidate: 'treatment', share: 100 });
  const { id, body } = await record();
  await goBack(id, body, 'treatment');
  const now = await loadFlagState(database().db);
  expect(served(now, here, { kills: true }).map((s) => s.version)).not.toContain('treatment');
  // The override was set for all environments, and goes on elsewhere.
  expect(served(now, there, { kills: true }).map((s) => s.version)).toContain('treatment');
});

test('a live rollout that exposes otherwise has to be taken back first', async () => {
  const { id, body } = await record();
  await expose({ environment: here, candidate: 'treatment', share: 100 });
  const to = { feature, environment: here, desired: body, snapshotId: id, reason: 'test' };
  const done = database().db.transaction((tx) => restoreState(tx, new Date(), context().actor, to));
  await expect(done).rejects.toThrow('take it back first');
});

test('of two overrides that overlap the later one counts, also when the earlier one was brought back', async () => {
  const serve = { scope: 'cohort', effect: 'serve', reason: 'r' };
  const { id: earlier } = await setOverride(context(), feature, { ...serve, value: 'eu', version: 'other' });
  await setOverride(context(), feature, { ...serve, value: 'beta', version: 'treatment' });
  const { id, body } = await record();
  await removeOverride(context(), feature, earlier, 'r');
  await goBack(id, body);
  const flags = await loadFlagState(database().db);
  const both = { targetingKey: 'u1', plan: 'beta', region: 'eu' };
  expect(evaluate(flags, feature, here, both)?.version).toBe('treatment');
  expect(evaluate(flags, feature, here, { ...both, plan: 'free' })?.version).toBe('other');
});

test('what is set for one user is nobody else’s to bring back', async () => {
  const { id, body } = await record();
  await setOverride(context(), feature, { scope: 'user', value: 'u1', effect: 'serve', version: 'other', reason: 'r' });
  expect((await goBack(id, body)).changed).toEqual([]);
  const now = await loadFlagState(database().db);
  expect(evaluate(now, feature, here, { targetingKey: 'u1' })?.version).toBe('other');
});

test('a snapshot is small', async () => {
  await setOverride(context(), feature, {
    scope: 'cohort',
    value: 'eu',
    effect: 'serve',
    version: 'treatment',
    reason: 'r',
  });
  await putConfiguration(context(), feature, {
    environment: here,
    values: Object.fromEntries(names.map((name) => [name, { timeoutMs: 300, retries: 2, provider: 'one' }])),
    reason: 'r',
  });
  await expose({ environment: here, candidate: 'treatment', share: 30 });
  const { id } = await record();
  const [size] = await database().sql`select pg_column_size(s.*)::int as bytes from snapshot s where id = ${id}`;
  expect(size?.bytes).toBeLessThan(2_000);
});
