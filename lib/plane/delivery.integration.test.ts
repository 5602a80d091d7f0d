import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planeDelivery } from '@/drizzle/schema/plane';
import { testDatabase } from '@/e2e/database';
import { checkoutPlan } from '@/e2e/plan';
import { type FakePlane, startFakePlane } from '@/e2e/plane/fake';
import { freePort } from '@/jobs/postgres';
import { history } from '@/lib/event/event';
import { kill, putCohort, putFeature, revive, setOverride } from '@/lib/feature/feature';
import { createRollout, perform } from '@/lib/rollout/rollout';
import { Secret } from '@/lib/webhook/secret';
import { createWebhook } from '@/lib/webhook/target';
import { orderAgain } from './deliveries';
import { deliverPlane, dueDeliveries, orderPlane } from './delivery';
import { findDelivery } from './delivery-store';
import type { PlaneState } from './model';
import { createPlane, getPlane, removePlane } from './plane';

const store = testDatabase();
const environment = 'production';
const plain: PlaneState = { baseline: 'control', exposure: [], configuration: null, withdrawn: [] };
const exposed: PlaneState = { ...plain, exposure: [{ cohort: '*', version: 'treatment', share: 10 }] };

let n = 0;
let fake: FakePlane;
let planeId: string;
let feature: string;
/** Moved on by hand where a test waits for its time. */
let lateMs: number;
const now = () => new Date(Date.now() + lateMs);
const ctx = () => store.context({ now });
const home = () => ({ db: store.database().db, now, jitter: () => 1 });
const of = () => ({ feature, environment });
const deliver = () => deliverPlane(home(), of());
const row = () => findDelivery(store.database().db, of());
const ours = () => fake.ledger().filter((effect) => effect.by === 'belay');
const order = (desired: PlaneState, key?: string) =>
  store
    .database()
    .db.transaction((tx) => orderPlane(tx, now(), { ...of(), planeId, desired, ...(key ? { key } : {}) }));
const kinds = async () => (await history(ctx(), { feature })).map((event) => event.kind);

