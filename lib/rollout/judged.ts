/** One rollout judged once: read what is new, look, write the verdict and its looks, act if it may. */
import { sql } from 'drizzle-orm';
import { decision } from '@/drizzle/schema/rollout';
import type { Actor } from '@/lib/access/model';
import type { Context } from '@/lib/context';
import { BelayError } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { newId } from '@/lib/id';
import type { Finding, Freshness } from '@/lib/signal/model';
import { findings, freshness, readBins } from '@/lib/signal/signal';
import { type Applied, apply } from './apply';
import { isApproved } from './approval';
import { type Decided, decide } from './decide';
import { outcomesOf, splitOf, stageSamples } from './evidence';
import { binMs, close, enterStage, type Judging, lateData, lookNow, startJudging } from './judging';
import type { Action, Verdict, VerdictReason } from './model';
import { findVerdict, type LookRow, type Row, upsertLooks, upsertVerdict } from './store';

/** A bin closes this long after its end, so that what was on its way is in it. */
const latenessMs = 5_000;
/** So far back data may still come in and be noticed. */
const rereadMs = 600_000;
const rereadEveryMs = 10_000;
/** An unchanged verdict is written again this often, so that a reader sees that somebody looks. */
const rewriteMs = 1_000;
/** Points may be stamped a little ahead of our clock. */
const aheadMs = 300_000;

/** What the leader keeps of a rollout; lost with it and made again from the roll-ups. */
export type Memory = {
  judging: Judging | null;
  epoch: number;
  rereadAt: number;
  last: { verdict: Verdict; withheld: Action | null; since: Date; writtenAt: number } | null;
};

export const newMemory = (): Memory => ({ judging: null, epoch: -1, rereadAt: 0, last: null });

export type Round = {
  ctx: Pick<Context, 'db' | 'now' | 'enqueue'>;
  automationStopped: boolean;
  /** data up to here is folded; later bins must not close yet */
  foldedUntil: number;
};

export async function judgeRollout(
  round: Round,
  row: Row,
  switchable: boolean,
  memory: Memory,
): Promise<Applied | null> {
  const { ctx } = round;
  const now = ctx.now();
  const health = { environment: row.environment, feature: row.featureKey };
  const [found, fresh, approved] = await Promise.all([
    findings(ctx.db, health),
    freshness(ctx.db, health),
    row.plan.stages[row.stage]?.approval ? isApproved(ctx.db, row) : false,
    memory.last === null ? recall(ctx, row, memory) : null,
  ]);
  const decided = await conclude(round, row, { switchable, approved, found, fresh, now }, memory);
  await keep(ctx, row, decided, memory, now);
  return act(ctx, row, decided);
}

async function recall(ctx: Round['ctx'], row: Row, memory: Memory): Promise<void> {
  const stored = await findVerdict(ctx.db, row.id);
  if (!stored) return;
  memory.last = { verdict: stored.body, withheld: null, since: stored.since, writtenAt: 0 };
}

type Known = { switchable: boolean; approved: boolean; found: Finding[]; fresh: Freshness; now: Date };

async function conclude(round: Round, row: Row, known: Known, memory: Memory): Promise<Decided> {
  const startedAt = row.startedAt ?? row.createdAt;
  const stageSince = row.stageSince ?? startedAt;
  const rows = await catchUp(round, row, memory, startedAt, stageSince, known.now);
  const judging = memory.judging ?? startJudging(row.plan, startedAt, stageSince);
  const dataUntil = known.fresh.lastAt;
  const looked = lookNow(judging, rows, dataUntil?.getTime() ?? known.now.getTime());
  return decide({
    plan: row.plan,
    state: row.state,
    stage: row.stage,
    stageSince,
    heldReason: row.heldReason as VerdictReason | null,
    outcomes: outcomesOf(looked, { findings: known.found, freshness: known.fresh, startedAt, now: known.now }),
    stageSamples: stageSamples(looked),
    split: splitOf(row.plan, row.stage, looked),
    approved: known.approved,
    automationStopped: round.automationStopped,
    switchable: known.switchable,
    dataUntil,
    now: known.now,
  });
}

