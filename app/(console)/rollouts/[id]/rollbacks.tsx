/** The newest rollback of this rollout, whole; older ones by their names. */
import Link from 'next/link';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { RollbackPanel } from '@/app/ui/rollback/panel';
import { rollbackStateWords } from '@/app/ui/rollback/words';
import { Ago } from '@/app/ui/text/clock.client';
import { visible } from '@/app/ui/text/name';
import type { Context } from '@/lib/context';
import type { RollbackView } from '@/lib/rollback/model';
import { getSnapshot } from '@/lib/snapshot/snapshot';
import styles from './verdict.module.css';

type Props = { ctx: Context; rollbacks: RollbackView[]; allowed: boolean };

export async function Rollbacks({ ctx, rollbacks, allowed }: Props) {
  const [latest, ...older] = rollbacks;
  if (!latest) return null;
  const target = latest.target ? valueOr(await attempt(getSnapshot(ctx, latest.target)), null) : null;
  return (
    <div className={styles.acts}>
      <RollbackPanel rollback={latest} target={target} calls={null} allowed={allowed} heading="h2" />
      {older.length > 0 ? (
        <p className="small quiet">
          Before it:{' '}
          {older.map((rollback, i) => (
            <span key={rollback.id}>
              {i > 0 ? ', ' : ''}
              <Link href={`/rollbacks/${rollback.id}`} prefetch={false}>
                {rollback.cohorts.length > 0 ? rollback.cohorts.map(visible).join(', ') : 'everybody'}
              </Link>{' '}
              {rollbackStateWords[rollback.state].label.toLowerCase()} <Ago at={rollback.decidedAt} />
            </span>
          ))}
        </p>
      ) : null}
    </div>
  );
}
