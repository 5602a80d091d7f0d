/** Cohorts: named groups over the evaluation context. `*`, everybody, is built in. */
import { asc, eq } from 'drizzle-orm';
import { cohort, override } from '@/drizzle/schema/feature';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { badInput, conflict, notFound } from '@/lib/errors';
import { parseInput } from '@/lib/input';
import { changeFlags } from './change';
import { type Cohort, cohortInput } from './model';
import { activeRollouts, type CohortRow, findCohort } from './store';

export type CohortView = Cohort & { id: string; createdAt: string; updatedAt: string };

export async function putCohort(ctx: Context, input: unknown): Promise<CohortView> {
  authorise(ctx.actor, 'operate', null);
  const given = parseInput(cohortInput, input);
  if (given.key === '*') throw badInput([{ field: 'key', message: '"*" is built in: it means everybody' }]);
  return changeFlags(ctx, async (tx, now) => {
    const before = await findCohort(tx, given.key);
    const [after] = await tx
      .insert(cohort)
      .values({ ...given, createdAt: now, updatedAt: now })
      .onConflictDoUpdate({ target: cohort.key, set: { ...given, updatedAt: now } })
      .returning();
    if (!after) throw notFound('cohort', given.key);
    return {
      result: view(after),
      event: {
        kind: before ? 'cohort.changed' : 'cohort.created',
        reason: `Cohort ${given.key} was ${before ? 'changed' : 'added'}`,
        data: { key: given.key, rules: given.rules, before: before?.rules ?? null },
      },
    };
  });
}

/** Refused while a running rollout or an override counts on it: its members would silently be nobody. */
export async function deleteCohort(ctx: Context, key: string, reason: string): Promise<void> {
  authorise(ctx.actor, 'operate', null);
  await changeFlags(ctx, async (tx) => {
    const [before] = await tx.select().from(cohort).where(eq(cohort.key, key)).for('update');
    if (!before) throw notFound('cohort', key);
    const users = (await activeRollouts(tx))
      .filter(
        ({ plan, withdrawn }) => withdrawn.includes(key) || plan.stages.some((s) => Object.hasOwn(s.exposure, key)),
      )
      .map(({ id }) => `the rollout ${id}`);
    const overriding = await tx.select().from(override).where(eq(override.value, key));
    users.push(...overriding.filter((o) => o.scope === 'cohort').map((o) => `the override ${o.id} of ${o.featureKey}`));
    if (users.length > 0)
      throw conflict(
        `Cohort ${key} is used by ${users[0]}`,
        users.map((u) => ({ field: 'key', message: `is used by ${u}` })),
      );
    await tx.delete(cohort).where(eq(cohort.key, key));
    return {
      result: undefined,
      event: { kind: 'cohort.changed', reason, data: { key, deleted: true, before: before.rules } },
    };
  });
}

export async function getCohort(ctx: Context, key: string): Promise<CohortView> {
  authorise(ctx.actor, 'view');
  const row = await findCohort(ctx.db, key);
  if (!row) throw notFound('cohort', key);
  return view(row);
}

export async function listCohorts(ctx: Context): Promise<CohortView[]> {
  authorise(ctx.actor, 'view');
  return (await ctx.db.select().from(cohort).orderBy(asc(cohort.key))).map(view);
}

/** Every cohort that a plan may name; internal, for checking plans. */
export async function cohortKeys(db: Db | Tx): Promise<Set<string>> {
  const rows = await db.select({ key: cohort.key }).from(cohort);
  return new Set(['*', ...rows.map((row) => row.key)]);
}

function view(row: CohortRow): CohortView {
  const { createdAt, updatedAt, ...rest } = row;
  return { ...rest, id: row.key, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
