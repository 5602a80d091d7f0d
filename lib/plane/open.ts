/** Registered planes, ready to be asked. For Belay's own work; people go through `plane.ts`. */
import type { Db } from '@/lib/db';
import { deliver } from '@/lib/webhook/deliver';
import type { Message, Resolve } from '@/lib/webhook/send';
import { builtinPlane, type Commit, type ReadConfiguration, readBuiltin } from './builtin';
import { guardedPlane } from './guarded';
import type { Plane } from './model';
import { findPlane, type PlaneRow } from './store';
import { webhookPlane } from './webhook';

type ReadHome = { db: Db; now: () => Date; configuration: ReadConfiguration; resolve?: Resolve };
/** `commit`: how the built-in flags carry an order out (`builtin.ts`). */
export type PlaneHome = ReadHome & { commit: Commit };

/** null: there is no such plane */
export async function openPlane(home: PlaneHome, id: string): Promise<Plane | null> {
  const row = await findPlane(home.db, id);
  if (!row) return null;
  return outsidePlane(home, row) ?? builtinPlane({ ...home, deadlineMs: row.deadlineMs });
}

/** For whoever only looks. */
export function readerOf(home: ReadHome, row: PlaneRow): Plane['read'] {
  const outside = outsidePlane(home, row);
  if (outside) return outside.read;
  return (feature, environment) => readBuiltin({ ...home, deadlineMs: row.deadlineMs }, feature, environment);
}

/** null: it is the built-in one */
export function outsidePlane(home: Omit<ReadHome, 'configuration'>, row: PlaneRow): Plane | null {
  const { db, now, resolve } = home;
  const { webhookTarget: target, deadlineMs, regions } = row;
  if (target === null) return null;
  const call = (message: Message) => deliver({ db, now, ...(resolve ? { resolve } : {}) }, target, message);
  const plane = webhookPlane({ call, now, regions, deadlineMs });
  // A write makes three calls at most.
  return guardedPlane(plane, { db, now, planeId: row.id, probeMs: 3 * deadlineMs });
}
