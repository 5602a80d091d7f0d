/** The newest rollback of this rollout, whole; older ones by their names. */
import Link from 'next/link';
import { Ago } from '@/app/ui/clock.client';
import { visible } from '@/app/ui/name';
import { RollbackPanel } from '@/app/ui/rollback-panel';
import { rollbackStateWords } from '@/app/ui/rollback-words';
import type { RollbackView } from '@/lib/rollback/model';
import styles from './verdict.module.css';

export function Rollbacks({ rollbacks, allowed }: { rollbacks: RollbackView[]; allowed: boolean }) {
  const [latest, ...older] = rollbacks;
  if (!latest) return null;
  return (
    <div className={styles.acts}>
      <RollbackPanel rollback={latest} target={null} calls={null} allowed={allowed} heading="h2" />
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
