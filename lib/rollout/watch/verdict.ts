/** What is written of a look: the newest verdict, its looks, and for good what turned or was withheld. */
import { and, eq, sql } from 'drizzle-orm';
import { decision } from '@/drizzle/schema/rollout';
import type { Actor } from '@/lib/access/model';
import { record } from '@/lib/event/event';
import { newId } from '@/lib/id';
import type { Decided } from '../decide';
import type { Action, Verdict } from '../model';
import { findVerdict, type LookRow, type Row, upsertLooks, upsertVerdict } from '../store';
import { binOf } from './judging';
import type { Memory, Round } from './memory';

/** An unchanged verdict is written again this often, so that a reader sees that somebody looks. */
const rewriteMs = 1_000;
const rewriteIdleMs = 5_000;

/** What the last leader said, so that an unchanged verdict keeps its `since`. */
export async function recall(ctx: Round['ctx'], row: Row, memory: Memory): Promise<void> {
  const stored = await findVerdict(ctx.db, row.id);
  if (!stored) return;
  memory.last = { verdict: stored.body, withheld: null, since: stored.since, writtenAt: 0 };
}

/** What was known of the cohorts that were taken back, as of the decisions that took them back. */
export async function recallWithdrawn(ctx: Round['ctx'], row: Row, memory: Memory): Promise<void> {
  const of = row.withdrawn.join();
  if (memory.partedOf === of) return;
  const taken = await ctx.db
    .select({ cohorts: decision.cohorts, evidence: decision.evidence })
    .from(decision)
    .where(and(eq(decision.rolloutId, row.id), eq(decision.action, 'withdraw'), decision.acted));
  memory.parted = taken.flatMap(({ cohorts, evidence }) =>
    (evidence?.outcomes ?? []).filter((o) => o.cohort !== null && cohorts.includes(o.cohort)),
  );
  memory.partedOf = of;
}

const same = (a: Verdict['deciding'], b: Verdict['deciding']) =>
  a?.criterion === b?.criterion && a?.cohort === b?.cohort && (a === null) === (b === null);

/** What a written verdict means beside the one before it. */
export type Written = { before: Memory['last']; turned: boolean };

/** The newest verdict, when there is news in it or it was written long enough ago; null when it was left as it is. */
export async function keepVerdict(
  ctx: Round['ctx'],
  row: Row,
  decided: Decided,
  memory: Memory,
  at: { now: Date; touched: boolean },
): Promise<Written | null> {
  const { action: _action, withheld, ...verdict } = decided;
  const before = memory.last;
  const turned = before?.verdict.kind !== verdict.kind || before.verdict.reason !== verdict.reason;
  const outcomesOfNow = (v: Verdict) => v.outcomes.map((o) => o.outcome).join();
  const news = turned || memory.epoch !== row.epoch || outcomesOfNow(before.verdict) !== outcomesOfNow(verdict);
  const age = at.now.getTime() - (before?.writtenAt ?? 0);
  if (!news && age < (at.touched ? rewriteMs : rewriteIdleMs)) return null;
  const since = turned ? at.now : before.since;
  await upsertVerdict(ctx.db, { rolloutId: row.id, epoch: row.epoch }, { body: verdict, since, at: at.now });
  memory.epoch = row.epoch;
  memory.last = { verdict, withheld, since, writtenAt: at.now.getTime() };
  return { before, turned };
}

/** The looks of the bin, and for good what turned or was withheld. An action tells of its verdict by itself. */
export async function keepLooks(
  ctx: Round['ctx'],
  row: Row,
  decided: Decided,
  written: Written,
  at: { now: Date; acted: boolean },
): Promise<void> {
  const { action: _action, withheld, ...verdict } = decided;
  const { before, turned } = written;
  await upsertLooks(ctx.db, looksOf(row, verdict, at.now));
  if (!at.acted && before?.verdict.kind !== verdict.kind)
    await tellTurn(ctx, row, verdict, before?.verdict ?? null, at.now);
  if (
    withheld &&
    (turned || before?.withheld?.kind !== withheld.kind || !same(before.verdict.deciding, verdict.deciding))
  )
    await keepWithheld(ctx, row, verdict, withheld, at.now);
}

export const ruleOf = (id: string): Actor => ({ kind: 'rule', id, name: id, environment: null });

async function tellTurn(
  ctx: Round['ctx'],
  row: Row,
  verdict: Verdict,
  before: Verdict | null,
  now: Date,
): Promise<void> {
  await ctx.db.transaction((tx) =>
    record(tx, now, ruleOf('judge'), {
      kind: 'verdict.changed',
      reason: sentence(verdict),
      environment: row.environment,
      feature: row.featureKey,
      rolloutId: row.id,
      data: {
        before: before?.kind ?? null,
        after: verdict.kind,
        reason: verdict.reason,
        deciding: verdict.deciding,
      },
    }),
  );
}

