import Link from 'next/link';
import { DaysField } from '@/app/ui/drill/days.client';
import styles from '@/app/ui/drill/page.module.css';
import { Badge } from '@/app/ui/page/badge';
import { StateNote } from '@/app/ui/page/panel';
import { withQuery } from '@/app/ui/page/query';
import { Ago } from '@/app/ui/text/clock.client';
import { Name } from '@/app/ui/text/name';
import type { Coverage } from '@/lib/drill/learn/coverage';

const spans = [7, 30, 90];
const most = 40;

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
      <DaysField days={days} query={query} />
    </nav>
  );
}

type Row = { key: string; name: string; where: string; last: string | null; lately: boolean };

/** What has not rehearsed stands first; how much has is said above it. */
export function CoverageTables({ coverage }: { coverage: Coverage }) {
  const { features, cohorts, people } = coverage;
  if (features.length + cohorts.length + (people?.length ?? 0) === 0)
    return <StateNote state="empty">Nothing has been rolled out yet, so there is nothing to rehearse.</StateNote>;
  return (
    <div className={styles.three}>
      <Column
        title="Features"
        says="proven"
        rows={features.map((f) => ({
          ...f,
          key: `${f.environment} ${f.feature}`,
          name: f.feature,
          where: f.environment,
        }))}
      />
      <Column
        title="Cohorts"
        says="rehearsed with"
        rows={cohorts.map((c) => ({
          ...c,
          key: `${c.environment} ${c.feature} ${c.cohort}`,
          name: c.cohort === '*' ? 'everybody' : c.cohort,
          where: `${c.feature}, ${c.environment}`,
        }))}
      />
      <Column
        title="People"
        says="took part"
        rows={people?.map((p) => ({ ...p, key: p.name, where: p.role })) ?? null}
      />
    </div>
  );
}

function Column({ title, says, rows }: { title: string; says: string; rows: Row[] | null }) {
  const open = rows?.filter((row) => !row.lately) ?? [];
  const done = (rows?.length ?? 0) - open.length;
  return (
    <section aria-label={title}>
      <h3 className="row between">
        {title}
        {rows === null ? (
          <Badge tone="plain">unknown to this key</Badge>
        ) : (
          <Badge tone={open.length === 0 ? 'good' : 'warn'}>
            {done} of {rows.length} {says}
          </Badge>
        )}
      </h3>
      {rows !== null && open.length === 0 ? (
        <p className="small quiet">{rows.length === 0 ? 'None is known.' : 'None is missing.'}</p>
      ) : null}
      <ul className={styles.missing}>
        {open.slice(0, most).map((row) => (
          <li key={row.key}>
            <span>
              <Name>{row.name}</Name> <span className="quiet small">{row.where}</span>
            </span>
            <span className="small">{row.last ? <Ago at={row.last} /> : 'never'}</span>
          </li>
        ))}
      </ul>
      {open.length > most ? <p className="small quiet">And {open.length - most} more.</p> : null}
    </section>
  );
}
