import { beforeEach, describe, expect, test } from 'vitest';
import { admin, testDatabase } from '@/e2e/database';
import { openDatabase } from '@/lib/db';
import { history, verifyChain } from '@/lib/event/event';
import { openFlags } from '@/lib/feature/flags';
import {
  authenticate,
  createKey,
  createSignInLink,
  disablePerson,
  endSession,
  invite,
  keyCache,
  listKeys,
  listPeople,
  redeemSignInLink,
  retainAccess,
  revokeKey,
  setRole,
} from './access';
import type { Actor } from './model';
import { formatKey, parseKey } from './secret';

const { database, url, context } = testDatabase();
const start = Date.parse('2026-03-01T10:00:00Z');
const minute = 60_000;
const hour = 60 * minute;
const later = (ms: number) => new Date(start + ms);
const ctx = (ms = 0, actor: Actor = admin) => context({ now: () => later(ms), actor });
const remote = (authorization: string) => ({ authorization, loopback: false });
const unauthenticated = { code: 'unauthenticated' };

beforeEach(async () => {
  await database().sql`delete from session`;
  await database().sql`delete from sign_in_link`;
  await database().sql`delete from person`;
  await database().sql`delete from api_key`;
});

describe('keys', () => {
  test('made once, good until revoked, never kept in the clear', async () => {
    const made = await createKey(ctx(), { name: 'shop', role: 'ingest', environment: 'production' });
    const db = database().db;
    const actor = { kind: 'key', id: made.id, name: 'shop', role: 'ingest', environment: 'production' };
    expect(await authenticate(db, later(0), remote(`Bearer ${made.key}`))).toEqual(actor);
    expect(await authenticate(db, later(0), remote(`bearer   ${made.key}`))).toEqual(actor);
    expect(await authenticate(db, later(0), { apiKey: made.key, loopback: false })).toEqual(actor);

    const secret = made.key.split('_')[2] as string;
    const dump = await database()
      .sql`select row_to_json(k)::text as t from api_key k union all select row_to_json(e)::text from event e`;
    expect(dump.length).toBeGreaterThanOrEqual(2);
    for (const { t } of dump) expect(t).not.toContain(secret);

    const [listed] = await listKeys(ctx());
    expect(listed).toMatchObject({ id: made.id, createdBy: 'Test Admin', revokedAt: null });
    const revoked = await revokeKey(ctx(minute), made.id);
    expect(revoked.revokedAt).toBe(later(minute).toISOString());
    await expect(authenticate(db, later(minute), remote(`Bearer ${made.key}`))).rejects.toMatchObject(unauthenticated);
    expect(await revokeKey(ctx(2 * minute), made.id)).toEqual(revoked);
    const kinds = (await history(ctx(), { kinds: ['key.created', 'key.revoked'] })).map((e) => [e.kind, e.data.id]);
    expect(kinds.slice(0, 2)).toEqual([
      ['key.revoked', made.id],
      ['key.created', made.id],
    ]);
  });

  test('a cached key costs no look-up, and is out everywhere once its revocation has answered', async () => {
    const made = await createKey(ctx(), { name: 'shop', role: 'ingest' });
    const credentials = remote(`Bearer ${made.key}`);
    const processes = await Promise.all(
      ['one', 'two'].map((process) => openFlags({ url: url(), database: database(), process, now: () => new Date() })),
    );
    const caches = processes.map((flags) => keyCache(flags.revision));
    const closed = openDatabase('postgres://nobody@127.0.0.1:1/none', { name: 'closed', max: 1 });
    try {
      for (const cache of caches) {
        await authenticate(database().db, later(0), credentials, cache);
        // No database is behind this one: only what is cached can answer.
        expect(await authenticate(closed.db, later(0), credentials, cache)).toMatchObject({ id: made.id });
        const forged = remote(`Bearer ${formatKey(made.id, '0'.repeat(32))}`);
        await expect(authenticate(closed.db, later(0), forged, cache)).rejects.toMatchObject(unauthenticated);
      }
      await revokeKey(ctx(), made.id);
      for (const cache of caches)
        await expect(authenticate(database().db, later(0), credentials, cache)).rejects.toMatchObject(unauthenticated);
    } finally {
      await closed.close();
      for (const flags of processes) await flags.close();
    }
    expect(processes.map((flags) => flags.revision())).toEqual([null, null]);
  });

  test('a cached key expires at its moment, and is looked up again where nobody would wait for us', async () => {
    const made = await createKey(ctx(), { name: 'n', role: 'viewer', expiresAt: later(minute).toISOString() });
    const credentials = remote(`Bearer ${made.key}`);
    let revision: number | null = 1;
    const cache = keyCache(() => revision);
    const ask = (ms: number) => authenticate(database().db, later(ms), credentials, cache);
    await ask(0);
    await expect(ask(minute)).rejects.toMatchObject(unauthenticated);
    await database().sql`delete from api_key`;
    expect(await ask(0)).toMatchObject({ id: made.id });
    for (const now of [null, 2]) {
      revision = now;
      await expect(ask(0)).rejects.toMatchObject(unauthenticated);
    }
  });

  test('a key expires at its moment', async () => {
    const { key } = await createKey(ctx(), { name: 'n', role: 'viewer', expiresAt: later(minute).toISOString() });
    const db = database().db;
    expect(await authenticate(db, later(minute - 1), remote(`Bearer ${key}`))).toMatchObject({ role: 'viewer' });
    await expect(authenticate(db, later(minute), remote(`Bearer ${key}`))).rejects.toMatchObject(unauthenticated);
    await expect(
      createKey(ctx(), { name: 'n', role: 'viewer', expiresAt: later(0).toISOString() }),
    ).rejects.toMatchObject({ code: 'bad_input', fields: [{ field: 'expiresAt' }] });
  });

  test('the id of one key with the secret of another is refused', async () => {
    const one = parseKey((await createKey(ctx(), { name: 'one', role: 'viewer' })).key);
    const two = parseKey((await createKey(ctx(), { name: 'two', role: 'admin' })).key);
    const forged = formatKey(two?.id ?? '', one?.secret ?? '');
    await expect(authenticate(database().db, later(0), remote(`Bearer ${forged}`))).rejects.toMatchObject(
      unauthenticated,
    );
  });

  test('wrong credentials are refused on loopback too; none make a loopback caller there and nobody elsewhere', async () => {
    const db = database().db;
    for (const authorization of ['Bearer nonsense', 'Basic YTpi', 'Bearer', ''])
      await expect(authenticate(db, later(0), { authorization, loopback: true })).rejects.toMatchObject(
        unauthenticated,
      );
    await expect(authenticate(db, later(0), { apiKey: '', loopback: true })).rejects.toMatchObject(unauthenticated);
    await expect(authenticate(db, later(0), { session: 'nonsense', loopback: true })).rejects.toMatchObject(
      unauthenticated,
    );
    expect(await authenticate(db, later(0), { loopback: true })).toMatchObject({ kind: 'loopback' });
    await expect(authenticate(db, later(0), { loopback: false })).rejects.toMatchObject(unauthenticated);
  });

  test('an admin key of one environment makes, sees and revokes keys of its own only', async () => {
    const made = await createKey(ctx(), { name: 'staging admin', role: 'admin', environment: 'staging' });
    const other = await createKey(ctx(), { name: 'production', role: 'ingest', environment: 'production' });
    const bound = await authenticate(database().db, later(0), remote(`Bearer ${made.key}`));
    await createKey(ctx(0, bound), { name: 'mine', role: 'ingest', environment: 'staging' });
    for (const environment of [null, 'production'])
      await expect(createKey(ctx(0, bound), { name: 'x', role: 'ingest', environment })).rejects.toMatchObject({
        code: 'forbidden',
      });
    await expect(revokeKey(ctx(0, bound), other.id)).rejects.toMatchObject({ code: 'forbidden' });
    expect((await listKeys(ctx(0, bound))).map((k) => k.name).sort()).toEqual(['mine', 'staging admin']);
    await expect(revokeKey(ctx(), 'nokey')).rejects.toMatchObject({ code: 'not_found' });
  });

  test.each([
    [{ role: 'ingest' }, 'name'],
    [{ name: 'n', role: 'root' }, 'role'],
    [{ name: 'n', role: 'ingest', admin: true }, 'admin'],
    [{ name: 'n\u0000', role: 'ingest' }, 'name'],
    [{ name: 'n', role: 'ingest', expiresAt: 'tomorrow' }, 'expiresAt'],
  ])('%j names %s', async (input, field) => {
    await expect(createKey(ctx(), input)).rejects.toMatchObject({ code: 'bad_input', fields: [{ field }] });
  });
});

