/**
 * Incidents that people mark: something is wrong with a feature in an environment, for real. While one is marked no
 * drill begins there, and those that run end at once, in the transaction of the mark.
 */
import { and, desc, eq, isNotNull, isNull } from 'drizzle-orm';
import { incident } from '@/drizzle/schema/incident';
import { authorise } from '@/lib/access/authorise';
import { refuseDrillEnvironment } from '@/lib/access/reserved';
import type { Context } from '@/lib/context';
import { interruptDrills } from '@/lib/drill/run/interrupt';
import { conflict, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { lockFeature } from '@/lib/feature/feature';
import { newId } from '@/lib/id';
import { parseInput } from '@/lib/input';
import { type Incident, incidentInput } from './model';
import { openIncidents } from './open';

type Row = typeof incident.$inferSelect;

/** One at a time of a feature in an environment. */
export async function markIncident(ctx: Context, featureKey: string, input: unknown): Promise<Incident> {
  authorise(ctx.actor, 'operate');
  const { environment, reason } = parseInput(incidentInput, input);
  authorise(ctx.actor, 'operate', environment);
  refuseDrillEnvironment(ctx.actor, environment);
  const now = ctx.now();
  const by = ctx.actor.name;
  const { row, runs } = await ctx.db.transaction(async (tx) => {
    if (!(await lockFeature(tx, featureKey))) throw notFound('feature', featureKey);
    const [there] = await openIncidents(tx, { feature: featureKey, environment });
    if (there) throw conflict(`An incident of ${featureKey} in ${environment} is marked already, by ${there.markedBy}`);
    const id = newId('inc', now);
    const values = { id, featureKey, environment, reason, markedBy: by, markedAt: now };
    const [row] = await tx.insert(incident).values(values).returning();
    const why = `An incident is marked in ${environment}: ${reason}`;
    const runs = await interruptDrills(tx, now, { feature: featureKey, environment, why, by });
    const data = { incidentId: id, interrupted: runs };
    await record(tx, now, ctx.actor, { kind: 'incident.marked', reason, environment, feature: featureKey, data });
    return { row: row as Row, runs };
  });
  // Whoever carries them on sees it by itself, a little later.
  for (const runId of runs) await ctx.enqueue('drill', { runId });
  return incidentView(row);
}

/** Drills may begin there again. */
export async function endIncident(ctx: Context, id: string, { reason }: { reason: string }): Promise<Incident> {
  authorise(ctx.actor, 'operate');
  const [seen] = await ctx.db.select().from(incident).where(eq(incident.id, id));
  if (!seen) throw notFound('incident', id);
  authorise(ctx.actor, 'operate', seen.environment);
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .update(incident)
      .set({ endedAt: now, endedBy: ctx.actor.name, endedReason: reason })
      .where(and(eq(incident.id, id), isNull(incident.endedAt)))
      .returning();
    if (!row) throw conflict('The incident has ended already');
    const { environment, featureKey: feature } = row;
    const data = { incidentId: id, lastedMs: now.getTime() - row.markedAt.getTime() };
    await record(tx, now, ctx.actor, { kind: 'incident.ended', reason, environment, feature, data });
    return incidentView(row);
  });
}

export type IncidentFilter = { feature?: string; environment?: string; open?: boolean; limit?: number };

/** Newest first. A key of one environment sees those of its own. */
export async function listIncidents(ctx: Context, filter: IncidentFilter = {}): Promise<Incident[]> {
  authorise(ctx.actor, 'view');
  const { feature, open, limit = 100 } = filter;
  if (filter.environment !== undefined) authorise(ctx.actor, 'view', filter.environment);
  const environment = filter.environment ?? ctx.actor.environment ?? undefined;
  const rows = await ctx.db
    .select()
    .from(incident)
    .where(
      and(
        feature === undefined ? undefined : eq(incident.featureKey, feature),
        environment === undefined ? undefined : eq(incident.environment, environment),
        open === undefined ? undefined : open ? isNull(incident.endedAt) : isNotNull(incident.endedAt),
      ),
    )
    .orderBy(desc(incident.markedAt), desc(incident.id))
    .limit(limit);
  return rows.map(incidentView);
}

const incidentView = (row: Row): Incident => ({
  id: row.id,
  feature: row.featureKey,
  environment: row.environment,
  reason: row.reason,
  by: row.markedBy,
  at: row.markedAt.toISOString(),
  endedAt: row.endedAt?.toISOString() ?? null,
  endedBy: row.endedBy,
  endedReason: row.endedReason,
});
