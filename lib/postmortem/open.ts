/**
 * Opening reports and drafting them.
 *
 * Opening follows the history by a cursor of its own: the cursor, the report and the event that tells of it are written
 * together, so whatever is killed in between opens each report once. Drafting is due at `draftDueAt`: a worker takes a
 * lease on the row (`attempts` is its fence), reads the facts, and writes evidence, version and document together. What
 * happens meanwhile makes it due again, and until late data can come no more it is not settled. Once it is published
 * nothing is drafted.
 */
import { and, asc, eq, inArray, isNull, lte, or, sql } from 'drizzle-orm';
import { postmortem, postmortemCursor } from '@/drizzle/schema/postmortem';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { isDrillEnvironment } from '@/lib/drill/model';
import { canonicalJson } from '@/lib/event/canonical';
import { record } from '@/lib/event/event';
import { followEvents, type Seen } from '@/lib/event/follow';
import type { EventKind } from '@/lib/event/model';
import { newId } from '@/lib/id';
import type { Notice } from '@/lib/notice/model';
import { tell } from '@/lib/notice/notice';
import { redrafted, traitsOf, wordsOf } from './document';
import { draft } from './draft/draft';
import { textOf } from './draft/sentence';
import type { Facts } from './facts';
import { afterMs, gather } from './gather/gather';
import { insertEvidence, insertVersion, newestEvidence } from './keep';
import type { Document, Subject } from './model';
import { openingIn } from './opening-template';

type Row = typeof postmortem.$inferSelect;
export type Home = Pick<Context, 'db' | 'now'>;

const opening: EventKind[] = [
  'rollout.rolling_back',
  'rollout.cohort_withdrawn',
  'rollback.unconfirmed',
  'drill.failed',
];
const again: EventKind[] = [
  'rollback.verified',
  'rollback.unconfirmed',
  'rollback.acknowledged',
  'rollback.fallback_tried',
  'rollout.rolled_back',
  'rollout.explained',
  'drill.corrected',
];
const followed = [...new Set([...opening, ...again])];
const leaseMs = 30_000;
const retryMs = 20_000;
const minute = 60_000;

const author = { kind: 'rule', id: 'postmortem', name: 'postmortem', environment: null } as const;
const drafted = inArray(postmortem.state, ['draft', 'in_review']);

/** Opens what is to be opened and makes due what has news. */
export function followHistory(home: Home): Promise<void> {
  return followEvents(home, {
    cursor: postmortemCursor,
    kinds: followed,
    atOnce: 200,
    firstLookMs: 24 * 60 * minute,
    take: async (tx, now, seen) => {
      for (const one of seen) await follow(tx, now, one);
    },
  });
}

async function follow(tx: Tx, now: Date, seen: Seen): Promise<void> {
  const subject = subjectOf(seen);
  if (subject && opening.includes(seen.kind) && (await openFor(tx, now, subject, seen))) return;
  await makeDue(tx, now, subject, seen);
}

/** Null: it is about no rollback and no run. What happens within a rehearsal is its run's. */
function subjectOf({ kind, environment, feature, rolloutId, data }: Seen): Subject | null {
  if (environment === null || feature === null || isDrillEnvironment(environment)) return null;
  const run = kind.startsWith('drill.');
  const id = run ? data.runId : data.rollbackId;
  return typeof id === 'string' ? { kind: run ? 'drill_run' : 'rollback', id, feature, environment, rolloutId } : null;
}

async function openFor(tx: Tx, now: Date, subject: Subject, { at, seq }: Seen): Promise<boolean> {
  const id = newId('pm', now);
  const title = placeholder(subject);
  const { begun, data, note } = await openingIn(tx, subject.environment);
  const rows = await tx
    .insert(postmortem)
    .values({
      id,
      subjectKind: subject.kind,
      subjectId: subject.id,
      feature: subject.feature,
      environment: subject.environment,
      rolloutId: subject.rolloutId,
      state: 'draft',
      title,
      revision: 0,
      begun,
      fromAt: at,
      toAt: at,
      draftDueAt: now,
      createdBy: author.name,
      createdAt: now,
      updatedAt: now,
    })
    .onConflictDoNothing()
    .returning({ id: postmortem.id });
  if (rows.length === 0) return false;
  await record(tx, now, author, {
    kind: 'postmortem.opened',
    reason: `Opened a report: ${title}${note}`.slice(0, 500),
    environment: subject.environment,
    feature: subject.feature,
    rolloutId: subject.rolloutId,
    data: { ...data, postmortemId: id, subject, event: seq },
  });
  return true;
}

const placeholder = ({ kind, feature, environment }: Subject): string =>
  kind === 'drill_run'
    ? `A drill of ${feature} in ${environment} failed`
    : `${feature} was taken back in ${environment}`;

async function makeDue(tx: Tx, now: Date, subject: Subject | null, { kind, rolloutId }: Seen): Promise<void> {
  const of =
    subject?.id != null
      ? eq(postmortem.subjectId, subject.id)
      : kind.startsWith('rollout.') && rolloutId !== null
        ? eq(postmortem.rolloutId, rolloutId)
        : null;
  if (of) await tx.update(postmortem).set({ draftDueAt: now }).where(and(of, drafted));
}

const free = or(isNull(postmortem.leaseUntil), sql`${postmortem.leaseUntil} < clock_timestamp()`);

export async function duePostmortems(db: Db, now: Date): Promise<string[]> {
  const rows = await db
    .select({ id: postmortem.id })
    .from(postmortem)
    .where(and(lte(postmortem.draftDueAt, now), drafted, free))
    .orderBy(asc(postmortem.draftDueAt))
    .limit(20);
  return rows.map(({ id }) => id);
}

