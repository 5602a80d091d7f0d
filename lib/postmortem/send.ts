/**
 * Sending a report to people: the newest version, a draft too, as it was read. Whoever may see it is told by one notice,
 * and a mail to a mailbox of their own takes the report along. Copy, notices and event are written together.
 */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { badInput, conflict, notFound } from '@/lib/errors';
import { storable } from '@/lib/event/canonical';
import { newId } from '@/lib/id';
import { parseInput } from '@/lib/input';
import { isMailSet } from '@/lib/mail/mail';
import { consoleUrl } from '@/lib/notice/address';
import type { Notice } from '@/lib/notice/model';
import { tell } from '@/lib/notice/notice';
import { oneLine } from '@/lib/notice/plain';
import { needs, sees } from './decide';
import { hashOf, versionWords } from './hand-out/copy';
import {
  type CopyRow,
  deleteOldCopies,
  insertCopy,
  selectCopies,
  selectMails,
  selectPeople,
  selectSame,
} from './hand-out/copy-store';
import { hold, isPrivate, readNewest, told } from './hold';
import type { PostmortemView } from './model';
import { getPostmortem } from './postmortem';
import { type CopyContent, type Mailed, type SendingView, type SentTo, sendInput } from './sending-model';
import { findEvidence, findPostmortem, findVersion, type PostmortemRow } from './store';

/** As long as notices are kept: until then what became of each can be told. */
const keptMs = 30 * 86_400_000;
/** A lost answer is asked for again by then; later it is another order. */
const onceMs = 2 * 60_000;
const mostShown = 20;

type Person = Awaited<ReturnType<typeof selectPeople>>[number];

export async function sendPostmortem(ctx: Context, id: string, input: unknown): Promise<SendingView> {
  authorise(ctx.actor, needs.send);
  const given = parseInput(sendInput, input);
  const view = await getPostmortem(ctx, id);
  if (view.seal.state === 'broken') throw conflict(`It is not what was sealed, and so not sent: ${view.seal.detail}`);
  const content = await contentOf(ctx, view);
  const copyId = await ctx.db.transaction(async (tx) => {
    const held = await hold(ctx, tx, id, 'send');
    const { row } = held;
    await readNewest(tx, held, given.version);
    // Read before it was held: whoever was quicker has changed it.
    if (view.versions.at(-1)?.number !== given.version)
      throw conflict('It was changed at the same time: send it again');
    const people = invited(given.people, await selectPeople(tx), row);
    const { version, note } = storable(given);
    const order = { postmortemId: id, version, note, by: ctx.actor.name };
    return (await sentJustNow(ctx, tx, order, people)) ?? (await handOver(ctx, tx, { row, people, order, content }));
  });
  const sent = (await sendingsOf(ctx, id)).find((sending) => sending.id === copyId);
  if (!sent) throw notFound('sending', copyId);
  return sent;
}

type Order = Pick<CopyRow, 'postmortemId' | 'version' | 'note' | 'by'>;
type Sending = { row: PostmortemRow; people: Person[]; order: Order; content: CopyContent };

/** Whoever has lost the answer asks again; nobody is sent it twice for that. */
async function sentJustNow(ctx: Context, tx: Tx, order: Order, people: Person[]): Promise<string | null> {
  const same = await selectSame(tx, order, new Date(ctx.now().getTime() - onceMs));
  const ids = (of: Array<{ id: string }>) => JSON.stringify(of.map(({ id }) => id).sort());
  return same.find((copy) => ids(copy.people) === ids(people))?.id ?? null;
}

async function handOver(ctx: Context, tx: Tx, sending: Sending): Promise<string> {
  const { people, order, content } = sending;
  const at = ctx.now();
  const id = newId('pmc', at);
  await tellHistory(ctx, tx, sending);
  await tell(tx, at, noticeOf(ctx, sending), async (whyNot) => {
    const mailed = people.map((p) => ({ id: p.id, name: p.name, why: whyNot(p.id) }));
    await insertCopy(tx, { id, ...order, people: mailed, content, at });
    return id;
  });
  return id;
}

