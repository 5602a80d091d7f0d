import Link from 'next/link';
import { ClockReading, LastProven, Staleness } from '@/app/ui/drill/readiness';
import { clockWords } from '@/app/ui/drill/run/reading';
import { StateNote } from '@/app/ui/page/panel';
import { Scroll } from '@/app/ui/page/scroll';
import { Name } from '@/app/ui/text/name';
import type { Readiness } from '@/lib/drill/learn/readiness';
import { clockNames } from '@/lib/drill/model';

const most = 100;

/** A vector for each feature and environment; the stalest first, and before them what was never proven. */
export function ReadinessTable({ rows }: { rows: Readiness[] }) {
  if (rows.length === 0) return <StateNote state="empty">No feature has been rolled out or rehearsed yet.</StateNote>;
  const weight = (row: Readiness) => (row.staleness === 'unknown' ? 2 : row.staleness);
  const sorted = rows.toSorted((a, b) => weight(b) - weight(a));
  return (
    <>
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
            {sorted.slice(0, most).map((row) => (
              <Row key={`${row.environment} ${row.feature}`} row={row} />
            ))}
          </tbody>
        </table>
      </Scroll>
      {rows.length > most ? <p className="small quiet">The {most} that need it most.</p> : null}
    </>
  );
}

function Row({ row }: { row: Readiness }) {
  return (
    <tr>
      <th scope="row">
        <Link href={`/features/${encodeURIComponent(row.feature)}#readiness`} prefetch={false}>
          <Name>{row.feature}</Name>
        </Link>{' '}
        <span className="quiet">{row.environment}</span>
      </th>
      <td data-label="Last proven">
        <LastProven row={row} />
      </td>
      <td data-label="Staleness">
        <Staleness row={row} />
      </td>
      {row.clocks.map((clock) => (
        <td key={clock.name} data-label={clockWords[clock.name].label}>
          <ClockReading clock={clock} />
        </td>
      ))}
    </tr>
  );
}
