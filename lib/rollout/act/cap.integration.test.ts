/** The cap on what Belay rolls back by itself, against everything at once. */
import { and, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decision, rollout } from '@/drizzle/schema/rollout';
import { testDatabase } from '@/e2e/database';
import { requestsPlan } from '@/jobs/bench/requests';
import { type Database, openDatabase } from '@/lib/db';
import { history } from '@/lib/event/event';
import { putFeature } from '@/lib/feature/feature';
import { addAddress } from '@/lib/notice/address';
import { listNotices } from '@/lib/notice/notice';
import { createWebhook } from '@/lib/webhook/target';
import type { Action } from '../model';
import { createRollout, getRollout, perform } from '../rollout';
import { findRollout, type Row } from '../store';
import { ruleOf } from '../watch/verdict';
import { apply } from './apply';
import { getRollbackCap, putRollbackCap, readCapReached } from './cap';

const store = testDatabase();
const minute = 60_000;
let clock = Date.now();
const now = () => new Date(clock);
const ctx = () => store.context({ now });
const pools: Database[] = [];
beforeAll(async () => {
  for (let i = 0; i < 3; i++) pools.push(openDatabase(store.url(), { name: `cap-${i}`, max: 10 }));
  const { id } = await createWebhook(ctx(), { name: 'pager', url: 'http://127.0.0.1:9/', allowPrivate: true });
  await addAddress(ctx(), { webhook: id, kinds: ['rollback_cap_reached'] });
});
afterAll(async () => {
  for (const pool of pools) await pool.close();
});

let features = 0;
async function begin(environment: string): Promise<Row> {
  const feature = `capped-${++features}`;
  const versions = { control: false, treatment: true };
  await putFeature(ctx(), { key: feature, owner: 'o', versions, baseline: 'control' });
  const { id } = await createRollout(
    ctx(),
    requestsPlan(feature).replace('environment: production', `environment: ${environment}`),
  );
  await perform(ctx(), id, 'start', { reason: 'go' });
  const row = await findRollout(store.database().db, id);
  if (!row) throw new Error('it was not made');
  return row;
}

const rollBack: Action = { kind: 'roll_back' };
/** As the watch does it; false: refused. */
async function byItself(row: Row, action: Action = rollBack, pool = 0): Promise<boolean> {
  const db = (pools[pool] ?? store.database()).db;
  const acting = apply({ db, now, actor: ruleOf('guardrail') }, row, action, {
    reason: 'errors fails',
    evidence: null,
  });
  return acting.then(
    () => true,
    (error) => {
      expect(error).toMatchObject({ code: 'conflict' });
      return false;
    },
  );
}
const acted = async (environment: string): Promise<number> => {
  const rows = await store
    .database()
    .db.select({ id: decision.id })
    .from(decision)
    .innerJoin(rollout, eq(rollout.id, decision.rolloutId))
    .where(and(eq(rollout.environment, environment), sql`${decision.action} in ('roll_back', 'withdraw')`));
  return rows.length;
};

it('of 200 breaches at once exactly as many act as may, in each environment for itself', async () => {
  const rows: Row[] = [];
  while (rows.length < 200)
    rows.push(...(await Promise.all(['staging', 'production', 'production', 'production'].map(begin))));
  const results = await Promise.all(rows.map((row, i) => byItself(row, rollBack, i % pools.length)));
  expect(results.filter(Boolean)).toHaveLength(6);
  expect([await acted('production'), await acted('staging')]).toEqual([3, 3]);
  const reached = await readCapReached(store.database().db, now());
  expect([reached('production'), reached('staging'), reached('elsewhere')]).toEqual([true, true, false]);
  // Everybody else still runs as before: refused is refused whole.
  const states = await Promise.all(rows.map(async (row) => (await getRollout(ctx(), row.id)).state));
  expect(states.filter((s) => s === 'running')).toHaveLength(194);
}, 120_000);

it('the window slides, a person is never in the way of it, and what a person does is not counted', async () => {
  const place = 'sliding';
  for (let i = 0; i < 3; i++) {
    expect(await byItself(await begin(place))).toBe(true);
    clock += 10 * minute;
  }
  const asked = await begin(place);
  expect(await byItself(asked)).toBe(false);
  await perform(ctx(), asked.id, 'roll-back', { reason: 'a person says so' });
  expect(await acted(place)).toBe(4);
  // The first was 60 minutes ago to the millisecond: it does not count any more.
  clock += 30 * minute - 1;
  expect(await byItself(await begin(place))).toBe(false);
  clock += 1;
  expect(await byItself(await begin(place))).toBe(true);
  expect(await byItself(await begin(place))).toBe(false);
});

