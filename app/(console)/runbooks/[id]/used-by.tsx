import Link from 'next/link';
import { Badge } from '@/app/ui/page/badge';
import { StateNote } from '@/app/ui/page/panel';
import { rollbackStateWords } from '@/app/ui/rollback/words';
import styles from '@/app/ui/runbook/runbook.module.css';
import { Ago } from '@/app/ui/text/clock.client';
import { Name } from '@/app/ui/text/name';
import type { RollbackView } from '@/lib/rollback/model';

const most = 10;

/** The rollbacks that carried it out, newest first. */
export function UsedBy({ rollbacks }: { rollbacks: RollbackView[] }) {
  if (rollbacks.length === 0) return <StateNote state="empty">No rollback has carried it out yet.</StateNote>;
  return (
    <ul className={styles.versions}>
      {rollbacks.slice(0, most).map((rollback) => {
        const { label, tone } = rollbackStateWords[rollback.state];
        return (
          <li key={rollback.id}>
            <div className="row between">
              <Link href={`/rollbacks/${rollback.id}`} prefetch={false}>
                {rollback.kind === 'restore' ? 'Restore' : 'Rollback'} in <Name>{rollback.environment}</Name>
              </Link>
              <Badge tone={tone}>{label}</Badge>
            </div>
            <span className="small quiet">
              version {rollback.runbook.version}, <Ago at={rollback.decidedAt} />
            </span>
          </li>
        );
      })}
      {rollbacks.length > most ? <li className="small quiet">{rollbacks.length - most} more before these</li> : null}
    </ul>
  );
}
