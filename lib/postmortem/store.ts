/** SQL of reports: finding, holding, changing. Whoever may not see one finds none. Decides nothing. */
import { and, asc, desc, eq, inArray, isNull, ne, or, type SQL, sql } from 'drizzle-orm';
import { apiKey, person } from '@/drizzle/schema/access';
import { event } from '@/drizzle/schema/event';
import {
  postmortem,
  postmortemComment,
  postmortemEvidence,
  postmortemReview,
  postmortemVersion,
} from '@/drizzle/schema/postmortem';
import type { Role } from '@/lib/access/model';
import type { Db, Tx } from '@/lib/db';
import type { CommentView, PostmortemLine, PostmortemView, VersionView } from './model';

export type PostmortemRow = typeof postmortem.$inferSelect;
export type ReviewRow = typeof postmortemReview.$inferSelect;
export type CommentRow = typeof postmortemComment.$inferSelect;
/** Whose reports are seen: audiences, and the one environment of a key. */
export type Eyes = { audiences: PostmortemView['audience'][]; environment: string | null };

export const seenBy = ({ audiences, environment }: Eyes): SQL | undefined =>
  and(
    audiences.length === 0 ? sql`false` : inArray(postmortem.audience, audiences),
    environment === null ? undefined : eq(postmortem.environment, environment),
  );

export async function findPostmortem(db: Db | Tx, id: string): Promise<PostmortemRow | null> {
  const [row] = await db.select().from(postmortem).where(eq(postmortem.id, id));
  return row ?? null;
}

/** Until the transaction ends nobody else changes it, and no draft is written. */
export async function lockPostmortem(tx: Tx, id: string): Promise<PostmortemRow | null> {
  const [row] = await tx.select().from(postmortem).where(eq(postmortem.id, id)).for('update');
  return row ?? null;
}

export async function insertPostmortem(tx: Tx, row: typeof postmortem.$inferInsert): Promise<void> {
  await tx.insert(postmortem).values(row);
}

export async function updatePostmortem(tx: Tx, id: string, set: Partial<PostmortemRow>): Promise<PostmortemRow> {
  const [row] = await tx.update(postmortem).set(set).where(eq(postmortem.id, id)).returning();
  if (!row) throw new Error(`the report ${id} was held and is gone`);
  return row;
}

/** Without its document, which may be long: what a line tells is taken out of it by the database. */
const summary = sql<Pick<LineRow, 'sentences' | 'struck'> | null>`json_build_object(
  'sentences', ${postmortem.document}->'draft'->'sections'->'summary'->'sentences',
  'struck', coalesce(${postmortem.document}->'written'->'summary'->'struck', '[]'::json),
  'text', ${postmortem.document}->'written'->'summary'->>'text')`;
type LineRow = { sentences: Array<{ id: string; spans: Array<{ text: string }> }> | null; struck: string[] };
/** In full: among the columns of one table drizzle leaves the table out, and then it would be the action's own. */
export const reportId = sql`"postmortem"."id"`;
const openActions = sql<number>`(select count(*)::int from postmortem_action a
  where a.postmortem_id = ${reportId} and a.state in ('open', 'in_progress'))`;
const overdue = (today: string) => sql<number>`(select count(*)::int from postmortem_action a
  where a.postmortem_id = ${reportId} and a.state in ('open', 'in_progress') and a.due_on < ${today})`;

const lineColumns = (today: string, excerpt: SQL | null) => ({
  id: postmortem.id,
  title: postmortem.title,
  kind: postmortem.subjectKind,
  subjectId: postmortem.subjectId,
  feature: postmortem.feature,
  environment: postmortem.environment,
  rolloutId: postmortem.rolloutId,
  state: postmortem.state,
  from: postmortem.fromAt,
  to: postmortem.toAt,
  summary,
  openActions,
  overdueActions: overdue(today),
  createdAt: postmortem.createdAt,
  publishedAt: postmortem.publishedAt,
  excerpt: sql<string | null>`${excerpt ?? sql`null::text`}`,
});

