import { beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { rollbackScene, shownAt, stepOf, t0 } from '@/e2e/rollback-scene';
import { requestsPlan } from '@/jobs/bench/requests';
import { history } from '@/lib/event/event';
import { setOverride } from '@/lib/feature/feature';
import { createDatabase } from '@/lib/migration/target';
import { createRollout, decisionsOf, getRollout, perform } from '@/lib/rollout/rollout';
import { defaultRunbook } from '@/lib/runbook/default';
import { putRunbook } from '@/lib/runbook/runbook';
import { acknowledgeRollback, retryRollback, tickRollback } from './person';
import { dueRollbacks, getRollback, listRollbacks, stepRollback } from './rollback';

const store = testDatabase();
const { at, send, started, rolledBack, only, shown, feature } = rollbackScene(store);
const later = (seconds: number) => new Date(t0 + seconds * 1_000);

const stateOf = async (id: string) => (await only(id)).state;
const kindsOf = async (id: string) => (await history(store.context(), { rolloutId: id })).map((e) => e.kind);
const count = async (id: string, kind: string) => (await kindsOf(id)).filter((k) => k === kind).length;

/** Somebody who evaluates, alive, and serving what is told here. */
async function listenerAt(revision: string): Promise<void> {
  await store.database().sql.unsafe(
    `insert into listener (id, process, revision, heartbeat_at) values ('slow', 'slow', ${revision}, clock_timestamp() + interval '1 hour')
     on conflict (id) do update set revision = excluded.revision`,
  );
}
const noListener = () => store.database().sql`delete from listener`;

beforeAll(noListener);

describe('verified is all four', () => {
  it('read-back, exposure and criteria, one after the other as they can be seen', async () => {
    const { feature: key, id, rollbackId } = await rolledBack();
    expect(await stateOf(id)).toBe('intent');
    expect(await dueRollbacks(at(0).db, later(0))).not.toContain(rollbackId);
    expect(await dueRollbacks(at(0).db, later(2))).toContain(rollbackId);
    await stepRollback(at(1), rollbackId);
    expect(await stateOf(id)).toBe('verifying');
    expect((await getRollout(at(1), id)).state).toBe('rolled_back');
    await send(key, 10, 20, { treatment: 1 });
    await stepRollback(at(26), rollbackId);
    expect(stepOf(await only(id), 'exposure').state).toBe('waiting');
    const end = await shown(key, rollbackId, 20);
    expect(end?.steps.map((s) => [s.id, s.state])).toEqual([
      ['restore', 'done'],
      ['serve', 'done'],
      ['read_back', 'done'],
      ['exposure', 'done'],
      ['criteria', 'done'],
    ]);
    expect(end).toMatchObject({ state: 'verified', escalatedAt: null });
    expect(end?.endedAt).not.toBeNull();
    expect(await count(id, 'rollback.verified')).toBe(1);
    expect(await dueRollbacks(at(0).db, later(9_999))).not.toContain(rollbackId);
    expect(await stepRollback(at(400), rollbackId)).toBeNull();
  });

  it.each<[string, string, (key: string) => Promise<unknown>]>([
    ['silence is no proof', 'exposure', async () => {}],
    ['the candidate is still seen', 'exposure', (key) => send(key, 10, 900, { control: 1, treatment: 1 })],
    ['the criteria stay worse', 'criteria', (key) => send(key, 10, 900, { control: 60 })],
    [
      'somebody serves it to others meanwhile',
      'read_back',
      async (key) => {
        const to = { scope: 'environment', value: 'production', effect: 'serve', version: 'treatment', reason: 'r' };
        await setOverride(at(0), key, to);
        await send(key, 10, 900, { control: 1 });
      },
    ],
  ])('%s: unconfirmed, people are told once what to do, and it is never called verified', async (_what, open, and) => {
    const { feature: key, id, rollbackId } = await rolledBack();
    await and(key);
    for (const s of [1, 30, 125, 200, 500, 901, 905]) await stepRollback(at(s), rollbackId);
    const end = await only(id);
    expect(end.state).toBe('unconfirmed');
    expect(stepOf(end, open).state).not.toBe('done');
    expect(stepOf(end, open).next).not.toBe('');
    expect(await count(id, 'rollback.unconfirmed')).toBe(1);
    expect(await count(id, 'rollback.verified')).toBe(0);
    const told = await history(store.context(), { rolloutId: id, kinds: ['rollback.unconfirmed'] });
    expect(String(told[0]?.data.next)).not.toBe('');
    // It is looked at again, and by itself.
    expect(await dueRollbacks(at(0).db, later(1_000))).toContain(rollbackId);
  });

  it('what was not confirmed in time and is shown later is verified', async () => {
    const { feature: key, id, rollbackId } = await rolledBack();
    await stepRollback(at(1), rollbackId);
    await send(key, 110, 120, { treatment: 1 });
    await stepRollback(at(126), rollbackId);
    expect(await stateOf(id)).toBe('unconfirmed');
    expect((await shown(key, rollbackId, 120))?.state).toBe('verified');
    expect(await count(id, 'rollback.unconfirmed')).toBe(1);
  });
});

describe('who carries it out', () => {
  it('does not call itself rolled back while a process serves older flags', async () => {
    const { id, rollbackId } = await rolledBack();
    await listenerAt('0');
    await stepRollback(at(1), rollbackId);
    expect((await getRollout(at(1), id)).state).toBe('rolling_back');
    expect(await stateOf(id)).toBe('called');
    await stepRollback(at(12), rollbackId);
    expect(await stateOf(id)).toBe('unconfirmed');
    expect(stepOf(await only(id), 'serve').next).toContain('Restart it');
    expect(await dueRollbacks(at(0).db, later(15))).toContain(rollbackId);
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

  it('the rollout ends too where a worker died between the last switch and saying so', async () => {
    const { id, rollbackId } = await rolledBack();
    await stepRollback(at(1), rollbackId);
    // As it was when that worker died: everything is served, and nobody has said so.
    await store.database().sql`update rollout set state = 'rolling_back', epoch = epoch - 1 where id = ${id}`;
    await store.database().sql`delete from decision where rollout_id = ${id} and action = 'confirm_rolled_back'`;
    await stepRollback(at(20), rollbackId);
    expect((await getRollout(at(20), id)).state).toBe('rolled_back');
  });

  it('a deployment is rolled back when it is seen to be, not before', async () => {
    const { feature: key, id, rollbackId } = await rolledBack({ over: { kind: 'deployment' } });
    expect((await only(id)).steps.map((s) => s.id)).toEqual(['exposure', 'criteria']);
    await stepRollback(at(1), rollbackId);
    expect((await getRollout(at(1), id)).state).toBe('rolling_back');
    await stepRollback(at(130), rollbackId);
    expect(await stateOf(id)).toBe('unconfirmed');
    expect((await getRollout(at(1), id)).state).toBe('rolling_back');
    expect((await shown(key, rollbackId, 130))?.state).toBe('verified');
    expect((await getRollout(at(1), id)).state).toBe('rolled_back');
  });

  it('what a later start has overtaken is not looked at for ever, and is not called proven', async () => {
    const { feature: key, id, rollbackId } = await rolledBack();
    await stepRollback(at(1), rollbackId);
    const again = await createRollout(at(5), requestsPlan(key));
    await perform(at(5), again.id, 'start', { reason: 'again' });
    await send(key, 10, 300, { control: 1, treatment: 1 });
    await stepRollback(at(26), rollbackId);
    const end = await only(id);
    expect(end).toMatchObject({ state: 'unconfirmed' });
    expect(end.endedAt).not.toBeNull();
    expect(stepOf(end, 'exposure').detail).toContain(again.id);
    expect(await dueRollbacks(at(0).db, later(9_999))).not.toContain(rollbackId);
    await expect(retryRollback(at(30), rollbackId, { reason: 'r' })).rejects.toThrow('has taken its place');
  });
});

describe('some cohorts', () => {
  it('is a rollback of its own, proven for them alone, while the others go on', async () => {
    const plan = 'onRegressionScope: cohort';
    const { id, feature: key } = await started({ plan });
    await store.database().sql`insert into cohort (key, description, rules, created_at, updated_at)
      values ('eu', '', '[{"attribute":"region","in":["eu"]}]', now(), now()) on conflict do nothing`;
    await perform(at(0), id, 'roll-back', { reason: 'back', cohorts: ['eu'] });
    const { id: rollbackId, cohorts, target } = await only(id);
    expect({ cohorts, target }).toEqual({ cohorts: ['eu'], target: null });
    await stepRollback(at(1), rollbackId);
    expect((await getRollout(at(1), id)).state).toBe('running');
    // Others have it still and get more of it, which is as it should be.
    await perform(at(2), id, 'widen', { reason: 'more' });
    await send(key, 10, shownAt, { control: 1, treatment: 1 }, 'us');
    expect((await shown(key, rollbackId))?.state).toBe('verified');
  });
});

describe('what people do', () => {
  const steps = [
    ...defaultRunbook.steps,
    { act: 'person' as const, name: 'tell', title: 'Tell support', who: 'sre', blocking: true, expected: '', how: '' },
    { act: 'person' as const, name: 'note', title: 'Write it up', who: '', blocking: false, expected: '', how: '' },
  ];

  it('a step that holds it up waits for its tick, one that does not waits for nobody', async () => {
    const key = await feature();
    await putRunbook(at(0), key, { name: 'own', steps, reason: 'r' });
    const { id, rollbackId } = await rolledBack({ feature: key });
    const open = await shown(key, rollbackId);
    expect(open?.runbook).toMatchObject({ name: 'own', version: 1 });
    expect(stepOf(open, 'person/tell')).toMatchObject({ state: 'waiting', owner: 'sre' });
    expect(stepOf(open, 'person/tell').next).toContain('sre');
    expect(open?.state).not.toBe('verified');
    await expect(tickRollback(at(140), rollbackId, { step: 'restore', note: '' })).rejects.toThrow('by itself');
    await expect(tickRollback(at(140), rollbackId, { step: 'nobody', note: '' })).rejects.toMatchObject({
      code: 'not_found',
    });
    await tickRollback(at(140), rollbackId, { step: 'person/tell', note: 'told them' });
    await tickRollback(at(140), rollbackId, { step: 'person/tell', note: 'twice' });
    await stepRollback(at(160), rollbackId);
    const end = await only(id);
    expect(end.state).toBe('verified');
    expect(end.ticks).toMatchObject([{ step: 'person/tell', by: 'Test Admin', note: 'told them' }]);
    expect(await count(id, 'rollback.ticked')).toBe(1);
    expect(stepOf(end, 'person/note').state).toBe('waiting');
    const noted = await tickRollback(at(170), rollbackId, { step: 'person/note', note: '' });
    expect(stepOf(noted, 'person/note').state).toBe('done');
  });

  it('a check that fails is a rollback that failed, says what to do, and is verified once it is put right', async () => {
    const { sql } = store.database();
    await sql`create table orphan (id int)`;
    await sql`insert into orphan values (1)`;
    await createDatabase(at(0), { name: 'shop', url: store.url() });
    const plan = [
      'checks:',
      '  - { kind: sql, name: no-orphans, database: shop, query: select id from orphan, expect: no_rows, onFailure: Delete the orphans. }',
    ].join('\n');
    const { feature: key, id, rollbackId } = await rolledBack({ plan });
    await stepRollback(at(1), rollbackId);
    await shown(key, rollbackId);
    const failed = await only(id);
    expect(failed.state).toBe('unconfirmed');
    expect(stepOf(failed, 'check/no-orphans')).toMatchObject({ state: 'failed' });
    expect(stepOf(failed, 'check/no-orphans').next).toContain('Delete the orphans.');
    expect(stepOf(failed, 'read_back').state).toBe('pending');
    expect(stepOf(failed, 'criteria').state).toBe('done');
    const viewer = { kind: 'person', id: 'v', name: 'V', role: 'viewer', environment: null } as const;
    await expect(retryRollback(at(140, { actor: viewer }), rollbackId, { reason: 'r' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await sql`truncate orphan`;
    await retryRollback(at(140), rollbackId, { reason: 'deleted them' });
    expect(await only(id)).toMatchObject({ state: 'verifying', escalatedAt: null });
    await stepRollback(at(141), rollbackId);
    expect(await stateOf(id)).toBe('verified');
    expect(await count(id, 'rollback.retried')).toBe(1);
  });

  it('acknowledged: it stays unconfirmed, with a name on it', async () => {
    const { id, rollbackId } = await rolledBack();
    await expect(acknowledgeRollback(at(1), rollbackId, { reason: 'mine' })).rejects.toMatchObject({
      code: 'conflict',
    });
    await stepRollback(at(1), rollbackId);
    await stepRollback(at(200), rollbackId);
    await acknowledgeRollback(at(201), rollbackId, { reason: 'we have no telemetry there' });
    expect(await getRollback(at(202), rollbackId)).toMatchObject({
      state: 'unconfirmed',
      acknowledged: { by: 'Test Admin', reason: 'we have no telemetry there' },
    });
    expect(await count(id, 'rollback.acknowledged')).toBe(1);
  });

  it('the list goes by state, feature, environment and rollout', async () => {
    const { feature: key, id, rollbackId } = await rolledBack();
    const ids = async (query: Parameters<typeof listRollbacks>[1]) =>
      (await listRollbacks(at(0), query)).map((r) => r.id);
    expect(await ids({ rollout: id })).toEqual([rollbackId]);
    expect(await ids({ feature: key, state: ['intent'] })).toEqual([rollbackId]);
    expect(await ids({ feature: key, state: ['verified'] })).toEqual([]);
    expect(await ids({ feature: key, environment: 'staging' })).toEqual([]);
    const bound = { kind: 'key', id: 'k', name: 'k', role: 'viewer', environment: 'staging' } as const;
    expect(await listRollbacks(at(0, { actor: bound }), { feature: key })).toEqual([]);
    await expect(getRollback(at(0, { actor: bound }), rollbackId)).rejects.toMatchObject({ code: 'forbidden' });
  });
});
