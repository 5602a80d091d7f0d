/** What a status page is of, its page, and what has happened to it. */
import { and, desc, eq, inArray, lte, sql } from 'drizzle-orm';
import { event } from '@/drizzle/schema/event';
import { postmortem } from '@/drizzle/schema/postmortem';
import { statusPage } from '@/drizzle/schema/status';
import type { Actor } from '@/lib/access/model';
import type { Tx } from '@/lib/db';
import { type Seen, seenColumns } from '@/lib/event/follow';
import type { EventInput, EventKind } from '@/lib/event/model';
import { newId } from '@/lib/id';
import { plain } from './draft-update';
import { momentOf } from './facts';
import type { StatusSubject } from './model';

export type Page = typeof statusPage.$inferSelect;
export type Subject = { kind: StatusSubject; id: string; feature: string; environment: string; title: string };

export const seenSubject = (kind: StatusSubject, id: string, { feature, environment, at }: Seen): Subject =>
  subjectOf(kind, { id, feature: feature ?? '', environment: environment ?? '', at });

const titled: Record<StatusSubject, (where: string, at: string) => string> = {
  rollout: (where) => `Rollout of ${where}`,
  postmortem: (where, at) => `Incident: ${where}, ${at} UTC`,
  incident: (where, at) => `Incident: ${where}, ${at} UTC`,
  drill: (where, at) => `Rehearsal: ${where}, ${at} UTC`,
};

export function subjectOf(
  kind: StatusSubject,
  { id, feature, environment, at }: { id: string; feature: string; environment: string; at: Date },
): Subject {
  const where = `${plain(feature)} in ${plain(environment)}`;
  return {
    kind,
    id,
    feature,
    environment,
    title: titled[kind](where, at.toISOString().slice(0, 16).replace('T', ' ')),
  };
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
  if (subjectKind === 'incident')
    return and(eq(event.feature, feature), sql`${event.data}->>'incidentId' = ${subjectId}`);
  if (subjectKind === 'drill')
    return and(eq(event.feature, feature), eq(event.kind, 'drill.failed'), sql`${event.data}->>'runId' = ${subjectId}`);
  const [row] = await tx.select({ of: postmortem.subjectId }).from(postmortem).where(eq(postmortem.id, subjectId));
  if (!row) return null;
  const published = sql`${event.data}->>'postmortemId' = ${subjectId}`;
  const back = row.of === null ? sql`false` : sql`${event.data}->>'rollbackId' = ${row.of}`;
  return and(eq(event.feature, feature), sql`(${published} or ${back})`);
}
