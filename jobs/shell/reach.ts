/**
 * The database that a shell command means: `DATABASE_URL`, else that of the instance running on `DATA_DIR`
 * (it says so in `instance.json`), else the stopped one in `DATA_DIR`, started for as long as the command takes.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { startPostgres } from '@/jobs/postgres';
import type { Config } from '@/lib/config';
import { BelayError } from '@/lib/errors';
import { migrateDatabase } from '@/lib/migrate';

export type Reached = { url: string; leave: () => Promise<void> };

export async function reachDatabase(config: Pick<Config, 'DATABASE_URL' | 'DATA_DIR'>): Promise<Reached> {
  if (config.DATABASE_URL) {
    if (!(await answers(config.DATABASE_URL)))
      throw new BelayError(
        'unavailable',
        'DATABASE_URL: nothing answers there; is PostgreSQL running and the address right?',
      );
    return prepared({ url: config.DATABASE_URL, leave: async () => {} });
  }
  const running = runningInstance(config.DATA_DIR);
  // A file left behind by an instance that was killed names an address where nobody answers.
  if (running && (await answers(running))) return prepared({ url: running, leave: async () => {} });
  if (!existsSync(join(config.DATA_DIR, 'postgres', 'PG_VERSION')))
    throw new BelayError(
      'unavailable',
      `DATA_DIR: there is no database in ${config.DATA_DIR}; run npm start once, or set DATABASE_URL`,
    );
  const started = await startPostgres({ dir: config.DATA_DIR });
  try {
    return await prepared({ url: started.url, leave: started.stop });
  } catch (error) {
    await started.stop();
    throw error;
  }
}

function runningInstance(dir: string): string | null {
  try {
    const { databaseUrl } = JSON.parse(readFileSync(join(dir, 'instance.json'), 'utf8')) as { databaseUrl?: unknown };
    return typeof databaseUrl === 'string' ? databaseUrl : null;
  } catch {
    return null;
  }
}

async function answers(url: string): Promise<boolean> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} });
  try {
    await sql`select 1`;
    return true;
  } catch {
    return false;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** A database that no Belay has used yet gets its schema first; one in use is left to its instance. */
async function prepared(reached: Reached): Promise<Reached> {
  const sql = postgres(reached.url, { max: 1, onnotice: () => {} });
  try {
    const [found] = await sql`select to_regclass('api_key') is not null as there`;
    if (!found?.there) await migrateDatabase(reached.url, process.cwd());
  } finally {
    await sql.end({ timeout: 1 });
  }
  return reached;
}
