/** Carries one action out: statements, a call, or waiting for a person. The same key again has no second effect. */
import { reach } from '@/lib/failpoint';
import type { TaskResult } from '@/lib/rollback/model';
import { callWebhook, type MigrationHome } from './call';
import { type Failure, runStatements, settle } from './database';
import type { MigrationAction } from './model';
import { findDatabase, type StepRow } from './store';

export type Act = {
  row: StepRow;
  way: 'apply' | 'revert';
  key: string;
  fence: number;
  /** a person has said that it is done */
  ticked: boolean;
};

/** Of an order by a person. A rollback has a key of its own. */
export const keyOf = (row: Pick<StepRow, 'id' | 'generation'>, way: 'apply' | 'revert'): string =>
  `${row.id}/${row.generation}/${way}`;

export async function act(home: MigrationHome, given: Act): Promise<TaskResult> {
  const { row, way } = given;
  const action = way === 'apply' ? row.spec.apply : row.spec.revert;
  if (action === null) return { kind: 'left', detail: 'it was declared that there is no way back' };
  if (action.kind === 'manual') return byHand(action.text, given);
  reach('revert.before_call');
  const known = way === 'revert' && row.appliedSeq === null ? await settled(home, row) : null;
  const result =
    known ?? (action.kind === 'sql' ? await statements(home, action, given) : await call(home, action, given));
  reach('revert.after_call');
  return result;
}

function byHand(text: string, { row, way, ticked }: Act): TaskResult {
  if (ticked) return { kind: 'done', detail: 'a person says that it is done' };
  // Nobody knows how far the person has come who was to apply it.
  const perhaps = way === 'revert' && row.appliedSeq === null ? 'If it was begun: ' : '';
  const next = `${row.owner} does this and says here when it is done: ${perhaps}${text}`;
  return { kind: 'wait', detail: `waits for ${row.owner}`, afterMs: 60_000, next };
}

function call(home: MigrationHome, action: MigrationAction & { kind: 'webhook' }, given: Act): Promise<TaskResult> {
  const { row, way, key, fence } = given;
  const { webhook, body, timeoutMs } = action;
  const about = { rollout: row.rolloutId, step: row.name };
  return callWebhook(home, { webhook, body, timeoutMs, key, fence, type: `belay.migration.${way}`, about });
}

const againMs = 5_000;

/** Before an order that nobody has heard of since is taken back. null: it was carried out, or the service must know. */
async function settled(home: MigrationHome, row: StepRow): Promise<TaskResult | null> {
  const action = row.spec.apply;
  if (action.kind !== 'sql') return null;
  const database = await findDatabase(home.db, action.database);
  if (!database) return noDatabase(action.database);
  const { timeoutMs } = action;
  const found = await settle({ url: database.url, timeoutMs, key: keyOf(row, 'apply') });
  if (found.kind === 'applied') return null;
  if (found.kind === 'never_applied')
    return { kind: 'done', detail: `it had not been applied in ${database.name}, and cannot be any more` };
  return failedIn(database.name, found, given(row, 'revert'));
}

const given = (row: StepRow, way: 'apply' | 'revert') => ({ owner: row.owner, way });

const noDatabase = (name: string): TaskResult => ({
  kind: 'failed',
  detail: `there is no database ${name}`,
  next: 'An administrator registers it in the settings; then try again.',
  retryAfterMs: null,
});

async function statements(
  home: MigrationHome,
  action: MigrationAction & { kind: 'sql' },
  { row, way, key }: Act,
): Promise<TaskResult> {
  const database = await findDatabase(home.db, action.database);
  if (!database) return noDatabase(action.database);
  const { url, name } = database;
  const ran = await runStatements({ url, statements: action.statements, timeoutMs: action.timeoutMs, key });
  if (ran.kind === 'ran' || ran.kind === 'already')
    return { kind: 'done', detail: `the statements were carried out in ${name}` };
  return failedIn(name, ran, given(row, way));
}

function failedIn(
  name: string,
  failure: Failure,
  { owner, way }: { owner: string; way: 'apply' | 'revert' },
): TaskResult {
  switch (failure.kind) {
    case 'busy':
      return {
        kind: 'wait',
        detail: `${name}: ${failure.why}`,
        afterMs: againMs,
        next: `Nothing was changed; Belay tries again. If it stays so, look at ${name}.`,
      };
    case 'unknown':
      return {
        kind: 'wait',
        detail: `${name}: ${failure.why}; whether it was done is not known`,
        afterMs: againMs,
        next: `Look whether ${name} is up. Belay asks with the same key, so nothing is done twice.`,
      };
    case 'refused':
      return {
        kind: 'failed',
        detail: `${name}: ${failure.why}`,
        next: `Nothing was changed. ${remedy(failure.code, way)} Ask ${owner}.`,
        retryAfterMs: null,
      };
  }
}

function remedy(code: string, way: 'apply' | 'revert'): string {
  if (code === '42501') return 'Let the account of that database do this (it needs a table belay_migration too).';
  if (code === '57014') return 'Make it smaller, or give it a longer timeout.';
  if (code === '0A000') return 'Take BEGIN, COMMIT and ROLLBACK out: the statements run in one transaction as it is.';
  if (way === 'revert') return 'Correct the data and try again.';
  return 'Correct the statements in the plan, or the data, and apply again.';
}
