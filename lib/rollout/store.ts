/** SQL of rollouts. Decides nothing. */
import { createHash } from 'node:crypto';
import { and, asc, desc, eq, gte, inArray, lt, notLike, sql } from 'drizzle-orm';
import { type approval, decision, judgement, look, rollout, verdict } from '@/drizzle/schema/rollout';
import type { Db, Tx } from '@/lib/db';
import { drillPrefix } from '@/lib/drill/model';
import type { Action, DecisionView, LookView, Plan, RolloutState, RolloutView, Verdict } from './model';

export type Row = typeof rollout.$inferSelect;
export type VerdictRow = typeof verdict.$inferSelect;
export type ApprovalRow = typeof approval.$inferSelect;

export async function findRollout(db: Db | Tx, id: string): Promise<Row | undefined> {
  const [row] = await db.select().from(rollout).where(eq(rollout.id, id));
  return row;
}

export type Filter = { states?: RolloutState[]; feature?: string; environment?: string; limit?: number };

export async function selectRollouts(db: Db, filter: Filter): Promise<Array<{ row: Row; verdict: VerdictRow | null }>> {
  return db
    .select({ row: rollout, verdict })
    .from(rollout)
    .leftJoin(verdict, eq(verdict.rolloutId, rollout.id))
    .where(
      and(
        filter.states ? inArray(rollout.state, filter.states) : undefined,
        filter.feature === undefined ? undefined : eq(rollout.featureKey, filter.feature),
        // Rehearsals are shown where they are asked for.
        filter.environment === undefined
          ? notLike(rollout.environment, `${drillPrefix}%`)
          : eq(rollout.environment, filter.environment),
      ),
    )
    .orderBy(desc(rollout.updatedAt), desc(rollout.id))
    .limit(filter.limit ?? 200);
}

export async function findVerdict(db: Db | Tx, rolloutId: string): Promise<VerdictRow | undefined> {
  const [row] = await db.select().from(verdict).where(eq(verdict.rolloutId, rolloutId));
  return row;
}

/** The change, if the rollout still is as it was seen; nothing otherwise. */
/** Whether nobody has changed it since it was seen; the conditional write has the last word. */
export async function isAsSeen(tx: Tx, seen: Pick<Row, 'id' | 'epoch' | 'state'>): Promise<boolean> {
  const found = await tx
    .select({ id: rollout.id })
    .from(rollout)
    .where(and(eq(rollout.id, seen.id), eq(rollout.epoch, seen.epoch), eq(rollout.state, seen.state)));
  return found.length > 0;
}

export async function updateRollout(
  tx: Tx,
  seen: Pick<Row, 'id' | 'epoch' | 'state'>,
  set: Partial<Omit<Row, 'id' | 'epoch'>>,
): Promise<Row | undefined> {
  const [row] = await tx
    .update(rollout)
    .set({ ...set, epoch: seen.epoch + 1 })
    .where(and(eq(rollout.id, seen.id), eq(rollout.epoch, seen.epoch), eq(rollout.state, seen.state)))
    .returning();
  return row;
}

export async function selectDecisions(db: Db, rolloutId: string, limit = 500): Promise<DecisionView[]> {
  const rows = await db
    .select()
    .from(decision)
    .where(eq(decision.rolloutId, rolloutId))
    .orderBy(desc(decision.at), desc(decision.id))
    .limit(limit);
  return rows.map((d) => ({
    id: d.id,
    rolloutId: d.rolloutId,
    epoch: d.epoch,
    action: d.action as Action['kind'],
    fromState: d.fromState,
    toState: d.toState,
    fromStage: d.fromStage,
    toStage: d.toStage,
    cohorts: d.cohorts,
    actor: { kind: d.actorKind, id: d.actorId, name: d.actorName },
    reason: d.reason,
    evidence: d.evidence,
    acted: d.acted,
    at: d.at.toISOString(),
  }));
}

export type LookQuery = {
  criterion?: string;
  cohort?: string | null;
  from?: Date;
  to?: Date;
  /** only the newest look of every so many milliseconds: a look says all that came before it */
  everyMs?: number;
};
/** A day of 10 s looks of one criterion. */
const mostLooks = 100_000;

