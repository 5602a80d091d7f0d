/** Statements and questions on a real PostgreSQL that is not Belay's own: once, whole, and only reading where asked to. */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { openDatabase } from '@/lib/db';
import { ask, runStatements, settle } from './database';

const house = testDatabase();
const name = `orders_${randomBytes(6).toString('hex')}`;
let url = '';
let orders: ReturnType<typeof openDatabase>;
beforeAll(async () => {
  await house.database().sql.unsafe(`create database ${name}`);
  url = house.url().replace(/\/[^/]+$/, `/${name}`);
  orders = openDatabase(url, { name: 'test', max: 4 });
});
afterAll(async () => {
  await orders.close();
  await house.database().sql.unsafe(`drop database ${name} with (force)`);
});
beforeEach(async () => {
  await orders.sql.unsafe('drop table if exists item, belay_migration; create table item (id int primary key)');
});

const run = (statements: string, over: Partial<Parameters<typeof runStatements>[0]> = {}) =>
  runStatements({ url, statements, timeoutMs: 5_000, key: 'mig_1/7/apply', ...over });
const question = (query: string, over: Partial<Parameters<typeof ask>[0]> = {}) =>
  ask({ url, query, timeoutMs: 5_000, most: 2, ...over });
const items = async () => (await orders.sql`select id from item order by id`).map((r) => r.id as number);

describe('statements', () => {
  test('are carried out once for a key, however often and by however many they are asked for', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => run('insert into item select count(*) from item')));
    expect(all.filter((r) => r.kind === 'ran')).toHaveLength(1);
    expect(all.filter((r) => r.kind === 'already')).toHaveLength(7);
    expect(await items()).toEqual([0]);
    expect(await run('insert into item select count(*) from item', { key: 'mig_1/8/apply' })).toEqual({ kind: 'ran' });
    expect(await items()).toEqual([0, 1]);
  });

  test('see one another, schema changes included, and are whole or not at all', async () => {
    const many = `alter table item add column note text; update item set note = 'x';
      insert into item values (1, 'it''s $$here$$'); create index item_note on item (note)`;
    expect(await run(many)).toEqual({ kind: 'ran' });
    expect((await orders.sql`select note from item`)[0]?.note).toBe("it's $$here$$");
    const failing = await run('insert into item values (2); insert into item values (2)', { key: 'k2' });
    expect(failing).toMatchObject({ kind: 'refused', code: '23505' });
    expect(await items()).toEqual([1]);
    // What failed has left no mark: put right, it runs under the same key.
    expect(await run('insert into item values (2)', { key: 'k2' })).toEqual({ kind: 'ran' });
  });

  test.each([
    ['commit', 'insert into item values (1); commit; insert into item values (2); select 1/0'],
    ['rollback', 'insert into item values (1); rollback; insert into item values (2)'],
    ['a new transaction', 'commit; begin; insert into item values (2)'],
    ['a block that commits', 'do $$ begin insert into item values (3); commit; end $$'],
  ])('cannot end their transaction: %s', async (_what, statements) => {
    expect(await run(statements)).toMatchObject({ kind: 'refused' });
    expect(await items()).toEqual([]);
    expect((await orders.sql`select to_regclass('belay_migration') as t`)[0]?.t).toBeNull();
  });

  test('end at their timeout, and wait for a lock only a little', async () => {
    expect(await run('select pg_sleep(20)', { timeoutMs: 300 })).toMatchObject({ kind: 'refused', code: '57014' });
    const holder = await orders.sql.reserve();
    await holder`begin`;
    await holder`lock table item`;
    try {
      expect(await run('insert into item values (1)', { timeoutMs: 400 })).toMatchObject({ kind: 'busy' });
    } finally {
      await holder`rollback`;
      holder.release();
    }
    expect(await items()).toEqual([]);
  });

  test('whose connection is cut may be asked for again', async () => {
    const cut = await run('insert into item values (1); select pg_terminate_backend(pg_backend_pid())');
    expect(cut.kind).toBe('unknown');
    expect(await items()).toEqual([]);
    expect(await run('insert into item values (1)')).toEqual({ kind: 'ran' });
  });
});

