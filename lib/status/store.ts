/** Rows of status pages and updates. Decides nothing. */
import { and, desc, eq, ne, sql } from 'drizzle-orm';
import { drillRun } from '@/drizzle/schema/drill';
import { incident } from '@/drizzle/schema/incident';
import { postmortem } from '@/drizzle/schema/postmortem';
import { rollout } from '@/drizzle/schema/rollout';
import { statusPage, statusUpdate } from '@/drizzle/schema/status';
import type { Db, Tx } from '@/lib/db';
import type { StatusLine, StatusSubject, UpdateView } from './model';

export type PageRow = typeof statusPage.$inferSelect;
export type UpdateRow = typeof statusUpdate.$inferSelect;

/** What of a page is in its updates. Spelled out: in a select of one table drizzle names columns without it. */
const summary = {
  page: statusPage,
  drafts: sql<number>`(select count(*)::int from status_update u where u.page_id = status_page.id and u.state = 'draft')`,
  sentAt: sql<Date | null>`(
    select max(u.ended_at) from status_update u where u.page_id = status_page.id and u.state = 'sent')`.mapWith(
    statusUpdate.endedAt,
  ),
  now: sql<{ text: string; since: string; event: number } | null>`(
    select json_build_object('text', u.headline, 'since', u.at, 'event', u.seq) from status_update u
    where u.page_id = status_page.id and u.seq is not null order by u.seq desc limit 1)`,
};
type Summary = { page: PageRow; drafts: number; sentAt: Date | null; now: StatusLine['now'] };

export type PageFilter = {
  environment: string | null;
  feature?: string;
  open?: boolean;
  subject?: { kind: StatusSubject; id: string };
  limit: number;
};

/** Newest first. */
export async function selectPages(db: Db, filter: PageFilter): Promise<StatusLine[]> {
  const rows = await db
    .select(summary)
    .from(statusPage)
    .where(
      and(
        filter.environment === null ? undefined : eq(statusPage.environment, filter.environment),
        filter.feature === undefined ? undefined : eq(statusPage.feature, filter.feature),
        filter.open ? ne(statusPage.closed, true) : undefined,
        filter.subject
          ? and(eq(statusPage.subjectKind, filter.subject.kind), eq(statusPage.subjectId, filter.subject.id))
          : undefined,
      ),
    )
    .orderBy(desc(statusPage.createdAt), desc(statusPage.id))
    .limit(filter.limit);
  return rows.map(lineOf);
}

export async function findLine(db: Db | Tx, id: string): Promise<{ row: PageRow; line: StatusLine } | null> {
  const [row] = await db.select(summary).from(statusPage).where(eq(statusPage.id, id));
  return row ? { row: row.page, line: lineOf(row) } : null;
}

export function lineOf({ page, drafts, sentAt, now }: Summary): StatusLine {
  return {
    id: page.id,
    subject: { kind: page.subjectKind, id: page.subjectId },
    feature: page.feature,
    environment: page.environment,
    title: page.title,
    now: now && { ...now, since: new Date(now.since).toISOString() },
    drafts,
    sentAt: sentAt?.toISOString() ?? null,
    public: page.linkHash !== null,
    closed: page.closed,
    createdBy: page.createdBy,
    createdAt: page.createdAt.toISOString(),
  };
}

export async function lockPage(tx: Tx, id: string): Promise<PageRow | null> {
  const [row] = await tx.select().from(statusPage).where(eq(statusPage.id, id)).for('no key update');
  return row ?? null;
}

export async function updatePage(tx: Tx, id: string, set: Partial<PageRow>): Promise<void> {
  await tx.update(statusPage).set(set).where(eq(statusPage.id, id));
}

/** Newest first. */
export async function selectUpdates(db: Db | Tx, pageId: string, limit: number): Promise<UpdateRow[]> {
  return db
    .select()
    .from(statusUpdate)
    .where(eq(statusUpdate.pageId, pageId))
    .orderBy(desc(sql`coalesce(${statusUpdate.endedAt}, ${statusUpdate.createdAt})`), desc(statusUpdate.id))
    .limit(limit);
}

export async function findUpdate(db: Db | Tx, id: string): Promise<UpdateRow | null> {
  const [row] = await db.select().from(statusUpdate).where(eq(statusUpdate.id, id));
  return row ?? null;
}

