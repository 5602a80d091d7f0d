/** Action items: what is to be done, by whom and until when; reminded of, and told to a tracker. */
import { and, eq, ilike, inArray, sql } from 'drizzle-orm';
import { postmortem, postmortemAction } from '@/drizzle/schema/postmortem';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { badInput, conflict, notFound } from '@/lib/errors';
import { newId } from '@/lib/id';
import { parseInput } from '@/lib/input';
import { type ActionView, actionChange, actionInput, closeInput } from '../action-model';
import { needs, sees } from '../decide';
import { plain } from '../draft/sentence';
import { eyesOf, hold, isPrivate, told } from '../hold';
import { type PostmortemRow, seenBy } from '../store';
import {
  type ActionRow,
  actionView,
  findAction,
  insertAction,
  lockAction,
  openStates,
  selectActions,
  updateAction,
} from './action-store';
import { todayOf } from './days';
import { orderTracker } from './tracker';

const mostActions = 200;

export async function addAction(ctx: Context, postmortemId: string, input: unknown): Promise<ActionView> {
  authorise(ctx.actor, needs.act);
  const given = parseInput(actionInput, input);
  const now = ctx.now();
  const id = newId('act', now);
  await ctx.db.transaction(async (tx) => {
    const { row } = await hold(ctx, tx, postmortemId, 'act');
    if ((await selectActions(tx, eq(postmortemAction.postmortemId, row.id), mostActions)).length === mostActions)
      throw conflict(`No more than ${mostActions} actions are kept of one report`);
    const made = await insertAction(tx, {
      ...given,
      title: plain(given.title, 300),
      owner: plain(given.owner, 200),
      id,
      postmortemId,
      state: 'open',
      createdBy: ctx.actor.name,
      createdAt: now,
    });
    await tellOf(ctx, tx, row, made, 'added');
  });
  await ctx.enqueue('tracker', { actionId: id });
  return getAction(ctx, id);
}

/** In the transaction of the change: the tracker is told what the history is told. */
async function tellOf(
  ctx: Context,
  tx: Tx,
  row: PostmortemRow,
  action: ActionRow,
  did: 'added' | 'changed' | 'closed' | 'dropped',
  more: Record<string, unknown> = {},
): Promise<void> {
  await orderTracker(tx, ctx.now(), row, action);
  const { id, revision, title, owner, type, priority, dueOn, state } = action;
  const words = isPrivate(row) ? {} : { title, owner, ...more };
  await told(tx, ctx, row, {
    kind: did === 'added' ? 'postmortem.action_added' : 'postmortem.action_changed',
    reason: isPrivate(row) ? `An action was ${did}` : `Action ${did}: ${title}`,
    data: { actionId: id, revision, type, priority, dueOn, state, ...words },
  });
}

async function change(
  ctx: Context,
  id: string,
  work: (tx: Tx, row: PostmortemRow, before: ActionRow) => Promise<void>,
): Promise<ActionView> {
  const found = await findAction(ctx.db, id);
  if (!found || !sees(ctx.actor, found.report)) throw notFound('action', id);
  await ctx.db.transaction(async (tx) => {
    const { row } = await hold(ctx, tx, found.report.id, 'act');
    const before = await lockAction(tx, id);
    if (!before) throw notFound('action', id);
    await work(tx, row, before);
  });
  await ctx.enqueue('tracker', { actionId: id });
  return getAction(ctx, id);
}

/** What is left out stays. A state opens again what was closed. */
export async function changeAction(ctx: Context, id: string, input: unknown): Promise<ActionView> {
  authorise(ctx.actor, needs.act);
  const { basedOn, ...set } = parseInput(actionChange, input);
  return change(ctx, id, async (tx, row, before) => {
    if (before.revision !== basedOn)
      throw conflict(`The action was changed meanwhile: this is revision ${before.revision}; you saw ${basedOn}`, [
        { field: 'basedOn', message: `is ${before.revision} by now` },
      ]);
    const ruly = {
      ...set,
      ...(set.title === undefined ? {} : { title: plain(set.title, 300) }),
      ...(set.owner === undefined ? {} : { owner: plain(set.owner, 200) }),
    };
    const fresh = Object.entries(ruly).filter(([name, value]) => before[name as keyof ActionRow] !== value);
    if (fresh.length === 0) return;
    const opened = set.state === undefined ? {} : { closedAt: null, closedBy: null };
    const after = await updateAction(tx, id, {
      ...Object.fromEntries(fresh),
      ...opened,
      revision: before.revision + 1,
    });
    await tellOf(ctx, tx, row, after, 'changed', { changed: fresh.map(([name]) => name) });
  });
}

/** Closing it twice the same way changes nothing. */
export async function closeAction(ctx: Context, id: string, input: unknown): Promise<ActionView> {
  authorise(ctx.actor, needs.act);
  const { state, reason } = parseInput(closeInput, input ?? {});
  if (state === 'dropped' && reason === '') throw badInput([{ field: 'reason', message: 'say why it is not done' }]);
  return change(ctx, id, async (tx, row, before) => {
    if (before.state === state) return;
    const after = await updateAction(tx, id, {
      state,
      closedAt: ctx.now(),
      closedBy: ctx.actor.name,
      revision: before.revision + 1,
    });
    await tellOf(ctx, tx, row, after, state === 'done' ? 'closed' : 'dropped', { why: reason });
  });
}

export async function getAction(ctx: Context, id: string): Promise<ActionView> {
  authorise(ctx.actor, 'view');
  const found = await findAction(ctx.db, id);
  if (!found || !sees(ctx.actor, found.report)) throw notFound('action', id);
  return actionView(found, await todayOf(ctx));
}

export type ActionFilter = {
  state?: ActionView['state'][];
  overdue?: boolean;
  owner?: string;
  feature?: string;
  environment?: string;
  postmortem?: string;
  limit?: number;
};

/** What is due first comes first. Those of reports that one may not see are not there. */
export async function listActions(ctx: Context, filter: ActionFilter = {}): Promise<ActionView[]> {
  authorise(ctx.actor, 'view', filter.environment);
  const today = await todayOf(ctx);
  const late = and(inArray(postmortemAction.state, [...openStates]), sql`${postmortemAction.dueOn} < ${today}`);
  const rows = await selectActions(
    ctx.db,
    and(
      seenBy(eyesOf(ctx.actor)),
      filter.state?.length ? inArray(postmortemAction.state, filter.state) : undefined,
      filter.overdue === undefined ? undefined : filter.overdue ? late : sql`not (${late})`,
      filter.owner === undefined ? undefined : ilike(postmortemAction.owner, escaped(filter.owner)),
      filter.feature === undefined ? undefined : eq(postmortem.feature, filter.feature),
      filter.environment === undefined ? undefined : eq(postmortem.environment, filter.environment),
      filter.postmortem === undefined ? undefined : eq(postmortem.id, filter.postmortem),
    ),
    Math.min(Math.max(filter.limit ?? 200, 1), 1000),
  );
  return rows.map((row) => actionView(row, today));
}

/** Whatever the case, and no pattern. */
const escaped = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
