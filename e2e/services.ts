/** Started once for a run of integration tests: a PostgreSQL with a migrated template database. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '@/jobs/postgres';
import { migrateDatabase } from '@/lib/migrate';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), 'belay-test-'));
  const { chmodSync } = await import('node:fs');
  chmodSync(dir, 0o755);
  // Durability is what the crash tests measure, on an instance of their own; here speed counts.
  const server = await startPostgres({
    dir,
    settings: ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off'],
  });
  const template = server.url.replace(/\/belay$/, '/template_belay');
  const admin = postgres(server.url, { max: 1, onnotice: () => {} });
  await admin`create database template_belay`;
  await admin.end();
  await migrateDatabase(template, process.cwd());
  project.provide('postgresUrl', server.url);
  return async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  };
}
