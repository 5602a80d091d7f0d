/**
 * What every verb on a report does first and last: find it for eyes that may see it, hold it, ask whether this may be
 * done now; then write the words, the version that seals them and the event that tells of it, together.
 */
import { authorise } from '@/lib/access/authorise';
import type { Actor } from '@/lib/access/model';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { conflict, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import type { EventKind } from '@/lib/event/model';
import { audiencesOf, decide, needs, type PostmortemVerb, type Standing, sees } from './decide';
import { wordsOf } from './document';
import { insertVersion } from './keep';
import type { Document, PostmortemState } from './model';
import { registerOf } from './registered';
import { differencesSeen } from './sight';
import {
  type Eyes,
  lockPostmortem,
  newestVersion,
  type PostmortemRow,
  type ReviewRow,
  selectAuthors,
  selectDocuments,
  selectReviews,
  updatePostmortem,
} from './store';

export const eyesOf = (actor: Actor): Eyes => ({ audiences: audiencesOf(actor), environment: actor.environment });

export type Held = { row: PostmortemRow; standing: Standing; to: PostmortemState };

/** @throws BelayError not_found for whoever may not see it, forbidden, or conflict where its state does not allow it */
export async function hold(ctx: Context, tx: Tx, id: string, verb: PostmortemVerb): Promise<Held> {
  authorise(ctx.actor, needs[verb]);
  const row = await lockPostmortem(tx, id);
  if (!row || !sees(ctx.actor, row)) throw notFound('post-mortem', id);
  authorise(ctx.actor, needs[verb], row.environment);
  const standing: Standing = {
    state: row.state,
    version: await newestVersion(tx, id),
    authors: await selectAuthors(tx, id),
    reviews: await reviewsOf(tx, row),
  };
  const decision = decide(verb, standing);
  if (!decision.ok) throw conflict(decision.why);
  return { row, standing, to: decision.to };
}

/** Each with what has changed to a reader's eye since the version that was looked at. */
async function reviewsOf(tx: Tx, row: PostmortemRow): Promise<Array<ReviewRow & { changed: string[] }>> {
  const reviews = await selectReviews(tx, row.id);
  const documents = await selectDocuments(tx, row.id, [...new Set(reviews.map(({ version }) => version))]);
  return reviews.map((review) => ({ ...review, changed: changedSince(documents.get(review.version), row.document) }));
}

/** @throws conflict where another version than the newest was read: says which that is, and what a reader sees of it */
export async function readNewest(tx: Tx, { row, standing }: Held, read: number): Promise<void> {
  const { version } = standing;
  if (version === null || version === read) return;
  const there = version > read ? (await selectDocuments(tx, row.id, [read])).get(read) : undefined;
  const changed = there === undefined ? [] : changedSince(there, row.document);
  const since = changed.length > 0 ? `changed since: ${changed.join('; ')}` : 'a reader sees the same in both';
  const what = there === undefined ? `there is no version ${read}` : `you read ${read}; ${since}`;
  throw conflict(`Version ${version} is the newest, and ${what}`, [
    { field: 'version', message: `is ${version} by now` },
  ]);
}

/** A version that is not there any more can have shown anything. */
export function changedSince(version: string | undefined, now: Document | null): string[] {
  if (version === undefined || now === null) return ['everything'];
  return differencesSeen(JSON.parse(version) as Document, now);
}

/** What `decide` allows for a draft only has one. */
export async function holdDrafted(
  ctx: Context,
  tx: Tx,
  id: string,
  verb: PostmortemVerb,
): Promise<Held & { document: Document }> {
  const held = await hold(ctx, tx, id, verb);
  if (held.row.document === null) throw conflict('Nothing is drafted yet: wait a moment');
  return { ...held, document: held.row.document };
}

export type Saving = {
  document: Document;
  state: PostmortemState;
  /** what the version says was done, in people's words too */
  note: string;
  /** the same without a word of people's: for the history, where not everybody may see the report */
  quiet: string;
  kind: EventKind;
  data?: Record<string, unknown>;
  set?: Partial<PostmortemRow>;
};

/** Words, version, seal and event; a published one is repeated in the history by its hashes. */
export async function save(tx: Tx, ctx: Context, row: PostmortemRow, of: Saving): Promise<number> {
  const now = ctx.now();
  const after = await updatePostmortem(tx, row.id, {
    document: of.document,
    title: of.document.title,
    words: wordsOf(of.document),
    state: of.state,
    updatedAt: now,
    ...of.set,
  });
  const version = {
    postmortemId: row.id,
    state: of.state,
    document: of.document,
    note: of.note,
    by: ctx.actor.name,
    at: now,
  };
  const sealed = of.kind === 'postmortem.published' || of.kind === 'postmortem.amended';
  const reason = isPrivate(row) ? of.quiet : of.note;
  const tell = (data: Record<string, unknown>) =>
    told(tx, ctx, row, { kind: of.kind, reason, data: { ...of.data, ...data } });
  const { number } = await insertVersion(tx, version, async ({ number: version, hash, evidenceHash }) =>
    sealed ? tell({ version, hash, evidenceHash, register: registerOf(after) }) : null,
  );
  if (!sealed) await tell({ version: number });
  return number;
}

/** The history is read by everybody who looks: of a report that not everybody sees it has no words. */
export function told(
  tx: Tx,
  ctx: Context,
  row: PostmortemRow,
  of: { kind: EventKind; reason: string; data?: Record<string, unknown> },
): Promise<number> {
  return record(tx, ctx.now(), ctx.actor, {
    kind: of.kind,
    reason: of.reason.slice(0, 500),
    environment: row.environment,
    feature: row.feature,
    rolloutId: row.rolloutId,
    data: { ...of.data, postmortemId: row.id },
  });
}

export const isPrivate = ({ audience }: Pick<PostmortemRow, 'audience'>): boolean => audience !== 'viewer';
