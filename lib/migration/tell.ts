/** What became of a step, in the history. */
import type { Actor } from '@/lib/access/model';
import type { Tx } from '@/lib/db';
import { record } from '@/lib/event/event';
import type { EventKind } from '@/lib/event/model';
import { type StepRow, selectPlaced } from './store';

type Told = {
  kind: Extract<EventKind, `migration.${string}`>;
  way: 'apply' | 'revert' | 'check';
  reason: string;
  data?: Record<string, unknown>;
};

export async function tell(tx: Tx, now: Date, actor: Actor, row: StepRow, told: Told): Promise<void> {
  const placed = (await selectPlaced(tx, row.rolloutId)).find((p) => p.row.id === row.id);
  await record(tx, now, actor, {
    kind: told.kind,
    reason: told.reason,
    environment: placed?.home.environment ?? null,
    feature: placed?.home.feature ?? null,
    rolloutId: row.rolloutId,
    data: { step: row.name, way: told.way, orderedBy: row.orderedBy, ...told.data },
  });
}