export async function insertUpdate(tx: Tx, row: typeof statusUpdate.$inferInsert): Promise<UpdateRow> {
  const [made] = await tx.insert(statusUpdate).values(row).returning();
  if (!made) throw new Error('an update was not written');
  return made;
}

/** Null: it is not as it was seen any more. */
export async function changeUpdate(tx: Tx, seen: UpdateRow, set: Partial<UpdateRow>): Promise<UpdateRow | null> {
  const [row] = await tx
    .update(statusUpdate)
    .set(set)
    .where(and(eq(statusUpdate.id, seen.id), eq(statusUpdate.state, 'draft'), eq(statusUpdate.revision, seen.revision)))
    .returning();
  return row ?? null;
}

export function viewOf(row: UpdateRow, newestSeq: number | null): UpdateView {
  return {
    id: row.id,
    pageId: row.pageId,
    moment: row.moment,
    headline: row.headline,
    standing: row.standing,
    text: row.text,
    publicText: row.publicText,
    nextAt: row.nextAt?.toISOString() ?? null,
    state: row.state,
    revision: row.revision,
    draftedFrom: row.draftedFrom,
    outdated: row.state === 'draft' && row.seq !== null && newestSeq !== null && row.seq < newestSeq,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    editedBy: row.editedBy,
    endedBy: row.endedBy,
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}

type SubjectRow = { kind: StatusSubject; id: string; feature: string; environment: string; at: Date; known: boolean };

/** Null: there is nothing like that. A report of a drill has the page of its drill. `known`: it may have a page. */
export async function findSubject(tx: Tx, kind: StatusSubject, id: string): Promise<SubjectRow | null> {
  if (kind === 'postmortem') {
    const { feature, environment, fromAt: at, subjectKind, subjectId } = postmortem;
    const columns = { feature, environment, at, subjectKind, subjectId };
    const [row] = await tx.select(columns).from(postmortem).where(eq(postmortem.id, id));
    if (row?.subjectKind === 'drill_run' && row.subjectId !== null) return findSubject(tx, 'drill', row.subjectId);
    return row ? { ...row, kind, id, known: true } : null;
  }
  if (kind === 'drill') {
    const { featureKey: feature, environment, dueAt, endedAt, state } = drillRun;
    const columns = { feature, environment, dueAt, endedAt, state };
    const [row] = await tx.select(columns).from(drillRun).where(eq(drillRun.id, id));
    return row ? { ...row, at: row.endedAt ?? row.dueAt, kind, id, known: row.state === 'failed' } : null;
  }
  const [row] = await (kind === 'rollout'
    ? tx
        .select({ feature: rollout.featureKey, environment: rollout.environment, at: rollout.createdAt })
        .from(rollout)
        .where(eq(rollout.id, id))
    : tx
        .select({ feature: incident.featureKey, environment: incident.environment, at: incident.markedAt })
        .from(incident)
        .where(eq(incident.id, id)));
  return row ? { ...row, kind, id, known: true } : null;
}

export type Linked = { id: string; title: string; closed: boolean };

/** By the hash of the secret: how long it takes tells nothing of any secret, and a revoked link is an unknown one. */
export async function findLinked(db: Db, linkHash: string): Promise<Linked | null> {
  const [row] = await db
    .select({ id: statusPage.id, title: statusPage.publicTitle, closed: statusPage.closed })
    .from(statusPage)
    .where(eq(statusPage.linkHash, linkHash));
  return row ? { ...row, title: row.title ?? '' } : null;
}

export type PublicRow = Pick<UpdateRow, 'standing' | 'publicText' | 'nextAt' | 'endedAt'>;

/** What was sent for the public, newest first. */
export async function selectPublic(db: Db, pageId: string, limit: number): Promise<PublicRow[]> {
  const { standing, publicText, nextAt, endedAt, state, id } = statusUpdate;
  return db
    .select({ standing, publicText, nextAt, endedAt })
    .from(statusUpdate)
    .where(and(eq(statusUpdate.pageId, pageId), eq(state, 'sent'), ne(publicText, '')))
    .orderBy(desc(endedAt), desc(id))
    .limit(limit);
}