describe('people', () => {
  test('a link is redeemed once under 20 tries at once, and the first person is an admin', async () => {
    const db = database().db;
    const { token } = await createSignInLink(db, later(0), 'Ada');
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, () => redeemSignInLink(db, later(minute), token)),
    );
    const won = tries.flatMap((t) => (t.status === 'fulfilled' ? [t.value] : []));
    expect(won).toHaveLength(1);
    for (const t of tries) if (t.status === 'rejected') expect(t.reason).toMatchObject(unauthenticated);
    expect(won[0]?.actor).toMatchObject({ kind: 'person', name: 'Ada', role: 'admin' });
    expect(await database().sql`select 1 from session`).toHaveLength(1);
    expect(
      (await createSignInLink(db, later(0), 'Bob')) && (await listPeople(ctx())).map((p) => [p.name, p.role]),
    ).toEqual([
      ['Ada', 'admin'],
      ['Bob', 'viewer'],
    ]);
  });

  test('a link is good for 15 minutes, and a session made from it is new each time', async () => {
    const db = database().db;
    const links = await Promise.all(Array.from({ length: 5 }, () => createSignInLink(db, later(0), 'Ada')));
    expect(await listPeople(ctx())).toHaveLength(1);
    const fresh = links.map((l) => l.token);
    const late = fresh.pop() as string;
    await expect(redeemSignInLink(db, later(15 * minute), late)).rejects.toMatchObject(unauthenticated);
    const sessions = [];
    for (const token of fresh) sessions.push((await redeemSignInLink(db, later(15 * minute - 1), token)).session);
    expect(new Set(sessions).size).toBe(fresh.length);
  });

  test('a session slides 12 hours with use, ends after 7 days, and at sign-out', async () => {
    const db = database().db;
    const sign = async () =>
      (await redeemSignInLink(db, later(0), (await createSignInLink(db, later(0), 'Ada')).token)).session;
    const session = await sign();
    const who = (ms: number, s = session) => authenticate(db, later(ms), { session: s, loopback: false });
    for (let h = 0; h < 7 * 24; h += 11) expect(await who(h * hour)).toMatchObject({ name: 'Ada' });
    expect(await who(7 * 24 * hour - 1)).toMatchObject({ name: 'Ada' });
    await expect(who(7 * 24 * hour)).rejects.toMatchObject(unauthenticated);

    const idle = await sign();
    await expect(who(12 * hour, idle)).rejects.toMatchObject(unauthenticated);
    const ended = await sign();
    await endSession(db, ended);
    await expect(who(0, ended)).rejects.toMatchObject(unauthenticated);
    await retainAccess(db, later(8 * 24 * hour));
    expect(await database().sql`select 1 from session`).toHaveLength(0);
  });

  test('a role holds from the next request on; a disabled person is out with every link', async () => {
    const db = database().db;
    await createSignInLink(db, later(0), 'Ada');
    const { id, token } = await invite(ctx(), { name: 'Bob', role: 'operator' });
    const { session } = await redeemSignInLink(db, later(0), token);
    await setRole(ctx(), id, 'approver');
    expect(await authenticate(db, later(0), { session, loopback: false })).toMatchObject({ role: 'approver' });
    const waiting = await createSignInLink(db, later(0), 'Bob');
    await disablePerson(ctx(), id);
    await expect(authenticate(db, later(0), { session, loopback: false })).rejects.toMatchObject(unauthenticated);
    await expect(redeemSignInLink(db, later(0), waiting.token)).rejects.toMatchObject(unauthenticated);
    const after = await createSignInLink(db, later(0), 'Bob');
    await expect(redeemSignInLink(db, later(0), after.token)).rejects.toMatchObject(unauthenticated);
  });

  test('somebody stays admin, also when the last two step down at once', async () => {
    const db = database().db;
    await createSignInLink(db, later(0), 'Ada');
    await invite(ctx(), { name: 'Bob', role: 'admin' });
    const people = await listPeople(ctx());
    const tries = await Promise.allSettled(people.map((p) => setRole(ctx(), p.id, 'viewer')));
    expect(tries.map((t) => t.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await listPeople(ctx())).filter((p) => p.role === 'admin')).toHaveLength(1);
    await expect(invite(ctx(), { name: 'Ada', role: 'viewer' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(invite(ctx(), { name: 'Eve', role: 'ingest' })).rejects.toMatchObject({ fields: [{ field: 'role' }] });
    const operator = { ...admin, role: 'operator' } as Actor;
    await expect(invite(ctx(0, operator), { name: 'Eve', role: 'admin' })).rejects.toMatchObject({ code: 'forbidden' });
  });
});

test('the history of all this is whole', async () => {
  expect(await verifyChain(database().db)).toMatchObject({ ok: true });
});
