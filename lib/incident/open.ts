/** Where an incident is marked at the moment: asked by whoever wants to begin something there. */
import { and, eq, isNull } from 'drizzle-orm';
import { incident } from '@/drizzle/schema/incident';
import type { Db, Tx } from '@/lib/db';

export type OpenIncident = { id: string; featureKey: string; environment: string; reason: string; markedBy: string };

/** `of` left out: everywhere. */
export function openIncidents(db: Db | Tx, of?: { feature: string; environment: string }): Promise<OpenIncident[]> {
  const { id, featureKey, environment, reason, markedBy } = incident;
  const there = of && and(eq(featureKey, of.feature), eq(environment, of.environment));
  return db
    .select({ id, featureKey, environment, reason, markedBy })
    .from(incident)
    .where(and(isNull(incident.endedAt), there));
}

export const incidentWords = ({ featureKey, environment, reason, markedBy }: OpenIncident): string =>
  `An incident of ${featureKey} in ${environment} is marked by ${markedBy}: ${reason}`;
