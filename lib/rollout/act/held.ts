/** In the transaction that holds a rollout: who wants to know is told, and asked where Belay asks. */
import type { Actor } from '@/lib/access/model';
import type { Tx } from '@/lib/db';
import { tell } from '@/lib/notice/notice';
import type { Row } from '../store';
import { tellCapReached } from './cap';

export async function tellHeld(tx: Tx, now: Date, actor: Actor, row: Row, reason: string): Promise<void> {
  if (row.heldReason === 'rollback_cap') return tellCapReached(tx, now, actor, row, reason);
  await tell(tx, now, {
    kind: 'rollout_held',
    title: `${row.featureKey} in ${row.environment} is on hold`,
    text: `${reason} (${actor.kind === 'rule' ? 'Belay, by its plan' : actor.name}). Exposure stays as it is.`,
    next: 'Resume, or roll back.',
    environment: row.environment,
    feature: row.featureKey,
    rolloutId: row.id,
    rollbackId: null,
    path: `/rollouts/${row.id}`,
  });
}