export async function selectLines(
  db: Db,
  of: { where: SQL | undefined; order: SQL[]; excerpt: SQL | null; limit: number; today: string },
): Promise<PostmortemLine[]> {
  const rows = await db
    .select(lineColumns(of.today, of.excerpt))
    .from(postmortem)
    .where(of.where)
    .orderBy(...of.order)
    .limit(of.limit);
  return rows.map(({ kind, subjectId, feature, environment, rolloutId, summary, ...row }) => ({
    ...row,
    subject: { kind, id: subjectId, feature, environment, rolloutId },
    from: row.from.toISOString(),
    to: row.to.toISOString(),
    summary: summaryOf(summary as SummaryJson | null),
    createdAt: row.createdAt.toISOString(),
    publishedAt: row.publishedAt?.toISOString() ?? null,
  }));
}

type SummaryJson = LineRow & { text: string | null };
const longestSummary = 400;

/** What people wrote first; else what was drafted and not struck out. */
export function summaryOf(from: SummaryJson | null): string {
  const drafted = (from?.sentences ?? [])
    .filter(({ id }) => !from?.struck.includes(id))
    .map(({ spans }) => spans.map(({ text }) => text).join(''));
  const text = [from?.text?.trim() ?? '', ...drafted].filter((part) => part !== '').join(' ');
  return text.length > longestSummary ? `${text.slice(0, longestSummary - 1)}…` : text;
}

export async function selectVersions(db: Db | Tx, id: string) {
  return db
    .select()
    .from(postmortemVersion)
    .where(eq(postmortemVersion.postmortemId, id))
    .orderBy(asc(postmortemVersion.number));
}
export type VersionRow = Awaited<ReturnType<typeof selectVersions>>[number];

export const versionView = (row: VersionRow): VersionView => ({
  number: row.number,
  state: row.state,
  hash: row.hash,
  evidence: row.evidence,
  by: row.madeBy,
  at: row.madeAt.toISOString(),
  note: row.note,
});

export async function findVersion(db: Db, id: string, number: number): Promise<VersionRow | null> {
  const [row] = await db
    .select()
    .from(postmortemVersion)
    .where(and(eq(postmortemVersion.postmortemId, id), eq(postmortemVersion.number, number)));
  return row ?? null;
}

/** As the texts that were sealed. */
export async function selectDocuments(tx: Tx, id: string, numbers: number[]): Promise<Map<number, string>> {
  const { number, document, postmortemId } = postmortemVersion;
  const rows = await tx
    .select({ number, document })
    .from(postmortemVersion)
    .where(and(eq(postmortemId, id), inArray(number, numbers)));
  return new Map(rows.map((row) => [row.number, row.document]));
}

export async function newestVersion(db: Db | Tx, id: string): Promise<number | null> {
  const [row] = await db
    .select({ number: postmortemVersion.number })
    .from(postmortemVersion)
    .where(eq(postmortemVersion.postmortemId, id))
    .orderBy(desc(postmortemVersion.number))
    .limit(1);
  return row?.number ?? null;
}

/** The newest that a person has made. */
export async function lastByPerson(
  tx: Tx,
  id: string,
  rule: string,
): Promise<Pick<VersionRow, 'madeBy' | 'madeAt'> | null> {
  const [row] = await tx
    .select({ madeBy: postmortemVersion.madeBy, madeAt: postmortemVersion.madeAt })
    .from(postmortemVersion)
    .where(and(eq(postmortemVersion.postmortemId, id), ne(postmortemVersion.madeBy, rule)))
    .orderBy(desc(postmortemVersion.number))
    .limit(1);
  return row ?? null;
}

/** Hashed where it is: facts may be megabytes, and a page asks for their hashes only. */
export function selectHashes(db: Db | Tx, id: string) {
  const { number, facts, hash } = postmortemEvidence;
  return db
    .select({ number, hash, computed: sql<string>`encode(sha256(convert_to(${facts}, 'UTF8')), 'hex')` })
    .from(postmortemEvidence)
    .where(eq(postmortemEvidence.postmortemId, id))
    .orderBy(asc(number));
}

export async function findEvidence(db: Db, id: string, which: number) {
  const { number, facts, hash, takenAt, postmortemId } = postmortemEvidence;
  const [row] = await db
    .select({ number, facts, hash, takenAt })
    .from(postmortemEvidence)
    .where(and(eq(postmortemId, id), eq(number, which)));
  return row ?? null;
}

