/** Reports: found, and read with what their seals say. Each verb has a file of its own. */
import { and, desc, eq, inArray, or, type SQL, sql } from 'drizzle-orm';
import { postmortem } from '@/drizzle/schema/postmortem';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { notFound } from '@/lib/errors';
import { actionsOf } from './action/action-store';
import { todayOf } from './action/days';
import { isStale, needs, sees } from './decide';
import { changedSince, eyesOf, hold } from './hold';
import { relatedTo } from './learn/related';
import { excerptOf, found, rank } from './learn/search';
import {
  type Document,
  type Draft,
  type PostmortemLine,
  type PostmortemState,
  type PostmortemView,
  type ReviewView,
  type SealView,
  sectionNames,
  type VersionView,
} from './model';
import { registerFault } from './registered';
import { checkSeal, type SealingEvent } from './seal';
import {
  commentView,
  findEvidence,
  findPostmortem,
  findVersion,
  type PostmortemRow,
  type ReviewRow,
  reportId,
  seenBy,
  selectComments,
  selectHashes,
  selectLines,
  selectReviews,
  selectSealing,
  selectVersions,
  summaryOf,
  updatePostmortem,
  type VersionRow,
  versionView,
} from './store';

export type PostmortemFilter = {
  feature?: string;
  environment?: string;
  state?: PostmortemState[];
  subject?: string;
  /** words, "phrases", -without, or */
  q?: string;
  openActions?: boolean;
  /** in review, and whoever is called so was asked and has not answered */
  asked?: string;
  /** id of the last one seen; a search has no pages */
  before?: string;
  limit?: number;
};

/** Newest first; what is searched for, best first. */
export async function listPostmortems(ctx: Context, filter: PostmortemFilter = {}): Promise<PostmortemLine[]> {
  authorise(ctx.actor, 'view', filter.environment);
  const query = filter.q?.trim() ? filter.q : null;
  const newest = [desc(postmortem.createdAt), desc(postmortem.id)] as unknown as SQL[];
  return selectLines(ctx.db, {
    where: and(seenBy(eyesOf(ctx.actor)), ...conditions(filter), query === null ? undefined : found(query)),
    order: query === null ? newest : [rank(query), ...newest],
    excerpt: query === null ? null : excerptOf(query),
    limit: Math.min(Math.max(filter.limit ?? 50, 1), 500),
    today: await todayOf(ctx),
  });
}

function conditions({ feature, environment, state, subject, openActions, asked, before }: PostmortemFilter) {
  const open = sql`exists (select 1 from postmortem_action a
    where a.postmortem_id = ${reportId} and a.state in ('open', 'in_progress'))`;
  // Ids begin with the time at which they were made.
  const older = sql`(${postmortem.createdAt}, ${postmortem.id}) < (select created_at, id from postmortem where id = ${before ?? ''})`;
  return [
    feature === undefined ? undefined : eq(postmortem.feature, feature),
    environment === undefined ? undefined : eq(postmortem.environment, environment),
    state?.length ? inArray(postmortem.state, state) : undefined,
    subject === undefined ? undefined : or(eq(postmortem.subjectId, subject), eq(postmortem.rolloutId, subject)),
    openActions === undefined ? undefined : openActions ? open : sql`not ${open}`,
    asked === undefined ? undefined : waitsFor(asked),
    before === undefined ? undefined : older,
  ];
}

const waitsFor = (person: string) => sql`${postmortem.state} = 'in_review' and exists (select 1 from postmortem_review r
    where r.postmortem_id = ${postmortem.id} and r.person = ${person} and r.state = 'asked')`;

/** Whoever may not see it is told what who asks for none is told. */
async function seen(ctx: Context, db: Db | Tx, id: string): Promise<PostmortemRow> {
  authorise(ctx.actor, 'view');
  const row = await findPostmortem(db, id);
  if (!row || !sees(ctx.actor, row)) throw notFound('post-mortem', id);
  return row;
}

