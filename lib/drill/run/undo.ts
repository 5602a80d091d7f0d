/**
 * The undo of a run. It is written down before the fault, and done once: by the rollback that is rehearsed, or, where
 * a run ends early, here. Who comes second finds it done, for a rollout is rolled back from one epoch only.
 */
import type { Actor } from '@/lib/access/model';
import { BelayError } from '@/lib/errors';
import { apply } from '@/lib/rollout/act/apply';
import { findShadowRollout, orderOf } from './evidence';
import type { RunHome, RunRow } from './run-store';

export const drillRule: Actor = { kind: 'rule', id: 'drill', name: 'drill', environment: null };

/** Takes what the run exposes back. Null: nothing was exposed any more. */
export async function takeShadowBack(home: RunHome, row: RunRow, reason: string): Promise<string | null> {
  const rollout = await findShadowRollout(home.db, row);
  if (rollout?.state === 'running' || rollout?.state === 'held') {
    try {
      const done = await apply(
        { ...home, actor: drillRule },
        rollout,
        { kind: 'roll_back' },
        { reason, evidence: null },
      );
      if (done.rollbackId) await home.enqueue('rollback', { rollbackId: done.rollbackId });
      return done.rollbackId;
    } catch (error) {
      if (!(error instanceof BelayError && error.code === 'conflict')) throw error;
      // Somebody was faster: looked at again below, and tried again where it still stands.
      const now = await findShadowRollout(home.db, row);
      if (now?.state === 'running' || now?.state === 'held') throw error;
    }
  }
  return row.rolloutId === null ? null : ((await orderOf(home.db, row.rolloutId))?.id ?? null);
}