/** By the index `event_postmortem`, whose condition this repeats. */
export const eventsOfReport = (id: string): SQL | undefined =>
  and(sql`${event.kind} like 'postmortem.%'`, eq(sql`(${event.data}->>'postmortemId')`, id));

/** What tells of its seals, of its opening, and of whom it is for. */
export function selectSealing(db: Db | Tx, id: string) {
  const told = inArray(event.kind, ['postmortem.opened', 'postmortem.published', 'postmortem.amended']);
  const readers = and(eq(event.kind, 'postmortem.edited'), sql`${event.data} ? 'audience'`);
  return db
    .select()
    .from(event)
    .where(and(eventsOfReport(id), or(told, readers)))
    .orderBy(asc(event.seq));
}

/** Who has changed its words, as the history tells. */
export async function selectAuthors(db: Db | Tx, id: string): Promise<string[]> {
  const rows = await db
    .selectDistinct({ name: event.actorName })
    .from(event)
    .where(
      and(
        eventsOfReport(id),
        or(eq(event.kind, 'postmortem.edited'), eq(event.kind, 'postmortem.amended')),
        ne(event.actorKind, 'rule'),
        sql`${event.data} ? 'version'`,
      ),
    );
  return rows.map(({ name }) => name).sort();
}

export function selectReviews(db: Db | Tx, id: string): Promise<ReviewRow[]> {
  return db
    .select()
    .from(postmortemReview)
    .where(eq(postmortemReview.postmortemId, id))
    .orderBy(asc(postmortemReview.at), asc(postmortemReview.person));
}

export async function putReview(tx: Tx, row: ReviewRow): Promise<void> {
  const { postmortemId, person: who, ...set } = row;
  await tx
    .insert(postmortemReview)
    .values(row)
    .onConflictDoUpdate({ target: [postmortemReview.postmortemId, postmortemReview.person], set });
}

/** Those who have not answered; named: only them. */
export async function dropAsked(tx: Tx, id: string): Promise<void> {
  await tx
    .delete(postmortemReview)
    .where(and(eq(postmortemReview.postmortemId, id), eq(postmortemReview.state, 'asked')));
}

/** Of these names those that stand for somebody who is here, with their roles; a name may stand for several. */
export async function rolesOf(tx: Tx, names: string[], now: Date): Promise<Array<{ name: string; role: Role }>> {
  const people = await tx
    .select({ name: person.name, role: person.role })
    .from(person)
    .where(and(inArray(person.name, names), isNull(person.disabledAt)));
  const keys = await tx
    .select({ name: apiKey.name, role: apiKey.role })
    .from(apiKey)
    .where(
      and(
        inArray(apiKey.name, names),
        isNull(apiKey.revokedAt),
        or(isNull(apiKey.expiresAt), sql`${apiKey.expiresAt} > ${now.toISOString()}`),
      ),
    );
  return [...people, ...keys];
}

export function selectComments(db: Db | Tx, id: string): Promise<CommentRow[]> {
  return db
    .select()
    .from(postmortemComment)
    .where(eq(postmortemComment.postmortemId, id))
    .orderBy(asc(postmortemComment.at), asc(postmortemComment.id));
}

export async function insertComment(tx: Tx, row: CommentRow): Promise<void> {
  await tx.insert(postmortemComment).values(row);
}

export async function resolveRow(tx: Tx, id: string, by: string, at: Date): Promise<CommentRow | null> {
  const [row] = await tx
    .update(postmortemComment)
    .set({ resolvedBy: by, resolvedAt: at })
    .where(and(eq(postmortemComment.id, id), isNull(postmortemComment.resolvedAt)))
    .returning();
  return row ?? null;
}

export const commentView = (row: CommentRow): CommentView => ({
  id: row.id,
  section: row.section,
  text: row.text,
  by: row.by,
  at: row.at.toISOString(),
  resolved:
    row.resolvedBy === null || row.resolvedAt === null
      ? null
      : { by: row.resolvedBy, at: row.resolvedAt.toISOString() },
});
