import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { admin, testDatabase } from '@/e2e/database';
import type { Db } from '@/lib/db';
import { history, record, verifyChain } from './event';
import type { EventInput } from './model';
import { getAutomation, resumeAutomation, stopAutomation } from './setting';

const { database, context } = testDatabase();
const at = new Date('2026-03-01T10:00:00.123Z');

function write(input: Partial<EventInput> = {}): Promise<number> {
  return database().db.transaction((tx) =>
    record(tx, at, admin, { kind: 'settings.changed', reason: 'a test', ...input }),
  );
}

/** As a superuser who takes the guards away, which Belay itself cannot do unseen. */
async function tamper(statement: string): Promise<void> {
  await database().sql.begin(async (tx) => {
    await tx.unsafe('alter table event disable trigger user');
    await tx.unsafe(statement);
    await tx.unsafe('alter table event enable trigger user');
  });
}

class Undo extends Error {}

const seq = fc.integer({ min: 1, max: 12 });
/** One statement that changes one thing about a history of twelve. */
const mutation = fc.oneof(
  fc
    .tuple(fc.constantFrom('kind', 'actor_kind', 'actor_id', 'actor_name', 'reason', 'environment', 'feature'), seq)
    .map(([column, n]) => `update event set ${column} = ${column} || 'x' where seq = ${n}`),
  seq.map((n) => `update event set environment = null where seq = ${n}`),
  seq.map((n) => `update event set rollout_id = '' where seq = ${n}`),
  fc
    .tuple(fc.integer({ min: 1, max: 9e15 }), seq)
    .map(([n, at]) => `update event set at = at - interval '${n} microseconds' where seq = ${at}`),
  fc.tuple(fc.jsonValue(), seq).map(([value, n]) => {
    const text = JSON.stringify({ n, other: String(JSON.stringify(value)).replace(/[^\w ]/g, '') });
    return `update event set data = '${text}' where seq = ${n}`;
  }),
  fc
    .tuple(fc.constantFrom('hash', 'previous_hash'), fc.integer({ min: 0, max: 255 }), seq)
    .map(([c, bit, n]) => `update event set ${c} = set_bit(${c}, ${bit}, 1 - get_bit(${c}, ${bit})) where seq = ${n}`),
  seq.map((n) => `delete from event where seq = ${n}`),
  seq.map((n) => `delete from event where seq >= ${n}`),
  seq.map((n) => `delete from event where seq <= ${n}`),
  fc.uniqueArray(seq, { minLength: 2, maxLength: 2 }).map(
    ([a, b]) => `with x as (select * from event where seq in (${a}, ${b})) update event e
      set (at, kind, reason, feature, data, hash, previous_hash) =
        (x.at, x.kind, x.reason, x.feature, x.data, x.hash, x.previous_hash)
      from x where e.seq in (${a}, ${b}) and x.seq <> e.seq`,
  ),
);

beforeEach(() => tamper('delete from event; delete from event_head'));

describe('record', () => {
  test('20 writers at once leave no gap and one whole chain', async () => {
    await Promise.all(Array.from({ length: 20 }, () => Array.from({ length: 5 }, () => write())).flat());
    const seqs = (await history(context(), { after: 0, limit: 1000 })).map((e) => e.seq);
    expect(seqs).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    expect(await verifyChain(database().db)).toEqual({ ok: true, length: 100 });
  });

  test('a change that is rolled back leaves no event and no gap', async () => {
    await write();
    await expect(
      database().db.transaction(async (tx) => {
        await record(tx, at, admin, { kind: 'settings.changed', reason: 'never' });
        throw new Error('the change failed');
      }),
    ).rejects.toThrow('the change failed');
    expect(await write()).toBe(2);
    expect(await verifyChain(database().db)).toEqual({ ok: true, length: 2 });
  });

  test('what the database writes differently, and what it cannot keep, verifies all the same', async () => {
    const data = { z: 1, a: 1e21, tiny: 5e-324, minus: -0, list: [null, 'é\u0000'], undefined, deep: { b: 1, a: [] } };
    await write({ data, reason: 'NUL \u0000 and half a pair \ud83d' });
    expect(await verifyChain(database().db)).toEqual({ ok: true, length: 1 });
    const [event] = await history(context());
    expect(event?.data).toEqual({
      z: 1,
      a: 1e21,
      tiny: 5e-324,
      minus: 0,
      list: [null, 'é\ufffd'],
      deep: { b: 1, a: [] },
    });
  });
});

