/**
 * Opening status pages and drafting their updates. Follows the history by a cursor of its own: the cursor, the pages,
 * the drafts and the events that tell of them are written together, so whatever is killed in between drafts each
 * moment once. Nothing goes out from here: a person reads, approves and sends.
 *
 * A rollout has its page from its first moment on, a rollback from the opening of its report. A draft that nobody has
 * touched gives way to what happened next.
 */
import { and, desc, eq, inArray, isNotNull, lt, lte, sql } from 'drizzle-orm';
import { event } from '@/drizzle/schema/event';
import { postmortem } from '@/drizzle/schema/postmortem';
import { statusCursor, statusPage, statusUpdate } from '@/drizzle/schema/status';
import type { Actor } from '@/lib/access/model';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { isDrillEnvironment } from '@/lib/drill/model';
import { record } from '@/lib/event/event';
import { followEvents, type Seen, seenColumns } from '@/lib/event/follow';
import type { EventInput, EventKind } from '@/lib/event/model';
import { newId } from '@/lib/id';
import { draftUpdate, plain } from './draft-update';
import { gatherFacts, momentOf, textIn } from './facts';
import type { StatusSubject } from './model';

type Page = typeof statusPage.$inferSelect;

const followed = [...Object.keys(momentOf), 'postmortem.opened'] as EventKind[];
const author: Actor = { kind: 'rule', id: 'status', name: 'status', environment: null };

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

/** What happens within a rehearsal is nobody's news. */
async function follow(tx: Tx, now: Date, seen: Seen): Promise<EventInput[]> {
  if (seen.environment === null || seen.feature === null || isDrillEnvironment(seen.environment)) return [];
  if (seen.kind === 'postmortem.opened') return openIncident(tx, now, seen);
  const told: EventInput[] = [];
  const pages: Page[] = [];
  if (seen.rolloutId !== null) {
    const opened = await openPage(tx, now, author, of('rollout', seen.rolloutId, seen));
    told.push(...opened.told);
    pages.push(opened.page);
  }
  const incident = await incidentOf(tx, seen);
  if (incident) pages.push(incident);
  for (const page of pages) told.push(...(await draftFor(tx, now, page, seen)));
  return told;
}

/** A failed rehearsal touched nobody: its report has no page unless a person opens one. */
async function openIncident(tx: Tx, now: Date, seen: Seen): Promise<EventInput[]> {
  const id = textIn(seen.data, 'postmortemId');
  const subject = seen.data.subject as { kind?: unknown } | undefined;
  if (id === null || subject?.kind !== 'rollback') return [];
  const { page, told } = await openPage(tx, now, author, of('postmortem', id, seen));
  const newest = await newestMoment(tx, page, seen.seq);
  return newest ? [...told, ...(await draftFor(tx, now, page, newest))] : told;
}

async function incidentOf(tx: Tx, { kind, data }: Seen): Promise<Page | null> {
  const id = textIn(data, kind === 'postmortem.published' ? 'postmortemId' : 'rollbackId');
  if (id === null) return null;
  const which = kind === 'postmortem.published' ? eq(postmortem.id, id) : eq(postmortem.subjectId, id);
  const [row] = await tx
    .select({ page: statusPage })
    .from(statusPage)
    .innerJoin(postmortem, eq(postmortem.id, statusPage.subjectId))
    .where(and(eq(statusPage.subjectKind, 'postmortem'), which));
  return row?.page ?? null;
}

export type Subject = { kind: StatusSubject; id: string; feature: string; environment: string; title: string };

const of = (kind: StatusSubject, id: string, { feature, environment, at }: Seen): Subject =>
  subjectOf(kind, { id, feature: feature ?? '', environment: environment ?? '', at });

export function subjectOf(
  kind: StatusSubject,
  { id, feature, environment, at }: { id: string; feature: string; environment: string; at: Date },
): Subject {
  const where = `${plain(feature)} in ${plain(environment)}`;
  const title = kind === 'rollout' ? `Rollout of ${where}` : `Incident: ${where}, ${at.toISOString().slice(0, 10)}`;
  return { kind, id, feature, environment, title };
}

