/** One rollout judged once: read what is new, look, write the verdict and its looks, act if it may. */
import { BelayError } from '@/lib/errors';
import type { Finding, Freshness } from '@/lib/signal/model';
import { findings, freshness } from '@/lib/signal/signal';
import { type Applied, apply } from './apply';
import { isApproved } from './approval';
import { type Decided, decide } from './decide';
import { outcomesOf, splitOf, stageSamples } from './evidence';
import { lookNow } from './judging';
import { catchUp, type Memory, type Round } from './memory';
import type { VerdictReason } from './model';
import type { Row } from './store';
import { keepVerdict, recall, ruleFor, ruleOf, sentence } from './verdict';

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
  await keepVerdict(ctx, row, decided, memory, now);
  return act(ctx, row, decided);
}

type Known = { switchable: boolean; approved: boolean; found: Finding[]; fresh: Freshness; now: Date };

async function conclude(round: Round, row: Row, known: Known, memory: Memory): Promise<Decided> {
  const startedAt = row.startedAt ?? row.createdAt;
  const stageSince = row.stageSince ?? startedAt;
  const { judging, rows } = await catchUp(round, row, memory, { startedAt, stageSince, now: known.now });
  const dataUntil = known.fresh.lastAt;
  const looked = lookNow(judging, rows, dataUntil?.getTime() ?? known.now.getTime());
  for (const l of looked) if (l.error !== null) round.trouble(l.error, row.id, l.criterion.name);
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