describe('an order whose answer was lost', () => {
  test('is found out about: what was carried out stays, what was not never will be', async () => {
    const settled = () => settle({ url, timeoutMs: 5_000, key: 'mig_1/7/apply' });
    expect(await settled()).toEqual({ kind: 'never_applied' });
    expect(await settled()).toEqual({ kind: 'never_applied' });
    expect(await run('insert into item values (1)')).toEqual({ kind: 'already' });
    expect(await items()).toEqual([]);
    await run('insert into item values (2)', { key: 'k2' });
    expect(await settle({ url, timeoutMs: 5_000, key: 'k2' })).toEqual({ kind: 'applied' });
  });

  test('is waited for while somebody is still at it', async () => {
    const slow = run('select pg_sleep(1.5); insert into item values (1)', { key: 'k3' });
    const working = () => orders.sql`select 1 from pg_stat_activity where query like 'do $q%' and state = 'active'`;
    await expect.poll(async () => (await working()).length, { timeout: 10_000, interval: 20 }).toBe(1);
    expect(await settle({ url, timeoutMs: 5_000, key: 'k3' })).toEqual({ kind: 'applied' });
    expect(await slow).toEqual({ kind: 'ran' });
  });
});

describe('a question', () => {
  test('reads, and no more rows than are needed', async () => {
    const answered = await question('select generate_series(1, 1000000000) as i, 2 as twice');
    expect(answered).toEqual({
      kind: 'rows',
      columns: ['i', 'twice'],
      rows: [
        [1, 2],
        [2, 2],
      ],
    });
    expect(await question('select 1 where false')).toEqual({ kind: 'rows', columns: [], rows: [] });
  });

  test.each([
    ['insert into item values (1) returning id'],
    ['with gone as (delete from item returning 1) select * from gone'],
    ['create table other (id int)'],
    [`select nextval('counter')`],
    ['do $$ begin insert into item values (1); end $$'],
  ])('that would write is refused by PostgreSQL: %s', async (query) => {
    await orders.sql.unsafe('create sequence if not exists counter');
    expect(await question(query)).toMatchObject({ kind: 'refused', code: '25006' });
    expect(await items()).toEqual([]);
  });

  test.each([
    ['commit; insert into item values (1)'],
    ['rollback; insert into item values (1)'],
    ['set transaction read write; insert into item values (1)'],
  ])('is one statement: %s', async (query) => {
    expect(await question(query)).toMatchObject({ kind: 'refused', code: '42601' });
    expect(await items()).toEqual([]);
  });

  test('ends at its timeout', async () => {
    expect(await question('select pg_sleep(20)', { timeoutMs: 200 })).toMatchObject({ code: '57014' });
  });
});

describe('what cannot be reached', () => {
  const silent: Server[] = [];
  afterAll(() => {
    for (const server of silent) server.close();
  });

  test('is said in words that hold neither address nor password', async () => {
    const wrong = new URL(url);
    wrong.password = 'hunter2secret';
    wrong.username = 'nobody_here';
    const port = new URL(url);
    port.port = '1';
    port.password = 'hunter2secret';
    const gone = new URL(url);
    gone.pathname = '/no_such_database';
    for (const [at, kind] of [
      [wrong, 'refused'],
      [port, 'busy'],
      [gone, 'refused'],
    ] as const) {
      const answers = [await run('select 1', { url: at.href }), await question('select 1', { url: at.href })];
      for (const answer of answers) {
        expect(answer.kind).toBe(kind);
        expect(JSON.stringify(answer)).not.toMatch(/hunter2|nobody_here|127\.0\.0\.1|localhost|no_such/);
      }
    }
  });

  test('is given up: a server that takes the connection and says nothing', async () => {
    const server = createServer(() => {});
    silent.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const answer = await question('select 1', { url: `postgres://u:p@127.0.0.1:${port}/x`, timeoutMs: 100 });
    expect(['busy', 'unknown']).toContain(answer.kind);
  });
});
