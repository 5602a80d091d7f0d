/** Updates: drafts that a person changes, approves and sends, once, or drops; and a person's own. */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { conflict, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { newId } from '@/lib/id';
import { parseInput } from '@/lib/input';
import { tell } from '@/lib/notice/notice';
import { refuseDrop, refuseEdit, refuseSend, refuseWrite } from './decide';
import {
  dropInput,
  type StatusLine,
  sendInput,
  standingWords,
  type UpdateView,
  updateChange,
  updateInput,
} from './model';
import { onPage, orThrow } from './status';
import { changeUpdate, findLine, findUpdate, insertUpdate, type PageRow, type UpdateRow, viewOf } from './store';
import { about } from './subject';

/** A person's own, such as a correction of one that was sent; it goes out once it is sent too. */
export async function writeUpdate(ctx: Context, pageId: string, input: unknown): Promise<UpdateView> {
  authorise(ctx.actor, 'operate');
  const { nextAt, ...given } = parseInput(updateInput, input);
  return onPage(ctx, pageId, async (tx, page, now) => {
    orThrow(refuseWrite(page));
    const row = await insertUpdate(tx, {
      id: newId('upd', now),
      pageId,
      moment: 'written',
      ...given,
      nextAt: nextAt === null ? null : new Date(nextAt),
      state: 'draft',
      draftedFrom: [],
      at: now,
      createdBy: ctx.actor.name,
      createdAt: now,
    });
    await record(tx, now, ctx.actor, eventOf('status_update.written', page, row));
    return viewOf(row, null);
  });
}

export async function getUpdate(ctx: Context, id: string): Promise<UpdateView> {
  authorise(ctx.actor, 'view');
  const { row, line } = await updateOf(ctx.db, id);
  authorise(ctx.actor, 'view', line.environment);
  return viewOf(row, line.now?.event ?? null);
}

async function updateOf(db: Db | Tx, id: string): Promise<{ row: UpdateRow; page: PageRow; line: StatusLine }> {
  const row = await findUpdate(db, id);
  const found = row && (await findLine(db, row.pageId));
  if (!row || !found) throw notFound('update', id);
  return { row, page: found.row, line: found.line };
}

export async function editUpdate(ctx: Context, id: string, input: unknown): Promise<UpdateView> {
  authorise(ctx.actor, 'operate');
  const { basedOn, nextAt, ...given } = parseInput(updateChange, input);
  return onUpdate(ctx, id, async (tx, { row, page, newest }, now) => {
    orThrow(refuseEdit(row, page, basedOn));
    const changed = await changeUpdate(tx, row, {
      ...given,
      ...(nextAt === undefined ? {} : { nextAt: nextAt === null ? null : new Date(nextAt) }),
      revision: row.revision + 1,
      editedBy: ctx.actor.name,
    });
    if (!changed) throw conflict('Somebody has changed its words meanwhile; read them again');
    await record(tx, now, ctx.actor, eventOf('status_update.edited', page, changed));
    return viewOf(changed, newest);
  });
}

/** Once: of two who send the same one, the second is told who was first. */
export async function sendUpdate(ctx: Context, id: string, input: unknown): Promise<UpdateView> {
  authorise(ctx.actor, 'operate');
  const { basedOn } = parseInput(sendInput, input);
  return onUpdate(ctx, id, async (tx, { row, page, newest }, now) => {
    orThrow(refuseSend(row, page, { basedOn, now }));
    const sent = await changeUpdate(tx, row, { state: 'sent', endedBy: ctx.actor.name, endedAt: now });
    if (!sent) throw conflict('Somebody has changed or sent it meanwhile; look again');
    const { environment, feature, rolloutId } = about(page);
    await tell(tx, now, {
      kind: 'status_update',
      title: `${page.title}: ${standingWords[sent.standing].label}`,
      text: sent.text,
      next: sent.nextAt === null ? '' : `we write again by ${utc(sent.nextAt)}.`,
      environment,
      feature,
      rolloutId,
      rollbackId: null,
      path: `/status/${page.id}`,
    });
    await record(tx, now, ctx.actor, eventOf('status_update.sent', page, sent));
    return viewOf(sent, newest);
  });
}

const utc = (at: Date) => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

export async function dropUpdate(ctx: Context, id: string, input: unknown): Promise<UpdateView> {
  authorise(ctx.actor, 'operate');
  const { reason } = parseInput(dropInput, input);
  return onUpdate(ctx, id, async (tx, { row, page, newest }, now) => {
    orThrow(refuseDrop(row));
    const dropped = await changeUpdate(tx, row, { state: 'dropped', endedBy: ctx.actor.name, endedAt: now });
    if (!dropped) throw conflict('Somebody has changed or sent it meanwhile; look again');
    await record(tx, now, ctx.actor, { ...eventOf('status_update.dropped', page, dropped), reason });
    return viewOf(dropped, newest);
  });
}

const said = {
  'status_update.written': 'Wrote an update',
  'status_update.edited': 'Edited an update',
  'status_update.dropped': 'Dropped an update',
  'status_update.sent': 'Told stakeholders',
} as const;

/** With the words as they were then: the history says what people were told, by whom. */
function eventOf(
  kind: keyof typeof said,
  page: PageRow,
  { id, moment, standing, text, publicText, nextAt }: UpdateRow,
) {
  return {
    kind,
    reason: `${said[kind]}: ${text.replace(/\s+/g, ' ')}`.slice(0, 500),
    ...about(page),
    data: {
      statusPageId: page.id,
      statusUpdateId: id,
      moment,
      standing,
      text,
      publicText,
      nextAt: nextAt?.toISOString() ?? null,
    },
  };
}

type Held = { row: UpdateRow; page: PageRow; newest: number | null };

async function onUpdate<T>(ctx: Context, id: string, run: (tx: Tx, held: Held, now: Date) => Promise<T>): Promise<T> {
  const seen = await findUpdate(ctx.db, id);
  if (!seen) throw notFound('update', id);
  return onPage(ctx, seen.pageId, async (tx, page, now) => {
    const { row, line } = await updateOf(tx, id);
    return run(tx, { row, page, newest: line.now?.event ?? null }, now);
  });
}
