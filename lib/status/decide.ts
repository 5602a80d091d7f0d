/**
 * What may become of an update. Pure.
 *
 *   draft ──a person reads, approves, sends──▶ sent     (never changed: a correction is an update of its own)
 *     └────a person drops it, or something newer is drafted──▶ dropped
 */
import type { StatusSubject, UpdateState } from './model';

export type UpdateNow = { state: UpdateState; revision: number; nextAt: Date | null; endedBy: string | null };
export type PageNow = { closed: boolean };
/** `field` where it is the input that can be mended */
export type Refusal = { why: string; field?: 'nextAt' };

const ended = ({ state, endedBy }: UpdateNow): Refusal | null =>
  state === 'draft' ? null : { why: `${endedBy ?? 'Somebody'} has ${state} this update meanwhile; look again` };
const older = ({ revision }: UpdateNow, basedOn: number): Refusal | null =>
  revision === basedOn ? null : { why: 'Somebody has changed its words meanwhile; read them again' };
const shut = ({ closed }: PageNow): Refusal | null =>
  closed ? { why: 'This status page is closed: nothing more is told on it' } : null;

export function refuseEdit(update: UpdateNow, page: PageNow, basedOn: number): Refusal | null {
  return ended(update) ?? shut(page) ?? older(update, basedOn);
}

/** Who sends approves exactly the words that they have read, and no promise that is past already. */
export function refuseSend(
  update: UpdateNow,
  page: PageNow,
  { basedOn, now }: { basedOn: number; now: Date },
): Refusal | null {
  const refused = refuseEdit(update, page, basedOn);
  if (refused) return refused;
  return update.nextAt !== null && update.nextAt.getTime() <= now.getTime()
    ? { field: 'nextAt', why: 'is past already: promise another time, or none' }
    : null;
}

export function refuseDrop(update: UpdateNow): Refusal | null {
  return ended(update);
}
export const refuseWrite = (page: PageNow): Refusal | null => shut(page);

/** Strangers are told of what concerned them. A rehearsal that did is an incident: marked as one, it has its own page. */
export function refuseLink(page: PageNow, subject: StatusSubject): Refusal | null {
  return subject === 'drill'
    ? { why: 'The page of a rehearsal stays inside; if people outside were touched, mark an incident' }
    : shut(page);
}
