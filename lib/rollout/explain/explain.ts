/** Names what carries the excess that a decision acted on, once, and keeps it in the history. Never in its way. */
import { and, desc, eq, gt, inArray, sql } from 'drizzle-orm';
import { event } from '@/drizzle/schema/event';
import { decision } from '@/drizzle/schema/rollout';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Excess } from '@/lib/criterion/excess';
import type { Db } from '@/lib/db';
import { record } from '@/lib/event/event';
import { findRollout } from '../store';
import { type ExcessView, readExcessApart } from './excess';

/** Older than this nothing is explained any more; roll-ups as fine as needed live three days. */
const recentMs = 24 * 3_600_000;

/** Rollouts with a decision on a criterion that nothing explains yet: their job was lost. */
export async function unexplained(db: Db, now: Date): Promise<string[]> {
  const rows = await db
    .selectDistinct({ id: decision.rolloutId })
    .from(decision)
    .where(pending(new Date(now.getTime() - recentMs)))
    .limit(20);
  return rows.map((row) => row.id);
}

function pending(since: Date) {
  const told = sql`select 1 from ${event} where ${event.rolloutId} = ${decision.rolloutId}
    and ${event.kind} = 'rollout.explained' and ${event.data}->>'decisionId' = ${decision.id}`;
  return and(
    eq(decision.acted, true),
    inArray(decision.action, ['roll_back', 'withdraw', 'hold']),
    gt(decision.at, since),
    sql`${decision.evidence}->'deciding'->>'criterion' is not null and not exists (${told})`,
  );
}

export async function explain(ctx: Context, rolloutId: string): Promise<void> {
  authorise(ctx.actor, 'operate');
  const row = await findRollout(ctx.db, rolloutId);
  if (!row) return;
  authorise(ctx.actor, 'operate', row.environment);
  const rows = await ctx.db
    .select()
    .from(decision)
    .where(and(eq(decision.rolloutId, rolloutId), pending(new Date(ctx.now().getTime() - recentMs))))
    .orderBy(desc(decision.at));
  for (const { id, evidence } of rows) {
    const deciding = evidence?.deciding;
    const criterion = row.plan.criteria.find((c) => c.name === deciding?.criterion);
    if (!evidence || !deciding || !criterion) continue;
    const view = { plan: row.plan, startedAt: iso(row.startedAt), createdAt: row.createdAt.toISOString() };
    const excess = await readExcessApart(ctx, view, evidence, criterion, deciding);
    await ctx.db.transaction(async (tx) => {
      // Two workers may have read; the first to write is the one that is kept.
      await tx.execute(sql`select 1 from ${decision} where ${decision.id} = ${id} for update`);
      const [still] = await tx
        .select({ id: decision.id })
        .from(decision)
        .where(and(eq(decision.id, id), pending(new Date(0))));
      if (!still) return;
      await record(tx, ctx.now(), ctx.actor, {
        kind: 'rollout.explained',
        reason: excessSentence(excess),
        environment: row.environment,
        feature: row.featureKey,
        rolloutId,
        data: { decisionId: id, excess },
      });
    });
  }
}

const iso = (date: Date | null) => date?.toISOString() ?? null;

/** For the history; the pages word it by themselves. */
export function excessSentence(excess: ExcessView): string {
  const where = excess.cohort === null ? '' : ` in ${excess.cohort}`;
  const of = `the excess of ${excess.criterion}${where}`;
  if (!excess.total) return `Nothing can be said of ${of}: this measure has no parts`;
  const [first] = [...excess.values, ...(excess.instances ?? [])].filter((v) => v.clear);
  if (!first) return `No attribute value carries more of ${of} than its part`;
  return `${named(first)} carries ${percent(first.share ?? 0)} of ${of}`;
}

function named({ key, value }: Excess): string {
  return value === null ? `${clip(key)} not set` : `${clip(key)}=${clip(value)}`;
}
const clip = (text: string) => (text.length > 120 ? `${text.slice(0, 119)}…` : text);
const percent = (share: number) => `${Math.round(100 * Math.min(1, share))} %`;