/** false: it is not due, or another worker is at it. */
export async function draftPostmortem(home: Home, id: string): Promise<boolean> {
  const [row] = await home.db
    .update(postmortem)
    .set({
      attempts: sql`${postmortem.attempts} + 1`,
      leaseUntil: sql`clock_timestamp() + ${leaseMs} * interval '1 millisecond'`,
    })
    .where(and(eq(postmortem.id, id), lte(postmortem.draftDueAt, home.now()), drafted, free))
    .returning();
  if (!row) return false;
  try {
    const facts = await gather(home, subjectIn(row), { from: row.fromAt, to: row.toAt });
    await home.db.transaction((tx) => keepDraft(tx, home.now(), row, facts));
    return true;
  } catch (error) {
    const lastError = (error instanceof Error ? error.message : String(error)).slice(0, 2_000);
    await home.db
      .update(postmortem)
      .set({ lastError, leaseUntil: null, draftDueAt: new Date(home.now().getTime() + retryMs) })
      .where(held(row));
    throw error;
  }
}

const held = ({ id, attempts }: Row) => and(eq(postmortem.id, id), eq(postmortem.attempts, attempts));
const subjectIn = ({ subjectKind: kind, subjectId: id, feature, environment, rolloutId }: Row): Subject => {
  return { kind, id, feature, environment, rolloutId };
};

async function keepDraft(tx: Tx, now: Date, claimed: Row, facts: Facts): Promise<void> {
  // Whoever has published it or taken the lease meanwhile is not overwritten; whoever edits waits.
  const [row] = await tx
    .select()
    .from(postmortem)
    .where(and(held(claimed), drafted))
    .for('update');
  if (!row) return;
  // What came while the facts were read makes it due still.
  const untouched = row.draftDueAt?.getTime() === claimed.draftDueAt?.getTime();
  const due = { draftDueAt: untouched ? nextDraft(facts, now) : row.draftDueAt, leaseUntil: null, lastError: null };
  const before = await newestEvidence(tx, row.id);
  if (before && row.document && sameFacts(before.facts, facts)) {
    await tx.update(postmortem).set(due).where(eq(postmortem.id, row.id));
    return;
  }
  const kept = await insertEvidence(tx, { postmortemId: row.id, facts, number: (before?.number ?? 0) + 1 });
  const document = redrafted(row.document, draft(facts, kept), row.begun);
  const traits = traitsOf(facts, document.draft);
  const stretch = row.subjectKind === 'stretch' ? {} : { fromAt: new Date(facts.from), toAt: new Date(facts.to) };
  await tx
    .update(postmortem)
    .set({ ...due, ...stretch, document, title: document.title, words: wordsOf(document), traits, updatedAt: now })
    .where(eq(postmortem.id, row.id));
  const note = `Drafted from evidence ${kept.number}`;
  const version = { postmortemId: row.id, state: row.state, document, note, by: author.name, at: now };
  const { number } = await insertVersion(tx, version);
  if (before === null) await tell(tx, now, draftedNotice(row, document));
  await record(tx, now, author, {
    kind: 'postmortem.drafted',
    // The history is read by whoever looks; a report may be for fewer.
    reason: row.audience === 'viewer' ? `${note}: ${document.title}`.slice(0, 500) : note,
    environment: row.environment,
    feature: row.feature,
    rolloutId: row.rolloutId,
    data: { postmortemId: row.id, version: number, evidence: kept.number, evidenceHash: kept.hash },
  });
}

/** Of the first draft; of a report for few no word. */
function draftedNotice(row: Row, { title, draft }: Document): Notice {
  const open = row.audience === 'viewer';
  const summary = draft.sections.summary.sentences.slice(0, 3).map(textOf).join(' ');
  return {
    kind: 'postmortem_drafted',
    title: open ? `Post-mortem drafted: ${title}` : 'A post-mortem was drafted',
    text: open ? summary : 'Not everybody may see it.',
    next: 'Read it, say what Belay cannot know, and ask for a review.',
    environment: row.environment,
    feature: row.feature,
    rolloutId: row.rolloutId,
    rollbackId: row.subjectKind === 'rollback' ? row.subjectId : null,
    path: `/postmortems/${row.id}`,
  };
}

/** But for when they were read. */
function sameFacts(before: string, facts: Facts): boolean {
  const { takenAt: _taken, to: _to, ...old } = JSON.parse(before) as Facts;
  const { takenAt: _now, to: _until, ...fresh } = facts;
  return canonicalJson(old) === canonicalJson(fresh);
}

/** Null: nothing more can come by itself. What is not over is drafted again ever more seldom, besides what happens. */
export function nextDraft(
  { subject, rollback, run, to }: Pick<Facts, 'subject' | 'rollback' | 'run' | 'to'>,
  now: Date,
): Date | null {
  const end = subject.kind === 'stretch' ? to : subject.kind === 'drill_run' ? (run?.endedAt ?? null) : endOf(rollback);
  if (end !== null) {
    const settledAt = Date.parse(end) + afterMs;
    return now.getTime() < settledAt ? new Date(settledAt) : null;
  }
  const age = now.getTime() - Date.parse(rollback?.decidedAt ?? run?.startedAt ?? to);
  if (age > longestOpenMs) return null;
  return new Date(now.getTime() + Math.min(Math.max(age, minute), 6 * 60 * minute));
}
const longestOpenMs = 7 * 24 * 60 * minute;

const endOf = (rollback: Facts['rollback']): string | null => rollback?.endedAt ?? rollback?.acknowledged?.at ?? null;
