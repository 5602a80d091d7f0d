/**
 * Telling an outside tracker of action items, through a registered webhook (CONTRACT.md). An order is written in the
 * transaction of the change; the newest state takes the place of one that was not taken yet. A job sends it under a
 * lease, again later where it was not taken, and keeps the address that the tracker answers.
 *
 *   pending ──taken──▶ delivered        (a later change orders again)
 *     └──nobody there, or not taken in three days──▶ failed ──a person──▶ pending
 */
import { z } from 'zod';
import { authorise } from '@/lib/access/authorise';
import type { Actor } from '@/lib/access/model';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { badInput, conflict, notFound } from '@/lib/errors';
import { storable } from '@/lib/event/canonical';
import { record } from '@/lib/event/event';
import { getSetting, putSetting } from '@/lib/event/setting';
import { parseInput } from '@/lib/input';
import { consoleUrl } from '@/lib/notice/address';
import { fateOf } from '@/lib/notice/schedule';
import { type Delivery, deliver } from '@/lib/webhook/deliver';
import type { Sent } from '@/lib/webhook/model';
import { webhookNamed } from '@/lib/webhook/named';
import { type ActionView, type TrackerSetting, trackerInput } from '../action-model';
import { needs, sees } from '../decide';
import { isPrivate } from '../hold';
import { linkInput } from '../input-model';
import type { PostmortemRow } from '../store';
import {
  type ActionRow,
  actionView,
  claimTracking,
  dropTracking,
  findAction,
  keepTracking,
  orderTracking,
  selectDueTracking,
  type TrackingRow,
  updateAction,
  type WithReport,
} from './action-store';
import { todayOf } from './days';

export const trackerDeadlineMs = 15_000;
const atOnce = 20;
const settingName = 'postmortem_tracker';
const rule: Actor = { kind: 'rule', id: 'tracker', name: 'tracker', environment: null };

const setting = async (db: Db | Tx): Promise<TrackerSetting> =>
  trackerInput.parse(await getSetting(db, settingName, {}));

export async function getTracker(ctx: Context): Promise<TrackerSetting> {
  authorise(ctx.actor, 'view');
  return setting(ctx.db);
}

/** From the next change of an action on; `trackAction` sends one that is there already. */
export async function putTracker(ctx: Context, input: unknown): Promise<TrackerSetting> {
  authorise(ctx.actor, 'administer', null);
  const given = parseInput(trackerInput, input);
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    const target = given.webhook === null ? null : await webhookNamed(tx, given.webhook);
    if (given.webhook !== null && target === null)
      throw badInput([{ field: 'webhook', message: 'is no registered webhook' }]);
    const before = await setting(tx);
    const after = { ...given, webhook: target?.id ?? null };
    if (JSON.stringify(before) === JSON.stringify(after)) return after;
    await putSetting(tx, now, settingName, after);
    await record(tx, now, ctx.actor, {
      kind: 'settings.changed',
      reason: target === null ? 'No tracker is told of action items' : `Action items are told to ${target.name}`,
      data: { setting: settingName, ...after },
    });
    return after;
  });
}

/** In the transaction of the change. What not everybody may see is told only where somebody has said so. */
export async function orderTracker(
  tx: Tx,
  now: Date,
  report: Pick<PostmortemRow, 'audience'>,
  action: ActionRow,
): Promise<boolean> {
  const { webhook, restricted } = await setting(tx);
  if (webhook === null || (isPrivate(report) && !restricted)) {
    await dropTracking(tx, action.id);
    return false;
  }
  await orderTracking(tx, { actionId: action.id, revision: action.revision, now });
  return true;
}

export const dueTracking = (db: Db, now: Date): Promise<string[]> => selectDueTracking(db, now, atOnce);

