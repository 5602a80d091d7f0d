/**
 * How a rollback takes steps back: what it will do, and each of them, for the machine. Whoever is asked again after a
 * crash goes on with the order that is under way and its key, so that a step is reverted once.
 */
import type { Actor } from '@/lib/access/model';
import type { Tx } from '@/lib/db';
import { reach } from '@/lib/failpoint';
import type { TaskResult } from '@/lib/rollback/model';
import { act, keyOf } from './act';
import type { MigrationHome } from './call';
import { backwards, fullName, maybeThere, type Step, standingOn } from './order';
import { changeStep, lockOrder, type Placed, type StepRow, selectPlaced, updateStep } from './store';
import { tell } from './tell';
import { stepOf, worldOf } from './world';

export type RevertPlan = {
  id: string;
  name: string;
  owner: string;
  how: 'sql' | 'webhook' | 'manual';
  irreversible: boolean;
  /** what is there still and depends on it, so that it has to stay: `rolloutId/name` */
  standsOn: string | null;
};

/** In the order in which they are reverted. */
export async function revertsOf(tx: Tx, rolloutId: string): Promise<RevertPlan[]> {
  const placed = await selectPlaced(tx);
  const world = worldOf(placed);
  const rows = new Map(placed.map((p) => [p.row.id, p.row]));
  const stays = new Set<string>();
  return backwards(world.steps.filter((s) => s.rolloutId === rolloutId)).map((step) => {
    const over = standingOn(step, world).find((s) => s.rolloutId !== rolloutId || stays.has(s.id));
    if (over || !step.reversible) stays.add(step.id);
    const row = rows.get(step.id) as StepRow;
    return {
      id: step.id,
      name: step.name,
      owner: row.owner,
      how: row.spec.revert?.kind ?? 'manual',
      irreversible: !step.reversible,
      standsOn: over ? fullName(over) : null,
    };
  });
}

const rule: Actor = { kind: 'rule', id: 'rollback', name: 'rollback', environment: null };

type Order = {
  migration: string;
  /** of this step of this rollback: begins with the rollback's id */
  key: string;
  fence: number;
  /** a person has said that it is done, where only a person can */
  ticked: boolean;
};

export async function revertMigration(home: MigrationHome, order: Order): Promise<TaskResult> {
  reach('revert.before_mark');
  const marked = await mark(home, order);
  reach('revert.after_mark');
  if ('kind' in marked) return marked;
  const { row } = marked;
  const key = row.orderedBy?.startsWith('rb_') ? row.orderedBy : keyOf(row, 'revert');
  const result = await act(home, { row, way: 'revert', key, fence: order.fence, ticked: order.ticked });
  reach('revert.before_kept');
  await keep(home, row, result);
  reach('revert.after_kept');
  return result;
}

/** The intent, committed before anything is done; or why there is nothing to do. */
function mark(home: MigrationHome, { migration, key, fence }: Order): Promise<TaskResult | { row: StepRow }> {
  return home.db.transaction(async (tx) => {
    await lockOrder(tx);
    const placed = await selectPlaced(tx);
    const of = placed.find((p) => p.row.id === migration);
    if (!of) return { kind: 'left', detail: 'the step is not declared any more' };
    const { row } = of;
    const step = stepOf(of);
    if (row.state === 'reverting') {
      // A person has ordered it before: it goes on under that order's key.
      const taken = await updateStep(tx, row.id, { dueAt: null, leaseUntil: null });
      return { row: taken ?? row };
    }
    if (!maybeThere(step)) return { kind: 'done', detail: `${row.name} is not applied: there is nothing to revert` };
    if (row.generation > fence)
      return {
        kind: 'failed',
        detail: `${row.name} was ordered anew since`,
        next: 'Look at the step: somebody has decided otherwise meanwhile.',
        retryAfterMs: null,
      };
    const stays = refusal(of, step, placed);
    if (stays) {
      if (stays.kind === 'left') await leave(tx, home, row, stays.detail);
      return stays;
    }
    const marked = await updateStep(tx, row.id, {
      state: 'reverting',
      orderedBy: key,
      startedAt: home.now(),
      endedAt: null,
      dueAt: null,
      leaseUntil: null,
      detail: '',
      next: '',
    });
    return { row: marked ?? row };
  });
}

function refusal(of: Placed, step: Step, placed: readonly Placed[]): Extract<TaskResult, { detail: string }> | null {
  if (!step.reversible) return { kind: 'left', detail: `${of.row.name} has no way back, as it was declared` };
  const over = standingOn(step, worldOf(placed));
  const other = over.find((s) => s.rolloutId !== step.rolloutId || s.state === 'left' || !s.reversible);
  if (other) return { kind: 'left', detail: `${of.row.name} stays: ${fullName(other)} stands on it` };
  if (!over[0]) return null;
  return {
    kind: 'failed',
    detail: `${over[0].name} stands on ${of.row.name} and has not been reverted`,
    next: `Revert ${over[0].name} first.`,
    retryAfterMs: 5_000,
  };
}

async function leave(tx: Tx, home: MigrationHome, row: StepRow, detail: string): Promise<void> {
  if (row.state === 'left') return;
  const now = home.now();
  await updateStep(tx, row.id, { state: 'left', detail, next: '', dueAt: null, leaseUntil: null, endedAt: now });
  await tell(tx, now, rule, row, { kind: 'migration.left', way: 'revert', reason: `${row.name} stays: ${detail}` });
}

async function keep(home: MigrationHome, row: StepRow, result: TaskResult): Promise<void> {
  const now = home.now();
  const { detail } = result;
  if (result.kind === 'wait') {
    await home.db.transaction((tx) => changeStep(tx, row, { detail, next: result.next ?? '' }));
    return;
  }
  const set =
    result.kind === 'failed'
      ? { state: 'failed' as const, next: result.next }
      : { state: 'reverted' as const, next: '', appliedSeq: null };
  await home.db.transaction(async (tx) => {
    const kept = await changeStep(tx, row, { ...set, detail, endedAt: now, dueAt: null, leaseUntil: null });
    if (!kept) return;
    await tell(tx, now, rule, row, {
      way: 'revert',
      kind: result.kind === 'failed' ? 'migration.failed' : 'migration.reverted',
      reason: result.kind === 'failed' ? `${row.name} could not be reverted: ${detail}` : `${row.name} was reverted`,
    });
  });
}
