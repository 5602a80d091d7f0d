/**
 * Telling people. `tell` writes one row an address in the transaction of what it tells of, so that nothing is told
 * that did not happen and nothing that happened is left untold; a job sends it afterwards:
 *
 *   pending ──claimed, sent, taken──▶ delivered
 *      ▲ └──not taken, again later──┐
 *      └────────────────────────────┘ ──nobody there any more, or not taken in three days──▶ failed ──a person──▶ pending
 *
 * A crash between the sending and the writing down sends it once more, under the same `webhook-id`: a receiver that
 * remembers ids sees it once. Mail goes its own way (`mailing.ts`).
 */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { isDrillEnvironment } from '@/lib/drill/model';
import { conflict, notFound } from '@/lib/errors';
import { storable } from '@/lib/event/canonical';
import { record } from '@/lib/event/event';
import { reach } from '@/lib/failpoint';
import { newId } from '@/lib/id';
import { type Delivery, deliver } from '@/lib/webhook/deliver';
import { consoleUrl } from './address';
import { bodyOf } from './body';
import { tellHistory } from './give-up';
import { deliverMail, type Home } from './mailing';
import { defaultWishes } from './mine';
import type { Notice, NoticeView, Wishes } from './model';
import { fateOf } from './schedule';
import { slackBodyOf } from './slack';
import {
  type Address,
  claimNotice,
  countBusy,
  deleteOldNotices,
  findAddress,
  findNotice,
  findWaiting,
  holdAddresses,
  insertNotices,
  keepOutcome,
  reopenNotice,
  selectDueNotices,
  selectNext,
  selectNotices,
  viewOf,
} from './store';
import { addressWants, personWants } from './wants';

export const noticeDeadlineMs = 15_000;
/** A receiver that hangs keeps one job; all of them together leave most of the queue's eight to rollbacks. */
const mostAtOnce = 3;
const keptMs = 30 * 86_400_000;

/** Why a person, by id, gets no mail of it; empty: one goes. */
export type WhyNot = (personId: string) => string;
/** Writes down what mails of people take along, and answers its id. */
type Keep = (whyNot: WhyNot) => Promise<string>;

/**
 * One row for each address that wants to know; delivered once the caller's transaction has committed. What goes along
 * goes to people's own mailboxes, each by itself; to no chat and no list, for nobody knows who reads there.
 */
export async function tell(tx: Tx, now: Date, notice: Notice, keep?: Keep): Promise<void> {
  // What happens within a drill is told on its own page only.
  const silent = notice.environment !== null && isDrillEnvironment(notice.environment);
  if (silent && !keep) return;
  const body = storable({
    ...notice,
    title: clip(notice.title, 200),
    text: clip(notice.text),
    next: clip(notice.next),
  });
  const defaults = await defaultWishes(tx);
  const addresses = await holdAddresses(tx);
  const told = silent ? [] : addresses.filter((address) => wants(address, notice, defaults));
  const copyId = await keep?.((id) => whyNot(id, addresses, told));
  await insertNotices(
    tx,
    told.map(({ row, person }) => ({
      id: newId('ntc', now),
      addressId: row.id,
      body,
      state: 'pending' as const,
      dueAt: now,
      createdAt: now,
      ...(person && copyId ? { copyId, alone: true } : {}),
    })),
  );
}

function whyNot(personId: string, addresses: Address[], told: Address[]): string {
  const own = addresses.find(({ person }) => person?.id === personId);
  if (own && told.includes(own)) return '';
  if (!own || (own.row.email === null && own.row.newEmail === null)) return 'has named no mailbox';
  return own.row.email === null ? 'has not confirmed the mailbox yet' : 'wants no mail of this';
}

const clip = (text: string, most = 2_000) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

function wants({ row, person }: Address, notice: Notice, defaults: Wishes): boolean {
  // A mailbox that nobody has confirmed is told nothing.
  if (row.personId === null) return (row.kind !== 'email' || row.email !== null) && addressWants(row, notice);
  return row.email !== null && person !== null && personWants(person, row.wishes ?? defaults, notice);
}