/** Sends the newest state of an action, if it is due and nobody else is at it. */
export async function deliverAction(home: Delivery, actionId: string): Promise<void> {
  const held = await claimTracking(home.db, actionId, home.now());
  if (!held) return;
  const found = await findAction(home.db, actionId);
  const { webhook } = await setting(home.db);
  // A change that came in between has ordered anew.
  if (!found || found.action.revision !== held.revision) return;
  const sent: Sent =
    webhook === null
      ? { kind: 'disabled', why: 'no tracker is named any more', reached: false }
      : await deliver(home, webhook, {
          id: `${actionId}-${held.revision}`,
          headers: { 'idempotency-key': `${actionId}/${held.revision}` },
          body: bodyOf(found, held, await consoleUrl(home.db)),
          deadlineMs: trackerDeadlineMs,
        });
  await home.db.transaction((tx) => keep(tx, home.now(), { held, found, sent }));
}

type Told = { held: TrackingRow; found: WithReport; sent: Sent };

async function keep(tx: Tx, now: Date, { held, found, sent }: Told): Promise<void> {
  const fate = fateOf(sent, { attempts: held.attempts, createdAt: held.orderedAt }, now);
  const url = fate.state === 'delivered' && sent.kind === 'answered' ? addressIn(sent.body) : null;
  // It is where the action is kept, whatever has changed in the action meanwhile.
  if (url !== null) await updateAction(tx, held.actionId, { trackerUrl: url, trackedAt: now });
  const kept = await keepTracking(
    tx,
    held,
    fate.state === 'delivered'
      ? { state: 'delivered', lastError: null }
      : fate.state === 'failed'
        ? { state: 'failed', lastError: fate.error }
        : { dueAt: fate.dueAt, lastError: fate.error },
  );
  if (!kept || fate.state !== 'failed') return;
  await record(tx, now, rule, {
    kind: 'postmortem.action_changed',
    reason: `The tracker was not told of an action: ${fate.error}`,
    environment: found.report.environment,
    feature: found.report.feature,
    rolloutId: found.report.rolloutId,
    data: { postmortemId: found.report.id, actionId: held.actionId, tracking: 'failed', attempts: held.attempts },
  });
}

const answer = z.looseObject({ url: linkInput.shape.url });
/** A tracker that says nothing of where it keeps it has taken it all the same. */
export function addressIn(body: string): string | null {
  try {
    const parsed = answer.safeParse(JSON.parse(body));
    return parsed.success ? new URL(parsed.data.url).href : null;
  } catch {
    return null;
  }
}

export function bodyOf(
  { action, report }: WithReport,
  held: Pick<TrackingRow, 'revision' | 'orderedAt'>,
  console: string | null,
): string {
  const path = `/postmortems/${report.id}`;
  const { id, title, detail, type, owner, dueOn, priority, state, trackerUrl } = action;
  return JSON.stringify(
    storable({
      type: 'belay.action',
      timestamp: held.orderedAt.toISOString(),
      data: {
        action: { id, revision: action.revision, title, detail, type, owner, dueOn, priority, state, trackerUrl },
        postmortem: {
          id: report.id,
          title: report.title,
          feature: report.feature,
          environment: report.environment,
          path,
          url: console === null ? null : new URL(path, console).href,
        },
      },
    }),
  );
}

/** Once more: what has failed, or what was there before a tracker was named. */
export async function trackAction(ctx: Context, id: string): Promise<ActionView> {
  authorise(ctx.actor, needs.act);
  const found = await findAction(ctx.db, id);
  if (!found || !sees(ctx.actor, found.report)) throw notFound('action', id);
  authorise(ctx.actor, needs.act, found.report.environment);
  await ctx.db.transaction(async (tx) => {
    if (!(await orderTracker(tx, ctx.now(), found.report, found.action)))
      throw conflict('No tracker is told of the actions of this report');
  });
  await ctx.enqueue('tracker', { actionId: id });
  const after = await findAction(ctx.db, id);
  return actionView(after ?? found, await todayOf(ctx));
}