describe('verifyChain', () => {
  test.each([
    ['the reason edited', `update event set reason = 'another' where seq = 3`, 3],
    ['the actor edited', `update event set actor_name = 'Somebody' where seq = 3`, 3],
    ['the time edited by a microsecond', `update event set at = at + interval '1 microsecond' where seq = 3`, 3],
    ['a fact edited', `update event set data = '{"n":4}' where seq = 3`, 3],
    ['the kind edited', `update event set kind = 'key.created' where seq = 3`, 3],
    ['the feature edited', `update event set feature = 'other' where seq = 3`, 3],
    ['a hash edited', `update event set hash = sha256('x') where seq = 3`, 3],
    ['a link edited', `update event set previous_hash = sha256('x') where seq = 3`, 3],
    ['one deleted', 'delete from event where seq = 3', 3],
    ['the first deleted', 'delete from event where seq = 1', 1],
    ['two swapped', 'update event set seq = -seq where seq in (3, 4); update event set seq = 7 + seq where seq < 0', 3],
    ['the end cut off', 'delete from event where seq > 4', 6],
    ['everything cut off', 'truncate event', 6],
    [
      'one deleted and the rest renumbered',
      'delete from event where seq = 3; update event set seq = seq - 1 where seq > 3',
      3,
    ],
    [
      'one forged at the end',
      `insert into event select 7, at, kind, actor_kind, actor_id, actor_name, 'forged', environment, feature, rollout_id,
       data, hash, sha256('x') from event where seq = 6`,
      7,
    ],
  ])('finds %s', async (_what, statement, seq) => {
    for (let i = 1; i <= 6; i++) await write({ data: { n: i } });
    expect(await verifyChain(database().db)).toEqual({ ok: true, length: 6 });
    await tamper(statement);
    expect(await verifyChain(database().db)).toMatchObject({ ok: false, seq });
  });

  test('finds 1,000 of 1,000 random mutations', async () => {
    for (let i = 1; i <= 12; i++) await write({ data: { n: i }, environment: 'production', feature: `f${i}` });
    const mutations = fc.sample(mutation, { numRuns: 1000, seed: 20260301 });
    const missed: string[] = [];
    const before = await database().db.execute(
      sql`select md5(string_agg(e::text, ',' order by seq)) as m from event e`,
    );
    const { sql: pool, db } = database();
    await pool.unsafe('alter table event disable trigger user');
    for (const statement of mutations)
      await db
        .transaction(async (tx) => {
          await tx.execute(sql.raw(statement));
          const after = await tx.execute(sql`select md5(string_agg(e::text, ',' order by seq)) as m from event e`);
          // A mutation that changes nothing is none; what must be found is every one that does.
          if (after[0]?.m === before[0]?.m || (await verifyChain(tx as unknown as Db)).ok) missed.push(statement);
          throw new Undo();
        })
        .catch((error) => {
          if (!(error instanceof Undo)) throw error;
        });
    await pool.unsafe('alter table event enable trigger user');
    expect(missed).toEqual([]);
    expect(await verifyChain(db)).toEqual({ ok: true, length: 12 });
  });

  test('says what is missing', async () => {
    for (let i = 1; i <= 3; i++) await write();
    await tamper('delete from event where seq = 2');
    expect(await verifyChain(database().db)).toEqual({ ok: false, seq: 2, why: 'event 2 is missing' });
  });

  test.each([1, 2, 3, 4])('reads a chain of three in batches of %d', async (batch) => {
    for (let i = 1; i <= 3; i++) await write();
    expect(await verifyChain(database().db, batch)).toEqual({ ok: true, length: 3 });
    await tamper('delete from event where seq = 3');
    expect(await verifyChain(database().db, batch)).toMatchObject({ ok: false, seq: 3 });
  });

  test('Belay itself may not edit, delete or truncate', async () => {
    await write();
    for (const statement of [`update event set reason = 'x'`, 'delete from event', 'truncate event'])
      await expect(database().db.execute(sql.raw(statement))).rejects.toMatchObject({
        cause: { message: 'the history is append-only' },
      });
  });
});

describe('history', () => {
  test('filters, pages both ways, and shows a key only its environment and what concerns all', async () => {
    await write({ environment: 'production', feature: 'a', rolloutId: 'rol_1' });
    await write({ environment: 'staging', feature: 'a' });
    await write({ feature: 'b', kind: 'feature.created' });
    const seqs = async (...args: Parameters<typeof history>) => (await history(...args)).map((e) => e.seq);
    expect(await seqs(context())).toEqual([3, 2, 1]);
    expect(await seqs(context(), { before: 3, limit: 1 })).toEqual([2]);
    expect(await seqs(context(), { after: 1 })).toEqual([2, 3]);
    expect(await seqs(context(), { feature: 'a', environment: 'staging' })).toEqual([2]);
    expect(await seqs(context(), { rolloutId: 'rol_1' })).toEqual([1]);
    expect(await seqs(context(), { kinds: ['feature.created'] })).toEqual([3]);
    const key = { kind: 'key', id: 'k', name: 'k', role: 'viewer', environment: 'staging' } as const;
    expect(await seqs(context({ actor: key }))).toEqual([3, 2]);
    await expect(history(context({ actor: key }), { environment: 'production' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(
      history(context({ actor: { kind: 'loopback', id: 'loopback', name: 'loopback', environment: null } })),
    ).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('a listener hears the sequence number after the commit', async () => {
    const heard: string[] = [];
    const listening = await database().sql.listen('belay_change', (payload) => heard.push(payload));
    await write();
    await database().sql`select 1`;
    await expect.poll(() => heard).toEqual(['1']);
    await listening.unlisten();
  });
});

test('the global stop: one event a turn, the reason kept, a viewer refused', async () => {
  const ctx = context({ now: () => at });
  expect((await getAutomation(ctx.db)).stopped).toBe(false);
  const stops = await Promise.all([stopAutomation(ctx, 'incident 7'), stopAutomation(ctx, 'incident 7')]);
  for (const stop of stops)
    expect(stop).toEqual({ stopped: true, reason: 'incident 7', by: 'Test Admin', at: at.toISOString() });
  expect((await resumeAutomation(ctx, 'it is over')).stopped).toBe(false);
  expect((await history(ctx)).map((e) => e.kind)).toEqual(['automation.resumed', 'automation.stopped']);
  await expect(stopAutomation(ctx, '  ')).rejects.toMatchObject({ fields: [{ field: 'reason' }] });
  const viewer = context({ actor: { ...admin, role: 'viewer' } as typeof admin });
  await expect(stopAutomation(viewer, 'x')).rejects.toMatchObject({ code: 'forbidden' });
  expect((await getAutomation(ctx.db)).stopped).toBe(false);
});
