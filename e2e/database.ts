/** A database of one's own for an integration test file: a copy of the migrated template. */
import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, beforeAll, inject } from 'vitest';
import type { Actor } from '@/lib/access/model';
import type { Context } from '@/lib/context';
import { type Database, openDatabase } from '@/lib/db';

export const admin: Actor = { kind: 'person', id: 'per_test', name: 'Test Admin', role: 'admin', environment: null };

/** Call at the top of a test file; the getters work inside tests and hooks. */
export function testDatabase(): {
  database: () => Database;
  url: () => string;
  context: (over?: Partial<Context>) => Context;
} {
  let database: Database | undefined;
  let url = '';
  const name = `test_${randomBytes(6).toString('hex')}`;
  const server = () => inject('postgresUrl');
  beforeAll(async () => {
    const sql = postgres(server(), { max: 1, onnotice: () => {} });
    await sql.unsafe(`create database ${name} template template_belay`);
    await sql.end();
    url = server().replace(/\/belay$/, `/${name}`);
    database = openDatabase(url, { name: 'test', max: 10 });
  });
  afterAll(async () => {
    await database?.close();
    const sql = postgres(server(), { max: 1, onnotice: () => {} });
    await sql.unsafe(`drop database if exists ${name} with (force)`);
    await sql.end();
  });
  const opened = () => {
    if (!database) throw new Error('the database opens in beforeAll');
    return database;
  };
  return {
    database: opened,
    url: () => url,
    context: (over = {}) => ({
      db: opened().db,
      now: () => new Date(),
      enqueue: async () => {},
      actor: admin,
      ...over,
    }),
  };
}
