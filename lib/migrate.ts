import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';

/** Names the advisory lock under which one process at a time migrates. */
const migrationLock = 0x42454c41;

/** Brings the database to this version's schema. Safe to run from several processes at once and again. */
export async function migrateDatabase(url: string, root: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 10 });
  try {
    await sql`select pg_advisory_lock(${migrationLock})`;
    await migrate(drizzle(sql), { migrationsFolder: join(root, 'drizzle/migrations') });
    await sql.unsafe(await readFile(join(root, 'drizzle/guards.sql'), 'utf8'));
  } finally {
    await sql.end({ timeout: 5 });
  }
}
