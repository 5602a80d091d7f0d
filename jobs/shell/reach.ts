/**
 * The database that a shell command means: `DATABASE_URL`, else that of the instance running on `DATA_DIR`
 * (it says so in `instance.json`), else the stopped one in `DATA_DIR`, started for as long as the command takes.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { startPostgres } from '@/jobs/postgres';
import { lockDataDirectory } from '@/jobs/supervisor/lock';
import { Refusal } from '@/jobs/supervisor/terminal';
import type { Config } from '@/lib/config';
import { BelayError } from '@/lib/errors';
import { migrateDatabase } from '@/lib/migrate';

const longestWaitMs = 20_000;

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
  return prepared(await instanceOf(config.DATA_DIR));
}

/** While somebody else holds the directory, an instance is starting or another command runs: worth a wait. */
async function instanceOf(dir: string): Promise<Reached> {
  const until = performance.now() + longestWaitMs;
  for (;;) {
    const running = runningInstance(dir);
    // A file left behind by an instance that was killed names an address where nobody answers.
    if (running && (await answers(running))) return { url: running, leave: async () => {} };
    if (!existsSync(join(dir, 'postgres', 'PG_VERSION')))
      throw new BelayError('unavailable', `DATA_DIR: no database in ${dir}; run npm start once, or set DATABASE_URL`);
    try {
      return await startStopped(dir);
    } catch (error) {
      if (!(error instanceof Refusal) || performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

async function startStopped(dir: string): Promise<Reached> {
  const lock = await lockDataDirectory(dir);
  try {
    const started = await startPostgres({ dir });
    return { url: started.url, leave: () => started.stop().finally(lock.release) };
  } catch (error) {
    lock.release();
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
  try {
    const sql = postgres(reached.url, { max: 1, onnotice: () => {} });
    const [found] = await sql`select to_regclass('api_key') is not null as there`.finally(() =>
      sql.end({ timeout: 1 }),
    );
    if (!found?.there) await migrateDatabase(reached.url, process.cwd());
    return reached;
  } catch (error) {
    await reached.leave();
    throw error;
  }
}
