/**
 * Notices into a mailbox. Those of one mailbox go in the order in which they were told: the oldest is sent, and the
 * others wait for it. More than `mostInAMinute` become one mail.
 *
 * What a mail holds is fixed, under its Message-ID, before the first byte of it leaves (`handed_over_as`):
 *
 *   pending ──claimed──▶ handed over ──250──▶ delivered
 *      ▲ ▲                │        └──no answer, or the worker dies──▶ the same mail again, the same Message-ID
 *      │ ├──4xx: not taken this time─────────────────┘
 *      │ └──5xx about what several are in: each goes by itself
 *      └──a person── failed ◀──5xx about the mailbox, or about what goes by itself
 *
 * SMTP has no way to ask whether a mail was taken: without a crash and without a lost answer each goes out once, else
 * at least once, as the same mail, to the byte.
 */
import type { Db } from '@/lib/db';
import { reach } from '@/lib/failpoint';
import type { Handed } from '@/lib/mail/connection';
import { type Mailing, type Outgoing, sendMail } from '@/lib/mail/mail';
import { consoleUrl } from './address';
import { leaveUntold, noMailbox, tellHistory } from './give-up';
import { letterOf, mostInOne } from './letter';
import { keepTogether, mailsSince, markHandedOver, postpone, selectWaiting, stillHeld } from './mail-store';
import { type Fate, isAboutContent, mailFateOf } from './schedule';
import { type Address, claimNotice, keepOutcome, type NoticeRow, selectNext } from './store';
import type { Recipient } from './wants';

export const mailDeadlineMs = 15_000;
const mostInAMinute = 5;
const minute = 60_000;

/** `lines`: what the mail says of it. `link`: it is read in Belay only. `refused`: that person gets nothing. */
export type Enclosed =
  | { kind: 'file'; file: { file: string; type: string; text: string }; lines: string[] }
  | { kind: 'link'; lines: string[] }
  | { kind: 'refused'; why: string };
/** What a mail takes along, by its id; for that person as they are now, and the same to the byte whenever it is made. */
export type Enclose = (db: Db, copyId: string, reader: Recipient) => Promise<Enclosed>;
/** Without `enclose` what takes something along waits for a worker that has it. */
export type Home = Mailing & { now: () => Date; enclose?: Enclose };

/** The next one that is due at the same mailbox, or null. */
export async function deliverMail(home: Home, id: string, address: Address): Promise<string | null> {
  const to = address.row.email;
  if (to === null || address.person?.disabled) {
    const why = to === null ? noMailbox : 'this person was disabled';
    const at = { id: address.row.id, name: address.name };
    await home.db.transaction((tx) => leaveUntold(tx, at, { now: home.now(), why }));
    return null;
  }
  const items = await chosen(home, id, address);
  if (items === null || (items[0]?.copyId && !home.enclose)) return null;
  const held = await claimNotice(home.db, id, home.now());
  if (!held) return null;
  // Put together before it was claimed: whoever was quicker has changed what waits.
  if (held.attempts !== (items[0]?.attempts ?? 0) + 1) {
    await keepOutcome(home.db, held, {});
    return null;
  }
  const copy = await copyIn(home, held, address);
  if (copy?.kind === 'refused') {
    await refuse(home, held, { why: copy.why, address });
    return selectNext(home.db, held.addressId, home.now());
  }
  const mail = await mailOf(home.db, items, { to, personal: address.person !== null, copy });
  reach('notice.before_send');
  let over = false;
  const handed = await sendMail(home, mail, {
    deadlineMs: mailDeadlineMs,
    handOver: async (messageId) => {
      await handOver(home.db, held, items, messageId);
      over = true;
    },
  });
  reach('notice.after_send');
  const taken = await keep(home, held, { handed, over, items, address });
  return taken ? selectNext(home.db, held.addressId, home.now()) : null;
}

/** What goes into the next mail; null: nothing now. */
async function chosen(home: Home, id: string, { row }: Address): Promise<NoticeRow[] | null> {
  const now = home.now();
  const waiting = await selectWaiting(home.db, row.id, 1000);
  const [first] = waiting;
  if (first?.id !== id) return null;
  if (first.handedOverAs !== null) return waiting.filter((n) => n.handedOverAs === first.handedOverAs);
  const { n, last } = await mailsSince(home.db, row.id, new Date(now.getTime() - minute));
  if (n >= mostInAMinute && last !== null) {
    await postpone(home.db, id, new Date(last.getTime() + minute));
    return null;
  }
  if (first.alone) return [first];
  const alone = waiting.findIndex((w) => w.alone);
  const fresh = waiting.slice(0, alone < 0 ? undefined : alone).filter((w) => w.handedOverAs === null);
  return n + fresh.length > mostInAMinute ? fresh.slice(0, mostInOne) : [first];
}

