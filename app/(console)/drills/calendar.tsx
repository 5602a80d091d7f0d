import Link from 'next/link';
import styles from '@/app/ui/drill/calendar.module.css';
import { Icon, type IconName } from '@/app/ui/icon';
import { attempt } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { withQuery } from '@/app/ui/page/query';
import { Retry } from '@/app/ui/page/retry.client';
import type { Context } from '@/lib/context';
import type { DrillView } from '@/lib/drill/model';
import { drillCalendar } from '@/lib/drill/schedule/calendar';
import { dayOf, daysIn, type Mark, marksOn, monthBeside, monthOf, spanOf, timeOf } from './calendar-days';

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const inCell = 3;
const inWords = (day: string, format: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-GB', { ...format, timeZone: 'UTC' }).format(Date.parse(`${day}T00:00Z`));

/** A month of weeks in the reader’s zone; on a phone the days of it on which there is something. */
export async function Calendar(props: {
  ctx: Context;
  /** those in use, for what is owed today */
  drills: DrillView[];
  query: Record<string, string>;
  zone: string;
}) {
  const { ctx, drills, query, zone } = props;
  const today = dayOf(zone, ctx.now());
  const month = monthOf(query.month, today);
  const days = daysIn(month);
  const read = await attempt(
    drillCalendar(ctx, { ...spanOf(days, zone), ...(query.env ? { environment: query.env } : {}) }),
  );
  // What is paused does not come; its table says so once, and not the calendar every day.
  const shown = read.ok ? read.value.filter((e) => e.kind !== 'planned' || e.blockedBy !== 'paused') : [];
  const marks = marksOn(shown, days, zone);
  const owed = drills.filter((d) => d.overdueSince !== null);
  for (const d of owed) marks.get(today)?.unshift(overdue(d));
  const none = read.ok && [...marks.values()].every((on) => on.length === 0);
  return (
    <Panel
      title={inWords(`${month}-01`, { month: 'long', year: 'numeric' })}
      id="calendar"
      note={`your time, ${zone}`}
      actions={<Months month={month} query={query} isNow={month === today.slice(0, 7)} />}
      flush
    >
      {read.ok ? null : (
        <StateNote state="error" action={<Retry />}>
          {read.message}
        </StateNote>
      )}
      <div className={styles.calendar} aria-hidden="true">
        {weekdays.map((name) => (
          <span key={name} className={styles.weekday}>
            {name}
          </span>
        ))}
      </div>
      {none ? <p className={styles.phone}>No drill was run or is planned in this month.</p> : null}
      <ol className={styles.calendar} aria-label="Days of the month">
        {days.map((day) => (
          <Day
            key={day}
            day={day}
            marks={marks.get(day) ?? []}
            other={!day.startsWith(month)}
            today={today}
            zone={zone}
          />
        ))}
      </ol>
      <Legend />
    </Panel>
  );
}

function overdue(d: DrillView): Mark {
  return {
    key: `overdue ${d.id}`,
    at: d.overdueSince ?? '',
    kind: 'run',
    tone: 'bad',
    name: d.name,
    says: 'overdue',
    href: `/drills/${d.id}`,
  };
}

function Months({ month, query, isNow }: { month: string; query: Record<string, string>; isNow: boolean }) {
  const go = (to: string | null) => `${withQuery('/drills', query, { month: to })}#calendar`;
  return (
    <nav className="row" aria-label="Month">
      <Link className="button small" href={go(monthBeside(month, -1))} prefetch={false} aria-label="The month before">
        ←
      </Link>
      {isNow ? null : (
        <Link className="button small" href={go(null)} prefetch={false}>
          This month
        </Link>
      )}
      <Link className="button small" href={go(monthBeside(month, 1))} prefetch={false} aria-label="The month after">
        →
      </Link>
    </nav>
  );
}

function Day(props: { day: string; marks: Mark[]; other: boolean; today: string; zone: string }) {
  const { day, marks, zone, today } = props;
  return (
    <li
      className={styles.day}
      data-other={props.other || undefined}
      data-today={day === today || undefined}
      data-past={day < today || undefined}
      data-empty={marks.length === 0 || undefined}
      aria-current={day === today ? 'date' : undefined}
    >
      <time className={styles.date} dateTime={day}>
        <span className={styles.number}>{Number(day.slice(8))}</span>
        <span className={styles.name}>
          {inWords(day, { weekday: 'long', day: 'numeric', month: 'long' })}
          {day === today ? ', today' : ''}
        </span>
      </time>
      <Marks marks={marks.slice(0, inCell)} zone={zone} />
      {marks.length > inCell ? (
        <details className={styles.more}>
          <summary>{marks.length - inCell} more</summary>
          <Marks marks={marks.slice(inCell)} zone={zone} />
        </details>
      ) : null}
    </li>
  );
}

const icons: Record<Mark['tone'], IconName> = { good: 'pass', bad: 'fail', warn: 'hold', plain: 'clock' };
const iconOf = (mark: Pick<Mark, 'kind' | 'tone'>): IconName =>
  mark.kind === 'skipped' ? 'minus' : mark.kind === 'planned' ? 'clock' : icons[mark.tone];

function Marks({ marks, zone }: { marks: Mark[]; zone: string }) {
  if (marks.length === 0) return null;
  return (
    <ul className={styles.marks}>
      {marks.map((mark) => {
        const says = mark.says === '' ? '' : `: ${mark.says}`;
        return (
          <li key={mark.key}>
            <Link
              className={styles.mark}
              href={mark.href}
              title={`${timeOf(zone, mark.at)} ${mark.name}${says}`}
              data-tone={mark.tone}
              data-kind={mark.kind}
              prefetch={false}
            >
              <Icon name={iconOf(mark)} size={11} />
              <span>
                <b>{timeOf(zone, mark.at)}</b> {mark.name}
                <span className={styles.says}>{says}</span>
              </span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}

const legend: Array<[Pick<Mark, 'kind' | 'tone'>, string]> = [
  [{ kind: 'planned', tone: 'plain' }, 'planned'],
  [{ kind: 'run', tone: 'good' }, 'proven'],
  [{ kind: 'run', tone: 'bad' }, 'failed, or overdue'],
  [{ kind: 'run', tone: 'plain' }, 'aborted or interrupted'],
  [{ kind: 'skipped', tone: 'warn' }, 'skipped, or will be'],
];

function Legend() {
  return (
    <ul className={styles.legend} aria-label="What the marks mean">
      {legend.map(([mark, words]) => (
        <li key={words}>
          <span className={styles.mark} data-tone={mark.tone} data-kind={mark.kind}>
            <Icon name={iconOf(mark)} size={11} />
          </span>
          {words}
        </li>
      ))}
    </ul>
  );
}
