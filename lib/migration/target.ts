/**
 * Registered databases: administrators only, for who chooses an address chooses where statements run and with which
 * rights. The address holds a password; it is in no answer, no event and no log.
 */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { badInput, conflict, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { newId } from '@/lib/id';
import { parseInput } from '@/lib/input';
import { refuseNamed } from '@/lib/named-by';
import { ask } from './database';
import { type DatabaseView, databaseInput } from './model';
import {
  addressOf,
  type DatabaseRow,
  databaseViewOf,
  deleteDatabase,
  findDatabase,
  insertDatabase,
  lockDatabase,
  selectDatabases,
  updateDatabase,
} from './store';

export async function createDatabase(ctx: Context, input: unknown): Promise<DatabaseView> {
  authorise(ctx.actor, 'administer', null);
  const given = readInput(input);
  const now = ctx.now();
  const row: DatabaseRow = {
    id: newId('dat', now),
    ...given,
    createdBy: ctx.actor.name,
    createdAt: now,
    updatedAt: now,
  };
  await ctx.db.transaction(async (tx) => {
    if (!(await insertDatabase(tx, row))) throw taken(given.name);
    await record(tx, now, ctx.actor, {
      kind: 'database.created',
      reason: `Database ${given.name} was added`,
      data: told(row),
    });
  });
  return databaseViewOf(row);
}

/** What cannot be read is not repeated, for it may hold the password. */
function readInput(input: unknown): { name: string; url: string } {
  const given = parseInput(databaseInput, input);
  const { hostname, pathname } = new URL(given.url);
  if (hostname === '') throw badInput([{ field: 'url', message: 'names no host' }]);
  if (pathname.length < 2) throw badInput([{ field: 'url', message: 'names no database' }]);
  return given;
}

const told = (row: DatabaseRow) => ({ id: row.id, name: row.name, address: addressOf(row.url) });
const taken = (name: string) =>
  conflict(`There is a database ${name} already`, [{ field: 'name', message: 'is taken by another database' }]);

/** The address is given again, for nobody can see the one that is kept. */
export async function putDatabase(ctx: Context, id: string, input: unknown): Promise<DatabaseView> {
  authorise(ctx.actor, 'administer', null);
  const given = readInput(input);
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    const before = await lockDatabase(tx, id);
    if (!before) throw notFound('database', id);
    if (before.name === given.name && before.url === given.url) return databaseViewOf(before);
    const named = await findDatabase(tx, given.name);
    if (named && named.id !== id) throw taken(given.name);
    if (before.name !== given.name) await refuseNamed(tx, 'database', before.name, [before.name]);
    const after = (await updateDatabase(tx, id, { ...given, updatedAt: now })) ?? before;
    await record(tx, now, ctx.actor, {
      kind: 'database.changed',
      reason: `Database ${given.name} was changed`,
      data: { id, before: told(before), after: told(after) },
    });
    return databaseViewOf(after);
  });
}

export async function listDatabases(ctx: Context): Promise<DatabaseView[]> {
  authorise(ctx.actor, 'administer', null);
  return (await selectDatabases(ctx.db)).map(databaseViewOf);
}

export async function getDatabase(ctx: Context, id: string): Promise<DatabaseView> {
  authorise(ctx.actor, 'administer', null);
  const row = await findDatabase(ctx.db, id);
  if (row?.id !== id) throw notFound('database', id);
  return databaseViewOf(row);
}

/** Refused while a step that is not over would run there, or a runbook asks it. */
export async function removeDatabase(ctx: Context, id: string): Promise<void> {
  authorise(ctx.actor, 'administer', null);
  await ctx.db.transaction(async (tx) => {
    const before = await lockDatabase(tx, id);
    if (!before) throw notFound('database', id);
    await refuseNamed(tx, 'database', before.name, [before.id, before.name]);
    await deleteDatabase(tx, id);
    await record(tx, ctx.now(), ctx.actor, {
      kind: 'database.removed',
      reason: `Database ${before.name} was removed`,
      data: told(before),
    });
  });
}

/** Asks it for its version, to see whether it answers. */
export async function testDatabase(ctx: Context, id: string): Promise<{ ok: boolean; detail: string }> {
  authorise(ctx.actor, 'administer', null);
  const row = await findDatabase(ctx.db, id);
  if (row?.id !== id) throw notFound('database', id);
  const query = `select current_setting('server_version') as version`;
  const answered = await ask({ url: row.url, query, timeoutMs: 5_000, most: 1 });
  if (answered.kind === 'rows') return { ok: true, detail: `PostgreSQL ${answered.rows[0]?.[0]} answers` };
  return { ok: false, detail: answered.why };
}