/**
 * Ids of notices that somebody should send now: one an address at a time, and few at once. All mail goes through one
 * server, so where that hangs all mailboxes do: one place is kept for who is told another way.
 */
export async function dueNotices(db: Db, now: Date): Promise<string[]> {
  const busy = await countBusy(db);
  let room = mostAtOnce - busy.all;
  let mailRoom = mostAtOnce - 1 - busy.mail;
  const due = (await selectDueNotices(db, now, mostAtOnce)).filter(({ mail }) => {
    if (room <= 0 || (mail && mailRoom <= 0)) return false;
    room--;
    if (mail) mailRoom--;
    return true;
  });
  return due.map(({ id }) => id);
}

/** Sends a notice, if it is due and nobody else is at it. The next one that is due at the same address, or null. */
export async function deliverNotice(home: Delivery & Pick<Home, 'enclose'>, id: string): Promise<string | null> {
  const to = await findWaiting(home.db, id);
  const address = to && (await findAddress(home.db, to));
  if (!address) return null;
  return address.row.webhookTarget === null ? deliverMail(home, id, address) : call(home, id, address);
}

async function call(home: Delivery, id: string, { row, name }: Address): Promise<string | null> {
  const held = await claimNotice(home.db, id, home.now());
  if (!held || row.webhookTarget === null) return null;
  const url = await consoleUrl(home.db);
  const body =
    row.kind === 'slack' ? slackBodyOf(held.body, url) : bodyOf(held.body, { id, at: held.createdAt, consoleUrl: url });
  reach('notice.before_send');
  const sent = await deliver(home, row.webhookTarget, { id, body, deadlineMs: noticeDeadlineMs });
  reach('notice.after_send');
  const now = home.now();
  const fate = fateOf(sent, held, now);
  if (fate.state === 'failed') {
    const { error } = fate;
    await home.db.transaction(async (tx) => {
      if (await keepOutcome(tx, held, { state: 'failed', lastError: error }))
        await tellHistory(tx, [held], { now, error, to: name });
    });
  } else
    await keepOutcome(
      home.db,
      held,
      fate.state === 'delivered'
        ? { state: 'delivered', deliveredAt: now, lastError: null }
        : { dueAt: fate.dueAt, lastError: fate.error },
    );
  // Where one was not taken the next has time.
  return fate.state === 'delivered' ? selectNext(home.db, held.addressId, now) : null;
}

export type NoticeQuery = { state?: NoticeView['state']; limit?: number };

export async function listNotices(ctx: Context, query: NoticeQuery = {}): Promise<NoticeView[]> {
  authorise(ctx.actor, 'view');
  return selectNotices(ctx.db, {
    ...(query.state ? { state: query.state } : {}),
    environment: ctx.actor.environment,
    limit: Math.min(Math.max(query.limit ?? 20, 1), 1000),
  });
}

/** A failed one is sent once more now, and again by itself while it is younger than three days. */
export async function retryNotice(ctx: Context, id: string): Promise<NoticeView> {
  authorise(ctx.actor, 'operate');
  const now = ctx.now();
  const view = await ctx.db.transaction(async (tx) => {
    const found = await findNotice(tx, id);
    if (!found) throw notFound('notice', id);
    authorise(ctx.actor, 'operate', found.row.body.environment);
    const row = await reopenNotice(tx, id, now);
    if (!row) throw conflict(`The notice ${id} is ${found.row.state}; only a failed one is sent again`);
    await record(tx, now, ctx.actor, {
      kind: 'notice.retried',
      reason: `"${row.body.title}" is sent to ${found.address} again`,
      environment: row.body.environment,
      feature: row.body.feature,
      rolloutId: row.body.rolloutId,
      data: { id },
    });
    return viewOf(row, found.address);
  });
  await ctx.enqueue('notice', { noticeId: id });
  return view;
}

/** Told or given up for longer than a month; what still waits stays. */
export function retainNotices(db: Db, now: Date): Promise<number> {
  return deleteOldNotices(db, new Date(now.getTime() - keptMs));
}
