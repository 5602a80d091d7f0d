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
  return { db: drizzle(sql) as Db, sql, close: () => sql.end({ timeout: 5 }) };
}
