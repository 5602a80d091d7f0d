import Link from 'next/link';
import styles from '@/app/ui/drill-page.module.css';
import { Panel } from '@/app/ui/panel';
import { withQuery } from '@/app/ui/query';
import type { Context } from '@/lib/context';
import type { DrillView } from '@/lib/drill/model';
import { dayOf, daysIn, drillsShown, type Mark, marksOn, monthBeside, monthOf, timeOf } from './calendar-days';

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const inCell = 4;
const inWords = (month: string, zone: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-GB', { ...zone, timeZone: 'UTC' }).format(Date.parse(`${month.slice(0, 7)}-01T00:00Z`));

/** A month of weeks in the reader’s zone; on a phone the days of it on which there is something. */
export async function Calendar(props: {
  ctx: Context;
  drills: DrillView[];
  query: Record<string, string>;
  zone: string;
}) {
  const { ctx, drills, query, zone } = props;
  const today = dayOf(zone, ctx.now());
  const month = monthOf(query.month, today);
  const days = daysIn(month);
  const marks = await marksOn(ctx, drills, { days, zone });
  const go = (to: string | null) => `${withQuery('/drills', query, { month: to })}#calendar`;
  const none = [...marks.values()].every((on) => on.length === 0);
  return (
    <Panel
      title={inWords(month, { month: 'long', year: 'numeric' })}
      id="calendar"
      note={`times in ${zone}${drills.length > drillsShown ? `; the first ${drillsShown} drills` : ''}`}
      actions={
        <nav className="row" aria-label="Month">
          <Link className="button small" href={go(monthBeside(month, -1))} prefetch={false}>
            ← Before
          </Link>
          <Link className="button small" href={go(null)} prefetch={false}>
            This month
          </Link>
          <Link className="button small" href={go(monthBeside(month, 1))} prefetch={false}>
            After →
          </Link>
        </nav>
      }
      flush
    >
      <div className={styles.calendar} aria-hidden="true">
        {weekdays.map((name) => (
          <span key={name} className={styles.weekday}>
            {name}
          </span>
        ))}
      </div>
      {none ? <p className={styles.phone}>No drill in this month.</p> : null}
      <ol className={styles.calendar} aria-label="Days of the month">
        {days.map((day, index) => (
          <Day
            key={day}
            day={day}
            weekday={weekdays[index % 7] ?? ''}
            marks={marks.get(day) ?? []}
            other={!day.startsWith(month)}
            today={day === today}
            zone={zone}
          />
        ))}
      </ol>
    </Panel>
  );
}

function Day(props: { day: string; weekday: string; marks: Mark[]; other: boolean; today: boolean; zone: string }) {
  const { day, marks, zone } = props;
  return (
    <li
      className={styles.day}
      data-other={props.other || undefined}
      data-today={props.today || undefined}
      data-empty={marks.length === 0 || undefined}
      aria-current={props.today ? 'date' : undefined}
    >
      <time className={styles.date} dateTime={day}>
        <span className={styles.name}>
          {props.weekday} {day.slice(0, 8)}
        </span>
        {day.slice(8)}
      </time>
      <Marks marks={marks.slice(0, inCell)} zone={zone} />
      {marks.length > inCell ? (
        <details className="small">
          <summary>{marks.length - inCell} more</summary>
          <Marks marks={marks.slice(inCell)} zone={zone} />
        </details>
      ) : null}
    </li>
  );
}

function Marks({ marks, zone }: { marks: Mark[]; zone: string }) {
  if (marks.length === 0) return null;
  return (
    <ul className={styles.marks}>
      {marks.map((mark) => {
        const text = `${timeOf(zone, mark.at)} ${mark.text}`;
        return (
          <li key={`${mark.kind} ${mark.at} ${mark.href}`}>
            <Link
              className={styles.mark}
              href={mark.href}
              title={text}
              data-tone={mark.tone}
              data-planned={mark.kind === 'planned' || undefined}
              data-skipped={mark.kind === 'skipped' || undefined}
              prefetch={false}
            >
              {text}
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
