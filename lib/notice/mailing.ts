/**
 * Notices into a mailbox. Those of one mailbox go in the order in which they were told: the oldest is sent, and the
 * others wait for it. More than `mostInAMinute` become one mail.
 *
 * What a mail holds is fixed, under its Message-ID, before the first byte of it leaves (`handed_over_as`):
 *
 *   pending ──claimed──▶ handed over ──250──▶ delivered
 *      ▲ ▲                │        └──no answer, or the worker dies──▶ the same mail again, the same Message-ID
 *      │ ├──4xx: not taken this time─────────────────┘
 *      │ ├──5xx about what several are in: each goes by itself
 *      │ └──too large for the server: once more, as another mail, without what it takes along
 *      └──a person── failed ◀──5xx about the mailbox, or about what goes by itself
 *
 * SMTP has no way to ask whether a mail was taken: without a crash and without a lost answer each goes out once, else
 * at least once, as the same mail, to the byte.
 */
import type { Db, Tx } from '@/lib/db';
import { reach } from '@/lib/failpoint';
import type { Handed } from '@/lib/mail/connection';
import { type Mailing, type Outgoing, sendMail } from '@/lib/mail/mail';
import { consoleUrl } from './address';
import { leaveUntold, noMailbox, tellHistory, wasDisabled } from './give-up';
import { letterOf, mostInOne } from './letter';
import { keepTogether, mailsSince, markHandedOver, postpone, selectWaiting, stillHeld } from './mail-store';
import { type Fate, isAboutContent, mailFateOf } from './schedule';
import { type Address, claimNotice, findAddress, keepOutcome, type NoticeRow, selectNext } from './store';
import type { Recipient } from './wants';

export const mailDeadlineMs = 15_000;
const mostInAMinute = 5;
const minute = 60_000;

/** `lines`: what the mail says of it. `link`: it is read in Belay only, and why. `refused`: that person gets nothing. */
export type Enclosed =
  | { kind: 'file'; file: { file: string; type: string; text: string }; lines: string[] }
  | { kind: 'link'; why: string; lines: string[] }
  | { kind: 'refused'; why: string };
export type Enclose = {
  /**
   * What a mail takes along, by its id; for that person as they are now, and the same to the byte whenever it is made.
   * `leftOut`: why it is to be left out; null: it goes along.
   */
  make: (db: Db, copyId: string, of: { reader: Recipient; leftOut: string | null }) => Promise<Enclosed>;
  /** Why that person gets nothing of it, as they are now; null: they may have it. */
  refusal: (db: Db | Tx, copyId: string, reader: Recipient) => Promise<string | null>;
};
/** Without `enclose` what takes something along waits for a worker that has it. */
export type Home = Mailing & { now: () => Date; enclose?: Enclose };