/** Absorbs what has closed and answers the rows that are open; late data in a closed bin starts over from the roll-ups. */
async function catchUp(round: Round, row: Row, memory: Memory, startedAt: Date, stageSince: Date, now: Date) {
  const fresh = () => startJudging(row.plan, startedAt, stageSince);
  memory.judging ??= fresh();
  enterStage(memory.judging, stageSince);
  const reread = now.getTime() - memory.rereadAt >= rereadEveryMs;
  const from = reread
    ? Math.max(startedAt.getTime() - (startedAt.getTime() % binMs), memory.judging.openFrom - rereadMs)
    : memory.judging.openFrom;
  let rows = await binsOf(round, row, Math.min(from, memory.judging.openFrom), now);
  if (reread) {
    memory.rereadAt = now.getTime();
    if (lateData(memory.judging, rows, from)) {
      memory.judging = fresh();
      rows = await binsOf(round, row, memory.judging.openFrom, now);
    }
  }
  close(memory.judging, rows, Math.min(now.getTime(), round.foldedUntil) - latenessMs);
  return rows;
}

function binsOf(round: Round, row: Row, from: number, now: Date) {
  return readBins(round.ctx.db, {
    environment: row.environment,
    feature: row.featureKey,
    metrics: [...new Set(row.plan.criteria.flatMap((c) => (c.per ? [c.metric, c.per] : [c.metric])))],
    versions: [row.plan.baseline, row.plan.candidate],
    from: new Date(from),
    to: new Date(now.getTime() + aheadMs),
    resolution: 10,
  });
}

const same = (a: Verdict['deciding'], b: Verdict['deciding']) =>
  a?.criterion === b?.criterion && a?.cohort === b?.cohort && (a === null) === (b === null);

async function keep(ctx: Round['ctx'], row: Row, decided: Decided, memory: Memory, now: Date): Promise<void> {
  const { action: _action, withheld, ...verdict } = decided;
  const last = memory.last;
  const turned = last?.verdict.kind !== verdict.kind || last.verdict.reason !== verdict.reason;
  const since = turned ? now : last.since;
  const outcomesOfNow = (v: Verdict) => v.outcomes.map((o) => o.outcome).join();
  const news = turned || memory.epoch !== row.epoch || outcomesOfNow(last.verdict) !== outcomesOfNow(verdict);
  if (news || now.getTime() - last.writtenAt >= rewriteMs) {
    await upsertVerdict(ctx.db, { rolloutId: row.id, epoch: row.epoch }, { body: verdict, since, at: now });
    await upsertLooks(ctx.db, looksOf(row, verdict, now));
    memory.epoch = row.epoch;
    memory.last = { verdict, withheld, since, writtenAt: now.getTime() };
  }
  if (turned && last?.verdict.kind !== verdict.kind) await tellTurn(ctx, row, verdict, last?.verdict ?? null, now);
  if (withheld && (turned || last?.withheld?.kind !== withheld.kind || !same(last.verdict.deciding, verdict.deciding)))
    await keepWithheld(ctx, row, verdict, withheld, now);
}

const ruleOf = (id: string): Actor => ({ kind: 'rule', id, name: id, environment: null });

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
    reason: sentence(verdict),
    evidence: verdict,
    acted: false,
    at: now,
  });
}

async function act(ctx: Round['ctx'], row: Row, decided: Decided): Promise<Applied | null> {
  const { action, withheld: _withheld, ...verdict } = decided;
  if (!action) return null;
  const actor = ruleOf(ruleFor(verdict));
  try {
    const done = await apply({ ...ctx, actor }, row, action, { reason: sentence(verdict), evidence: verdict });
    if (done.rollbackId) await ctx.enqueue('rollback', { rollbackId: done.rollbackId });
    return done;
  } catch (error) {
    // A person was faster, or there is a reason to wait; the next look sees what is.
    if (error instanceof BelayError && error.code === 'conflict') return null;
    throw error;
  }
}

function ruleFor(verdict: Verdict): string {
  if (verdict.deciding) return 'guardrail';
  return verdict.reason === 'stage_timed_out' ? 'timeout' : 'gate';
}

/** For the history; the pages word verdicts by themselves. */
function sentence(verdict: Verdict): string {
  const where = verdict.deciding?.cohort ? ` in ${verdict.deciding.cohort}` : '';
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

function looksOf(row: Row, verdict: Verdict, now: Date): LookRow[] {
  const at = new Date(now.getTime() - (now.getTime() % binMs));
  return verdict.outcomes.map((o) => ({
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
