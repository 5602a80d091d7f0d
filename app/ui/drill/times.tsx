/** The next times of a schedule in the reader's zone, and in its own; where a clock changes, that is said between them. */

import { Icon } from '@/app/ui/icon';
import { Badge } from '@/app/ui/page/badge';
import type { PlannedTime, SchedulePreview } from '@/lib/drill/model';
import styles from './times.module.css';
import { skipWords } from './words';

const closedShown = 5;
const dayFormat = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
});

/** `Sun 25 Oct` of `2026-10-25T02:30+02:00` */
const dayOf = (wall: string) => dayFormat.format(Date.parse(`${wall.slice(0, 10)}T00:00Z`)).replace(',', '');
const yearOf = (wall: string) => wall.slice(0, 4);
const clockOf = (wall: string) => wall.slice(11, 16);
const offsetOf = (wall: string) => `UTC${wall.slice(16) === '+00:00' ? '' : wall.slice(16).replace('-', '−')}`;

export function DrillTimes({ preview }: { preview: SchedulePreview }) {
  const { times, change, closed, timeZone, readerZone } = preview;
  const two = timeZone !== readerZone;
  if (times.length === 0) return <p className="small">No time comes within the next 400 days.</p>;
  const row = (time: PlannedTime, before: PlannedTime | undefined) => (
    <Row key={time.at} time={time} before={before} zones={two ? { timeZone, readerZone } : null} />
  );
  return (
    <div className="stack tight">
      <p className="small quiet">
        Your time, {readerZone}
        {two ? `; its own, ${timeZone}, below` : ''}
      </p>
      <ol className={styles.times} aria-label="The next runs">
        {times.map((time, i) => row(time, times[i - 1]))}
      </ol>
      {change?.after && change.before ? (
        <>
          <p className={styles.then}>When clocks change in {change.timeZone}</p>
          <ol className={styles.times} aria-label="On both sides of the next change of a clock">
            {row(change.before, undefined)}
            {row(change.after, change.before)}
          </ol>
        </>
      ) : null}
      {closed.length > 0 ? (
        <details className="small">
          <summary>
            {closed.length} {closed.length === 1 ? 'time is' : 'times are'} left out in between
          </summary>
          <ul className={styles.closed}>
            {closed.slice(0, closedShown).map((time) => (
              <li key={time.at}>
                {dayOf(time.reader)} {clockOf(time.reader)}: {skipWords[time.reason]}
              </li>
            ))}
            {closed.length > closedShown ? <li>and {closed.length - closedShown} more</li> : null}
          </ul>
        </details>
      ) : null}
    </div>
  );
}

type Zones = { timeZone: string; readerZone: string } | null;

function Row({ time, before, zones }: { time: PlannedTime; before: PlannedTime | undefined; zones: Zones }) {
  const turn = (now: string, then: string | undefined) =>
    then && offsetOf(now) !== offsetOf(then) ? `${offsetOf(then)} → ${offsetOf(now)}` : null;
  const here = turn(time.reader, before?.reader);
  const there = zones ? turn(time.local, before?.local) : null;
  const otherDay = time.local.slice(0, 10) !== time.reader.slice(0, 10);
  return (
    <>
      {here || there ? (
        <li className={styles.turn}>
          <Icon name="clock" size={12} />
          {here ? `your clock: ${here}` : ''}
          {here && there ? '; ' : ''}
          {there ? `its clock: ${there}` : ''}
        </li>
      ) : null}
      <li className={styles.time} data-clock-changed={time.clockChanged || undefined}>
        <time dateTime={time.at}>
          <span>
            {dayOf(time.reader)}
            {before && yearOf(before.reader) !== yearOf(time.reader) ? ` ${yearOf(time.reader)}` : ''}
          </span>{' '}
          <strong>{clockOf(time.reader)}</strong> <small>{offsetOf(time.reader)}</small>
        </time>
        {zones ? (
          <small className="quiet">
            there {otherDay ? `${dayOf(time.local)} ` : ''}
            {clockOf(time.local)} {offsetOf(time.local)}
          </small>
        ) : null}
        <Notes time={time} />
      </li>
    </>
  );
}

function Notes({ time }: { time: PlannedTime }) {
  return (
    <>
      {time.moved ? <Badge tone="warn">moved: that day has no such time</Badge> : null}
      {time.blockedBy ? <Badge tone="warn">left out: {skipWords[time.blockedBy]}</Badge> : null}
    </>
  );
}
