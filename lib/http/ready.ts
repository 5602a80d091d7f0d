/** What must be there before this console can work, each asked for itself. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import type { Db } from '@/lib/db';
import type { Queue } from '@/lib/queue/queue';

/** 'ok', or what is wrong, by part. */
type Readiness = Record<'database' | 'migrations' | 'queue', string>;

const patienceMs = 3_000;

export async function readiness(open: { db: () => Db; queue: () => Queue }): Promise<Readiness> {
  const [database, migrations, queue] = await Promise.all([
    attempt(async () => {
      await open.db().execute(sql`select 1`);
      return null;
    }, 'does not answer'),
    attempt(() => missingMigrations(open.db()), 'cannot be read'),
    attempt(async () => ((await open.queue().check()) ? null : 'does not answer'), 'does not answer'),
  ]);
  return { database, migrations, queue };
}

/** The messages are ours: whoever asks is nobody we know. */
async function attempt(check: () => Promise<string | null>, failed: string): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(failed), patienceMs);
  });
  try {
    return await Promise.race([check().then((missing) => missing ?? 'ok'), late]);
  } catch {
    return failed;
  } finally {
    clearTimeout(timer);
  }
}

type Journal = { entries: Array<{ when: number; tag: string }> };

/** Drizzle applies in order and keeps the time of each: the newest of ours must be there. */
async function missingMigrations(db: Db): Promise<string | null> {
  const journal = JSON.parse(
    await readFile(join(process.cwd(), 'drizzle/migrations/meta/_journal.json'), 'utf8'),
  ) as Journal;
  const rows = await db.execute<{ newest: string | null }>(
    sql`select max(created_at)::text as newest from drizzle.__drizzle_migrations`,
  );
  const newest = Number(rows[0]?.newest ?? 0);
  const missing = journal.entries.filter((entry) => entry.when > newest);
  return missing.length === 0 ? null : `${missing.length} to apply`;
}
