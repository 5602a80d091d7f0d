/** The configuration that is served, and going back to an older one. For Belay's own work; people go through the face. */
import type { Actor } from '@/lib/access/model';
import type { Db, Tx } from '@/lib/db';
import { canonicalJson } from '@/lib/event/canonical';
import type { Values } from './model';
import { insertRevision, selectRevisions } from './store';

export type Current = { revision: number; values: Record<string, Values> };

/** null: there is none; the newest revision may say that it was taken away. */
export async function currentConfiguration(db: Db | Tx, feature: string, environment: string): Promise<Current | null> {
  const [newest] = await selectRevisions(db, feature, environment, 1);
  if (!newest || Object.keys(newest.values).length === 0) return null;
  return { revision: newest.revision, values: newest.values };
}

export const sameValues = (a: Current['values'], b: Current['values']): boolean =>
  canonicalJson(a) === canonicalJson(b);

/**
 * A new revision with the values that were served then; null: they are served now. In the transaction of the caller,
 * who holds the feature's lock, bumps the flag revision and records what was changed.
 */
export async function restoreConfiguration(
  tx: Tx,
  now: Date,
  actor: Pick<Actor, 'name'>,
  input: { feature: string; environment: string; to: Current | null; reason: string },
): Promise<number | null> {
  const { feature, environment, to, reason } = input;
  const [newest] = await selectRevisions(tx, feature, environment, 1);
  if (sameValues(newest?.values ?? {}, to?.values ?? {})) return null;
  const revision = (newest?.revision ?? 0) + 1;
  await insertRevision(tx, {
    featureKey: feature,
    environment,
    revision,
    values: to?.values ?? {},
    restoredFrom: to?.revision ?? null,
    reason,
    createdBy: actor.name,
    createdAt: now,
  });
  return revision;
}
