/** Rollbacks of features that an outside plane holds, against one that misbehaves: what it comes to in the end. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { type FakePlane, startFakePlane, type Trick } from '@/e2e/plane/fake';
import { rollbackScene, shownAt, stepOf } from '@/e2e/rollback-scene';
import { freePort } from '@/jobs/postgres';
import { history } from '@/lib/event/event';
import { deliverPlane } from '@/lib/plane/delivery';
import type { PlaneState } from '@/lib/plane/model';
import { createPlane, putPlane } from '@/lib/plane/plane';
import { getRollout, perform } from '@/lib/rollout/rollout';
import { Secret } from '@/lib/webhook/secret';
import { createWebhook } from '@/lib/webhook/target';
import { callsOf } from './calls';
import { retryRollback } from './person';
import { getRollback, stepRollback } from './rollback';

const store = testDatabase();
const { at, clock, send, feature, started, only } = rollbackScene(store);
const environment = 'production';
const plain: PlaneState = { baseline: 'control', exposure: [], configuration: null, withdrawn: [] };
const exposed: PlaneState = { ...plain, exposure: [{ cohort: '*', version: 'treatment', share: 50 }] };
const regions = ['eu', 'us'];

let n = 0;
let fake: FakePlane;
let planeId: string;
let webhook: string;
let name: string;
const ours = () => fake.ledger().filter((effect) => effect.by === 'belay');

async function listening(): Promise<{ plane: FakePlane; webhook: string; name: string }> {
  const called = `plane ${++n}`;
  // The address is not known before the plane listens, nor the secret before the address is registered.
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/plane`;
  const target = await createWebhook(at(-300), { name: called, url, allowPrivate: true });
  return {
    plane: await startFakePlane({ port, secret: Secret.parse(target.secret), regions, now: clock }),
    webhook: target.id,
    name: called,
  };
}

beforeEach(async () => {
  ({ plane: fake, webhook, name } = await listening());
  planeId = (await createPlane(at(-300), { name, webhook, regions, deadlineMs: 400 })).id;
});
afterEach(() => fake.close());

/** Exposed and confirmed so, then rolled back. */
async function rolledBack(): Promise<{ feature: string; id: string; rollbackId: string }> {
  const key = await feature({ plane: planeId });
  const { id } = await started({ feature: key });
  expect(await deliverPlane({ db: at(0).db, now: at(0).now }, { feature: key, environment })).toMatchObject({
    kind: 'done',
  });
  expect(fake.serves(key, environment)?.exposure).toHaveLength(1);
  await perform(at(0), id, 'roll-back', { reason: 'back' });
  return { feature: key, id, rollbackId: (await only(id)).id };
}

/** As the sweep would, every few seconds. */
async function look(rollbackId: string, from: number, to: number, everyS = 10) {
  for (let s = from; s <= to; s += everyS) await stepRollback(at(s), rollbackId);
  return getRollback(at(to), rollbackId);
}
const wrote = (key: string | undefined) => ours().filter((effect) => effect.key === key);

it('is ordered once, reads back, and is verified; what was asked is written down', async () => {
  const { feature: key, id, rollbackId } = await rolledBack();
  await stepRollback(at(1), rollbackId);
  expect(fake.serves(key, environment)).toEqual(plain);
  expect((await getRollout(at(1), id)).state).toBe('rolled_back');
  await send(key, 10, shownAt, { control: 1 });
  expect((await look(rollbackId, 30, shownAt)).state).toBe('verified');
  expect(wrote(`${rollbackId}/restore`)).toHaveLength(1);
  const calls = await callsOf(at(0), rollbackId);
  expect(calls.map((c) => [c.step, c.key, c.outcome])).toEqual([
    ['restore', `${rollbackId}/restore`, 'done'],
    ['read_back', `${rollbackId}/read_back`, 'done'],
    // Once more when all the rest is proven.
    ['read_back', `${rollbackId}/read_back`, 'done'],
  ]);
  expect(calls.every((c) => c.answeredAt !== null && c.fence === ours().at(-1)?.fence)).toBe(true);
});

