/** What outside planes were ordered to serve, and what came of it. */
import { and, asc, desc, eq, inArray } from 'drizzle-orm';
import { plane, planeDelivery } from '@/drizzle/schema/plane';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { conflict, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { parseInput } from '@/lib/input';
import { lockPlaneOf } from './delivery-store';
import { followPlane } from './follow';
import { builtinId, type DeliveryState, orderAgainInput } from './model';

export type DeliveryView = {
  feature: string;
  environment: string;
  plane: { id: string; name: string };
  state: DeliveryState;
  /** what the plane said last */
  detail: string;
  attempts: number;
  orderedAt: string;
  confirmedAt: string | null;
};
export type DeliveryQuery = { state?: DeliveryState[]; feature?: string; environment?: string };

/** Newest order first. A key of one environment sees that one only. */
export async function listDeliveries(ctx: Context, query: DeliveryQuery = {}): Promise<DeliveryView[]> {
  authorise(ctx.actor, 'view', query.environment);
  const environment = query.environment ?? ctx.actor.environment ?? undefined;
  const rows = await ctx.db
    .select({ row: planeDelivery, name: plane.name })
    .from(planeDelivery)
    .innerJoin(plane, eq(plane.id, planeDelivery.planeId))
    .where(
      and(
        query.state ? inArray(planeDelivery.state, query.state) : undefined,
        query.feature === undefined ? undefined : eq(planeDelivery.featureKey, query.feature),
        environment === undefined ? undefined : eq(planeDelivery.environment, environment),
      ),
    )
    .orderBy(desc(planeDelivery.orderedAt), asc(planeDelivery.featureKey))
    .limit(500);
  return rows.map(({ row, name }) => ({
    feature: row.featureKey,
    environment: row.environment,
    plane: { id: row.planeId, name },
    state: row.state,
    detail: row.detail,
    attempts: row.attempts,
    orderedAt: row.orderedAt.toISOString(),
    confirmedAt: row.confirmedAt?.toISOString() ?? null,
  }));
}

/**
 * What is to be served now, ordered once more, over whatever is there: a person's way out of a conflict, and the first
 * order to a plane that the feature has come to.
 */
export async function orderAgain(ctx: Context, input: unknown): Promise<DeliveryView> {
  authorise(ctx.actor, 'operate');
  const { feature, environment, reason } = parseInput(orderAgainInput, input);
  authorise(ctx.actor, 'operate', environment);
  const now = ctx.now();
  await ctx.db.transaction(async (tx) => {
    const planeId = await lockPlaneOf(tx, feature);
    if (planeId === null) throw notFound('feature', feature);
    if (planeId === builtinId)
      throw conflict(`${feature} is served by the built-in flags: there is nobody to order it of`);
    const [order] = await followPlane(tx, now, feature, environment, { again: true });
    await record(tx, now, ctx.actor, {
      kind: 'plane.ordered',
      reason,
      feature,
      environment,
      data: { plane: planeId, fence: order?.fence ?? null },
    });
  });
  await ctx.enqueue('delivery', { feature, environment });
  const [made] = await listDeliveries(ctx, { feature, environment });
  if (!made) throw notFound('order', feature);
  return made;
}