it('cohorts that are taken back count; confirming, holding and starting do not', async () => {
  const place = 'cohorts';
  const row = await begin(place);
  expect(await byItself(row, { kind: 'withdraw', cohorts: ['eu'] })).toBe(true);
  await byItself(await begin(place), { kind: 'hold', reason: 'guardrail_failed' });
  const whole = await begin(place);
  await byItself(whole);
  const rolling = await findRollout(store.database().db, whole.id);
  expect(await byItself(rolling as Row, { kind: 'confirm_rolled_back' })).toBe(true);
  expect(await byItself(await begin(place))).toBe(true);
  expect(await byItself(await begin(place))).toBe(false);
});

it('holding for it asks people: an event, a notice, and who held before holds no more', async () => {
  const row = await begin('asking');
  await perform(ctx(), row.id, 'hold', { reason: 'lunch' });
  const held = (await findRollout(store.database().db, row.id)) as Row;
  expect(await byItself(held, { kind: 'hold', reason: 'rollback_cap' })).toBe(true);
  expect(await getRollout(ctx(), row.id)).toMatchObject({ state: 'held', heldReason: 'rollback_cap' });
  const events = await history(ctx(), { rolloutId: row.id, kinds: ['rollback.cap_reached'] });
  expect(events).toMatchObject([
    {
      data: { max: 3, windowMinutes: 60 },
      reason: 'Belay has rolled back 3 times by itself within the last hour, as often as it may; a person decides',
    },
  ]);
  const told = (await listNotices(ctx())).filter((n) => n.rolloutId === row.id);
  expect(told).toMatchObject([{ kind: 'rollback_cap_reached', feature: row.featureKey, path: `/rollouts/${row.id}` }]);
});

it('of 40 that fail at once three ask by a notice; all are held, and said to be', async () => {
  const rows: Row[] = [];
  for (let i = 0; i < 40; i++) rows.push(await begin('storm'));
  const holding = rows.map((row, i) => byItself(row, { kind: 'hold', reason: 'rollback_cap' }, i % pools.length));
  expect((await Promise.all(holding)).every(Boolean)).toBe(true);
  const told = async () => (await listNotices(ctx(), { limit: 1000 })).filter((n) => n.environment === 'storm');
  expect(await told()).toHaveLength(3);
  expect((await told()).map((n) => n.next.startsWith('What else fails')).sort()).toEqual([false, false, true]);
  const events = await history(ctx(), { environment: 'storm', kinds: ['rollback.cap_reached'], limit: 1000 });
  expect(events).toHaveLength(40);
  expect(events.filter((e) => e.data.told)).toHaveLength(3);
  clock += 10 * minute;
  expect(await byItself(await begin('storm'), { kind: 'hold', reason: 'rollback_cap' })).toBe(true);
  expect(await told()).toHaveLength(4);
}, 60_000);

it('is a setting; 0 asks always', async () => {
  expect(await getRollbackCap(ctx())).toEqual({ max: 3, windowMinutes: 60 });
  await expect(putRollbackCap(ctx(), { max: -1 })).rejects.toMatchObject({ fields: [{ field: 'max' }] });
  await expect(putRollbackCap(ctx(), { windowMinutes: 0 })).rejects.toMatchObject({ code: 'bad_input' });
  const viewer = { ...ctx(), actor: { ...ctx().actor, role: 'approver' } as never };
  await expect(putRollbackCap(viewer, { max: 9 })).rejects.toMatchObject({ code: 'forbidden' });
  await putRollbackCap(ctx(), { max: 0, windowMinutes: 1 });
  expect(await byItself(await begin('never'))).toBe(false);
  await putRollbackCap(ctx(), { max: 1, windowMinutes: 1 });
  expect([await byItself(await begin('never')), await byItself(await begin('never'))]).toEqual([true, false]);
  const changes = await history(ctx(), { kinds: ['settings.changed'] });
  expect(changes.map((e) => e.data)).toMatchObject([
    { setting: 'rollback_cap', after: { max: 1 } },
    { setting: 'rollback_cap', before: { max: 3, windowMinutes: 60 }, after: { max: 0 } },
  ]);
});