/** What would have been done: once for each change of verdict, and for good. */
async function keepWithheld(ctx: Round['ctx'], row: Row, verdict: Verdict, withheld: Action, now: Date): Promise<void> {
  const newest = await ctx.db
    .select({ action: decision.action, evidence: decision.evidence })
    .from(decision)
    .where(sql`${decision.rolloutId} = ${row.id} and ${decision.epoch} = ${row.epoch} and not ${decision.acted}`)
    .orderBy(sql`${decision.at} desc`)
    .limit(1);
  const [before] = newest;
  // After a takeover the new leader sees the same verdict again.
  if (
    before?.action === withheld.kind &&
    before.evidence?.reason === verdict.reason &&
    same(before.evidence.deciding, verdict.deciding)
  )
    return;
  const actor = ruleOf(ruleFor(verdict));
  await ctx.db.insert(decision).values({
    id: newId('dec', now),
    rolloutId: row.id,
    epoch: row.epoch,
    action: withheld.kind,
    fromState: row.state,
    toState: row.state,
    fromStage: row.stage,
    toStage: row.stage,
    actorKind: actor.kind,
    actorId: actor.id,
    actorName: actor.name,
    cohorts: withheld.kind === 'withdraw' ? withheld.cohorts : [],
    reason: reasonFor(verdict, withheld),
    evidence: verdict,
    acted: false,
    at: now,
  });
}

export function ruleFor(verdict: Verdict): string {
  if (verdict.reason === 'unknown_held') return 'unknown';
  if (verdict.deciding) return 'guardrail';
  return verdict.reason === 'stage_timed_out' || verdict.reason === 'rollback_cap' ? 'timeout' : 'gate';
}

/** The sentence of the verdict, and whom the action takes back where they are several. */
export function reasonFor(verdict: Verdict, action: Action): string {
  const several = action.kind === 'withdraw' && action.cohorts.length > 1;
  return several ? `${sentence(verdict)}; taken back from ${action.cohorts.join(', ')}` : sentence(verdict);
}

/** For the history; the pages word verdicts by themselves. */
export function sentence(verdict: Verdict): string {
  const where = verdict.deciding?.cohort ? ` in ${verdict.deciding.cohort}` : '';
  if (verdict.reason === 'unknown_held') return unknownSentence(verdict);
  if (verdict.reason === 'rollback_cap') return cappedSentence(verdict, where);
  if (verdict.deciding) return `${verdict.deciding.criterion} fails${where}`;
  switch (verdict.reason) {
    case 'gate_holds':
      return 'Everything that the gate of the stage asks for is met';
    case 'finished':
      return 'The gate of the last stage is met';
    case 'stage_timed_out':
      return 'The stage took longer than its maxDuration';
    case 'automation_stopped':
      return 'Everything automatic is stopped';
    case 'held_by_person':
      return 'Held by a person';
    case 'held_after_regression':
      return 'Held after a regression';
    default:
      return 'The gate of the stage is not met yet';
  }
}

function cappedSentence({ kind, deciding }: Verdict, where: string): string {
  if (deciding) return `${deciding.criterion} fails${where}, and Belay asks before it rolls back once more`;
  return kind === 'roll_back'
    ? 'The stage took longer than its maxDuration, and Belay asks before it rolls back once more'
    : 'Held until a person decides: Belay asked before it rolled back once more';
}

function unknownSentence({ deciding, outcomes }: Verdict): string {
  if (!deciding) return 'Held until a person resumes: a criterion had no answer';
  const found = outcomes.find((o) => o.criterion === deciding.criterion && o.cohort === deciding.cohort);
  return `${deciding.criterion} has no answer (${found?.reason ?? 'not judged'}), and the plan says to hold`;
}

function looksOf(row: Row, verdict: Verdict, now: Date): LookRow[] {
  const at = new Date(binOf(now.getTime()));
  // Those who were taken back are not looked at any more.
  const looked = verdict.outcomes.filter((o) => o.cohort === null || !row.withdrawn.includes(o.cohort));
  return looked.map((o) => ({
    rolloutId: row.id,
    criterion: o.criterion,
    cohort: o.cohort ?? '',
    at,
    outcome: o.outcome,
    reason: o.reason,
    estimate: finite(o.estimate),
    low: finite(o.low),
    high: finite(o.high),
    limit: finite(o.limit),
    baselineValue: finite(o.baseline?.value),
    candidateValue: finite(o.candidate.value),
    baselineN: o.baseline?.n ?? 0,
    candidateN: o.candidate.n,
  }));
}

const finite = (value: number | null | undefined): number | null =>
  value !== null && value !== undefined && Number.isFinite(value) ? value : null;