describe('a plane that misbehaves', () => {
  const both = 'both' as const;
  it.each<[string, Trick, 'write' | 'read' | 'both']>([
    ['says yes and does nothing', { kind: 'says_yes_and_does_nothing' }, 'write'],
    ['hangs, and has done it', { kind: 'hangs', applies: true }, both],
    ['hangs, and has not done it', { kind: 'hangs', applies: false }, both],
    ['resets, and has done it', { kind: 'resets', applies: true }, both],
    ['fails, and has not done it', { kind: 'fails', status: 503, applies: false }, both],
    ['does it in half of its regions', { kind: 'applies_in_half' }, 'write'],
    ['answers for half of its regions', { kind: 'answers_for_half' }, 'read'],
    ['speaks nonsense', { kind: 'speaks_nonsense', body: '<html>' }, 'read'],
    ['asks to come later', { kind: 'busy', retryAfterS: 5 }, both],
  ])(
    '%s: not confirmed while it does, nothing is called rolled back, and verified once it behaves',
    async (_what, trick, on) => {
      const { feature: key, id, rollbackId } = await rolledBack();
      fake.play(trick, on);
      await send(key, 10, 500, { control: 1 });
      const lost = await look(rollbackId, 1, 161, 20);
      expect(lost).toMatchObject({ state: 'unconfirmed' });
      expect(stepOf(lost, 'restore').state).toBe('failed');
      expect(stepOf(lost, 'restore').next).not.toBe('');
      expect((await getRollout(at(1), id)).state).toBe('rolling_back');
      const told = await history(store.context(), { rolloutId: id, kinds: ['rollback.unconfirmed'] });
      expect(told).toHaveLength(1);
      fake.play(null);
      // One that believes that it has done it answers the same key as it did then: it takes a person's retry.
      if (trick.kind === 'applies_in_half') await retryRollback(at(180), rollbackId, { reason: 'it behaves again' });
      const end = await look(rollbackId, 200, 400, 20);
      expect(end.state).toBe('verified');
      expect(fake.serves(key, environment)).toEqual(plain);
      expect(wrote(`${rollbackId}/restore`)).toHaveLength(1);
      expect((await getRollout(at(1), id)).state).toBe('rolled_back');
    },
  );

  it('is slow: waited for, and verified', async () => {
    const { feature: key, rollbackId } = await rolledBack();
    fake.play({ kind: 'slow', ms: 150 }, 'both');
    await send(key, 10, 200, { control: 1 });
    expect((await look(rollbackId, 1, 161, 20)).state).toBe('verified');
    expect(wrote(`${rollbackId}/restore`)).toHaveLength(1);
  });

  it('flaps: what it took back by itself is seen, people are told, and a retry overwrites it', async () => {
    const { feature: key, id, rollbackId } = await rolledBack();
    fake.play({ kind: 'flaps', reads: 1 }, 'write');
    await send(key, 10, 900, { control: 1 });
    const lost = await look(rollbackId, 1, 301, 20);
    expect(lost.state).toBe('unconfirmed');
    expect(fake.serves(key, environment)).toEqual(exposed);
    fake.play(null);
    await retryRollback(at(310), rollbackId, { reason: 'it behaves again' });
    expect((await look(rollbackId, 311, 600, 20)).state).toBe('verified');
    expect(fake.serves(key, environment)).toEqual(plain);
    expect(await history(store.context(), { rolloutId: id, kinds: ['rollback.verified'] })).toHaveLength(1);
  });

  it('is changed by a person meanwhile: nothing is overwritten until a person says so', async () => {
    const { feature: key, rollbackId } = await rolledBack();
    fake.play({ kind: 'person_changes_it', to: exposed }, 'write');
    await send(key, 10, 900, { control: 1 });
    const lost = await look(rollbackId, 1, 301, 20);
    expect(lost.state).toBe('unconfirmed');
    expect(stepOf(lost, 'restore')).toMatchObject({ state: 'failed', dueAt: null });
    expect(fake.serves(key, environment)).toEqual(exposed);
    expect(wrote(`${rollbackId}/restore`)).toHaveLength(1);
    fake.play(null);
    await retryRollback(at(310), rollbackId, { reason: 'that was a mistake' });
    expect((await look(rollbackId, 311, 600, 20)).state).toBe('verified');
    expect(fake.serves(key, environment)).toEqual(plain);
  });

  it('is changed after it was confirmed: the read-back at the end sees it', async () => {
    const { feature: key, rollbackId } = await rolledBack();
    const { db } = at(0);
    await deliverPlane({ db, now: at(0).now }, { feature: key, environment });
    fake.change(key, environment, exposed);
    await send(key, 10, 300, { control: 1 });
    const lost = await look(rollbackId, 1, 201, 20);
    expect(lost.state).toBe('unconfirmed');
    expect(stepOf(lost, 'restore').state).toBe('done');
    expect(stepOf(lost, 'read_back')).toMatchObject({ state: 'failed' });
    expect(stepOf(lost, 'read_back').detail).toContain('exposure');
  });
});

