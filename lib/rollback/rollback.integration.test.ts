import { beforeAll, expect, it } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { requestsBody, requestsPlan } from '@/jobs/bench/requests';
import { history } from '@/lib/event/event';
import { putFeature } from '@/lib/feature/feature';
import { openReceiver } from '@/lib/otlp/receive';
import { createRollout, decisionsOf, getRollout, perform } from '@/lib/rollout/rollout';
import { openFold } from '@/lib/signal/fold';
import { dueRollbacks, rollbacksOf, stepRollback } from './rollback';

const store = testDatabase();
const second = 1_000;
/** Ten minutes ago: what is sent lies in the past of the real clock, which the receiver goes by. */
const t0 = Math.floor((Date.now() - 600 * second) / 10_000) * 10_000;
const at = (seconds: number) => store.context({ now: () => new Date(t0 + seconds * second) });

let features = 0;
async function rolledBack(
  kind: 'flag' | 'deployment' = 'flag',
): Promise<{ feature: string; id: string; rollbackId: string }> {
  const feature = `back-${++features}`;
  await putFeature(at(0), {
    key: feature,
    owner: 'o',
    kind,
    versions: { control: false, treatment: true },
    baseline: 'control',
  });
  const { id } = await createRollout(at(0), requestsPlan(feature));
  await perform(at(0), id, 'start', { reason: 'go' });
  await perform(at(0), id, 'roll-back', { reason: 'back' });
  const [rollback] = await rollbacksOf(at(0), id);
  return { feature, id, rollbackId: rollback?.id ?? '' };
}

async function send(feature: string, seconds: number, version: string): Promise<void> {
  const database = store.database();
  const receiver = openReceiver({ database, now: () => new Date() });
  const traffic = [{ version, cohort: 'eu', ok: 100, bad: 0 }];
  const body = requestsBody({ feature, environment: 'production', at: t0 + seconds * second, overMs: 1_000, traffic });
  const head = { path: '/v1/metrics', method: 'POST', contentType: 'application/json', environment: null };
  expect((await receiver.receive({ ...head, body })).status).toBe(200);
  await receiver.close();
  const fold = await openFold({ database, now: () => new Date() });
  while ((await fold.step()).behind > 0);
  await fold.close();
}

const stateOf = async (id: string) => (await rollbacksOf(at(0), id))[0]?.state;
const kindsOf = async (id: string) => (await history(store.context(), { rolloutId: id })).map((e) => e.kind);

/** Somebody who evaluates, alive, and serving what is told here. */
async function listenerAt(revision: string): Promise<void> {
  await store.database().sql.unsafe(
    `insert into listener (id, process, revision, heartbeat_at) values ('slow', 'slow', ${revision}, clock_timestamp() + interval '1 hour')
     on conflict (id) do update set revision = excluded.revision`,
  );
}
const noListener = () => store.database().sql`delete from listener`;

beforeAll(noListener);

it('is verified when telemetry shows the baseline and no candidate any more', async () => {
  const { feature, id, rollbackId } = await rolledBack();
  expect(await dueRollbacks(at(0).db, new Date(t0))).not.toContain(rollbackId);
  expect(await dueRollbacks(at(0).db, new Date(t0 + 2 * second))).toContain(rollbackId);
  await stepRollback(at(1), rollbackId);
  expect(await stateOf(id)).toBe('verifying');
  expect((await getRollout(at(1), id)).state).toBe('rolled_back');
  await send(feature, 12, 'treatment');
  await stepRollback(at(26), rollbackId);
  expect(await stateOf(id)).toBe('verifying');
  await send(feature, 22, 'control');
  await stepRollback(at(36), rollbackId);
  expect(await stateOf(id)).toBe('verified');
  expect(await dueRollbacks(at(0).db, new Date(t0 + 999 * second))).not.toContain(rollbackId);
  expect(await stepRollback(at(40), rollbackId)).toBeNull();
});

it('tells people when the candidate does not go away, and still ends well', async () => {
  const { feature, id, rollbackId } = await rolledBack();
  await stepRollback(at(1), rollbackId);
  await send(feature, 112, 'treatment');
  await stepRollback(at(126), rollbackId);
  await stepRollback(at(127), rollbackId);
  expect(await stateOf(id)).toBe('unconfirmed');
  expect((await kindsOf(id)).filter((k) => k === 'rollback.unconfirmed')).toHaveLength(1);
  await send(feature, 132, 'control');
  await stepRollback(at(146), rollbackId);
  expect(await stateOf(id)).toBe('verified');
});

it('does not call itself rolled back while a process serves older flags', async () => {
  const { id, rollbackId } = await rolledBack();
  await listenerAt('0');
  await stepRollback(at(1), rollbackId);
  expect((await getRollout(at(1), id)).state).toBe('rolling_back');
  expect(await stateOf(id)).toBe('called');
  await stepRollback(at(12), rollbackId);
  expect(await stateOf(id)).toBe('unconfirmed');
  expect(await kindsOf(id)).toContain('rollback.unconfirmed');
  expect(await dueRollbacks(at(0).db, new Date(t0 + 15 * second))).toContain(rollbackId);
  await listenerAt('1000000');
  await stepRollback(at(15), rollbackId);
  expect((await getRollout(at(1), id)).state).toBe('rolled_back');
  await noListener();
});

it('goes on after a worker that died with the lease, and only one at a time', async () => {
  const { id, rollbackId } = await rolledBack();
  const { sql } = store.database();
  await sql`update rollback set lease_until = clock_timestamp() + interval '10 seconds', attempts = 1 where id = ${rollbackId}`;
  expect(await stepRollback(at(1), rollbackId)).toBeNull();
  expect((await getRollout(at(1), id)).state).toBe('rolling_back');
  await sql`update rollback set lease_until = clock_timestamp() - interval '1 second' where id = ${rollbackId}`;
  await Promise.all(Array.from({ length: 10 }, () => stepRollback(at(1), rollbackId)));
  expect((await getRollout(at(1), id)).state).toBe('rolled_back');
  const confirmed = (await decisionsOf(at(1), id)).filter((d) => d.action === 'confirm_rolled_back');
  expect(confirmed).toHaveLength(1);
});

it('without any telemetry the flags themselves have to do, and it says so', async () => {
  const { id, rollbackId } = await rolledBack();
  await stepRollback(at(1), rollbackId);
  await stepRollback(at(30), rollbackId);
  expect(await stateOf(id)).toBe('verifying');
  await stepRollback(at(70), rollbackId);
  const [rollback] = await rollbacksOf(at(0), id);
  expect(rollback?.state).toBe('verified');
  expect(rollback?.steps[2]?.detail).toContain('No telemetry');
});

it('a deployment is rolled back when it is seen to be, not before', async () => {
  const { feature, id, rollbackId } = await rolledBack('deployment');
  await stepRollback(at(1), rollbackId);
  await stepRollback(at(90), rollbackId);
  expect((await getRollout(at(1), id)).state).toBe('rolling_back');
  await stepRollback(at(130), rollbackId);
  expect(await stateOf(id)).toBe('unconfirmed');
  await send(feature, 142, 'control');
  await stepRollback(at(156), rollbackId);
  expect(await stateOf(id)).toBe('verified');
  expect((await getRollout(at(1), id)).state).toBe('rolled_back');
});
