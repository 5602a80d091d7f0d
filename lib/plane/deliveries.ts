/** What outside planes were ordered to serve, and what came of it. */
import { and, asc, desc, eq, inArray } from 'drizzle-orm';
import { plane, planeDelivery } from '@/drizzle/schema/plane';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { DeliveryState } from './model';

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
