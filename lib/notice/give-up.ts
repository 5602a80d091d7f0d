/** That people were not told is a fact of the history too. */
import type { Actor } from '@/lib/access/model';
import type { Tx } from '@/lib/db';
import { record } from '@/lib/event/event';
import { dropWaiting } from './mail-store';
import type { NoticeRow } from './store';

const rule: Actor = { kind: 'rule', id: 'notice', name: 'notice', environment: null };

export async function tellHistory(
  tx: Tx,
  rows: NoticeRow[],
  of: { now: Date; error: string; to: string },
): Promise<void> {
  for (const { id, body, attempts } of rows)
    await record(tx, of.now, rule, {
      kind: 'notice.failed',
      reason: `${of.to} was not told "${body.title}": ${of.error}`,
      environment: body.environment,
      feature: body.feature,
      rolloutId: body.rolloutId,
      data: { id, kind: body.kind, attempts },
    });
}

export const noMailbox = 'there is no mailbox any more';
export const wasDisabled = 'this person was disabled';

/** Nothing that waits there is sent. What somebody sent them is a failure, and so seen; of the rest nothing stays. */
export async function leaveUntold(
  tx: Tx,
  at: { id: string; name: string },
  { now, why }: { now: Date; why: string },
): Promise<void> {
  const rows = await dropWaiting(tx, at.id, why);
  await tellHistory(tx, rows, { now, error: why, to: at.name });
}
