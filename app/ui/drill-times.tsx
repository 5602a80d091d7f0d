/** The next times of a schedule, with a mark where a clock changes. */
import type { PlannedTime, SchedulePreview } from '@/lib/drill/model';
import { Badge } from './badge';
import styles from './drill-page.module.css';
import { skipWords } from './drill-words';

const closedShown = 5;

/** `2026-10-25T02:30+02:00` as people read it; the day of the week is that of the date shown. */
function shown(wall: string): string {
  const day = new Intl.DateTimeFormat('en-GB', { weekday: 'short', timeZone: 'UTC' });
  return `${day.format(Date.parse(`${wall.slice(0, 10)}T00:00Z`))} ${wall.slice(0, 10)} ${wall.slice(11, 16)} UTC${wall.slice(16)}`;
}

export function DrillTimes({ preview }: { preview: SchedulePreview }) {
  const { times, closed, timeZone, readerZone } = preview;
  const two = timeZone !== readerZone;
  if (times.length === 0) return <p className="small">No time comes within the next 400 days.</p>;
  return (
    <div className="stack tight">
      <table className="cards">
        <caption className="visually-hidden">The next runs</caption>
        <thead>
          <tr>
            <th scope="col">For you ({readerZone})</th>
            {two ? <th scope="col">By its clock ({timeZone})</th> : null}
            <th scope="col">Note</th>
          </tr>
        </thead>
        <tbody>
          {times.map((time) => (
            <tr key={time.at} data-clock-changed={time.clockChanged || undefined}>
              <td>
                <time dateTime={time.at}>{shown(time.reader)}</time>
              </td>
              {two ? <td data-label="By its clock">{shown(time.local)}</td> : null}
              <td>
                <Notes time={time} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {closed.length > 0 ? (
        <details className="small">
          <summary>
            {closed.length} {closed.length === 1 ? 'time is' : 'times are'} left out in between
          </summary>
          <ul className={styles.plain}>
            {closed.slice(0, closedShown).map((time) => (
              <li key={time.at}>
                {shown(time.reader)}: {skipWords[time.reason]}
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </div>
  );
}

function Notes({ time }: { time: PlannedTime }) {
  return (
    <span className="row">
      {time.clockChanged ? (
        <Badge tone="warn" icon="clock">
          clocks have changed
        </Badge>
      ) : null}
      {time.moved ? <Badge tone="warn">moved: that day has no such time</Badge> : null}
      {time.blockedBy ? <Badge tone="warn">left out: {skipWords[time.blockedBy]}</Badge> : null}
    </span>
  );
}