/** What is written never changes; the hashes are of the very texts that mails are made from. */
async function contentOf(ctx: Context, { document, comments, related, ...view }: PostmortemView): Promise<CopyContent> {
  const newest = view.versions.at(-1);
  const version = newest && (await findVersion(ctx.db, view.id, newest.number));
  if (!version) throw conflict('Nothing is drafted yet: wait a moment');
  const evidence = await findEvidence(ctx.db, view.id, version.evidence);
  return storable({
    view,
    documentHash: hashOf(version.document),
    evidenceHash: hashOf(evidence?.facts ?? ''),
    evidence: version.evidence,
    base: await consoleUrl(ctx.db),
  });
}

/** Whoever it goes to must be a person who is here, and may see it. By name or id, each once. */
function invited(asked: string[], all: Person[], { audience, environment }: PostmortemRow): Person[] {
  const found = asked.map((one) => all.find(({ id, name }) => id === one || name === one));
  const faults = found.flatMap((person, i) => {
    const field = `people[${i}]`;
    if (!person) return [{ field, message: `${asked[i]} is nobody here` }];
    const { id, name, role, disabled } = person;
    if (disabled) return [{ field, message: `${name} was disabled` }];
    const may = sees({ kind: 'person', id, name, role, environment: null }, { audience, environment });
    return may ? [] : [{ field, message: `${name} may not see it: it is for ${audience} and above` }];
  });
  if (faults.length > 0) throw badInput(faults);
  return [...new Set(found.flatMap((person) => person ?? []))];
}

const namesOf = (people: Person[]): string => people.map(({ name }) => oneLine(name)).join(', ');

function tellHistory(ctx: Context, tx: Tx, { row, people, order: { version } }: Sending): Promise<number> {
  const quiet = isPrivate(row);
  return told(tx, ctx, row, {
    kind: 'postmortem.sent',
    reason: quiet ? `Sent version ${version}` : `Sent version ${version} to ${namesOf(people)}`,
    data: { version, people: quiet ? people.length : people.map(({ name }) => name) },
  });
}

function noticeOf(ctx: Context, { row, people, order: { version } }: Sending): Notice {
  const open = !isPrivate(row);
  const what = versionWords(version, row.state);
  return {
    kind: 'postmortem_sent',
    title: open ? `Post-mortem sent: ${row.title}` : 'A post-mortem was sent',
    text: `${oneLine(ctx.actor.name)} sends ${what}${open ? `, to ${namesOf(people)}` : ''}.`,
    next: 'Read it.',
    environment: row.environment,
    feature: row.feature,
    rolloutId: row.rolloutId,
    rollbackId: null,
    path: `/postmortems/${row.id}`,
    people: people.map(({ id }) => id),
  };
}

/** Of the last thirty days, newest first: who was sent it, and what became of each mail. */
export async function sendingsOf(ctx: Context, id: string): Promise<SendingView[]> {
  authorise(ctx.actor, 'view');
  const row = await findPostmortem(ctx.db, id);
  if (!row || !sees(ctx.actor, row)) throw notFound('post-mortem', id);
  const since = new Date(ctx.now().getTime() - keptMs);
  const copies = await selectCopies(ctx.db, id, { since, most: mostShown });
  const ids = copies.map((copy) => copy.id);
  const mails = await selectMails(ctx.db, ids);
  const serverless = !(await isMailSet(ctx.db));
  return copies.map(({ people, at, ...copy }) => ({
    ...copy,
    at: at.toISOString(),
    people: people.map((person) => {
      const mail = mails.find(({ copyId, personId }) => copyId === copy.id && personId === person.id);
      return sentTo(person, mail, serverless);
    }),
  }));
}

type Mail = Awaited<ReturnType<typeof selectMails>>[number];
const states = { pending: 'waiting', delivered: 'told', failed: 'failed' } as const;

function sentTo({ id, name, why }: Mailed, mail: Mail | undefined, serverless: boolean): SentTo {
  if (!mail) return { id, name, state: 'not_mailed', why: why || 'its mail is not there any more', at: null };
  const waits = mail.state === 'pending' && serverless ? 'it waits until a mail server is set' : '';
  const linked = mail.state === 'delivered' ? mail.leftOut : null;
  return {
    id,
    name,
    state: linked === null ? states[mail.state] : 'linked',
    why: mail.state === 'delivered' ? (linked ?? '') : ((waits || mail.lastError) ?? ''),
    at: mail.deliveredAt?.toISOString() ?? null,
  };
}

/** What nobody is to be mailed any more. */
export function retainCopies(db: Db, now: Date): Promise<number> {
  return deleteOldCopies(db, new Date(now.getTime() - keptMs));
}
