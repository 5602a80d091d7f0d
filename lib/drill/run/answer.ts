/** What a person decides in a run, and how it is carried out: as theirs, through the verb that they would use. */
import { and, eq } from 'drizzle-orm';
import { drillPart } from '@/drizzle/schema/drill';
import { authorise } from '@/lib/access/authorise';
import type { Actor, Permission, Role } from '@/lib/access/model';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { BelayError, conflict, notFound } from '@/lib/errors';
import { reach } from '@/lib/failpoint';
import { tell } from '@/lib/notice/notice';
import { perform } from '@/lib/rollout/rollout';
import type { RunView } from '../model';
import { failingSince, orderOf } from './evidence';
import { recordOf } from './keep';
import { line, partOf } from './line';
import { answerRun, findRun, type RunHome, type RunRow, runView, selectLines } from './run-store';
import { drillRule } from './undo';

const permissionOf: Record<'operator' | 'approver' | 'admin', Permission> = {
  operator: 'operate',
  approver: 'approve',
  admin: 'administer',
};

/** In the transaction that asks. */
export async function askPerson(tx: Tx, now: Date, row: RunRow): Promise<void> {
  const { decision } = row.spec;
  if (decision.by !== 'person') return;
  const atDeadline = { roll_back: 'Belay rolls back', fail: 'the drill has failed', abort: 'the drill is aborted' };
  await tell(tx, now, {
    kind: 'drill_waits_for_person',
    title: `A drill of ${row.featureKey} in ${row.environment} asks what to do`,
    text: row.spec.situation || `“${row.spec.name}”: a rehearsal, nobody is hurt.`,
    next: `An ${decision.role} answers within ${decision.deadline}; then ${atDeadline[decision.atDeadline]}.`,
    environment: row.environment,
    feature: row.featureKey,
    rolloutId: row.rolloutId,
    rollbackId: null,
    path: `/drills/runs/${row.id}`,
  });
}

export type Answer = { answer: 'roll_back' | 'hold' | 'abort'; note: string; saw: Record<string, unknown> | null };

/** One answer a run, by somebody who may give it and before the deadline. */
export async function decideRun(ctx: Context, id: string, { answer, note, saw }: Answer): Promise<RunView> {
  authorise(ctx.actor, 'operate');
  const seen = await findRun(ctx.db, id);
  if (!seen) throw notFound('drill run', id);
  refuseAnswer(ctx.actor, seen, ctx.now());
  const shown = await failingSince(ctx.db, seen);
  const kept = await ctx.db.transaction(async (tx) => {
    const now = ctx.now();
    const decision = {
      ...seen.decision,
      answer,
      note,
      by: ctx.actor.name,
      at: now.toISOString(),
      saw: { ...saw, verdict: shown?.verdict ?? null },
    };
    const row = await answerRun(tx, seen, { decision, dueAt: now });
    if (!row) throw conflict('Somebody has answered already, or the run has ended');
    await partOf(tx, now, id, ctx.actor, row.level === 'tabletop' ? 'answered' : 'decided');
    const words = { roll_back: 'Roll back', hold: 'Hold', abort: 'Abort the drill' }[answer];
    await line(tx, now, row, `${ctx.actor.name} decides: ${words}${note ? ` (${note})` : ''}`, { answer });
    const data = { answer, note, askedAt: decision.askedAt, deadlineAt: decision.deadlineAt, saw: decision.saw };
    await recordOf(tx, now, row, {
      kind: 'drill.decided',
      reason: `${words}${note ? `: ${note}` : ''}`,
      data,
      actor: ctx.actor,
    });
    return row;
  });
  // At once, as theirs. Where this process dies in between, the engine does the same.
  if (answer === 'roll_back' && kept.rolloutId !== null)
    await rollBackAs(ctx, kept, { ...ctx.actor, environment: null } as Actor);
  await ctx.enqueue('drill', { runId: id });
  return runView((await findRun(ctx.db, id)) ?? kept, await selectLines(ctx.db, id));
}

function refuseAnswer(actor: Actor, row: RunRow, now: Date): void {
  authorise(actor, 'operate', row.environment);
  const { decision, level } = row.spec;
  if (decision.by !== 'person') throw conflict('This drill is decided by its plan, not by a person');
  authorise(actor, permissionOf[decision.role], row.environment);
  if (decision.notThese.includes(actor.name) || decision.notThese.includes(actor.id))
    throw new BelayError('forbidden', `${actor.name} should not answer this time: somebody else is to learn it`);
  const { askedAt, deadlineAt, answer, by } = row.decision;
  if (answer !== null) throw conflict(`${by} has answered already`);
  if (askedAt === null || row.state !== 'deciding') throw conflict('Nothing is asked at the moment');
  if (deadlineAt !== null && now >= new Date(deadlineAt))
    throw conflict(level === 'tabletop' ? 'The time is over' : 'The deadline has passed');
}

/** As whoever answered; once the deadline has passed, as Belay. */
export async function orderFor(home: RunHome, row: RunRow, by: 'person' | 'deadline'): Promise<void> {
  const actor = by === 'person' ? await answerer(home, row) : drillRule;
  reach('drill.order.before_write');
  await rollBackAs(home, row, actor);
  reach('drill.order.after_write');
}

async function rollBackAs(home: RunHome, row: RunRow, actor: Actor): Promise<void> {
  if (row.rolloutId === null || (await orderOf(home.db, row.rolloutId))) return;
  const note = row.decision.note;
  const reason =
    row.decision.answer === null
      ? 'Nobody had decided when the deadline of the drill passed'
      : `Decided in a drill${note ? `: ${note}` : ''}`;
  try {
    await perform({ ...home, actor }, row.rolloutId, 'roll-back', { reason: reason.slice(0, 500) });
  } catch (error) {
    // The engine or the person was faster, or it is stopped: the next look sees what is.
    if (!(error instanceof BelayError && error.code === 'conflict')) throw error;
  }
}

/** It was allowed when it was answered; all that is left of it here is the name. */
async function answerer(home: RunHome, row: RunRow): Promise<Actor> {
  const [of] = await home.db
    .select()
    .from(drillPart)
    .where(and(eq(drillPart.runId, row.id), eq(drillPart.role, 'decided')));
  if (!of) return drillRule;
  const role: Role = 'operator';
  return of.person.startsWith('key_')
    ? { kind: 'key', id: of.person, name: of.name, role, environment: null }
    : { kind: 'person', id: of.person, name: of.name, role, environment: null };
}