beforeEach(async () => {
  lateMs = 0;
  const name = `plane ${++n}`;
  // The address is not known before the plane listens, nor the secret before the address is registered.
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/plane`;
  const webhook = await createWebhook(ctx(), { name, url, allowPrivate: true });
  fake = await startFakePlane({ port, secret: Secret.parse(webhook.secret) });
  planeId = (await createPlane(ctx(), { name, webhook: webhook.id, deadlineMs: 1_000 })).id;
  feature = `feature-${n}`;
  await putFeature(ctx(), {
    key: feature,
    owner: 'o',
    versions: { control: 1, treatment: 2 },
    baseline: 'control',
    plane: planeId,
  });
});
afterEach(() => fake.close());

describe('what is served is ordered with what changes it', () => {
  test('a kill, its end and an override of a cohort go out, each under a higher fence', async () => {
    await kill(ctx(), feature, { environment, reason: 'off' });
    expect(await row()).toMatchObject({ state: 'pending', planeId, desired: plain });
    expect(await deliver()).toMatchObject({ kind: 'done' });
    expect(fake.serves(feature, environment)).toEqual(plain);
    await putCohort(ctx(), { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] });
    await revive(ctx(), feature, { environment, reason: 'on' });
    // Killed or not, everybody gets the baseline: there is nothing to order.
    expect(await row()).toMatchObject({ state: 'confirmed' });
    const serve = { scope: 'cohort', value: 'beta', environment, effect: 'serve', version: 'treatment', reason: 'r' };
    await setOverride(ctx(), feature, serve);
    expect(await deliver()).toMatchObject({ kind: 'done' });
    expect(fake.serves(feature, environment)?.exposure).toEqual([{ cohort: 'beta', version: 'treatment', share: 100 }]);
    expect(ours().map((effect) => effect.fence)).toEqual(
      [...ours().map((effect) => effect.fence)].sort((a, b) => a - b),
    );
    expect(new Set(ours().map((effect) => effect.key)).size).toBe(2);
    expect(await kinds()).toEqual(expect.arrayContaining(['plane.confirmed']));
  });

  test('a rollout that starts and is rolled back', async () => {
    await putCohort(ctx(), { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] });
    const plan = checkoutPlan().replace('feature: new-checkout', `feature: ${feature}`);
    const { id } = await createRollout(ctx(), plan);
    await perform(ctx(), id, 'start', { reason: 'go' });
    await deliver();
    expect(fake.serves(feature, environment)?.exposure[0]).toEqual({ cohort: 'beta', version: 'treatment', share: 50 });
    await perform(ctx(), id, 'roll-back', { reason: 'back' });
    expect(await deliver()).toMatchObject({ kind: 'done' });
    expect(fake.serves(feature, environment)).toEqual(plain);
    // The rollback's own key: its step may be repeated by any worker.
    expect(ours().at(-1)?.key).toMatch(/^rb_.*\/restore$/);
  });

  test('a change that is not committed orders nothing', async () => {
    const { db } = store.database();
    const lost = db.transaction(async (tx) => {
      await orderPlane(tx, now(), { ...of(), planeId, desired: exposed });
      throw new Error('never mind');
    });
    await expect(lost).rejects.toThrow('never mind');
    expect(await row()).toBeNull();
    expect(await deliver()).toMatchObject({ kind: 'done', detail: expect.stringContaining('Nothing was ordered') });
    expect(fake.seen()).toMatchObject({ reads: 0, writes: 0 });
  });

  test('one that has left the plane is ordered of it no more', async () => {
    await order(exposed);
    const input = { key: feature, owner: 'o', versions: { control: 1, treatment: 2 }, baseline: 'control' };
    await expect(removePlane(ctx(), planeId)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(feature),
    });
    await putFeature(ctx(), { ...input, plane: 'builtin' });
    expect(await row()).toBeNull();
    await removePlane(ctx(), planeId);
  });
});

describe('one order has one effect', () => {
  test('whose answer was lost, and the worker with it', async () => {
    await order(exposed, 'rb_1/restore');
    fake.play({ kind: 'resets', applies: true }, 'both');
    expect(await deliver()).toMatchObject({ kind: 'wait', detail: expect.stringContaining('Not known yet') });
    fake.play(null);
    expect(await deliver()).toMatchObject({ kind: 'done' });
    expect(ours()).toHaveLength(1);
    expect(await row()).toMatchObject({ state: 'confirmed', attempts: 2 });
  });

  test('that many workers are at: one asks, the others are told that it is under way', async () => {
    await order(exposed);
    fake.play({ kind: 'slow', ms: 300 });
    const answers = await Promise.all(Array.from({ length: 6 }, deliver));
    expect(answers.filter((a) => a.kind === 'done')).toHaveLength(1);
    expect(answers.filter((a) => a.kind === 'wait')).toHaveLength(5);
    expect(fake.seen().writes).toBe(1);
    expect(await row()).toMatchObject({ attempts: 1 });
  });

  test('of a worker that died it is found once the lease has run out', async () => {
    await order(exposed);
    const lease = (at: string) =>
      store
        .database()
        .sql.unsafe(`update plane_delivery set lease_until = clock_timestamp() ${at} where feature_key = '${feature}'`);
    await lease(`+ interval '1 minute'`);
    expect(await dueDeliveries(store.database().db, now())).not.toContainEqual(of());
    expect(await deliver()).toMatchObject({ kind: 'wait' });
    await lease(`- interval '1 second'`);
    expect(await dueDeliveries(store.database().db, now())).toContainEqual(of());
    expect(await deliver()).toMatchObject({ kind: 'done' });
  });

  test('that was replaced while a worker was at it: the newest is served, and the old answer kept by nobody', async () => {
    await order(exposed);
    fake.play({ kind: 'slow', ms: 400 });
    const old = deliver();
    await expect.poll(() => fake.seen().writes).toBe(1);
    const { fence } = await order(plain);
    expect(await old).toMatchObject({ kind: 'wait' });
    expect(await row()).toMatchObject({ state: 'pending', attempts: 0 });
    // The newest need not wait for the lease of the one before.
    expect(await deliver()).toMatchObject({ kind: 'done' });
    expect(await row()).toMatchObject({ state: 'confirmed', fence, attempts: 1 });
    fake.play(null);
    expect(fake.serves(feature, environment)).toEqual(plain);
  });
});

describe('what is not confirmed is said', () => {
  test('a person has changed it meanwhile: nothing is overwritten, and people are told', async () => {
    await order(exposed);
    const theirs: PlaneState = { ...plain, baseline: 'treatment' };
    fake.play({ kind: 'person_changes_it', to: theirs });
    expect(await deliver()).toMatchObject({
      kind: 'failed',
      retryAfterMs: null,
      next: expect.stringContaining('agree'),
    });
    fake.play(null);
    expect(await row()).toMatchObject({ state: 'conflict', confirmedAt: null });
    const [event] = await history(ctx(), { feature, kinds: ['plane.conflict'] });
    expect(event?.reason).toContain('somebody else has changed it');
    expect(await dueDeliveries(store.database().db, now())).not.toContainEqual(of());
    expect(await deliver()).toMatchObject({ kind: 'failed' });
    expect(fake.serves(feature, environment)).toEqual(theirs);
    // What is decided anew begins anew; so does what a person orders once more.
    await order(exposed);
    await orderAgain(ctx(), { ...of(), reason: 'ours is right' });
    expect(await deliver()).toMatchObject({ kind: 'done' });
    expect(fake.serves(feature, environment)).toEqual(plain);
    // Even what was ordered and confirmed already.
    fake.change(feature, environment, theirs);
    await orderAgain(ctx(), { ...of(), reason: 'ours is right' });
    await deliver();
    expect(fake.serves(feature, environment)).toEqual(plain);
    const [ordered] = await history(ctx(), { feature, kinds: ['plane.ordered'] });
    expect(ordered).toMatchObject({ reason: 'ours is right', actor: { name: 'Test Admin' } });
  });

  test('somebody newer has ordered: the fence is refused', async () => {
    await order(exposed);
    const { sql } = store.database();
    await sql.unsafe(`update plane_delivery set fence = fence + 1000 where feature_key = '${feature}'`);
    await deliver();
    await order(plain);
    expect(await deliver()).toMatchObject({ kind: 'failed', detail: expect.stringContaining('newer order') });
    expect(fake.serves(feature, environment)).toEqual(exposed);
    expect(await row()).toMatchObject({ state: 'conflict' });
  });

  test('it says yes and does nothing, or will not at all', async () => {
    await order(exposed);
    fake.play({ kind: 'says_yes_and_does_nothing' });
    expect((await deliver()).kind).not.toBe('done');
    expect(await kinds()).not.toContain('plane.confirmed');
    await order(plain);
    fake.play({ kind: 'fails', status: 400, applies: false });
    expect(await deliver()).toMatchObject({ kind: 'failed', detail: expect.stringContaining('refuses') });
    expect(await row()).toMatchObject({ state: 'refused' });
    expect(await kinds()).toContain('plane.conflict');
  });

  test('one that does not answer is asked ever more seldom, then left alone', async () => {
    await order(exposed);
    fake.play({ kind: 'resets', applies: false }, 'both');
    const pauses: number[] = [];
    for (let i = 0; i < 5; i++) {
      await deliver();
      const due = (await row())?.dueAt.getTime() ?? 0;
      pauses.push(due - now().getTime());
      expect(await dueDeliveries(store.database().db, now())).not.toContainEqual(of());
      lateMs += due - now().getTime();
      expect(await dueDeliveries(store.database().db, new Date(due))).toContainEqual(of());
    }
    for (const [i, pause] of pauses.slice(1).entries()) expect(pause).toBeGreaterThan((pauses[i] ?? 0) * 1.5);
    expect((await getPlane(ctx(), planeId)).breaker.state).toBe('open');
    const asked = fake.seen();
    expect(await deliver()).toMatchObject({ kind: 'wait', detail: expect.stringContaining('left alone') });
    expect(fake.seen()).toEqual(asked);
    fake.play(null);
    lateMs += 20_000;
    expect(await deliver()).toMatchObject({ kind: 'done' });
    expect(ours()).toHaveLength(1);
  });

  test('the plane was taken away under it', async () => {
    await order(exposed);
    const { db } = store.database();
    await db.update(planeDelivery).set({ planeId: 'builtin' }).where(eq(planeDelivery.featureKey, feature));
    expect(await deliver()).toMatchObject({ kind: 'failed' });
    expect(fake.seen().writes).toBe(0);
  });
});
