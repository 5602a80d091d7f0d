/** The steps of a plan as rows: they follow it while the rollout is a draft. */
import type { Tx } from '@/lib/db';
import { badInput, conflict, type FieldError } from '@/lib/errors';
import { newId } from '@/lib/id';
import type { Check, Migration, MigrationAction } from './model';
import { fullName, maybeThere, resolve, type Step } from './order';
import {
  deleteSteps,
  holdRollout,
  insertStep,
  lockOrder,
  type Placed,
  registered,
  type StepRow,
  selectPlaced,
  updateStep,
} from './store';
import { stepOf } from './world';

type Planned = { id: string; plan: { migrations: Migration[]; checks: Check[] } };

/**
 * After the rollout's row was written, in the same transaction.
 * @throws BelayError bad_input naming what is not there, goes in a circle, or has been applied already
 */
export async function syncMigrations(tx: Tx, { id: rolloutId, plan }: Planned, now = new Date()): Promise<void> {
  const { migrations } = plan;
  const wrong = await unregistered(tx, plan);
  await lockOrder(tx);
  const placed = await selectPlaced(tx);
  const mine = placed.filter((p) => p.row.rolloutId === rolloutId);
  const steps = new Map(placed.map((p) => [p.row.id, stepOf(p)]));
  const refs = (ids: readonly string[]) =>
    ids.flatMap((id) => (steps.has(id) ? [fullName(steps.get(id) as Step)] : []));
  const others = placed
    .filter((p) => p.row.rolloutId !== rolloutId)
    .map((p) => ({ ref: fullName(p.row), dependsOn: refs(p.row.dependsOn) }));
  const resolved = resolve(rolloutId, migrations, others);
  wrong.push(...resolved.wrong, ...kept(migrations, mine), ...needed(migrations, mine, placed));
  if (wrong.length > 0) throw badInput(wrong);

  const ids = new Map(placed.map((p) => [fullName(p.row), p.row.id]));
  for (const m of migrations) {
    const ref = `${rolloutId}/${m.name}`;
    if (!ids.has(ref)) ids.set(ref, newId('mig', now));
  }
  await deleteSteps(
    tx,
    mine.filter((p) => !migrations.some((m) => m.name === p.row.name)).map((p) => p.row.id),
  );
  for (const [position, spec] of migrations.entries()) {
    const id = ids.get(`${rolloutId}/${spec.name}`) as string;
    const dependsOn = (resolved.dependsOn[position] ?? []).map((ref) => ids.get(ref) as string);
    const set = { position, kind: spec.kind, owner: spec.owner, dependsOn, spec };
    const before = mine.find((p) => p.row.id === id)?.row;
    if (!before) await insertStep(tx, { id, rolloutId, name: spec.name, state: 'pending', ...set });
    else
      await updateStep(tx, id, { ...set, ...(fresh(before, spec) ? { state: 'pending', detail: '', next: '' } : {}) });
  }
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
/** What has failed before and reads differently now begins anew. */
const fresh = (before: StepRow, spec: Migration) =>
  before.state === 'failed' && before.appliedSeq === null && !same(before.spec.apply, spec.apply);

/** What is there already stays as it was declared when it went. */
function kept(migrations: readonly Migration[], mine: readonly Placed[]): FieldError[] {
  return mine.flatMap((placed) => {
    const { row } = placed;
    if (!maybeThere(stepOf(placed))) return [];
    const i = migrations.findIndex((m) => m.name === row.name);
    const spec = migrations[i];
    if (!spec) return [{ field: 'migrations', message: `${row.name} is applied: revert it before it is taken out` }];
    return (['kind', 'apply', 'revert'] as const)
      .filter((part) => !same(spec[part], row.spec[part]))
      .map((part) => ({
        field: `migrations[${i}].${part}`,
        message: `${row.name} is applied: revert it before this changes`,
      }));
  });
}

/** What steps of other rollouts depend on stays. */
function needed(migrations: readonly Migration[], mine: readonly Placed[], all: readonly Placed[]): FieldError[] {
  return mine.flatMap(({ row }) => {
    if (migrations.some((m) => m.name === row.name)) return [];
    const over = all.find((p) => p.row.rolloutId !== row.rolloutId && p.row.dependsOn.includes(row.id));
    return over ? [{ field: 'migrations', message: `${row.name} cannot go: ${fullName(over.row)} depends on it` }] : [];
  });
}

async function unregistered(tx: Tx, { migrations, checks }: Planned['plan']): Promise<FieldError[]> {
  if (migrations.length + checks.length === 0) return [];
  const { databases, webhooks } = await registered(tx);
  const look = (field: string, what: MigrationAction | Check | null): FieldError[] => {
    if (what?.kind === 'sql' && !databases.has(what.database))
      return [{ field: `${field}.database`, message: `there is no database ${what.database}` }];
    if (what?.kind === 'webhook' && !webhooks.has(what.webhook))
      return [{ field: `${field}.webhook`, message: `there is no webhook ${what.webhook}` }];
    return [];
  };
  return [
    ...migrations.flatMap((m, i) =>
      (['apply', 'revert', 'check'] as const).flatMap((part) => look(`migrations[${i}].${part}`, m[part])),
    ),
    ...checks.flatMap((c, i) => look(`checks[${i}]`, c)),
  ];
}

/** Before a draft is deleted, in the same transaction. */
export async function mayDelete(tx: Tx, rolloutId: string): Promise<void> {
  await holdRollout(tx, rolloutId, 'update');
  await lockOrder(tx);
  const placed = await selectPlaced(tx);
  const mine = placed.filter((p) => p.row.rolloutId === rolloutId);
  const there = mine.find((p) => maybeThere(stepOf(p)));
  if (there) throw conflict(`The step ${there.row.name} is applied: revert it first`);
  const wrong = needed([], mine, placed);
  if (wrong[0]) throw conflict(wrong[0].message);
}