/** The page of the subject; opened by whoever comes first. */
export async function openPage(
  tx: Tx,
  now: Date,
  by: Actor,
  { kind, id, feature, environment, title }: Subject,
): Promise<{ page: Page; told: EventInput[] }> {
  const [made] = await tx
    .insert(statusPage)
    .values({
      id: newId('sts', now),
      subjectKind: kind,
      subjectId: id,
      feature,
      environment,
      title,
      createdBy: by.name,
      createdAt: now,
    })
    .onConflictDoNothing()
    .returning();
  if (!made) {
    const [page] = await tx
      .select()
      .from(statusPage)
      .where(and(eq(statusPage.subjectKind, kind), eq(statusPage.subjectId, id)));
    if (!page) throw new Error('a status page that is there cannot be read');
    return { page, told: [] };
  }
  const told: EventInput = {
    kind: 'status_page.opened',
    reason: `Opened a status page: ${title}`,
    ...about(made),
    data: { statusPageId: made.id, subject: { kind, id } },
  };
  return { page: made, told: [told] };
}

export const about = (page: Pick<Page, 'environment' | 'feature' | 'subjectKind' | 'subjectId'>) => ({
  environment: page.environment,
  feature: page.feature,
  rolloutId: page.subjectKind === 'rollout' ? page.subjectId : null,
});

/** The last thing that happened to the subject and is told. */
export async function newestMoment(tx: Tx, page: Page, until?: number): Promise<Seen | null> {
  const mine = await ofSubject(tx, page);
  if (!mine) return null;
  const [row] = await tx
    .select(seenColumns)
    .from(event)
    .where(
      and(
        mine,
        inArray(event.kind, Object.keys(momentOf) as EventKind[]),
        until === undefined ? undefined : lte(event.seq, until),
      ),
    )
    .orderBy(desc(event.seq))
    .limit(1);
  return row ?? null;
}

async function ofSubject(tx: Tx, { subjectKind, subjectId, feature }: Page) {
  if (subjectKind === 'rollout') return eq(event.rolloutId, subjectId);
  const [row] = await tx.select({ of: postmortem.subjectId }).from(postmortem).where(eq(postmortem.id, subjectId));
  if (!row) return null;
  const published = sql`${event.data}->>'postmortemId' = ${subjectId}`;
  const back = row.of === null ? sql`false` : sql`${event.data}->>'rollbackId' = ${row.of}`;
  return and(eq(event.feature, feature), sql`(${published} or ${back})`);
}

/** Each event drafts one update for a page, however often it is looked at. */
export async function draftFor(tx: Tx, now: Date, page: Page, seen: Seen): Promise<EventInput[]> {
  const moment = momentOf[seen.kind];
  if (!moment || page.closed) return [];
  const drafted = draftUpdate(moment, await gatherFacts(tx, seen));
  const id = newId('upd', now);
  const rows = await tx
    .insert(statusUpdate)
    .values({
      id,
      pageId: page.id,
      moment,
      headline: drafted.headline,
      at: seen.at,
      standing: drafted.standing,
      text: drafted.text,
      publicText: drafted.publicText,
      nextAt: drafted.nextAt === null ? null : new Date(drafted.nextAt),
      state: 'draft',
      draftedFrom: drafted.draftedFrom,
      seq: seen.seq,
      createdBy: author.name,
      createdAt: now,
    })
    .onConflictDoNothing()
    .returning({ id: statusUpdate.id });
  if (rows.length === 0) return [];
  const superseded = await tx
    .update(statusUpdate)
    .set({ state: 'dropped', endedBy: author.name, endedAt: now })
    .where(
      and(
        eq(statusUpdate.pageId, page.id),
        eq(statusUpdate.state, 'draft'),
        eq(statusUpdate.revision, 0),
        isNotNull(statusUpdate.seq),
        lt(statusUpdate.seq, seen.seq),
      ),
    )
    .returning({ id: statusUpdate.id });
  return [
    {
      kind: 'status_update.drafted',
      reason: `Drafted an update: ${drafted.headline}`.slice(0, 500),
      ...about(page),
      data: {
        statusPageId: page.id,
        statusUpdateId: id,
        moment,
        draftedFrom: drafted.draftedFrom,
        superseded: superseded.map((row) => row.id),
      },
    },
  ];
}
