/** The change of a column in four steps, none of which stops anybody who reads or writes meanwhile. */
import type { z } from 'zod';
import type { checkInput, migrationInput } from '@/lib/migration/model';

type MigrationInput = z.input<typeof migrationInput>;
type CheckInput = z.input<typeof checkInput>;

const database = 'YOUR-DATABASE';
const owner = 'YOUR-TEAM';

/** What a rollback goes back to: nobody has emptied the old column. */
export const dataStands: CheckInput = {
  kind: 'sql',
  name: 'old-column-whole',
  database,
  query: 'select 1 from YOUR_TABLE where YOUR_OLD_COLUMN is null limit 1',
  expect: 'no_rows',
  timeoutMs: 30_000,
  onFailure:
    'Stop whatever writes to YOUR_TABLE, do not run the rollback again, and compare with the last backup: the old column has lost values.',
};

/** Asked again after a rollback, when the new column is gone: then there is nothing left to agree. */
const columnsAgree: CheckInput = {
  kind: 'sql',
  name: 'columns-agree',
  database,
  query:
    "select 1 from YOUR_TABLE t, to_jsonb(t) as r where r ? 'YOUR_NEW_COLUMN' and r -> 'YOUR_NEW_COLUMN' is distinct from r -> 'YOUR_OLD_COLUMN' limit 1",
  expect: 'no_rows',
  timeoutMs: 60_000,
  onFailure: 'Run the backfill again. If rows still differ, one writer does not write both columns: find it first.',
};

export const dataMigrations: MigrationInput[] = [
  {
    name: 'add-column',
    kind: 'expand',
    owner,
    description: 'Adds the new column without a default, which takes a short lock and rewrites nothing.',
    apply: {
      kind: 'sql',
      database,
      statements:
        "set local lock_timeout = '3s';\nalter table YOUR_TABLE add column if not exists YOUR_NEW_COLUMN text;",
    },
    revert: {
      kind: 'sql',
      database,
      statements: "set local lock_timeout = '3s';\nalter table YOUR_TABLE drop column if exists YOUR_NEW_COLUMN;",
    },
  },
  {
    name: 'write-both',
    kind: 'switch',
    owner,
    description: 'Every writer fills both columns from now on; readers still read the old one.',
    apply: { kind: 'manual', text: 'Deploy the writers that fill YOUR_OLD_COLUMN and YOUR_NEW_COLUMN.' },
    revert: { kind: 'manual', text: 'Deploy the writers that fill YOUR_OLD_COLUMN only.' },
    dependsOn: ['add-column'],
  },
  {
    name: 'fill-old-rows',
    kind: 'backfill',
    owner,
    description:
      'A job of yours copies what was written before, in small batches, and can be started again at any time.',
    apply: { kind: 'webhook', webhook: 'YOUR-BACKFILL-WEBHOOK', body: { job: 'backfill', direction: 'apply' } },
    revert: { kind: 'webhook', webhook: 'YOUR-BACKFILL-WEBHOOK', body: { job: 'backfill', direction: 'revert' } },
    check: columnsAgree,
    dependsOn: ['write-both'],
  },
  {
    name: 'drop-old-column',
    kind: 'contract',
    owner,
    description: 'Removes the old column once nobody reads it: after the rollout has completed, and never before.',
    apply: {
      kind: 'sql',
      database,
      statements: "set local lock_timeout = '3s';\nalter table YOUR_TABLE drop column if exists YOUR_OLD_COLUMN;",
    },
    irreversible: true,
    dependsOn: ['fill-old-rows'],
  },
];
