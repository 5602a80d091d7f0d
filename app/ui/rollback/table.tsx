/** Rollbacks on a row each: what went back, whether that is proven, and how long it took. */
import Link from 'next/link';
import { Badge } from '@/app/ui/page/badge';
import { Scroll } from '@/app/ui/page/scroll';
import { Ago } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { formatTook } from '@/lib/chart/format';
import type { RollbackView } from '@/lib/rollback/model';
import { rollbackSentence, timesOf, whatWentBack } from './reading';
import styles from './table.module.css';
import { rollbackStateWords } from './words';

export function RollbackTable({ rollbacks }: { rollbacks: RollbackView[] }) {
  return (
    <Scroll label="Rollbacks, scrolls sideways">
      <table className={`cards ${styles.table}`}>
        <thead>
          <tr>
            <th scope="col">Feature</th>
            <th scope="col">State</th>
            <th scope="col">What went back</th>
            <th scope="col">Verified after</th>
            <th scope="col">When</th>
            <th scope="col">Decided by</th>
          </tr>
        </thead>
        <tbody>
          {rollbacks.map((rollback) => (
            <tr key={rollback.id}>
              <th scope="row">
                <Link href={`/rollbacks/${rollback.id}`} prefetch={false} className={styles.link}>
                  <Name>{rollback.feature}</Name>
                </Link>
                <span className={styles.place}>
                  <Name>{rollback.environment}</Name>
                  {rollback.kind === 'restore' ? ' · restore' : ''}
                </span>
              </th>
              <td data-cell="state">
                <State rollback={rollback} />
              </td>
              <td className={styles.what} data-cell="what">
                {whatWentBack(rollback)}
                <span className={styles.reason}>{visible(rollback.reason)}</span>
              </td>
              <td className="nowrap" data-label={timesOf(rollback).verifiedMs === null ? undefined : 'Verified after'}>
                <Took rollback={rollback} />
              </td>
              <td className="quiet nowrap" data-cell="when">
                <Ago at={rollback.decidedAt} />
              </td>
              <td data-label="Decided by">
                <Name>{rollback.by}</Name>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** Taken over by a person is not confirmed either, and nobody is called any more. */
function State({ rollback }: { rollback: RollbackView }) {
  const words = rollbackStateWords[rollback.state];
  const { lead, text } = rollbackSentence(rollback);
  return (
    <span title={visible(`${lead} ${text}`)}>
      <Badge tone={rollback.acknowledged ? 'warn' : words.tone} icon={icons[rollback.state] ?? 'roll_back'}>
        {rollback.acknowledged ? 'Taken over' : words.label}
      </Badge>
    </span>
  );
}
const icons = { verified: 'pass', unconfirmed: 'alert', verifying: 'clock' } as Partial<
  Record<RollbackView['state'], 'pass' | 'alert' | 'clock'>
>;

function Took({ rollback }: { rollback: RollbackView }) {
  const { verifiedMs } = timesOf(rollback);
  if (verifiedMs !== null) return formatTook(verifiedMs);
  if (rollback.acknowledged || rollback.state === 'unconfirmed') return <span className="quiet">not verified</span>;
  return (
    <span className="quiet">
      not yet, <Ago at={rollback.decidedAt} suffix=" so far" />
    </span>
  );
}