/** For that person as they are now: who may not see it any more gets nothing of it. Null: it takes nothing along. */
async function copyIn({ db, enclose }: Home, { copyId }: NoticeRow, { person }: Address): Promise<Enclosed | null> {
  if (copyId === null || !enclose) return null;
  return person ? enclose(db, copyId, person) : { kind: 'refused', why: 'it is for people only' };
}

async function refuse(home: Home, held: NoticeRow, { why, address }: { why: string; address: Address }): Promise<void> {
  const now = home.now();
  await home.db.transaction(async (tx) => {
    if (await keepOutcome(tx, held, { state: 'failed', lastError: why, handedOverAs: null }))
      await tellHistory(tx, [held], { now, error: why, to: address.name });
  });
}

type For = { to: string; personal: boolean; copy: Enclosed | null };

async function mailOf(db: Db, items: NoticeRow[], of: For): Promise<Outgoing> {
  const [first] = items;
  const last = items.at(-1);
  if (!first || !last) throw new Error('a mail without a notice');
  const { subject, text, html, headers } = letterOf(
    items.map(({ body, createdAt }) => ({ notice: withCopy(body, of.copy), at: createdAt })),
    { consoleUrl: await consoleUrl(db), personal: of.personal },
  );
  const name = items.length > 1 ? `${first.id}.and-${items.length - 1}-more` : first.id;
  const under = first.handedOverAs === null ? { id: name } : { messageId: first.handedOverAs };
  const file = of.copy?.kind === 'file' ? { enclosed: of.copy.file } : {};
  return { ...under, to: of.to, subject, text, html, headers, at: last.createdAt, ...file };
}

const withCopy = (body: NoticeRow['body'], copy: Enclosed | null): NoticeRow['body'] =>
  copy === null || copy.kind === 'refused' ? body : { ...body, text: [body.text, ...copy.lines].join('\n') };

/** @throws when somebody else has taken it meanwhile */
async function handOver(db: Db, held: NoticeRow, items: NoticeRow[], messageId: string): Promise<void> {
  await db.transaction(async (tx) => {
    if (!(await stillHeld(tx, held))) throw new Error('somebody else sends it');
    const ids = items.map((row) => row.id);
    if ((await markHandedOver(tx, ids, messageId)) !== ids.length) throw new Error('not all of it waits any more');
  });
}

type Tried = { handed: Handed; over: boolean; items: NoticeRow[]; address: Address };

/** Whether it was taken. Written only by who still holds it. */
async function keep(home: Home, held: NoticeRow, { handed, over, items, address }: Tried): Promise<boolean> {
  const now = home.now();
  const fate = fateOfAll(handed, held, { now, items });
  const error = fate.state === 'delivered' ? null : unnamed(fate.error, address);
  const others = items.slice(1).map((row) => row.id);
  const set = { lastError: error, ...marked(fate, { handed, over, held }) };
  await home.db.transaction(async (tx) => {
    const { state } = fate;
    if (state === 'pending' || state === 'apart') {
      if (await keepOutcome(tx, held, { ...set, dueAt: fate.dueAt })) await keepTogether(tx, others, set);
      return;
    }
    const ended = { ...set, state, ...(state === 'delivered' ? { deliveredAt: now } : {}) };
    if (!(await keepOutcome(tx, held, ended))) return;
    await keepTogether(tx, others, ended);
    if (state === 'failed') await tellHistory(tx, items, { now, error: error ?? '', to: address.name });
  });
  return fate.state === 'delivered' || fate.state === 'apart';
}

type FateOfAll = Fate | { state: 'apart'; error: string; dueAt: Date };

/** What a server will never take of several may be one of them: the others are not lost with it. */
function fateOfAll(handed: Handed, held: NoticeRow, { now, items }: { now: Date; items: NoticeRow[] }): FateOfAll {
  const fate = mailFateOf(handed, held, now);
  const together = items.length > 1 && fate.state === 'failed' && isAboutContent(handed);
  return together ? { state: 'apart', error: fate.error, dueAt: now } : fate;
}

/**
 * What it says of the mail that it goes under. A server that has answered has not taken it, so that this time counts
 * for nothing; it goes again as the same mail, under the same Message-ID.
 */
function marked(fate: FateOfAll, { handed, over, held }: { handed: Handed; over: boolean; held: NoticeRow }) {
  if (!over || handed.sent.kind !== 'answered' || fate.state === 'delivered') return {};
  const { handovers } = held;
  if (fate.state === 'apart') return { handovers, handedOverAs: null, alone: true };
  return fate.state === 'failed' ? { handovers, handedOverAs: null } : { handovers };
}

/** Servers repeat the mailbox in what they answer; whose it is, is that person's own affair. */
function unnamed(error: string, { person, row }: Address): string {
  return person && row.email ? error.replaceAll(row.email, 'the mailbox') : error;
}
