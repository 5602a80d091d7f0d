import Link from 'next/link';
import { RollBack } from '@/app/ui/rollback/roll-back.client';
import { cohortsOf } from '@/app/ui/rollout/table';
import { Ago } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import type { Automation } from '@/lib/event/setting';
import { Icon, type IconName } from '../ui/icon';
import type { Concern } from './concerns';
import styles from './overview.module.css';

const looks: Record<Concern['kind'], { icon: IconName; tone: 'bad' | 'warn'; label: string }> = {
  unread: { icon: 'alert', tone: 'bad', label: 'Not known' },
  incident: { icon: 'alert', tone: 'bad', label: 'Incident' },
  unconfirmed: { icon: 'alert', tone: 'bad', label: 'Look now' },
  person: { icon: 'clock', tone: 'bad', label: 'Waits for you' },
  cap: { icon: 'hold', tone: 'bad', label: 'Belay asks' },
  migration: { icon: 'fail', tone: 'bad', label: 'Failed' },
  plane: { icon: 'alert', tone: 'bad', label: 'Look now' },
  rolling: { icon: 'roll_back', tone: 'warn', label: 'Under way' },
  failing: { icon: 'fail', tone: 'bad', label: 'Failing' },
  approval: { icon: 'clock', tone: 'warn', label: 'Waits for you' },
  review: { icon: 'clock', tone: 'warn', label: 'Waits for you' },
  drill_person: { icon: 'clock', tone: 'bad', label: 'Waits for you' },
  drill_gate: { icon: 'hold', tone: 'warn', label: 'Not rehearsed' },
  drill_failed: { icon: 'fail', tone: 'warn', label: 'Drill failed' },
  drill_overdue: { icon: 'clock', tone: 'warn', label: 'Overdue' },
  action_overdue: { icon: 'clock', tone: 'warn', label: 'Overdue' },
  drill_asks: { icon: 'clock', tone: 'warn', label: 'Waits' },
  held: { icon: 'hold', tone: 'warn', label: 'Held' },
  stale: { icon: 'no_data', tone: 'warn', label: 'Silent' },
  untold: { icon: 'alert', tone: 'warn', label: 'Not told' },
  rejected: { icon: 'alert', tone: 'warn', label: 'Refused' },
};

export function Attention({
  concerns,
  automation,
  running,
  operates,
}: {
  concerns: Concern[];
  automation: Automation | null;
  running: number;
  /** whoever looks may roll back */
  operates: boolean;
}) {
  if (concerns.length === 0)
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
        {concerns.length} {concerns.length === 1 ? 'thing needs' : 'things need'} attention
      </h2>
      <ul>
        {concerns.map((c) => {
          const look = looks[c.kind];
          return (
            <li key={`${c.kind} ${c.href} ${c.text}`} data-tone={look.tone} data-kind={c.kind}>
              <span className={styles.sign}>
                <Icon name={look.icon} size={15} />
              </span>
              <span className={styles.what}>
                <Link href={c.href} prefetch={false}>
                  <strong>{visible(c.text)}</strong>
                  {c.about ? (
                    <span className={styles.place}>
                      <Name>{c.about.feature}</Name> · <Name>{c.about.environment}</Name>
                    </span>
                  ) : null}
                </Link>
                {c.next === '' ? null : <span className={styles.next}>{visible(c.next)}</span>}
              </span>
              <span className={styles.when}>
                {look.label} · <Ago at={c.at} suffix="" />
              </span>
              {c.ask && operates ? (
                <span className={styles.answer}>
                  <RollBack
                    id={c.ask.id}
                    epoch={c.ask.epoch}
                    feature={c.ask.feature}
                    environment={c.ask.environment}
                    cohorts={cohortsOf(c.ask)}
                  />
                </span>
              ) : null}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
