/** Over time: how often, how fast, what came again, and whether what was promised was done. Unknown is no zero. */
import Link from 'next/link';
import { percentOf } from '@/app/ui/criterion/working';
import { lasted } from '@/app/ui/postmortem/words';
import { Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import type { Median, Rate, Repeat, Trend } from '@/lib/postmortem/learn/trend';
import type { TrendsView } from '@/lib/postmortem/learn/trends';
import styles from './trends.module.css';

const clocks = [
  ['detect', 'To detect', 'from the onset to the first failing verdict'],
  ['decide', 'To decide', 'from that to the order'],
  ['recover', 'To recover', 'from nobody being on it to the proof of return'],
  ['restore', 'Onset to proof', 'from the onset of harm to the proof of return'],
] as const;

export function Trends({ trends }: { trends: TrendsView }) {
  const { all, months, features, repeats } = trends;
  return (
    <div className="stack">
      <dl className={styles.tiles}>
        <Tile name="Rolled back" says="of all rollouts that ended">
          <RateWords rate={all.changeFailure} />
        </Tile>
        {clocks.map(([name, label, says]) => (
          <Tile key={name} name={label} says={`median, ${says}`}>
            <MedianWords median={all.clocks[name]} />
          </Tile>
        ))}
        <Tile name="Actions in time" says="of those that were due">
          <RateWords rate={all.inTime} />
        </Tile>
      </dl>
      <Repeats repeats={repeats} more={trends.moreRepeats} />
      <details>
        <summary>By month and by feature</summary>
        <div className="stack">
          <Table
            label="By month"
            rows={[...months]
              .reverse()
              .filter((m) => !isEmpty(m))
              .map((m) => ({ name: m.month, trend: m }))}
          />
          <Table label="By feature" rows={features.map((f) => ({ name: f.feature, trend: f }))} />
        </div>
      </details>
    </div>
  );
}

const isEmpty = ({ changeFailure, reports, inTime }: Trend): boolean =>
  changeFailure.of === 0 && reports === 0 && inTime.of === 0;

function Tile({ name, says, children }: { name: string; says: string; children: React.ReactNode }) {
  return (
    <div className={styles.tile}>
      <dt>{name}</dt>
      <dd>
        {children}
        <span className={styles.says}>{says}</span>
      </dd>
    </div>
  );
}

function RateWords({ rate }: { rate: Rate }) {
  const { n, of, share, low, high } = rate;
  if (share === null) return <span className={styles.unknown}>none yet</span>;
  return (
    <>
      <strong>{percentOf(share)}</strong>
      <span className={styles.says}>
        {n} of {of}
        {low === null || high === null ? '' : `, 95\u202f% interval ${percentOf(low)} to ${percentOf(high)}`}
      </span>
    </>
  );
}

function MedianWords({ median }: { median: Median }) {
  if (median.medianMs === null)
    return <span className={styles.unknown}>{median.unknown > 0 ? 'not known' : 'none yet'}</span>;
  return (
    <>
      <strong>{lasted(median.medianMs)}</strong>
      <span className={styles.says}>
        of {median.n}
        {median.unknown > 0 ? `, ${median.unknown} not known` : ''}
      </span>
    </>
  );
}

const shown = 8;

function Repeats({ repeats, more }: { repeats: Repeat[]; more: number }) {
  if (repeats.length === 0) return null;
  const left = Math.max(0, repeats.length - shown) + more;
  return (
    <div>
      <h3>What came again</h3>
      <ul className={styles.repeats}>
        {repeats.slice(0, shown).map((repeat) => (
          <li key={repeat.cause}>
            <Name>{repeat.cause}</Name> carried the excess in {repeat.count} reports of{' '}
            {repeat.features.map(visible).join(', ')}:{' '}
            {repeat.reports.slice(-4).map((report, i) => (
              <span key={report.id}>
                {i > 0 ? ', ' : ''}
                <Link href={`/postmortems/${report.id}`} prefetch={false} title={visible(report.title)}>
                  <Time at={report.at} grain="minute" />
                </Link>
              </span>
            ))}
          </li>
        ))}
      </ul>
      {left > 0 ? (
        <p className="quiet small">
          And {left} more {left === 1 ? 'cause' : 'causes'} that came again less often.
        </p>
      ) : null}
    </div>
  );
}

function Table({ label, rows }: { label: string; rows: Array<{ name: string; trend: Trend }> }) {
  if (rows.length === 0) return null;
  return (
    <table className="cards" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">{label}</th>
          <th scope="col" className="number">
            Reports
          </th>
          <th scope="col" className="number">
            Rolled back
          </th>
          {clocks.map(([name, title]) => (
            <th key={name} scope="col" className="number">
              {title}
            </th>
          ))}
          <th scope="col" className="number">
            Actions in time
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, trend }) => (
          <tr key={name}>
            <th scope="row">
              <Name>{name}</Name>
            </th>
            <td className="number" data-label="Reports">
              {trend.reports}
            </td>
            <td className="number" data-label="Rolled back">
              {of(trend.changeFailure)}
            </td>
            {clocks.map(([clock, title]) => (
              <td key={clock} className="number" data-label={title}>
                {trend.clocks[clock].medianMs === null ? '–' : lasted(trend.clocks[clock].medianMs ?? 0)}
              </td>
            ))}
            <td className="number" data-label="Actions in time">
              {of(trend.inTime)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const of = ({ n, of: all }: Rate): string => (all === 0 ? '–' : `${n} of ${all}`);
