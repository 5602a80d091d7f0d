/**
 * The built-in flags as a control plane.
 *
 * Read: what every process that evaluates serves; while one still serves older flags, nothing is known.
 *
 * Write: switching the flags is a decision's own transaction, so `commit` is given by whoever decides, and carries out
 * the order in the transaction that also records the key: both or neither. It changes the rows, bumps the revision and
 * records the event. A rollback whose decision has switched the flags already calls `claimOrder` in that transaction;
 * `write` with the same key then only reads back. The fence is the highest that was ever ordered for the feature in
 * the environment; a lower one changes nothing.
 *
 * What a crash leaves behind: nothing, or the order and its effect.
 */
import { type Db, isPassing, type Tx } from '@/lib/db';
import { loadFlagState } from '@/lib/feature/state';
import { waitForListeners } from '@/lib/revision';
import { differences, stateDigest } from './compare';
import type { Order, Plane, PlaneState, ReadBack, Written } from './model';
import { servedState } from './served';
import { findOrder, insertOrder, lastOrder, lockKind } from './store';

export type Commit = (tx: Tx, order: Order) => Promise<void>;
/** The configuration values that are served with the feature. */
export type ReadConfiguration = (feature: string, environment: string) => Promise<PlaneState['configuration']>;
export type BuiltinReader = {
  db: Db;
  now: () => Date;
  configuration: ReadConfiguration;
  /** how long a process may take to serve what was committed */
  deadlineMs: number;
};

export function builtinPlane(home: BuiltinReader & { commit: Commit }): Plane {
  return {
    read: (feature, environment) => readBuiltin(home, feature, environment),
    write: (order) => writeBuiltin(home, order),
  };
}

export async function readBuiltin(home: BuiltinReader, feature: string, environment: string): Promise<ReadBack> {
  const unknown = (why: string): ReadBack => ({ known: false, why, retryAfterMs: null });
  try {
    const flags = await loadFlagState(home.db);
    const served = servedState(flags, feature, environment);
    if (!served) return unknown(`there is no feature ${feature}`);
    if (!(await waitForListeners(home.db, home.now(), flags.revision, home.deadlineMs)))
      return unknown('a process still serves older flags');
    const [last, configuration] = await Promise.all([
      lastOrder(home.db, { feature, environment }),
      home.configuration(feature, environment),
    ]);
    const state = { ...served, configuration };
    // An override or a widening since then has no key of ours.
    const key = last?.digest === stateDigest(state) ? last.key : null;
    return { known: true, state, fence: last?.fence ?? 0, key, at: home.now().toISOString() };
  } catch (error) {
    if (!isPassing(error)) throw error;
    return unknown('the database does not answer');
  }
}

export type Claim =
  | { kind: 'claimed' }
  /** it was carried out before */
  | { kind: 'repeated' }
  | { kind: 'stale'; fence: number }
  | { kind: 'refused'; why: string };

/** First thing in the transaction that carries an order out: it holds the feature until that ends. */
export async function claimOrder(tx: Tx, now: Date, order: Order): Promise<Claim> {
  const { feature, environment, key, fence } = order;
  const found = await lockKind(tx, feature);
  if (!found) return { kind: 'refused', why: `there is no feature ${feature}` };
  if (found === 'deployment') return { kind: 'refused', why: 'Belay cannot switch a deployment' };
  const digest = stateDigest(order.desired);
  const before = await findOrder(tx, key);
  if (before) {
    const same = before.featureKey === feature && before.environment === environment && before.fence === fence;
    if (!same || before.digest !== digest) return { kind: 'refused', why: 'this key was used for another order' };
  }
  const last = await lastOrder(tx, order);
  if (last && last.fence > fence) return { kind: 'stale', fence: last.fence };
  if (before) return { kind: 'repeated' };
  await insertOrder(tx, { key, featureKey: feature, environment, fence, digest, at: now });
  return { kind: 'claimed' };
}

const newer = (fence: number): Written => ({ kind: 'conflict', why: `a newer order has the fence ${fence}`, fence });

async function writeBuiltin(home: BuiltinReader & { commit: Commit }, order: Order): Promise<Written> {
  const unknown = (why: string): Written => ({ kind: 'unknown', why, retryAfterMs: null });
  try {
    const claim = await home.db.transaction(async (tx) => {
      const claimed = await claimOrder(tx, home.now(), order);
      if (claimed.kind === 'claimed') await home.commit(tx, order);
      return claimed;
    });
    if (claim.kind === 'refused') return claim;
    if (claim.kind === 'stale') return newer(claim.fence);
  } catch (error) {
    if (!isPassing(error)) throw error;
    return unknown('the database does not answer');
  }
  const found = await readBuiltin(home, order.feature, order.environment);
  if (!found.known) return unknown(found.why);
  if (found.fence > order.fence) return newer(found.fence);
  const other = differences(order.desired, found.state);
  if (other.length === 0) return { kind: 'accepted', at: found.at };
  return { kind: 'conflict', why: `it serves another ${other.join(', ')} than was ordered`, fence: found.fence };
}
