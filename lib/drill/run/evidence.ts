/** What others have written down of a run meanwhile: the judge, the rollback, and whoever decided. Changes nothing. */
import { and, asc, eq, gte } from 'drizzle-orm';
import { rollback } from '@/drizzle/schema/rollback';
import { decision, rollout, verdict } from '@/drizzle/schema/rollout';
import type { Db, Tx } from '@/lib/db';
import { servedSince } from '@/lib/rollback/proof-exposure';
import type { Verdict } from '@/lib/rollout/model';
import { durationMs } from '@/lib/rollout/plan/duration';
import type { Instants } from '../learn/clocks';
import type { Clock, ClockName } from '../model';
import type { Evidence, Run } from './machine';
import type { RunRow } from './run-store';

export type RolloutRow = typeof rollout.$inferSelect;
type RollbackRow = typeof rollback.$inferSelect;

export const noEvidence: Evidence = {
  failingAt: null,
  order: null,
  switchedAt: null,
  goneAt: null,
  backAt: null,
  rollback: null,
  abort: null,
};

export function machineOf(row: RunRow): Run {
  const { spec, decision: asked } = row;
  const at = (text: string | null) => (text === null ? null : new Date(text));
  return {
    state: row.state,
    level: row.level,
    person:
      spec.decision.by === 'person'
        ? { deadlineMs: durationMs(spec.decision.deadline), atDeadline: spec.decision.atDeadline }
        : null,
    faultMs: spec.fault ? durationMs(spec.fault.expiresAfter) : 0,
    abortAfterMs: durationMs(spec.abort.after),
    startedAt: row.startedAt,
    knownGood: row.knownGood,
    undo: row.undo?.state ?? null,
    faultAt: row.faultAt,
    faultUntil: row.faultUntil,
    sentUntil: row.sentUntil,
    askedAt: at(asked.askedAt),
    deadlineAt: at(asked.deadlineAt),
    answer: asked.answer,
    rollbackId: row.rollbackId,
    proof: row.proof,
    stop: row.stop,
  };
}

/** Whether somebody should have rolled back by it. */
export function isFailing({ kind, reason, outcomes }: Verdict): boolean {
  return (
    kind === 'roll_back' ||
    reason === 'guardrail_failed' ||
    reason === 'success_failed' ||
    outcomes.some((o) => o.kind === 'guardrail' && o.outcome === 'fail')
  );
}

export async function evidenceOf(db: Db | Tx, row: RunRow): Promise<Evidence> {
  if (row.rolloutId === null || row.faultAt === null) return noEvidence;
  const [failing, ordered] = await Promise.all([failingSince(db, row), orderOf(db, row.rolloutId)]);
  return {
    ...noEvidence,
    failingAt: failing?.at ?? null,
    ...(ordered ? followed(ordered) : {}),
    abort: overBudget(row),
  };
}

function overBudget({ spec, errors }: RunRow): string | null {
  const most = spec.abort.errors;
  return most !== null && errors >= most ? `${errors} marked requests have failed, and ${most} may` : null;
}

/** The first verdict since the fault that failed, and what it said. */
export async function failingSince(db: Db | Tx, row: RunRow): Promise<{ at: Date; verdict: Verdict } | null> {
  const { rolloutId, faultAt } = row;
  if (rolloutId === null || faultAt === null) return null;
  // What was decided by a verdict is kept for good; the newest verdict is only until the next one.
  const decisions = await db
    .select({ evidence: decision.evidence })
    .from(decision)
    .where(and(eq(decision.rolloutId, rolloutId), gte(decision.at, faultAt)))
    .orderBy(asc(decision.at));
  const [newest] = await db.select().from(verdict).where(eq(verdict.rolloutId, rolloutId));
  const known = decisions.flatMap(({ evidence }) =>
    evidence ? [{ at: new Date(evidence.at), verdict: evidence }] : [],
  );
  // A verdict that stays the same says since when; before the fault it was of something else.
  if (newest) known.push({ at: newest.since >= faultAt ? newest.since : newest.at, verdict: newest.body });
  const failing = known.filter((of) => isFailing(of.verdict) && of.at >= faultAt);
  return failing.toSorted((a, b) => a.at.getTime() - b.at.getTime())[0] ?? null;
}

export async function orderOf(db: Db | Tx, rolloutId: string): Promise<RollbackRow | null> {
  const [row] = await db
    .select()
    .from(rollback)
    .where(eq(rollback.rolloutId, rolloutId))
    .orderBy(asc(rollback.decidedAt), asc(rollback.id))
    .limit(1);
  return row ?? null;
}

export async function findShadowRollout(db: Db | Tx, row: RunRow): Promise<RolloutRow | null> {
  if (row.rolloutId === null) return null;
  const [of] = await db.select().from(rollout).where(eq(rollout.id, row.rolloutId));
  return of ?? null;
}

function followed(row: RollbackRow): Partial<Evidence> {
  const ended = (kind: string): Date | null => {
    const step = row.steps.find((s) => s.work.kind === kind);
    const over = step && (step.state === 'done' || step.state === 'left') && step.endedAt !== null;
    return over ? new Date(step.endedAt as string) : null;
  };
  const switching = row.steps.filter((s) => s.work.kind === 'restore' || s.work.kind === 'serve');
  const switched = switching.every((s) => s.state === 'done' || s.state === 'left');
  return {
    order: { id: row.id, at: row.decidedAt },
    switchedAt: switched ? new Date(servedSince(row)) : null,
    goneAt: ended('exposure'),
    backAt: ended('criteria'),
    rollback: row.state === 'verified' ? 'verified' : row.state === 'unconfirmed' ? 'unconfirmed' : 'open',
  };
}

/**
 * The instants of a run: what was written down once stays, for a verdict is only the newest one. What a person corrects
 * is corrected on the clock, never here.
 */
export function instantsOf(row: RunRow, evidence: Evidence): Instants {
  const { decision: asked } = row;
  const to = (name: ClockName): Date | null => {
    const clock: Clock | undefined = row.clocks.find((c) => c.name === name);
    const text = clock?.corrected ? clock.corrected.to : clock?.to;
    return text ? new Date(text) : null;
  };
  const answeredAt = row.level === 'tabletop' && asked.at !== null ? new Date(asked.at) : null;
  return {
    faultAt: row.faultAt,
    failingAt: to('detect') ?? evidence.failingAt,
    askedAt: asked.askedAt === null ? null : new Date(asked.askedAt),
    decidedAt: to('decide') ?? evidence.order?.at ?? answeredAt,
    switchedAt: to('actuate') ?? evidence.switchedAt,
    goneAt: to('propagate') ?? evidence.goneAt,
    backAt: to('recover') ?? evidence.backAt,
  };
}
