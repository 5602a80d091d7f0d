/** The steps of this rollout that change data or schemas. */
import Link from 'next/link';
import { MigrationTable } from '@/app/ui/migration/table';
import { attempt } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import type { Context } from '@/lib/context';
import { migrationsOf } from '@/lib/migration/migration';
import type { RolloutView } from '@/lib/rollout/model';

type Props = { ctx: Context; rollout: RolloutView; allowed: boolean };

export async function Migrations({ ctx, rollout, allowed }: Props) {
  if (rollout.plan.migrations.length === 0) return null;
  const steps = await attempt(migrationsOf(ctx, rollout.id));
  const applied = steps.ok ? steps.value.filter((s) => s.state === 'applied').length : 0;
  return (
    <Panel
      title="Migrations"
      id="migrations"
      note={
        <>
          {applied} of {rollout.plan.migrations.length} applied; <Link href="/migrations">those of all rollouts</Link>
        </>
      }
      flush
    >
      {steps.ok ? (
        <MigrationTable steps={steps.value} orders={allowed ? ['confirm', 'apply', 'revert'] : []} />
      ) : (
        <StateNote state="error">{steps.message}</StateNote>
      )}
    </Panel>
  );
}
