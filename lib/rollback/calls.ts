/** What a rollback has asked of the outside, oldest first: for whoever compares it with the other side's own log. */
import { asc, eq } from 'drizzle-orm';
import { rollback, rollbackCall } from '@/drizzle/schema/rollback';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { notFound } from '@/lib/errors';
import type { RollbackCallView } from './model';

const most = 500;

export async function callsOf(ctx: Context, rollbackId: string): Promise<RollbackCallView[]> {
  authorise(ctx.actor, 'view');
  const [of] = await ctx.db
    .select({ environment: rollback.environment })
    .from(rollback)
    .where(eq(rollback.id, rollbackId));
  if (!of) throw notFound('rollback', rollbackId);
  authorise(ctx.actor, 'view', of.environment);
  const rows = await ctx.db
    .select()
    .from(rollbackCall)
    .where(eq(rollbackCall.rollbackId, rollbackId))
    .orderBy(asc(rollbackCall.id))
    .limit(most);
  return rows.map(({ rollbackId: _, requestedAt, answeredAt, ...row }) => ({
    ...row,
    requestedAt: requestedAt.toISOString(),
    answeredAt: answeredAt?.toISOString() ?? null,
  }));
}
