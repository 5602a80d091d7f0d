import Link from 'next/link';
import { StateNote } from '@/app/ui/page/panel';
import { Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import type { EventView } from '@/lib/event/model';
import styles from './list.module.css';
import { eventWords } from './words';

/** Events, each with who and why. `linked` shows what they belong to. */
export function EventList({ events, linked = false }: { events: EventView[]; linked?: boolean }) {
  if (events.length === 0) return <StateNote state="empty">Nothing happened here yet.</StateNote>;
  return (
    <ol className={styles.events}>
      {events.map((event) => {
        const words = eventWords[event.kind];
        return (
          <li key={event.seq} data-tone={words.tone} id={`event-${event.seq}`}>
            <Time at={event.at} grain={linked ? 'full' : 'second'} />
            <span className={styles.kind}>{words.label}</span>
            <div className={styles.text}>
              <bdi>{visible(event.reason)}</bdi>
              <span className="quiet">
                {' '}
                · <Name>{event.actor.name}</Name>
                {event.actor.kind === 'rule' ? ' (Belay)' : event.actor.kind === 'key' ? ' (key)' : ''}
              </span>
              {linked ? <Places event={event} /> : null}
            </div>
          </li>
        );
      })}
    </ol>
  );
}

function Places({ event }: { event: EventView }) {
  return (
    <span className={styles.places}>
      {event.feature ? (
        <Link href={`/features/${encodeURIComponent(event.feature)}`} prefetch={false}>
          <Name>{event.feature}</Name>
        </Link>
      ) : null}
      {event.rolloutId ? (
        <Link href={`/rollouts/${event.rolloutId}`} prefetch={false}>
          rollout
        </Link>
      ) : null}
      {event.environment ? <Name>{event.environment}</Name> : null}
      <code className="quiet" title={`Hash ${event.hash}`}>
        #{event.seq} {event.hash.slice(0, 8)}
      </code>
    </span>
  );
}
