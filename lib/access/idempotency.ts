/**
 * `Idempotency-Key`: the first answer to a key is kept and given again to a retry of the same request.
 * A row with an empty status says that somebody is at it. It counts for a lease only: after a crash the next try
 * takes it over and runs again, which is safe because verbs are compare-and-set themselves.
 */
import { and, eq, lt } from 'drizzle-orm';
import { idempotentAnswer } from '@/drizzle/schema/access';
import type { Context } from '@/lib/context';
import type { Db } from '@/lib/db';
import { badInput, conflict } from '@/lib/errors';
import { sameDigest, sha256 } from './secret';

export type Answer = { status: number; body: unknown };

const leaseMs = 30_000;
const waitMs = 10_000;
const keepMs = 24 * 60 * 60_000;

/** `requestBody` should name the method and path too: one key, one request. */
export async function once(
  ctx: Context,
  key: string,
  requestBody: string,
  run: () => Promise<Answer>,
): Promise<Answer & { replayed: boolean }> {
  if (!/^[\x21-\x7e]{1,200}$/.test(key))
    throw badInput([{ field: 'Idempotency-Key', message: 'use 1 to 200 visible ASCII characters' }]);
  const row = { key: `${ctx.actor.kind}:${ctx.actor.id} ${key}`, hash: sha256(requestBody) };
  const claimedAt = await claim(ctx, row);
  if (!(claimedAt instanceof Date)) return { ...claimedAt, replayed: true };
  const mine = and(eq(idempotentAnswer.key, row.key), eq(idempotentAnswer.createdAt, claimedAt));
  try {
    const answer = await run();
    await ctx.db
      .update(idempotentAnswer)
      .set({ status: String(answer.status), body: JSON.stringify(answer.body ?? null) })
      .where(mine);
    return { ...answer, replayed: false };
  } catch (error) {
    // Nothing was decided: a retry may try again.
    await ctx.db.delete(idempotentAnswer).where(mine);
    throw error;
  }
}

/** The time of our claim, or the answer that somebody else's run has left. */
async function claim(ctx: Context, row: { key: string; hash: Buffer }): Promise<Date | Answer> {
  const started = performance.now();
  for (;;) {
    const now = ctx.now();
    const fresh = { key: row.key, requestHash: row.hash, status: '', body: '', createdAt: now };
    const [claimed] = await ctx.db
      .insert(idempotentAnswer)
      .values(fresh)
      .onConflictDoUpdate({
        target: idempotentAnswer.key,
        set: { createdAt: now },
        setWhere: and(
          eq(idempotentAnswer.status, ''),
          eq(idempotentAnswer.requestHash, row.hash),
          lt(idempotentAnswer.createdAt, new Date(now.getTime() - leaseMs)),
        ),
      })
      .returning({ key: idempotentAnswer.key });
    if (claimed) return now;
    const [held] = await ctx.db.select().from(idempotentAnswer).where(eq(idempotentAnswer.key, row.key));
    if (!held) continue;
    if (!sameDigest(held.requestHash, row.hash))
      throw conflict('This Idempotency-Key was used for another request', [
        { field: 'Idempotency-Key', message: 'was used for another request' },
      ]);
    if (held.status !== '') return { status: Number(held.status), body: JSON.parse(held.body) };
    if (performance.now() - started > waitMs)
      throw conflict('The first request with this key is still being carried out');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function dropOldAnswers(db: Db, now: Date): Promise<void> {
  await db.delete(idempotentAnswer).where(lt(idempotentAnswer.createdAt, new Date(now.getTime() - keepMs)));
}
