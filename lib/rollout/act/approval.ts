/**
 * Approvals: requested when a stage that asks for one is entered, bound to the plan by its hash, void when the
 * stage is left another way. Two people: who wrote or started the rollout may not approve it, unless nobody else
 * may approve at all (an installation of one); that is then said in the history.
 */
import { and, desc, eq, inArray, isNull, ne } from 'drizzle-orm';
import { person } from '@/drizzle/schema/access';
import { approval, decision, rollout } from '@/drizzle/schema/rollout';
import { authorise } from '@/lib/access/authorise';
import { type Actor, allowed, roles } from '@/lib/access/model';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { BelayError, badInput, conflict, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { newId } from '@/lib/id';
import { tell } from '@/lib/notice/notice';
import type { ApprovalView } from '../model';
import { type ApprovalRow, planHash, type Row } from '../store';

export async function isApproved(db: Db | Tx, row: Pick<Row, 'id' | 'stage' | 'plan'>): Promise<boolean> {
  const found = await db
    .select({ id: approval.id })
    .from(approval)
    .where(
      and(
        eq(approval.rolloutId, row.id),
        eq(approval.stage, row.stage),
        eq(approval.state, 'approved'),
        eq(approval.planHash, planHash(row.plan)),
      ),
    )
    .limit(1);
  return found.length > 0;
}

/**
 * In the transaction of a change: voids what was asked for another stage, and asks where this one wants it.
 * Resuming asks again after a refusal.
 */
export async function requestApproval(tx: Tx, now: Date, actor: Actor, row: Row): Promise<void> {
  if (!row.plan.stages.some((s) => s.approval)) return;
  const live = row.state === 'running' || row.state === 'held';
  await tx
    .update(approval)
    .set({ state: 'void', decidedAt: now })
    .where(
      and(
        eq(approval.rolloutId, row.id),
        eq(approval.state, 'pending'),
        live ? ne(approval.stage, row.stage) : undefined,
      ),
    );
  const stage = row.plan.stages[row.stage];
  if (!stage?.approval || row.state !== 'running') return;
  const open = await tx
    .select({ id: approval.id })
    .from(approval)
    .where(
      and(
        eq(approval.rolloutId, row.id),
        eq(approval.stage, row.stage),
        inArray(approval.state, ['pending', 'approved']),
      ),
    )
    .limit(1);
  if (open.length > 0) return;
  const id = newId('apr', now);
  await tx.insert(approval).values({
    id,
    rolloutId: row.id,
    stage: row.stage,
    planHash: planHash(row.plan),
    state: 'pending',
    requestedBy: actor.name,
    requestedAt: now,
    comment: '',
  });
  await record(tx, now, actor, {
    kind: 'approval.requested',
    reason: `Leaving the stage ${stage.name} asks for an approval`,
    environment: row.environment,
    feature: row.featureKey,
    rolloutId: row.id,
    data: { approvalId: id, stage: row.stage, stageName: stage.name, planHash: planHash(row.plan) },
  });
  await tell(tx, now, {
    kind: 'approval_requested',
    title: `${row.featureKey} in ${row.environment} waits for an approval`,
    text: `Leaving the stage ${stage.name} asks for a second pair of eyes; ${actor.name} asks.`,
    next: 'Approve or refuse it.',
    environment: row.environment,
    feature: row.featureKey,
    rolloutId: row.id,
    rollbackId: null,
    path: `/rollouts/${row.id}`,
  });
}

export async function listApprovals(
  ctx: Context,
  filter: { state?: ApprovalView['state']; rolloutId?: string } = {},
): Promise<ApprovalView[]> {
  authorise(ctx.actor, 'view');
  const own = ctx.actor.environment;
  const rows = await ctx.db
    .select({ approval, rollout })
    .from(approval)
    .innerJoin(rollout, eq(rollout.id, approval.rolloutId))
    .where(
      and(
        filter.state ? eq(approval.state, filter.state) : undefined,
        filter.rolloutId === undefined ? undefined : eq(approval.rolloutId, filter.rolloutId),
        own === null ? undefined : eq(rollout.environment, own),
      ),
    )
    .orderBy(desc(approval.requestedAt))
    .limit(500);
  return rows.map((r) => view(r.approval, r.rollout));
}

export async function decideApproval(
  ctx: Context,
  id: string,
  answer: { approve: boolean; comment: string },
): Promise<ApprovalView> {
  authorise(ctx.actor, 'approve');
  const [found] = await ctx.db
    .select({ approval, rollout })
    .from(approval)
    .innerJoin(rollout, eq(rollout.id, approval.rolloutId))
    .where(eq(approval.id, id));
  if (!found) throw notFound('approval', id);
  authorise(ctx.actor, 'approve', found.rollout.environment);
  if (answer.comment.length > 2000) throw badInput([{ field: 'comment', message: 'is longer than 2000' }]);
  const own = await isOwn(ctx.db, ctx.actor, found.rollout);
  if (answer.approve && own && (await someoneElseMay(ctx.db, ctx.actor)))
    throw new BelayError('forbidden', 'Who wrote or started a rollout may not approve it; ask somebody else');
  return ctx.db.transaction(async (tx) => {
    const now = ctx.now();
    const [row] = await tx
      .update(approval)
      .set({
        state: answer.approve ? 'approved' : 'refused',
        decidedBy: ctx.actor.name,
        decidedAt: now,
        comment: answer.comment,
      })
      .where(
        and(
          eq(approval.id, id),
          eq(approval.state, 'pending'),
          // Bound to what was shown: another plan, another approval.
          eq(approval.planHash, planHash(found.rollout.plan)),
        ),
      )
      .returning();
    if (!row) throw conflict(`The approval ${id} is not pending any more`);
    await record(tx, now, ctx.actor, {
      kind: answer.approve ? 'approval.given' : 'approval.refused',
      reason: answer.comment || (answer.approve ? 'Approved' : 'Refused'),
      environment: found.rollout.environment,
      feature: found.rollout.featureKey,
      rolloutId: row.rolloutId,
      data: { approvalId: id, stage: row.stage, planHash: row.planHash, ...(own ? { ownRollout: true } : {}) },
    });
    return view(row, found.rollout);
  });
}

async function isOwn(db: Db, actor: Actor, row: Row): Promise<boolean> {
  if (row.createdBy === actor.id) return true;
  const started = await db
    .select({ id: decision.id })
    .from(decision)
    .where(and(eq(decision.rolloutId, row.id), eq(decision.action, 'start'), eq(decision.actorId, actor.id)))
    .limit(1);
  return started.length > 0;
}

async function someoneElseMay(db: Db, actor: Actor): Promise<boolean> {
  const others = await db
    .select({ id: person.id })
    .from(person)
    .where(
      and(
        inArray(
          person.role,
          roles.filter((r) => allowed[r].includes('approve')),
        ),
        isNull(person.disabledAt),
        ne(person.id, actor.id),
      ),
    )
    .limit(1);
  return others.length > 0;
}

function view(row: ApprovalRow, of: Row): ApprovalView {
  return {
    id: row.id,
    rolloutId: row.rolloutId,
    feature: of.featureKey,
    environment: of.environment,
    stage: row.stage,
    stageName: of.plan.stages[row.stage]?.name ?? '',
    planHash: row.planHash,
    state: row.state,
    requestedBy: row.requestedBy,
    requestedAt: row.requestedAt.toISOString(),
    decidedBy: row.decidedBy,
    decidedAt: row.decidedAt?.toISOString() ?? null,
    comment: row.comment,
  };
}