/** The next one that is due at the same mailbox, or null. */
export async function deliverMail(home: Home, id: string, address: Address): Promise<string | null> {
  const to = address.row.email;
  if (to === null || address.person?.disabled) {
    const why = to === null ? noMailbox : wasDisabled;
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
  const door: Door = { over: false, refusal: null };
  const handed = await sendMail(home, mail, {
    deadlineMs: mailDeadlineMs,
    handOver: (messageId) => pass(home, held, { door, items, messageId, to }),
  });
  reach('notice.after_send');
  if (door.refusal !== null) {
    await refuse(home, held, { why: door.refusal, address });
    return selectNext(home.db, held.addressId, home.now());
  }
  const taken = await keep(home, held, { handed, over: door.over, items, address, copy });
  return taken ? selectNext(home.db, held.addressId, home.now()) : null;
}

/** `over`: from here on the mail may have arrived. `refusal`: whoever it is for is not to have it any more. */
type Door = { over: boolean; refusal: string | null };
type Passing = { door: Door; items: NoticeRow[]; messageId: string; to: string };

/**
 * The last thing before the first byte leaves: a server may have taken its time since the mail was put together.
 * @throws when nothing is to leave: somebody else has taken it, or whom it is for has changed
 */
async function pass(home: Home, held: NoticeRow, { door, items, messageId, to }: Passing): Promise<void> {
  door.refusal = await home.db.transaction(async (tx) => {
    if (!(await stillHeld(tx, held))) throw new Error('somebody else sends it');
    const address = await findAddress(tx, held.addressId);
    if (address?.person?.disabled) return wasDisabled;
    if (address?.row.email !== to) throw new Error('another mailbox is told by now');
    const why = held.copyId && address.person && (await home.enclose?.refusal(tx, held.copyId, address.person));
    if (why) return why;
    const ids = items.map((row) => row.id);
    if ((await markHandedOver(tx, ids, messageId)) !== ids.length) throw new Error('not all of it waits any more');
    return null;
  });
  if (door.refusal !== null) throw new Error(door.refusal);
  door.over = true;
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
async function copyIn({ db, enclose }: Home, row: NoticeRow, { person }: Address): Promise<Enclosed | null> {
  const { copyId, leftOut } = row;
  if (copyId === null || !enclose) return null;
  return person
    ? enclose.make(db, copyId, { reader: person, leftOut })
    : { kind: 'refused', why: 'it is for people only' };
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
  // Another mail is no repetition of the one before.
  const only = first.leftOut === null ? first.id : `${first.id}.link`;
  const name = items.length > 1 ? `${first.id}.and-${items.length - 1}-more` : only;
  const under = first.handedOverAs === null ? { id: name } : { messageId: first.handedOverAs };
  const file = of.copy?.kind === 'file' ? { enclosed: of.copy.file } : {};
  return { ...under, to: of.to, subject, text, html, headers, at: last.createdAt, ...file };
}

const withCopy = (body: NoticeRow['body'], copy: Enclosed | null): NoticeRow['body'] =>
  copy === null || copy.kind === 'refused' ? body : { ...body, text: [body.text, ...copy.lines].join('\n') };

type Tried = { handed: Handed; over: boolean; items: NoticeRow[]; address: Address; copy: Enclosed | null };

/** Whether the next one may go at once. Written only by who still holds it. */
async function keep(home: Home, held: NoticeRow, { handed, over, items, address, copy }: Tried): Promise<boolean> {
  const now = home.now();
  const fate = fateOfAll(handed, held, { now, items, copy });
  const error = fate.state === 'delivered' ? null : unnamed(fate.error, address);
  const others = items.slice(1).map((row) => row.id);
  const leftOut = fate.state === 'without' ? error : copy?.kind === 'link' ? copy.why : null;
  const set = { lastError: error, leftOut, ...marked(fate, { handed, over, held }) };
  await home.db.transaction(async (tx) => {
    const { state } = fate;
    if (state === 'pending' || state === 'apart' || state === 'without') {
      if (await keepOutcome(tx, held, { ...set, dueAt: fate.dueAt })) await keepTogether(tx, others, set);
      return;
    }
    const ended = { ...set, state, ...(state === 'delivered' ? { deliveredAt: now } : {}) };
    if (!(await keepOutcome(tx, held, ended))) return;
    await keepTogether(tx, others, ended);
    if (state === 'failed') await tellHistory(tx, items, { now, error: error ?? '', to: address.name });
  });
  return fate.state === 'delivered' || fate.state === 'apart' || fate.state === 'without';
}

type FateOfAll = Fate | { state: 'apart' | 'without'; error: string; dueAt: Date };
type At = { now: Date; items: NoticeRow[]; copy: Enclosed | null };

/**
 * What a server will never take of several may be one of them: the others are not lost with it. Where what goes along
 * makes it too large, the mail goes without: once, for then there is nothing more to leave out.
 */
function fateOfAll(handed: Handed, held: NoticeRow, { now, items, copy }: At): FateOfAll {
  const fate = mailFateOf(handed, held, now);
  if (handed.tooLarge && copy?.kind === 'file' && fate.state === 'failed')
    return { state: 'without', error: fate.error, dueAt: now };
  const together = items.length > 1 && fate.state === 'failed' && isAboutContent(handed);
  return together ? { state: 'apart', error: fate.error, dueAt: now } : fate;
}

/**
 * What it says of the mail that it goes under. A server that has answered has not taken it, so that this time counts
 * for nothing; it goes again as the same mail, under the same Message-ID.
 */
function marked(fate: FateOfAll, { handed, over, held }: { handed: Handed; over: boolean; held: NoticeRow }) {
  const { handovers } = held;
  // Whether it came to its first byte or not: what goes next is another mail.
  if (fate.state === 'without') return { handovers, handedOverAs: null };
  if (!over || handed.sent.kind !== 'answered' || fate.state === 'delivered') return {};
  if (fate.state === 'apart') return { handovers, handedOverAs: null, alone: true };
  return fate.state === 'failed' ? { handovers, handedOverAs: null } : { handovers };
}

/** Servers repeat the mailbox in what they answer; whose it is, is that person's own affair. */
function unnamed(error: string, { person, row }: Address): string {
  return person && row.email ? error.replaceAll(row.email, 'the mailbox') : error;
}
