import Link from 'next/link';
import { Badge } from '@/app/ui/badge';
import { Ago } from '@/app/ui/clock.client';
import { Name } from '@/app/ui/name';
import { StateNote } from '@/app/ui/panel';
import { withQuery } from '@/app/ui/query';
import type { Coverage } from '@/lib/drill/coverage';

const spans = [7, 30, 90, 180];
const most = 100;

export function DaysChoice({ query, days }: { query: Record<string, string>; days: number }) {
  return (
    <nav className="row" aria-label="Days of coverage">
      {spans.map((span) => (
        <Link
          key={span}
          className="button small"
          href={`${withQuery('/drills', query, { days: String(span) })}#coverage`}
          aria-current={span === days ? 'true' : undefined}
          prefetch={false}
        >
          {span === days ? <strong>{span} days</strong> : `${span} days`}
        </Link>
      ))}
    </nav>
  );
}

type Row = { key: string; what: string; where: string; name: string; last: string | null };

/** Only those that have not; how many have is said beside it. */
export function CoverageTables({ coverage }: { coverage: Coverage }) {
  const { features, cohorts, people } = coverage;
  const all = [
    ...features.map((f) => ({ ...f, what: 'Feature', name: f.feature, where: f.environment })),
    ...cohorts.map((c) => ({
      ...c,
      what: 'Cohort',
      name: c.cohort === '*' ? 'everybody' : c.cohort,
      where: `${c.feature}, ${c.environment}`,
    })),
    ...(people ?? []).map((p) => ({ ...p, what: 'Person', name: p.name, where: p.role })),
  ];
  const open: Row[] = all
    .filter((row) => !row.lately)
    .map((row) => ({ ...row, key: `${row.what} ${row.where} ${row.name}` }));
  const counted = [
    ['features', features],
    ['cohorts', cohorts],
    ['people', people],
  ] as const;
  return (
    <>
      <p className="row" style={{ padding: 'var(--s3) var(--s4)', margin: 0 }}>
        {counted.map(([what, of]) => (
          <span key={what}>
            <strong>{of === null ? 'unknown' : `${of.filter((o) => o.lately).length} of ${of.length}`}</strong> {what}{' '}
            rehearsed
          </span>
        ))}
      </p>
      {all.length === 0 ? (
        <StateNote state="empty">Nothing has been rolled out yet, so there is nothing to rehearse.</StateNote>
      ) : open.length === 0 ? (
        <StateNote state="zero">Everything and everybody has rehearsed in that time.</StateNote>
      ) : (
        <Open rows={open} />
      )}
    </>
  );
}

function Open({ rows }: { rows: Row[] }) {
  return (
    <>
      <table className="cards">
        <caption className="visually-hidden">Not rehearsed lately</caption>
        <thead>
          <tr>
            <th scope="col">Who or what</th>
            <th scope="col">Kind</th>
            <th scope="col">Where</th>
            <th scope="col">Last rehearsed</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, most).map((row) => (
            <tr key={row.key}>
              <th scope="row">
                <Name>{row.name}</Name>
              </th>
              <td data-label="Kind">{row.what}</td>
              <td data-label="Where">
                <Name>{row.where}</Name>
              </td>
              <td data-label="Last rehearsed">{row.last ? <Ago at={row.last} /> : <Badge tone="warn">never</Badge>}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > most ? <p className="small quiet">And {rows.length - most} more.</p> : null}
    </>
  );
}