export async function selectLooks(db: Db, rolloutId: string, query: LookQuery): Promise<LookView[]> {
  // A literal: DISTINCT ON and ORDER BY must be the same text, parameters included.
  const width = sql.raw(String(Math.max(1, Math.round(query.everyMs ?? 1))));
  const bucket = sql`floor(extract(epoch from ${look.at}) * 1000 / ${width})`;
  const chosen = query.everyMs
    ? db.selectDistinctOn([look.criterion, look.cohort, bucket]).from(look)
    : db.select().from(look);
  const rows = await chosen
    .where(
      and(
        eq(look.rolloutId, rolloutId),
        query.criterion === undefined ? undefined : eq(look.criterion, query.criterion),
        query.cohort === undefined ? undefined : eq(look.cohort, query.cohort ?? ''),
        query.from ? gte(look.at, query.from) : undefined,
        query.to ? lt(look.at, query.to) : undefined,
      ),
    )
    .orderBy(...(query.everyMs ? [look.criterion, look.cohort, bucket, desc(look.at)] : [asc(look.at)]))
    .limit(mostLooks);
  if (query.everyMs) rows.sort((a, b) => a.at.getTime() - b.at.getTime());
  return rows.map((l) => ({
    criterion: l.criterion,
    cohort: l.cohort === '' ? null : l.cohort,
    at: l.at.toISOString(),
    outcome: l.outcome,
    reason: l.reason,
    estimate: l.estimate,
    low: l.low,
    high: l.high,
    limit: l.limit,
    baseline: { n: l.baselineN, value: l.baselineValue },
    candidate: { n: l.candidateN, value: l.candidateValue },
  }));
}

export type LookRow = typeof look.$inferInsert;

/** One row a criterion, cohort and bin; the newest look of an open bin replaces the one before. */
export async function upsertLooks(db: Db | Tx, rows: LookRow[]): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insert(look)
    .values(rows)
    .onConflictDoUpdate({
      target: [look.rolloutId, look.criterion, look.cohort, look.at],
      set: {
        outcome: sql`excluded.outcome`,
        reason: sql`excluded.reason`,
        estimate: sql`excluded.estimate`,
        low: sql`excluded.low`,
        high: sql`excluded.high`,
        limit: sql`excluded.limit`,
        baselineValue: sql`excluded.baseline_value`,
        candidateValue: sql`excluded.candidate_value`,
        baselineN: sql`excluded.baseline_n`,
        candidateN: sql`excluded.candidate_n`,
      },
    });
}

/** Written only while the rollout is at the epoch that was judged: a late look never overwrites a newer one. */
export async function upsertVerdict(
  db: Db | Tx,
  seen: { rolloutId: string; epoch: number },
  newest: { body: Verdict; since: Date; at: Date },
): Promise<void> {
  const set = { epoch: seen.epoch, kind: newest.body.kind, reason: newest.body.reason, ...newest };
  await db
    .insert(verdict)
    .values({ rolloutId: seen.rolloutId, ...set })
    .onConflictDoUpdate({
      target: verdict.rolloutId,
      set,
      setWhere: sql`${verdict.epoch} <= ${seen.epoch}`,
    });
}

export async function findJudgement(db: Db, rolloutId: string, format: number): Promise<unknown> {
  const [row] = await db
    .select({ state: judgement.state })
    .from(judgement)
    .where(and(eq(judgement.rolloutId, rolloutId), eq(judgement.format, format)));
  return row?.state;
}

export async function upsertJudgement(db: Db, rolloutId: string, format: number, until: Date, state: unknown) {
  await db
    .insert(judgement)
    .values({ rolloutId, format, until, state })
    .onConflictDoUpdate({ target: judgement.rolloutId, set: { format, until, state } });
}

const looksKeptMs = 30 * 86_400_000;

/** Looks are for charts; what they decided stays with the decision. */
export async function retainLooks(db: Db, now: Date): Promise<number> {
  const gone = await db.delete(look).where(lt(look.at, new Date(now.getTime() - looksKeptMs)));
  return gone.count;
}

/** What an approval is bound to: the plan as it was shown. Key order is the plan's own, from one JSON column. */
export function planHash(plan: Plan): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex');
}

export function viewOf(row: Row, found: VerdictRow | null | undefined): RolloutView {
  return {
    id: row.id,
    feature: row.featureKey,
    environment: row.environment,
    owner: row.owner,
    state: row.state,
    mode: row.mode,
    stage: row.stage,
    epoch: row.epoch,
    plan: row.plan,
    heldReason: row.heldReason,
    withdrawn: row.withdrawn,
    verdict: found?.body ?? null,
    verdictSince: found?.since.toISOString() ?? null,
    stageSince: row.stageSince?.toISOString() ?? null,
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
