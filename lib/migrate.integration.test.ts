import { expect, test } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { openDatabase } from './db';
import { migrateDatabase } from './migrate';

const store = testDatabase();

test('migrating again changes nothing, and who stands still in a transaction is cut off from then on', async () => {
  const tables = () => store.database().sql`select table_name from information_schema.tables order by 1`;
  const before = await tables();
  await migrateDatabase(store.url(), process.cwd());
  expect(await tables()).toEqual(before);
  const later = openDatabase(store.url(), { name: 'test', max: 1 });
  const [row] = await later.sql`show idle_in_transaction_session_timeout`;
  await later.close();
  expect(row).toEqual({ idle_in_transaction_session_timeout: '30s' });
});
