/** One rollout judged once: read what is new, look, write the verdict and its looks, act if it may. */

import { lastProven } from '@/lib/drill/learn/proven';
import { isDrillEnvironment } from '@/lib/drill/model';
import { interruptDrills } from '@/lib/drill/run/interrupt';
import { BelayError } from '@/lib/errors';
import { unappliedFor } from '@/lib/migration/migration';
import { type Applied, apply } from '../act/apply';
import { isApproved } from '../act/approval';
import type { Decided } from '../decide';
import type { VerdictReason } from '../model';
import { asksForDrill } from '../plan/rehearsed';
import type { Row } from '../store';
import { judgeAt } from './judge-at';
import { catchUp, healthOf, type Memory, type Round } from './memory';
import { keepLooks, keepVerdict, reasonFor, recall, recallWithdrawn, ruleFor, ruleOf } from './verdict';

/** What the watch knows of a rollout besides its row. */
export type Of = {
  switchable: boolean;
  /** something of its feature was folded since the last look */
  touched: boolean;
  /** start of the earliest bin that was folded into since */
  lateFrom: number;
  /** cohorts that can be taken back alone */
  withdrawable: string[];
};

export async function judgeRollout(
  round: Round,
  row: Row,
  of: Of,
  memory: Memory,
): Promise<{ written: boolean; applied: Applied | null }> {
  const { ctx } = round;
  const now = ctx.now();
  const decided = await conclude(round, row, { ...of, now }, memory);
  const written = await keepVerdict(ctx, row, decided, memory, { now, touched: of.touched });
  if (written) await tellDrills(ctx, row, decided);
  // First what changes what people get; what is written for reading can wait for it.
  const applied = await act(ctx, row, decided);
  if (written) await keepLooks(ctx, row, decided, written, { now, acted: applied !== null });
  return { written: written !== null, applied };
}

async function conclude(round: Round, row: Row, of: Of & { now: Date }, memory: Memory): Promise<Decided> {
  const { now, touched, lateFrom } = of;
  const startedAt = row.startedAt ?? row.createdAt;
  const stageSince = row.stageSince ?? startedAt;
  const next = Math.min(row.stage + 1, row.plan.stages.length - 1);
  const drilled = asksForDrill(row.plan, row.stage, { kind: 'widen', toStage: row.stage + 1 });
  const [judging, health, approved, unapplied, proven] = await Promise.all([
    catchUp(round, row, memory, { startedAt, stageSince, now, touched, lateFrom }),
    healthOf(round, row, memory, touched),
    row.plan.stages[row.stage]?.approval ? isApproved(round.ctx.db, row) : false,
    row.plan.migrations.length === 0 ? [] : unappliedFor(round.ctx.db, row, next),
    drilled ? lastProven(round.ctx.db, row) : null,
    memory.last === null ? recall(round.ctx, row, memory) : null,
    recallWithdrawn(round.ctx, row, memory),
  ]);
  const { decided, looked } = judgeAt(judging, memory.rows, {
    plan: row.plan,
    state: row.state,
    stage: row.stage,
    startedAt,
    stageSince,
    heldReason: row.heldReason as VerdictReason | null,
    approved,
    unapplied,
    lastProven: proven,
    automationStopped: round.automationStopped,
    switchable: of.switchable,
    capReached: round.capReached(row.environment),
    withdrawn: row.withdrawn,
    withdrawable: of.withdrawable,
    parted: memory.parted,
    findings: health.findings,
    freshness: health.freshness,
    now,
  });
  for (const l of looked) if (l.error !== null) round.trouble(l.error, row.id, l.criterion.name);
  return decided;
}

/** Also where the plan only holds or looks on: a rehearsal of what fails for real ends. */
async function tellDrills({ db, now }: Round['ctx'], row: Row, { outcomes }: Decided): Promise<void> {
  const failing = outcomes.find((o) => o.kind === 'guardrail' && o.outcome === 'fail');
  if (!failing || isDrillEnvironment(row.environment)) return;
  const why = `${failing.criterion} fails${failing.cohort ? ` in ${failing.cohort}` : ''} in ${row.environment}`;
  const { featureKey: feature, environment } = row;
  await db.transaction((tx) => interruptDrills(tx, now(), { feature, environment, why, by: 'guardrail' }));
}

async function act(ctx: Round['ctx'], row: Row, decided: Decided): Promise<Applied | null> {
  const { action, withheld: _withheld, ...verdict } = decided;
  if (!action) return null;
  const actor = ruleOf(ruleFor(verdict));
  try {
    const done = await apply({ ...ctx, actor }, row, action, { reason: reasonFor(verdict, action), evidence: verdict });
    if (done.rollbackId) await ctx.enqueue('rollback', { rollbackId: done.rollbackId });
    if (verdict.deciding) await ctx.enqueue('explain', { rolloutId: row.id });
    return done;
  } catch (error) {
    // A person was faster, or there is a reason to wait; the next look sees what is.
    if (error instanceof BelayError && error.code === 'conflict') return null;
    throw error;
  }
}
