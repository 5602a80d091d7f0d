/**
 * What names a registered target, a webhook or a database, and is still to be carried out: until that is changed the
 * target is neither renamed nor removed. Targets are named by id or by name, so both are asked for.
 */
import { and, asc, eq, inArray, or, sql } from 'drizzle-orm';
import { databaseTarget } from '@/drizzle/schema/migration';
import { webhookTarget } from '@/drizzle/schema/plane';
import { runbook, runbookVersion } from '@/drizzle/schema/runbook';
import type { Tx } from './db';
import { conflict } from './errors';

type TargetKind = 'webhook' | 'database';
const words = {
  webhook: { title: 'Webhook', used: 'called' },
  database: { title: 'Database', used: 'asked' },
} as const;

/** A rollback would find out only when it calls or asks it. */
export async function refuseNamed(tx: Tx, kind: TargetKind, target: string, names: string[]): Promise<void> {
  const it = `${words[kind].title} ${target}`;
  const steps = await stepsNaming(tx, kind, names);
  if (steps.length > 0) throw conflict(`${it} is named by ${steps.join(', ')}, which is not over`);
  const features = await runbooksNaming(tx, kind, names);
  if (features.length > 0)
    throw conflict(`${it} is ${words[kind].used} by the runbook of ${features.join(', ')}: change that first`);
  const drills = await drillsNaming(tx, kind, names);
  if (drills.length > 0)
    throw conflict(`${it} is asked by a check of the drill ${drills.join(', ')}: change that first`);
}

/** Those of these names and ids that are registered; they stay so until the transaction ends. */
export async function registered(tx: Tx, kind: TargetKind, asked: string[]): Promise<Set<string>> {
  const table = kind === 'webhook' ? webhookTarget : databaseTarget;
  if (asked.length === 0) return new Set();
  const rows = await tx
    .select({ id: table.id, name: table.name })
    .from(table)
    .where(or(inArray(table.id, asked), inArray(table.name, asked)))
    .for('key share');
  return new Set(rows.flatMap((row) => [row.id, row.name]));
}

/** Features whose runbook calls or asks a target by one of these names. */
async function runbooksNaming(tx: Tx, kind: TargetKind, names: string[]): Promise<string[]> {
  const steps = tx
    .select({
      feature: runbook.featureKey,
      step: sql<unknown>`json_array_elements(${runbookVersion.steps})`.as('step'),
    })
    .from(runbook)
    .innerJoin(
      runbookVersion,
      and(eq(runbookVersion.runbookId, runbook.id), eq(runbookVersion.version, runbook.version)),
    )
    .as('steps');
  const rows = await tx
    .selectDistinct({ feature: steps.feature })
    .from(steps)
    .where(
      or(
        inArray(sql`${steps.step} ->> ${kind}::text`, names),
        inArray(sql`${steps.step} -> 'check' ->> ${kind}::text`, names),
      ),
    )
    .orderBy(asc(steps.feature));
  return rows.map((row) => row.feature);
}

/** Steps and checks of rollouts that are not over and that name a target, as `feature/name`. */
async function stepsNaming(tx: Tx, kind: TargetKind, names: string[]): Promise<string[]> {
  const [by, named] = [sql`${kind}::text`, sql.param(names)];
  const rows = await tx.execute<{ name: string }>(sql`
    select r.feature_key || '/' || s.name as name
    from migration_step s join rollout r on r.id = s.rollout_id
    where (r.state in ('draft', 'running', 'held', 'rolling_back')
        or (r.state = 'completed' and s.state <> 'applied')
        or (r.state = 'rolled_back' and s.applied_seq is not null))
      and (s.spec->'apply'->>${by} = any(${named})
        or s.spec->'revert'->>${by} = any(${named})
        or s.spec->'check'->>${by} = any(${named}))
    union
    select r.feature_key || '/' || (c->>'name')
    from rollout r, json_array_elements(r.plan->'checks') c
    where r.state in ('draft', 'running', 'held', 'rolling_back') and c->>${by} = any(${named})
    order by name`);
  return [...rows].map((row) => row.name);
}

/** Drills that go on and have a check that asks a target by one of these names. */
async function drillsNaming(tx: Tx, kind: TargetKind, names: string[]): Promise<string[]> {
  const rows = await tx.execute<{ name: string }>(sql`
    select distinct d.name
    from drill d, lateral (
      select json_array_elements(d.spec->'knownGood'->'checks') as asked
      union all select json_array_elements(d.spec->'abort'->'checks')) c
    where d.archived_at is null and c.asked->>${sql`${kind}::text`} = any(${sql.param(names)})
    order by d.name`);
  return [...rows].map((row) => row.name);
}
