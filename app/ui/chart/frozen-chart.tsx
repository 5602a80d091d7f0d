/** Charts of a report, drawn on the server from its frozen evidence: the same for ever, on paper and without colours. */
import Link from 'next/link';
import { Scroll } from '@/app/ui/page/scroll';
import { milestoneWords } from '@/app/ui/postmortem/words';
import { Name, visible } from '@/app/ui/text/name';
import { formatDuration, formatValue } from '@/lib/chart/format';
import type { Facts } from '@/lib/postmortem/facts';
import { type FrozenChart, type FrozenLine, frozenCharts, frozenTime } from '@/lib/postmortem/hand-out/frozen-chart';
import type { Milestone } from '@/lib/postmortem/model';
import styles from './frozen-chart.module.css';
import { FrozenPlot } from './frozen-plot';

export function FrozenCharts({
  facts,
  milestones,
  zone,
  cohort,
  path,
}: {
  facts: Facts;
  milestones: readonly Milestone[];
  zone: string;
  /** null: all of them */
  cohort: string | null;
  /** of the page that shows them, for the choice of a cohort */
  path: string;
}) {
  const charts = frozenCharts(facts, { cohort, zone, milestones });
  const cohorts = [...new Set(charts.flatMap((chart) => chart.cohorts))].sort();
  return (
    <div className={styles.charts} id="charts">
      {cohorts.length > 1 ? <Cohorts cohorts={cohorts} chosen={cohort} path={path} /> : null}
      {charts.map((chart) => (
        <FrozenFigure key={chart.criterion} chart={chart} zone={zone} cohort={cohort} />
      ))}
    </div>
  );
}

const mostCohorts = 12;

function Cohorts({ cohorts, chosen, path }: { cohorts: string[]; chosen: string | null; path: string }) {
  const shown = cohorts.slice(0, mostCohorts);
  if (chosen !== null && !shown.includes(chosen) && cohorts.includes(chosen)) shown.push(chosen);
  return (
    <nav className={`${styles.cohorts} no-print`} aria-label="Cohort of the charts">
      <Link href={`${path}#charts`} scroll={false} aria-current={chosen === null ? 'true' : undefined}>
        All cohorts
      </Link>
      {shown.map((cohort) => (
        <Link
          key={cohort}
          href={`${path}?cohort=${encodeURIComponent(cohort)}#charts`}
          scroll={false}
          prefetch={false}
          aria-current={cohort === chosen ? 'true' : undefined}
        >
          <Name>{cohort}</Name>
        </Link>
      ))}
      {cohorts.length > shown.length ? <span className="quiet">{cohorts.length - shown.length} more</span> : null}
    </nav>
  );
}

function FrozenFigure({ chart, zone, cohort }: { chart: FrozenChart; zone: string; cohort: string | null }) {
  const { criterion, failed, missing, x } = chart;
  return (
    <figure className={styles.figure} data-chart={criterion}>
      <figcaption className={styles.title}>
        <strong>
          <Name>{criterion}</Name>
        </strong>
        {failed ? <span className={styles.failed}>failed</span> : null}
        <span className="quiet">
          <bdi>{visible(chart.says)}</bdi>
          {cohort === null ? ', all cohorts' : ', '}
          {cohort === null ? null : <Name>{cohort}</Name>}
        </span>
      </figcaption>
      {missing === '' ? (
        <>
          <Scroll label={`Chart of ${visible(criterion)}, scrolls sideways`} className={styles.scroll ?? ''}>
            <FrozenPlot chart={chart} />
          </Scroll>
          <Marks chart={chart} zone={zone} />
          <p className={styles.key}>{keyOf(chart)}</p>
          <details className={styles.numbers}>
            <summary>The numbers</summary>
            <Numbers chart={chart} zone={zone} />
          </details>
        </>
      ) : (
        <p className="quiet">
          <bdi>{visible(missing)}</bdi>
        </p>
      )}
      <span className="visually-hidden">Times in {x.offset}</span>
    </figure>
  );
}

/** What is drawn beside the lines. */
function keyOf({ limit, lines, stepMs }: FrozenChart): string {
  const shaded = lines.some(({ role, points }) => role === 'candidate' && points.some(({ low }) => low !== null));
  return [
    `Each point: ${formatDuration(stepMs)}`,
    shaded ? 'shaded: the candidate’s 95\u202f% interval, point by point' : '',
    limit ? `dotted: ${visible(limit.label)}` : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

function Marks({ chart, zone }: { chart: FrozenChart; zone: string }) {
  return (
    <ol className={styles.marks}>
      {chart.marks.map(({ at, name }, i) => (
        <li key={name}>
          <span className={styles.number}>{i + 1}</span> {milestoneWords[name].label}{' '}
          <span className="quiet">{frozenTime(at, zone)}</span>
        </li>
      ))}
    </ol>
  );
}

function Numbers({ chart, zone }: { chart: FrozenChart; zone: string }) {
  const { lines } = chart;
  const times = [...new Set(lines.flatMap(({ points }) => points.filter(({ n }) => n > 0).map(({ at }) => at)))];
  return (
    <Scroll label={`Numbers of ${visible(chart.criterion)}, scrolls`} className={styles.scroll ?? ''}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">From ({chart.x.offset})</th>
            {lines.map(({ version }) => (
              <th key={version} scope="col" className="number">
                <Name>{version}</Name>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times
            .sort((a, b) => a - b)
            .map((at) => (
              <tr key={at}>
                <th scope="row">{frozenTime(at, zone)}</th>
                {lines.map((line) => (
                  <td key={line.version} className="number">
                    <Counted line={line} at={at} chart={chart} />
                  </td>
                ))}
              </tr>
            ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Counted({ line, at, chart: { scale, sums } }: { line: FrozenLine; at: number; chart: FrozenChart }) {
  const point = line.points.find((p) => p.at === at && p.n > 0);
  if (!point) return '–';
  const { n, k, value, low, high } = point;
  const whole = n.toLocaleString('en-GB');
  const shown = formatValue(value, scale);
  return (
    <>
      {sums ? `${shown} of ${whole}` : `${k.toLocaleString('en-GB')} of ${whole}, ${shown}`}
      {low === null || high === null ? null : (
        <span className={styles.interval}>
          {' '}
          ({formatValue(low, scale)} to {formatValue(high, scale)})
        </span>
      )}
    </>
  );
}
