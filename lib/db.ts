import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres, { type Sql } from 'postgres';

/** A connection pool with drizzle on top; `$client` is the postgres.js pool beneath it. */
export type Db = PostgresJsDatabase & { $client: Sql };
/** What runs inside `db.transaction`. Stores take `Db | Tx`. */
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0];

export type Database = { db: Db; sql: Sql; close: () => Promise<void> };

/** Opens a pool. Nothing is sent before the first query. */
export function openDatabase(url: string, options: { max?: number; name: string }): Database {
  const sql = postgres(url, {
    max: options.max ?? 10,
    connection: { application_name: `belay-${options.name}` },
    onnotice: () => {},
    connect_timeout: 10,
    // A database that comes back is used again within a second, not after the driver's twenty.
    backoff: (retries: number) => Math.min(0.05 * 2 ** retries, 1),
  });
  surviveBrokenTransactions(sql);
  askForTypesOnce(sql);
  return { db: drizzle(sql) as Db, sql, close: () => sql.end({ timeout: 5 }) };
}

const brokenCodes = new Set(['CONNECTION_CLOSED', 'ECONNRESET', 'EPIPE', '57P01', '57P02']);

/**
 * When a connection breaks inside `begin`, postgres.js writes the rollback to a socket that is gone, from a timer,
 * which ends the process. So an error that says so is not passed on to it: the close of the connection, which
 * follows, rejects the transaction.
 */
function surviveBrokenTransactions(sql: Sql): void {
  const begin = sql.begin as (options: string, run: (tx: unknown) => unknown) => Promise<unknown>;
  const guarded = (options: unknown, run?: unknown) => {
    const [how, work] = typeof options === 'string' ? [options, run] : ['', options];
    return begin(how, async (tx) => {
      try {
        const answer = await (work as (tx: unknown) => unknown)(tx);
        return Array.isArray(answer) ? await Promise.all(answer) : answer;
      } catch (error) {
        if (brokenCodes.has(codeOf(error))) return new Promise(() => {});
        throw error;
      }
    });
  };
  Object.assign(sql, { begin: guarded });
}

/** The type of `text[]` in `pg_type`. */
const textArray = 1009;

/**
 * Every new connection of postgres.js asks which array types there are, and nobody awaits the answer: one that is cut
 * off meanwhile ends the process. So only the first ones ask, until the pool knows.
 */
function askForTypesOnce(sql: Sql): void {
  Object.defineProperty(sql.options, 'fetch_types', { get: () => sql.options.parsers[textArray] === undefined });
}

/** Connection refused or lost, shutting down, too many connections: true of the moment, not of what was asked. */
const passing = /^(08\w{3}|57P0\d|53\d{3}|55P03|40001|40P01|57014|ECONN\w+|CONNECT\w*|CONNECTION_\w+|EPIPE|ETIMEDOUT)$/;

/** Whether the database only does not answer at the moment. */
export function isPassing(error: unknown): boolean {
  return passing.test(codeOf(error));
}

/** What postgres.js says, under what drizzle wraps round it; empty: nothing. */
function codeOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string') return code;
  }
  return '';
}