/** All of it in one moment of the database, so that a seal is held against what is shown. */
export async function getPostmortem(ctx: Context, id: string): Promise<PostmortemView> {
  authorise(ctx.actor, 'view');
  return ctx.db.transaction(
    async (tx) => {
      const row = await seen(ctx, tx, id);
      const versions = await selectVersions(tx, id);
      const reviews = await selectReviews(tx, id);
      const comments = await selectComments(tx, id);
      const actions = await actionsOf(tx, row, await todayOf(ctx, tx));
      return {
        ...headOf(row),
        openActions: actions.filter(({ closedAt }) => closedAt === null).length,
        overdueActions: actions.filter(({ overdue }) => overdue).length,
        seal: await sealOf(tx, row, versions, ctx.now()),
        reviews: reviews.map((r) => reviewView(r, row, versions)),
        comments: comments.map(commentView),
        actions,
        versions: versions.map(versionView),
        related: await relatedTo(tx, row, eyesOf(ctx.actor)),
      };
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
}

function reviewView(review: ReviewRow, { document }: PostmortemRow, versions: VersionRow[]): ReviewView {
  const { person, state, note, at, version } = review;
  const of = versions.find(({ number }) => number === version);
  const changed = versions.at(-1) === of ? [] : changedSince(of?.document, document);
  return { person, state, note, at: at.toISOString(), version, changed, stale: isStale({ state, changed }) };
}

function headOf(row: PostmortemRow) {
  const document = row.document ?? emptyDocument(row.title);
  const summary = document.draft?.sections?.summary;
  const written = document.written?.summary;
  return {
    id: row.id,
    title: document.title ?? row.title,
    subject: {
      kind: row.subjectKind,
      id: row.subjectId,
      feature: row.feature,
      environment: row.environment,
      rolloutId: row.rolloutId,
    },
    state: row.state,
    from: row.fromAt.toISOString(),
    to: row.toAt.toISOString(),
    summary: summaryOf({
      sentences: summary?.sentences ?? [],
      struck: written?.struck ?? [],
      text: written?.text ?? null,
    }),
    createdAt: row.createdAt.toISOString(),
    publishedAt: row.publishedAt?.toISOString() ?? null,
    revision: row.revision,
    audience: row.audience,
    document,
    settling: row.draftDueAt !== null && row.publishedAt === null,
  };
}

function emptyDocument(title: string): Document {
  const sections = Object.fromEntries(
    sectionNames.map((name) => [name, { sentences: [] }]),
  ) as unknown as Draft['sections'];
  const evidence = { number: 0, hash: '' };
  const draft = { title, sections, figures: [], milestones: [], timeline: [], candidates: [], changes: [], evidence };
  return { title, draft, written: {}, curations: [], links: [] };
}

async function sealOf(tx: Tx, row: PostmortemRow, versions: VersionRow[], now: Date): Promise<SealView> {
  const evidence = await selectHashes(tx, row.id);
  const events = (await selectSealing(tx, row.id)).map(
    (e): SealingEvent => ({
      seq: e.seq,
      at: e.at.toISOString(),
      kind: e.kind,
      actor: { kind: e.actorKind, id: e.actorId, name: e.actorName },
      reason: e.reason,
      environment: e.environment,
      feature: e.feature,
      rolloutId: e.rolloutId,
      data: e.data,
      previousHash: e.previousHash.toString('hex'),
      hash: e.hash.toString('hex'),
    }),
  );
  const head = { id: row.id, state: row.state, document: row.document };
  const checked = checkSeal({ head, evidence, versions }, events);
  const checkedAt = now.toISOString();
  // Lists and notices show the title of the row, which no version covers.
  if (checked.state === 'intact' && row.title !== row.document?.title)
    return { state: 'broken', detail: 'its title is not the one that was sealed', checkedAt };
  const fault = checked.state === 'intact' ? registerFault(row, events) : null;
  return fault ? { state: 'broken', detail: fault, checkedAt } : { ...checked, checkedAt };
}

/** Drafts it again from what is recorded now; nothing that a person wrote is touched. */
export async function redraftPostmortem(ctx: Context, id: string): Promise<PostmortemView> {
  authorise(ctx.actor, needs.redraft);
  await ctx.db.transaction(async (tx) => {
    await hold(ctx, tx, id, 'redraft');
    await updatePostmortem(tx, id, { draftDueAt: ctx.now() });
  });
  await ctx.enqueue('postmortem', { postmortemId: id });
  return getPostmortem(ctx, id);
}

/** As it stands in an address; what is no number is of nothing. */
const numberOf = (text: number | string): number => (/^\d{1,9}$/.test(String(text)) ? Number(text) : 0);

export type WholeVersion = VersionView & { document: Document };
export async function getVersion(ctx: Context, id: string, which: number | string): Promise<WholeVersion> {
  authorise(ctx.actor, 'view');
  await seen(ctx, ctx.db, id);
  const row = await findVersion(ctx.db, id, numberOf(which));
  if (!row) throw notFound('version', `${which} of ${id}`);
  return { ...versionView(row), document: JSON.parse(row.document) as Document };
}

export type EvidenceView = { number: number; hash: string; takenAt: string; facts: string };
/** As the text that its hash is of, so that anybody can compute the hash again. */
export async function getEvidence(ctx: Context, id: string, which: number | string): Promise<EvidenceView> {
  authorise(ctx.actor, 'view');
  await seen(ctx, ctx.db, id);
  const row = await findEvidence(ctx.db, id, numberOf(which));
  if (!row) throw notFound('evidence', `${which} of ${id}`);
  return { ...row, takenAt: row.takenAt.toISOString() };
}
