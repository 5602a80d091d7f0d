/** What rehearsals say of a feature: a vector, each part by itself, and what nothing is known of called unknown. */
import Link from 'next/link';
import { Badge } from '@/app/ui/page/badge';
import { Ago } from '@/app/ui/text/clock.client';
import { formatDuration, formatTook } from '@/lib/chart/format';
import type { ClockReadiness, Readiness } from '@/lib/drill/learn/readiness';
import styles from './readiness.module.css';
import { clockWords, runStateWords } from './run/reading';
import { levelWords } from './words';

const dayMs = 86_400_000;

export const Unknown = () => <Badge tone="plain">unknown</Badge>;

/** `fresh` up to one half-life, `ageing` up to two, `stale` beyond. */
export function freshness(staleness: Readiness['staleness']): {
  word: string;
  tone: 'good' | 'warn' | 'bad' | 'plain';
} {
  if (staleness === 'unknown') return { word: 'unknown', tone: 'plain' };
  if (staleness < 0.5) return { word: 'fresh', tone: 'good' };
  return staleness < 0.75 ? { word: 'ageing', tone: 'warn' } : { word: 'stale', tone: 'bad' };
}

export function LastProven({ row }: { row: Pick<Readiness, 'lastProven' | 'last'> }) {
  const { lastProven, last } = row;
  return (
    <span className={styles.proven}>
      {lastProven ? (
        <Link href={`/drills/runs/${lastProven.runId}`} prefetch={false} title={levelWords[lastProven.level].says}>
          <Ago at={lastProven.at} />
        </Link>
      ) : (
        <Badge tone="plain">never proven</Badge>
      )}
      {last && last.runId !== lastProven?.runId ? (
        <Link href={`/drills/runs/${last.runId}`} prefetch={false} className={styles.since}>
          then {runStateWords[last.state].label.toLowerCase()}
        </Link>
      ) : null}
    </span>
  );
}

/** How much the last proof is still worth; it halves once every half-life. */
export function Staleness({ row }: { row: Pick<Readiness, 'staleness' | 'halfLifeDays'> }) {
  const { staleness, halfLifeDays } = row;
  if (staleness === 'unknown') return <Unknown />;
  const { word, tone } = freshness(staleness);
  const percent = Math.round(staleness * 100);
  return (
    <span
      className={styles.staleness}
      title={`0 % when just proven, 50 % after ${formatDuration(halfLifeDays * dayMs)}, towards 100 %`}
    >
      <span className={styles.gauge} data-tone={tone} aria-hidden="true">
        <i style={{ width: `${Math.max(3, percent)}%` }} />
      </span>
      {word}, {percent} %
    </span>
  );
}

const arrows = { faster: '↓ faster', slower: '↑ slower', same: '→ as before' };

export function ClockReading({ clock }: { clock: ClockReadiness }) {
  const { medianMs, trend, objectiveMet, recorded, values } = clock;
  if (medianMs === 'unknown' && objectiveMet === 'unknown') return <Unknown />;
  const newest = values[0];
  return (
    <span className={styles.clock} data-clock={clock.name}>
      <span
        className={styles.figure}
        title={`median of ${recorded}: ${medianMs === 'unknown' ? 'unknown' : formatTook(medianMs)}`}
      >
        {newest ? <strong>{formatTook(newest.ms)}</strong> : <Unknown />}
        {newest?.objectiveMs ? <span className="quiet"> of {formatTook(newest.objectiveMs)}</span> : null}
      </span>
      <ClockTrend clock={clock} />
      <span className={objectiveMet === 'unknown' ? 'quiet' : objectiveMet ? styles.good : styles.bad}>
        {objectiveSays(clock)}
      </span>
      {trend ? (
        <span
          className={trend.toward === 'slower' ? styles.warn : 'quiet'}
          title={`before: ${formatTook(trend.beforeMs)}`}
        >
          {arrows[trend.toward]}
        </span>
      ) : null}
    </span>
  );
}

/** By the newest run that had one, which may have shown no time at all. */
function objectiveSays({ objectiveMet, values }: ClockReadiness): string {
  if (objectiveMet === 'unknown') return 'objective: unknown';
  if (objectiveMet) return '✓ met';
  return values[0]?.met === false ? '✗ not met' : '✗ the last run failed';
}

const chart = { width: 92, height: 22, pad: 3 };

/** Each run a dot, oldest left, the objective a dashed line. One dot is no trend, and is drawn as one dot. */
function ClockTrend({ clock }: { clock: ClockReadiness }) {
  const values = clock.values.toReversed();
  const objective = clock.values[0]?.objectiveMs ?? null;
  const newest = values.at(-1);
  if (!newest) return null;
  const top = Math.max(...values.map((v) => v.ms), objective ?? 0, 1);
  const y = (ms: number) => chart.height - chart.pad - (ms / top) * (chart.height - 2 * chart.pad);
  const x = (i: number) =>
    values.length === 1 ? chart.width / 2 : chart.pad + (i / (values.length - 1)) * (chart.width - 2 * chart.pad);
  const said = values.map((v) => formatTook(v.ms)).join(', ');
  return (
    <svg
      className={styles.trend}
      width={chart.width}
      height={chart.height}
      role="img"
      aria-label={`${clockWords[clock.name].label}, the last ${values.length}: ${said}${objective === null ? '' : `; objective ${formatTook(objective)}`}`}
    >
      {objective === null ? null : (
        <line x1="0" x2={chart.width} y1={y(objective)} y2={y(objective)} stroke="var(--ink-3)" strokeDasharray="3 3" />
      )}
      <polyline
        points={values.map((v, i) => `${x(i)},${y(v.ms)}`).join(' ')}
        fill="none"
        stroke="var(--accent)"
        strokeWidth="1.4"
      />
      {values.map((v, i) => (
        <circle
          key={v.runId}
          cx={x(i)}
          cy={y(v.ms)}
          r={i === values.length - 1 ? 2.6 : 1.6}
          fill={v.met === false ? 'var(--bad-solid)' : 'var(--accent)'}
        />
      ))}
    </svg>
  );
}
