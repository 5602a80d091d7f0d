/**
 * Opening status pages and drafting their updates. Follows the history by a cursor of its own: the cursor, the pages,
 * the drafts and the events that tell of them are written together, so whatever is killed in between drafts each
 * moment once. Nothing goes out from here: a person reads, approves and sends.
 *
 * A rollout has its page from its first moment on, a rollback from the opening of its report, an incident from when a
 * person marks it; a rehearsal that failed only once a person opens it. A draft that nobody has touched gives way to
 * what happened next.
 */
import { and, eq, gt, isNotNull, isNull, lt, lte, or } from 'drizzle-orm';
import { incident } from '@/drizzle/schema/incident';
import { postmortem } from '@/drizzle/schema/postmortem';
import { statusCursor, statusPage, statusUpdate } from '@/drizzle/schema/status';
import type { Actor } from '@/lib/access/model';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { isDrillEnvironment } from '@/lib/drill/model';
import { record } from '@/lib/event/event';
import { followEvents, type Seen } from '@/lib/event/follow';
import type { EventInput, EventKind } from '@/lib/event/model';
import { newId } from '@/lib/id';
import { draftUpdate } from './draft-update';
import { gatherFacts, momentOf, textIn } from './facts';
import type { Moment } from './model';
import { about, newestMoment, openPage, type Page, seenSubject } from './subject';

const followed = [...Object.keys(momentOf), 'postmortem.opened'] as EventKind[];
export const author: Actor = { kind: 'rule', id: 'status', name: 'status', environment: null };

export function followStatus(home: Pick<Context, 'db' | 'now'>): Promise<void> {
  return followEvents(home, {
    cursor: statusCursor,
    kinds: followed,
    atOnce: 50,
    firstLookMs: 24 * 3_600_000,
    take: async (tx, now, seen) => {
      const told: EventInput[] = [];
      for (const one of seen) told.push(...(await follow(tx, now, one)));
      for (const input of told) await record(tx, now, author, input);
    },
  });
}

/** What happens within a rehearsal is nobody's news, nor that it failed, unless a person makes it so. */
async function follow(tx: Tx, now: Date, seen: Seen): Promise<EventInput[]> {
  if (seen.environment === null || seen.feature === null || isDrillEnvironment(seen.environment)) return [];
  if (seen.kind === 'drill.failed') return [];
  if (seen.kind === 'postmortem.opened') return openIncident(tx, now, seen);
  const told: EventInput[] = [];
  const pages: Page[] = [];
  const subject = subjectIn(seen);
  if (subject) {
    const opened = await openPage(tx, now, author, subject);
    told.push(...opened.told);
    pages.push(opened.page);
  }
  pages.push(...(await pagesBeside(tx, seen)));
  for (const page of pages) told.push(...(await draftFor(tx, now, page, seen)));
  return told;
}

function subjectIn(seen: Seen) {
  const marked = textIn(seen.data, 'incidentId');
  if (seen.kind.startsWith('incident.')) return marked === null ? null : seenSubject('incident', marked, seen);
  return seen.rolloutId === null ? null : seenSubject('rollout', seen.rolloutId, seen);
}

/** A failed rehearsal touched nobody: its report has no page unless a person opens one. */
async function openIncident(tx: Tx, now: Date, seen: Seen): Promise<EventInput[]> {
  const id = textIn(seen.data, 'postmortemId');
  const subject = seen.data.subject as { kind?: unknown } | undefined;
  if (id === null || subject?.kind !== 'rollback') return [];
  const { page, told } = await openPage(tx, now, author, seenSubject('postmortem', id, seen));
  const newest = await newestMoment(tx, page, seen.seq);
  return newest ? [...told, ...(await draftFor(tx, now, page, newest))] : told;
}

/** Other pages whose readers it concerns: that of its report, and of an incident that is marked there meanwhile. */
async function pagesBeside(tx: Tx, { kind, data, at, environment, feature }: Seen): Promise<Page[]> {
  const id = textIn(data, kind === 'postmortem.published' ? 'postmortemId' : 'rollbackId');
  if (id === null) return [];
  const report = kind === 'postmortem.published' ? eq(postmortem.id, id) : eq(postmortem.subjectId, id);
  const reported = await tx
    .select({ page: statusPage })
    .from(statusPage)
    .innerJoin(
      postmortem,
      or(
        and(eq(statusPage.subjectKind, 'postmortem'), eq(statusPage.subjectId, postmortem.id)),
        and(eq(statusPage.subjectKind, 'drill'), eq(statusPage.subjectId, postmortem.subjectId)),
      ),
    )
    .where(report);
  if (kind === 'postmortem.published') return reported.map(({ page }) => page);
  const marked = await tx
    .select({ page: statusPage })
    .from(statusPage)
    .innerJoin(incident, eq(incident.id, statusPage.subjectId))
    .where(
      and(
        eq(statusPage.subjectKind, 'incident'),
        eq(incident.featureKey, feature ?? ''),
        eq(incident.environment, environment ?? ''),
        lte(incident.markedAt, at),
        or(isNull(incident.endedAt), gt(incident.endedAt, at)),
      ),
    );
  return [...reported, ...marked].map(({ page }) => page);
}

/** Each event drafts one update for a page, however often it is looked at. */
export async function draftFor(tx: Tx, now: Date, page: Page, seen: Seen): Promise<EventInput[]> {
  const moment = momentOf[seen.kind];
  return moment && !page.closed ? draftOf(tx, page, { moment, seen, at: seen.at, now }) : [];
}

type Called = { moment: Exclude<Moment, 'written'>; seen: Seen; at: Date; now: Date };

/** What goes on is no event: it is drafted from the one that began it, and gives way to any. */
export async function draftOf(tx: Tx, page: Page, { moment, seen, at, now }: Called): Promise<EventInput[]> {
  const drafted = draftUpdate(moment, await gatherFacts(tx, seen, at));
  const id = newId('upd', now);
  const rows = await tx
    .insert(statusUpdate)
    .values({
      id,
      pageId: page.id,
      moment,
      headline: drafted.headline,
      at,
      standing: drafted.standing,
      text: drafted.text,
      publicText: drafted.publicText,
      nextAt: drafted.nextAt === null ? null : new Date(drafted.nextAt),
      state: 'draft',
      draftedFrom: drafted.draftedFrom,
      seq: moment === 'goes_on' ? null : seen.seq,
      createdBy: author.name,
      createdAt: now,
    })
    .onConflictDoNothing()
    .returning({ id: statusUpdate.id });
  if (rows.length === 0) return [];
  const superseded = moment === 'goes_on' ? [] : await supersede(tx, page.id, seen.seq, now);
  const data = { statusPageId: page.id, statusUpdateId: id, moment, draftedFrom: drafted.draftedFrom, superseded };
  const reason = `Drafted an update: ${drafted.headline}`.slice(0, 500);
  return [{ kind: 'status_update.drafted', reason, ...about(page), data }];
}

async function supersede(tx: Tx, pageId: string, seq: number, now: Date): Promise<string[]> {
  const rows = await tx
    .update(statusUpdate)
    .set({ state: 'dropped', endedBy: author.name, endedAt: now })
    .where(
      and(
        eq(statusUpdate.pageId, pageId),
        eq(statusUpdate.state, 'draft'),
        eq(statusUpdate.revision, 0),
        or(and(isNotNull(statusUpdate.seq), lt(statusUpdate.seq, seq)), eq(statusUpdate.moment, 'goes_on')),
      ),
    )
    .returning({ id: statusUpdate.id });
  return rows.map((row) => row.id);
}
