import Link from 'next/link';
import { attempt } from '@/app/ui/attempt';
import { Badge } from '@/app/ui/badge';
import { Ago } from '@/app/ui/clock.client';
import styles from '@/app/ui/drill-page.module.css';
import { clockWords } from '@/app/ui/drill-run-reading';
import { levelWords } from '@/app/ui/drill-words';
import { Name } from '@/app/ui/name';
import { StateNote } from '@/app/ui/panel';
import { Scroll } from '@/app/ui/scroll';
import { formatDuration } from '@/lib/chart/format';
import type { Context } from '@/lib/context';
import { readiness } from '@/lib/drill/coverage';
import { clockNames } from '@/lib/drill/model';
import type { ClockReadiness, Readiness } from '@/lib/drill/readiness';

const most = 50;

/** A vector for each feature and environment. What was never measured is said to be unknown. */
export async function ReadinessOf({
  ctx,
  places,
}: {
  ctx: Context;
  places: Array<{ feature: string; environment: string }>;
}) {
  const features = [...new Set(places.map((p) => p.feature))].sort();
  const wanted = new Set(places.map((p) => `${p.environment} ${p.feature}`));
  const read = await Promise.all(features.slice(0, most).map((feature) => attempt(readiness(ctx, feature))));
  const rows = read.flatMap((r) => (r.ok ? r.value : [])).filter((r) => wanted.has(`${r.environment} ${r.feature}`));
  const unread = read.filter((r) => !r.ok).length;
  if (features.length === 0)
    return <StateNote state="empty">No feature has been rolled out or rehearsed yet.</StateNote>;
  return (
    <>
      {unread > 0 ? <StateNote state="error">{unread} of the features could not be read just now.</StateNote> : null}
      <Scroll label="Readiness, in a table">
        <table className="cards">
          <thead>
            <tr>
              <th scope="col">Feature</th>
              <th scope="col">Last proven</th>
              <th scope="col">Staleness</th>
              {clockNames.map((name) => (
                <th key={name} scope="col" title={clockWords[name].says}>
                  {clockWords[name].label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={`${row.environment} ${row.feature}`} row={row} />
            ))}
          </tbody>
        </table>
      </Scroll>
      {features.length > most ? <p className="small quiet">The first {most} features.</p> : null}
    </>
  );
}

function Row({ row }: { row: Readiness }) {
  return (
    <tr>
      <th scope="row">
        <Link href={`/features/${encodeURIComponent(row.feature)}`} prefetch={false}>
          <Name>{row.feature}</Name>
        </Link>{' '}
        <span className="quiet">{row.environment}</span>
      </th>
      <td data-label="Last proven">
        {row.lastProven ? (
          <Link
            href={`/drills/runs/${row.lastProven.runId}`}
            prefetch={false}
            title={levelWords[row.lastProven.level].says}
          >
            <Ago at={row.lastProven.at} />
          </Link>
        ) : (
          <Unknown />
        )}
      </td>
      <td
        data-label="Staleness"
        title={`0 when just proven, half after ${formatDuration(row.halfLifeDays * 86_400_000)}, towards 100`}
      >
        {row.staleness === 'unknown' ? <Unknown /> : `${Math.round(row.staleness * 100)} %`}
      </td>
      {row.clocks.map((clock) => (
        <td key={clock.name} data-label={clockWords[clock.name].label}>
          <ClockCell clock={clock} />
        </td>
      ))}
    </tr>
  );
}

const Unknown = () => <Badge tone="plain">unknown</Badge>;
const arrows = { faster: '↓ faster', slower: '↑ slower', same: '→ the same' };

function ClockCell({ clock }: { clock: ClockReadiness }) {
  const { medianMs, trend, objectiveMet, recorded } = clock;
  return (
    <span className="small">
      <span title={`median of ${recorded}`}>
        {medianMs === 'unknown' ? <Unknown /> : <strong>{formatDuration(medianMs)}</strong>}
      </span>
      {trend ? (
        <span
          className={trend.toward === 'slower' ? styles.bad : ''}
          title={`${formatDuration(trend.newestMs)} after ${formatDuration(trend.beforeMs)}`}
        >
          {' '}
          {arrows[trend.toward]}
        </span>
      ) : null}
      <br />
      <span className={objectiveMet === 'unknown' ? 'quiet' : objectiveMet ? styles.good : styles.bad}>
        {objectiveMet === 'unknown' ? 'objective: unknown' : objectiveMet ? '✓ objective met' : '✗ objective not met'}
      </span>
    </span>
  );
}
