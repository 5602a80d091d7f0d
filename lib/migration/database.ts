/**
 * Statements and questions on a registered database, which is somebody else's.
 *
 * Statements run in one transaction together with a row of `belay_migration` that holds the key of the order: either
 * both are there or neither, so a repeat after a crash finds the row and does nothing. PostgreSQL itself keeps the
 * statements from ending that transaction, for it runs them inside a DO block.
 *
 * A connection is opened for each action and closed after it: actions are rare, the address may be changed at any
 * time, and a pool would hold connections of a database that is not ours open for nothing.
 */
import { randomBytes } from 'node:crypto';
import { type Database, openDatabase } from '@/lib/db';

export type Failure =
  /** PostgreSQL has said no, and nothing was changed */
  | { kind: 'refused'; why: string; code: string }
  /** not now: a lock, too many connections, a database that is starting; nothing was changed */
  | { kind: 'busy'; why: string }
  /** no answer: it may or may not have happened */
  | { kind: 'unknown'; why: string };
export type Ran = { kind: 'ran' } | { kind: 'already' } | Failure;
export type Settled = { kind: 'applied' } | { kind: 'never_applied' } | Failure;
export type Answered = { kind: 'rows'; columns: string[]; rows: unknown[][] } | Failure;

const graceMs = 5_000;
/** Whoever waits for a lock makes others wait behind him: better to give up and come again. */
const lockTimeoutMs = 5_000;

type Sql = Parameters<Parameters<Database['sql']['begin']>[1]>[0];

export function runStatements(given: {
  url: string;
  statements: string;
  timeoutMs: number;
  key: string;
}): Promise<Ran> {
  const { statements, timeoutMs, key } = given;
  return connected<Ran>(given, (sql) =>
    sql.begin(async (tx): Promise<Ran> => {
      await prepare(tx, timeoutMs);
      if (!(await mark(tx, key))) return { kind: 'already' };
      await tx`select set_config('statement_timeout', ${String(timeoutMs)}, true)`;
      await tx.unsafe(block(statements));
      return { kind: 'ran' };
    }),
  );
}

/**
 * Whether an order whose answer was lost was carried out. Where it was not, its row is put there, so that it never will
 * be, however late the one who was at it wakes up; and a second row says so to whoever asks again.
 */
export function settle(given: { url: string; timeoutMs: number; key: string }): Promise<Settled> {
  const { timeoutMs, key } = given;
  const never = `${key}/never`;
  return connected<Settled>(given, (sql) =>
    sql.begin(async (tx): Promise<Settled> => {
      await prepare(tx, timeoutMs);
      if (await mark(tx, key)) await mark(tx, never);
      const [said] = await tx`select 1 from belay_migration where key = ${never}`;
      return { kind: said ? 'never_applied' : 'applied' };
    }),
  );
}

async function prepare(tx: Sql, timeoutMs: number): Promise<void> {
  await tx`select set_config('lock_timeout', ${String(Math.min(lockTimeoutMs, Math.ceil(timeoutMs / 2)))}, true)`;
  const [table] = await tx`select to_regclass('belay_migration') is not null as there`;
  if (table?.there) return;
  await tx`select pg_advisory_xact_lock(hashtext('belay_migration'))`;
  await tx`create table if not exists belay_migration
    (key text primary key, at timestamptz not null default clock_timestamp())`;
}

/** false: it is there already. Waits for whoever is putting it there at the moment. */
async function mark(tx: Sql, key: string): Promise<boolean> {
  const made = await tx`insert into belay_migration (key) values (${key}) on conflict do nothing returning key`;
  return made.length > 0;
}

/** In a block no statement can commit, roll back or begin: PostgreSQL says so. */
function block(statements: string): string {
  const tag = () => `$q${randomBytes(12).toString('hex')}$`;
  const [outer, inner] = [tag(), tag()];
  return `do ${outer} begin execute ${inner}${statements}${inner}; end ${outer}`;
}

/** Reads at most `most` rows, and can change nothing: PostgreSQL refuses whatever would write. */
export function ask(given: { url: string; query: string; timeoutMs: number; most: number }): Promise<Answered> {
  const { query, timeoutMs, most } = given;
  return connected<Answered>(given, (sql) =>
    sql.begin('read only', async (tx): Promise<Answered> => {
      await tx`select set_config('statement_timeout', ${String(timeoutMs)}, true),
        set_config('lock_timeout', ${String(timeoutMs)}, true)`;
      // With a cursor it can be one statement only: a second one might begin by ending this transaction.
      const cursor = tx.unsafe(query).cursor(most);
      for await (const part of cursor) {
        const [first] = part;
        const columns = first ? Object.keys(first) : [];
        return { kind: 'rows', columns, rows: part.map((row) => Object.values(row)) };
      }
      return { kind: 'rows', columns: [], rows: [] };
    }),
  );
}

async function connected<T>(
  { url, timeoutMs }: { url: string; timeoutMs: number },
  work: (sql: Database['sql']) => Promise<T>,
): Promise<T | Failure> {
  let database: Database;
  try {
    database = openDatabase(url, { name: 'migration', max: 1 });
  } catch {
    return { kind: 'refused', why: 'its address cannot be read', code: '' };
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Failure>((give) => {
    const why = `no answer within ${Math.round((timeoutMs + graceMs) / 1000)} s`;
    timer = setTimeout(() => give({ kind: 'unknown', why }), timeoutMs + graceMs);
  });
  try {
    return await Promise.race([work(database.sql).catch(failureOf), late]);
  } finally {
    clearTimeout(timer);
    // Not waited for longer than it takes: a connection that hangs is given up.
    await database.sql.end({ timeout: 1 });
  }
}

const inOwnWords: Record<string, string> = {
  ECONNREFUSED: 'nothing answers at its address',
  ENOTFOUND: 'its host name is not known',
  EAI_AGAIN: 'its host name cannot be looked up at the moment',
  CONNECT_TIMEOUT: 'it did not answer in time',
  '28P01': 'it does not let the account of the address in',
  '28000': 'it does not let the account of the address in',
  '3D000': 'there is no such database there',
};

/** Nothing of the address or the password: only what PostgreSQL says of the statement, and its code. */
function failureOf(error: unknown): Failure {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  const own = inOwnWords[code];
  if (/^(28...|3D000)$/.test(code)) return { kind: 'refused', why: own ?? `it refuses the connection (${code})`, code };
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'CONNECT_TIMEOUT')
    return { kind: 'busy', why: own ?? code };
  if (code === '55P03') return { kind: 'busy', why: 'somebody else holds a lock that it needs (55P03)' };
  if (code === '40001' || code === '40P01')
    return { kind: 'busy', why: `another transaction was in its way (${code})` };
  if (/^53...$/.test(code) || code === '57P03') return { kind: 'busy', why: `it takes nobody at the moment (${code})` };
  if (code === '57014') return { kind: 'refused', why: 'it took longer than its timeout (57014)', code };
  if (/^[0-9A-Z]{5}$/.test(code) && !/^(08|57P)/.test(code) && !/^E[A-Z]{4}$/.test(code))
    return { kind: 'refused', why: `${message.slice(0, 500)} (${code})`, code };
  return { kind: 'unknown', why: code === '' ? 'the connection was lost' : `the connection was lost (${code})` };
}