describe('the fallback', () => {
  it('is tried once, where one is declared, and proves nothing', async () => {
    const other = await listening();
    const fallbackPlane = (
      await createPlane(at(-300), { name: other.name, webhook: other.webhook, regions, deadlineMs: 400 })
    ).id;
    await putPlane(at(-300), planeId, { name, webhook, regions, deadlineMs: 400, fallbackPlane });
    const { feature: key, id, rollbackId } = await rolledBack();
    fake.play({ kind: 'says_yes_and_does_nothing' }, 'write');
    await send(key, 10, 500, { control: 1 });
    const lost = await look(rollbackId, 1, 301, 20);
    expect(other.plane.serves(key, environment)).toEqual(plain);
    expect(other.plane.ledger()).toHaveLength(1);
    expect(lost).toMatchObject({ state: 'unconfirmed', fallback: { what: expect.stringContaining(other.name) } });
    expect(await history(store.context(), { rolloutId: id, kinds: ['rollback.fallback_tried'] })).toHaveLength(1);
    await other.plane.close();
  });
});

describe('workers', () => {
  it('one that comes back late writes nothing, and the plane has seen one order', async () => {
    const { feature: key, rollbackId } = await rolledBack();
    fake.play({ kind: 'slow', ms: 350 }, 'read');
    const late = stepRollback(at(1), rollbackId);
    await expect.poll(() => wrote(`${rollbackId}/restore`).length).toBe(1);
    const { sql } = store.database();
    // It stood still past its leases, of the rollback and of the order.
    await sql`update rollback set lease_until = clock_timestamp() - interval '1 second' where id = ${rollbackId}`;
    await sql`update plane_delivery set lease_until = clock_timestamp() - interval '1 second'`;
    fake.play(null);
    await stepRollback(at(2), rollbackId);
    const [before] = await sql`select attempts, state, steps from rollback where id = ${rollbackId}`;
    expect(await late).toBeNull();
    const [after] = await sql`select attempts, state, steps from rollback where id = ${rollbackId}`;
    expect(after).toEqual(before);
    await send(key, 10, 200, { control: 1 });
    expect((await look(rollbackId, 20, 180, 20)).state).toBe('verified');
    expect(wrote(`${rollbackId}/restore`)).toHaveLength(1);
  });

  it('one that is at something long keeps its lease', async () => {
    const { rollbackId } = await rolledBack();
    const { sql } = store.database();
    await putPlane(at(0), planeId, { name, webhook, regions, deadlineMs: 8_000 });
    fake.play({ kind: 'slow', ms: 6_500 }, 'write');
    const working = stepRollback(at(1), rollbackId);
    await expect.poll(() => fake.seen().writes).toBe(2);
    const leased = async () => {
      const [row] =
        await sql`select extract(epoch from lease_until)::float as until from rollback where id = ${rollbackId}`;
      return Number(row?.until ?? 0);
    };
    const first = await leased();
    await expect.poll(leased, { timeout: 7_000 }).toBeGreaterThan(first);
    expect(await stepRollback(at(2), rollbackId)).toBeNull();
    await working;
    expect(await leased()).toBe(0);
  }, 20_000);

  it('a feature that is stuck holds up no other', async () => {
    const stuck = await rolledBack();
    fake.play({ kind: 'hangs', applies: false }, 'both');
    const hanging = stepRollback(at(1), stuck.rollbackId);
    const { plane, webhook: target, name: called } = await listening();
    planeId = (await createPlane(at(-300), { name: called, webhook: target, regions, deadlineMs: 400 })).id;
    const [was, now] = [fake, plane];
    fake = now;
    const free = await rolledBack();
    await stepRollback(at(1), free.rollbackId);
    expect((await getRollout(at(1), free.id)).state).toBe('rolled_back');
    await hanging;
    expect((await getRollout(at(1), stuck.id)).state).toBe('rolling_back');
    await was.close();
  });
});
