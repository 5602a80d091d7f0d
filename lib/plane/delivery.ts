/**
 * Tells outside planes what they are to serve, and believes only what reads back.
 *
 *   pending ──reads back as ordered──▶ confirmed
 *     │  ▲ └─somebody newer, or a person, has decided otherwise──▶ conflict ─┐ told to people; nothing
 *     │  └──nobody knows: again, later──┘                                    │ is overwritten; the next
 *     └────it will not, however often it is asked──▶ refused ────────────────┘ order begins anew
 *
 * One worker at a time has a delivery, under a lease that is longer than its calls may take; who lost it, or whose
 * order was replaced meanwhile, writes nothing, and the plane refuses its fence. After a crash the next worker reads
 * the real state first and repeats with the same key: one effect.
 */
import type { Actor } from '@/lib/access/model';
import type { Db, Tx } from '@/lib/db';
import { record } from '@/lib/event/event';
import { reach } from '@/lib/failpoint';
import type { TaskResult } from '@/lib/rollback/model';
import type { Resolve } from '@/lib/webhook/send';
import { backoffMs } from './breaker';
import {
  claimDelivery,
  type DeliveryRow,
  findDelivery,
  keepDelivery,
  lockPlaneOf,
  nextFence,
  type Pair,
  replaceDelivery,
  selectDueDeliveries,
} from './delivery-store';
import type { PlaneState, Written } from './model';
import { outsidePlane } from './open';
import { findPlane } from './store';

export type DeliveryHome = {
  db: Db;
  now: () => Date;
  resolve?: Resolve;
  /** 0 to 1, so that those that failed together do not come back together; left out: chance */
  jitter?: () => number;
};

const rule: Actor = { kind: 'rule', id: 'delivery', name: 'delivery', environment: null };
/** What a worker needs besides its calls. */
const slackMs = 5_000;
const longestDeadlineMs = 60_000;
const askAgainMs = 500;
const atOnce = 20;

type NewOrder = Pair & {
  planeId: string;
  desired: PlaneState;
  /** of the step of the rollback that orders it, in visible ASCII; left out: one of its own */
  key?: string;
};

/**
 * In the transaction that changes what is to be served. It holds the feature, so that fences commit in the order in
 * which they grow. An order that was not delivered yet is replaced: nobody wants an older state any more.
 */
export async function orderPlane(tx: Tx, now: Date, order: NewOrder): Promise<{ fence: number }> {
  const { feature, environment, planeId, desired } = order;
  await lockPlaneOf(tx, feature);
  const fence = await nextFence(tx);
  await replaceDelivery(tx, {
    featureKey: feature,
    environment,
    planeId,
    fence,
    key: order.key ?? `order/${fence}`,
    desired,
    state: 'pending',
    detail: '',
    attempts: 0,
    leaseUntil: null,
    dueAt: now,
    orderedAt: now,
    confirmedAt: null,
  });
  return { fence };
}

/** What nobody is at though it is time. */
export function dueDeliveries(db: Db, now: Date): Promise<Pair[]> {
  return selectDueDeliveries(db, now, atOnce);
}

/** Carries the newest order of the feature as far as it goes now, and tells where it stands. */
export async function deliverPlane(home: DeliveryHome, of: Pair): Promise<TaskResult> {
  const held = await claimed(home, of);
  if (!held) return standing(await findDelivery(home.db, of), home.now());
  const { featureKey: feature, environment, desired, fence, key } = held;
  const row = await findPlane(home.db, held.planeId);
  const plane = row && outsidePlane(home, row);
  const written: Written = plane
    ? await plane.write({ feature, environment, desired, fence, key })
    : { kind: 'refused', why: 'there is no such control plane any more' };
  reach('plane.before_answer_kept');
  const kept = await keep(home, held, written, row?.name ?? held.planeId);
  reach('plane.after_answer_kept');
  // What came of an order that was replaced meanwhile says nothing of the newest one.
  return standing(kept ?? (await findDelivery(home.db, of)), home.now());
}

/** Of the three calls that a write makes each may take the plane's deadline. */
async function claimed(home: DeliveryHome, of: Pair): Promise<DeliveryRow | null> {
  const before = await findDelivery(home.db, of);
  if (before?.state !== 'pending') return null;
  const plane = await findPlane(home.db, before.planeId);
  return claimDelivery(home.db, of, 3 * (plane?.deadlineMs ?? longestDeadlineMs) + slackMs);
}

async function keep(
  home: DeliveryHome,
  held: DeliveryRow,
  written: Written,
  planeName: string,
): Promise<DeliveryRow | null> {
  const now = home.now();
  const { featureKey: feature, environment, fence, key } = held;
  return home.db.transaction(async (tx) => {
    if (written.kind === 'unknown') {
      const jitter = (home.jitter ?? Math.random)();
      const pauseMs = Math.max(written.retryAfterMs ?? 0, backoffMs(held.attempts, jitter));
      return keepDelivery(tx, held, { detail: written.why, dueAt: new Date(now.getTime() + pauseMs) });
    }
    const confirmed = written.kind === 'accepted';
    const detail = confirmed ? '' : written.why;
    const state = confirmed ? 'confirmed' : written.kind === 'conflict' ? 'conflict' : 'refused';
    const kept = await keepDelivery(tx, held, { state, detail, confirmedAt: confirmed ? now : null });
    if (!kept) return null;
    await record(tx, now, rule, {
      kind: confirmed ? 'plane.confirmed' : 'plane.conflict',
      reason: confirmed
        ? `${planeName} serves what was ordered for ${feature}`
        : `${planeName} does not serve what was ordered for ${feature}: ${written.why}`,
      feature,
      environment,
      data: { plane: held.planeId, state, fence, key, attempts: held.attempts, desired: held.desired },
    });
    return kept;
  });
}

function standing(row: DeliveryRow | null, now: Date): TaskResult {
  if (!row) return { kind: 'done', detail: 'Nothing was ordered of an outside control plane' };
  switch (row.state) {
    case 'confirmed':
      return { kind: 'done', detail: `The control plane reads back as ordered (order ${row.fence})` };
    case 'pending':
      return {
        kind: 'wait',
        detail: row.detail === '' ? 'The order is on its way to the control plane' : `Not known yet: ${row.detail}`,
        afterMs: Math.max(askAgainMs, row.dueAt.getTime() - now.getTime()),
      };
    case 'conflict':
      return {
        kind: 'failed',
        detail: `The control plane serves something else: ${row.detail}`,
        next: 'Look at what the control plane serves, agree on what it should, and retry: a retry overwrites it',
        retryAfterMs: null,
      };
    case 'refused':
      return {
        kind: 'failed',
        detail: `The control plane refuses: ${row.detail}`,
        next: 'Set the control plane right (its address, its secret, what it takes), then retry',
        retryAfterMs: null,
      };
  }
}
