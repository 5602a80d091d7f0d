/**
 * Status pages: what stakeholders are told of a rollout or an incident. Drafts come from the history (`follow.ts`);
 * a person approves each by sending it, once. Whoever has the link of a page reads what was sent for the public, and
 * nothing else; of the link itself only a hash is kept.
 */
import { authorise } from '@/lib/access/authorise';
import { randomText, sha256 } from '@/lib/access/secret';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { BelayError, badInput, conflict, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { parseInput } from '@/lib/input';
import { consoleUrl } from '@/lib/notice/address';
import { type Refusal, refuseLink } from './decide';
import { draftFor } from './follow';
import {
  closeInput,
  type LinkView,
  linkInput,
  pageInput,
  type StatusLine,
  type StatusSubject,
  type StatusView,
} from './model';
import { findLine, findSubject, lockPage, type PageRow, selectPages, selectUpdates, updatePage, viewOf } from './store';
import { about, newestMoment, openPage, subjectOf } from './subject';

/** Of one page; a rollout has some dozens. */
const mostUpdates = 500;
/** 200 random bits. */
const secretLength = 40;

export type StatusQuery = {
  environment?: string;
  feature?: string;
  open?: boolean;
  subject?: { kind: StatusSubject; id: string };
  limit?: number;
};

/** Newest first. A key of one environment sees the pages of that one. */
export async function listStatusPages(ctx: Context, query: StatusQuery = {}): Promise<StatusLine[]> {
  authorise(ctx.actor, 'view', query.environment);
  const { feature, open, subject } = query;
  return selectPages(ctx.db, {
    environment: query.environment ?? ctx.actor.environment,
    ...(feature === undefined ? {} : { feature }),
    ...(open === undefined ? {} : { open }),
    ...(subject === undefined ? {} : { subject }),
    limit: Math.min(Math.max(query.limit ?? 100, 1), 500),
  });
}

export async function getStatusPage(ctx: Context, id: string): Promise<StatusView> {
  authorise(ctx.actor, 'view');
  const found = await findLine(ctx.db, id);
  if (!found) throw notFound('status page', id);
  authorise(ctx.actor, 'view', found.row.environment);
  return read(ctx.db, id);
}

async function read(db: Db | Tx, id: string): Promise<StatusView> {
  const [found, updates] = await Promise.all([findLine(db, id), selectUpdates(db, id, mostUpdates)]);
  if (!found) throw notFound('status page', id);
  const { row, line } = found;
  return {
    ...line,
    publicTitle: row.publicTitle,
    link:
      row.linkHash !== null && row.linkMadeAt
        ? { madeBy: row.linkMadeBy ?? '', madeAt: row.linkMadeAt.toISOString() }
        : null,
    updates: updates.map((update) => viewOf(update, line.now?.event ?? null)),
  };
}

/** The page of a rollout, a report, a marked incident or a failed drill; where there is one already, that one. Drafts what happened last. */
export async function openStatusPage(ctx: Context, input: unknown): Promise<StatusView> {
  authorise(ctx.actor, 'operate');
  const { subject: kind, id } = parseInput(pageInput, input);
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    const found = await findSubject(tx, kind, id);
    if (!found) throw notFound(called[kind], id);
    authorise(ctx.actor, 'operate', found.environment);
    if (!found.known) throw conflict('Only a drill that has failed has a status page');
    const { page, told } = await openPage(tx, now, ctx.actor, subjectOf(found.kind, found));
    const newest = told.length > 0 ? await newestMoment(tx, page) : null;
    const drafted = newest ? await draftFor(tx, now, page, newest) : [];
    for (const event of [...told, ...drafted]) await record(tx, now, ctx.actor, event);
    return read(tx, page.id);
  });
}

const called: Record<StatusSubject, string> = {
  rollout: 'rollout',
  postmortem: 'post-mortem',
  incident: 'incident',
  drill: 'run',
};

/** A new link; the one before answers nobody any more. The secret is shown here and nowhere else. */
export async function linkStatusPage(ctx: Context, id: string, input: unknown): Promise<LinkView> {
  authorise(ctx.actor, 'operate');
  const { title } = parseInput(linkInput, input);
  const secret = randomText(secretLength);
  const path = `/s/${secret}`;
  return onPage(ctx, id, async (tx, page, now) => {
    orThrow(refuseLink(page, page.subjectKind));
    const linkHash = sha256(secret).toString('hex');
    await updatePage(tx, id, { publicTitle: title, linkHash, linkMadeAt: now, linkMadeBy: ctx.actor.name });
    await record(tx, now, ctx.actor, {
      kind: 'status_page.linked',
      reason: `Made the status page public by a ${page.linkHash === null ? '' : 'new '}link, as “${title}”`,
      ...about(page),
      data: { statusPageId: id, title, replaced: page.linkHash !== null },
    });
    const base = await consoleUrl(tx);
    return { path, url: base === null ? null : new URL(path, base).href };
  });
}

/** Whoever has the link finds nothing from now on. */
export async function unlinkStatusPage(ctx: Context, id: string): Promise<StatusView> {
  authorise(ctx.actor, 'operate');
  return onPage(ctx, id, async (tx, page, now) => {
    if (page.linkHash !== null) {
      await updatePage(tx, id, { linkHash: null, linkMadeAt: null, linkMadeBy: null });
      await record(tx, now, ctx.actor, {
        kind: 'status_page.unlinked',
        reason: 'Revoked the public link of the status page',
        ...about(page),
        data: { statusPageId: id },
      });
    }
    return read(tx, id);
  });
}

/** Nothing more is told on it; what was told stays, for the public too, until the link is revoked. */
export async function closeStatusPage(ctx: Context, id: string, input: unknown): Promise<StatusView> {
  authorise(ctx.actor, 'operate');
  const { reason } = parseInput(closeInput, input);
  return onPage(ctx, id, async (tx, page, now) => {
    if (page.closed) throw conflict('This status page is closed already');
    await updatePage(tx, id, { closed: true });
    const event = { kind: 'status_page.closed' as const, reason, ...about(page), data: { statusPageId: id } };
    await record(tx, now, ctx.actor, event);
    return read(tx, id);
  });
}

/** One change of a page at a time. */
export async function onPage<T>(
  ctx: Context,
  id: string,
  run: (tx: Tx, page: PageRow, now: Date) => Promise<T>,
): Promise<T> {
  authorise(ctx.actor, 'operate');
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    const page = await lockPage(tx, id);
    if (!page) throw notFound('status page', id);
    authorise(ctx.actor, 'operate', page.environment);
    return run(tx, page, now);
  });
}

export function orThrow(refused: Refusal | null): void {
  if (!refused) return;
  if (refused.field) throw badInput([{ field: refused.field, message: refused.why }]);
  throw new BelayError('conflict', refused.why);
}
