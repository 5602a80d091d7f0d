/**
 * How every change of flags is made: in one transaction with its event, the new revision and, where an outside plane
 * holds the feature, the order to it; then served by all.
 */
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { record } from '@/lib/event/event';
import type { EventInput } from '@/lib/event/model';
import { followPlane } from '@/lib/plane/follow';
import { bumpFlags, waitForListeners } from '@/lib/revision';

/** `event: null` says that there was nothing to change. */
export type Change<T> = { result: T; event: EventInput | null };

export async function changeFlags<T>(ctx: Context, change: (tx: Tx, now: Date) => Promise<Change<T>>): Promise<T> {
  const now = ctx.now();
  const { result, revision } = await ctx.db.transaction(async (tx) => {
    const { result, event } = await change(tx, now);
    if (!event) return { result, revision: null };
    if (event.feature) await followPlane(tx, now, event.feature, event.environment ?? null);
    const revision = await bumpFlags(tx);
    await record(tx, now, ctx.actor, event);
    return { result, revision };
  });
  if (revision !== null) await waitForListeners(ctx.db, now, revision);
  return result;
}
