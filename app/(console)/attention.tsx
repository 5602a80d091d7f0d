import Link from 'next/link';
import type { Automation } from '@/lib/event/setting';
import { Ago } from '../ui/clock.client';
import { Icon, type IconName } from '../ui/icon';
import { Name, visible } from '../ui/name';
import styles from './overview.module.css';

export type Concern = {
  rank: number;
  kind: 'unconfirmed' | 'rolling' | 'failing' | 'approval' | 'held' | 'stale' | 'rejected';
  rollout: { id: string; feature: string; environment: string } | null;
  at: string;
  text: string;
};

const looks: Record<Concern['kind'], { icon: IconName; tone: 'bad' | 'warn'; label: string }> = {
  unconfirmed: { icon: 'alert', tone: 'bad', label: 'Look now' },
  rolling: { icon: 'roll_back', tone: 'bad', label: 'Under way' },
  failing: { icon: 'fail', tone: 'bad', label: 'Failing' },
  approval: { icon: 'clock', tone: 'warn', label: 'Waits for you' },
  held: { icon: 'hold', tone: 'warn', label: 'Held' },
  stale: { icon: 'no_data', tone: 'warn', label: 'Silent' },
  rejected: { icon: 'alert', tone: 'warn', label: 'Refused' },
};

export function Attention({
  concerns,
  automation,
  running,
}: {
  concerns: Concern[];
  automation: Automation | null;
  running: number;
}) {
  const sorted = concerns.toSorted((a, b) => a.rank - b.rank);
  if (sorted.length === 0)
    return (
      <section className={styles.calm} aria-label="Attention">
        <Icon name="pass" size={18} />
        <p>
          <strong>Nothing needs you.</strong>{' '}
          {running === 0
            ? 'No rollout is under way.'
            : `${running} ${running === 1 ? 'rollout is' : 'rollouts are'} being watched.`}{' '}
          {automation === null
            ? ''
            : automation.stopped
              ? 'Everything automatic is stopped.'
              : 'Belay may act by itself where a plan says so.'}
        </p>
      </section>
    );
  return (
    <section className={styles.attention} aria-labelledby="attention">
      <h2 id="attention">
        {sorted.length} {sorted.length === 1 ? 'thing needs' : 'things need'} attention
      </h2>
      <ul>
        {sorted.map((c) => {
          const look = looks[c.kind];
          const href = c.rollout ? `/rollouts/${c.rollout.id}` : '/settings#rejected';
          return (
            <li key={`${c.kind} ${c.rollout?.id ?? ''} ${c.text}`} data-tone={look.tone}>
              <span className={styles.sign}>
                <Icon name={look.icon} size={15} />
              </span>
              <Link href={href} prefetch={false}>
                <strong>{visible(c.text)}</strong>
                {c.rollout ? (
                  <span className={styles.place}>
                    <Name>{c.rollout.feature}</Name> · <Name>{c.rollout.environment}</Name>
                  </span>
                ) : null}
              </Link>
              <span className={styles.when}>
                {look.label} · <Ago at={c.at} suffix="" />
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
