/** On top of what belongs to a rehearsal, so that nobody takes it for an emergency. */
import Link from 'next/link';
import { Icon } from '@/app/ui/icon';
import { drillPrefix, isDrillEnvironment } from '@/lib/drill/model';
import styles from './note.module.css';

export function DrillNote({ environment }: { environment: string }) {
  if (!isDrillEnvironment(environment)) return null;
  const run = environment.slice(drillPrefix.length);
  return (
    <p className={styles.note} role="note">
      <Icon name="clock" />
      <strong>This is a drill.</strong> No user is touched: its telemetry is marked, and no list, chart or verdict of a
      real environment counts it.{' '}
      <Link href={`/drills/runs/${encodeURIComponent(run)}`}>The run that it belongs to</Link>
    </p>
  );
}
