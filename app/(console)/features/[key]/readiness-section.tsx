/** How well the rollback of this feature is rehearsed, and whether something is wrong for real. */
import Link from 'next/link';
import { ClockReading, LastProven, Staleness } from '@/app/ui/drill/readiness';
import styles from '@/app/ui/drill/readiness.module.css';
import { clockWords } from '@/app/ui/drill/run/reading';
import { IncidentButton } from '@/app/ui/feature/incident.client';
import { Icon } from '@/app/ui/icon';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { Retry } from '@/app/ui/page/retry.client';
import { StatusLink } from '@/app/ui/status/link';
import { Ago } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { holds } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { listDrills } from '@/lib/drill/drill';
import { readiness } from '@/lib/drill/learn/coverage';
import type { Readiness } from '@/lib/drill/learn/readiness';
import { isDrillEnvironment } from '@/lib/drill/model';
import { listIncidents } from '@/lib/incident/incident';

type Props = { ctx: Context; feature: string; environment: string | undefined };

export async function ReadinessSection({ ctx, feature, environment }: Props) {
  const place = environment ? { environment } : {};
  const [read, drills] = await Promise.all([
    attempt(readiness(ctx, feature, place)),
    attempt(listDrills(ctx, { feature, ...place })),
  ]);
  const may = holds(ctx.actor, 'operate');
  const n = valueOr(drills, []).length;
  return (
    <Panel
      title="Readiness"
      id="readiness"
      note={
        n === 0
          ? 'no drill rehearses its rollback'
          : `${n} ${n === 1 ? 'drill rehearses' : 'drills rehearse'} its rollback`
      }
      actions={
        <>
          <Link href="/drills#readiness">All features</Link>
          {may ? (
            <Link className="button small" href={`/drills/new?feature=${encodeURIComponent(feature)}`}>
              <Icon name="plus" /> New drill
            </Link>
          ) : null}
        </>
      }
      flush
    >
      {read.ok ? (
        <Strips rows={read.value} />
      ) : (
        <StateNote state="error" action={<Retry />}>
          {read.message}
        </StateNote>
      )}
    </Panel>
  );
}

function Strips({ rows }: { rows: Readiness[] }) {
  if (rows.length === 0)
    return <StateNote state="empty">It was neither rolled out nor rehearsed anywhere yet.</StateNote>;
  return rows.map((row) => (
    <dl key={row.environment} className={styles.strip}>
      <div className={styles.place}>
        <dt className="visually-hidden">Environment</dt>
        <dd>
          <strong>
            <Name>{row.environment}</Name>
          </strong>
        </dd>
      </div>
      <div>
        <dt>Last proven</dt>
        <dd>
          <LastProven row={row} />
        </dd>
      </div>
      <div>
        <dt>Staleness</dt>
        <dd>
          <Staleness row={row} />
        </dd>
      </div>
      {row.clocks.map((clock) => (
        <div key={clock.name}>
          <dt title={clockWords[clock.name].says}>{clockWords[clock.name].label}</dt>
          <dd>
            <ClockReading clock={clock} />
          </dd>
        </div>
      ))}
    </dl>
  ));
}

/** At the head of the page: what is marked now, and the way to mark it. */
export async function Incidents({
  ctx,
  feature,
  environments,
}: {
  ctx: Context;
  feature: string;
  environments: string[];
}) {
  const read = await attempt(listIncidents(ctx, { feature, open: true }));
  const open = valueOr(read, []);
  const may = holds(ctx.actor, 'operate');
  const free = environments.filter((e) => !isDrillEnvironment(e) && !open.some((i) => i.environment === e));
  if (!may && open.length === 0) return null;
  return (
    <div className="stack tight" id="incidents">
      {open.map((incident) => (
        <div key={incident.id} className="form-error row between" role="note">
          <p>
            <strong>Incident in {visible(incident.environment)}:</strong> {visible(incident.reason)} (
            <Name>{incident.by}</Name>, <Ago at={incident.at} />
            ). No drill runs there until it is over.
          </p>
          <span className="row">
            <StatusLink ctx={ctx} subject="incident" id={incident.id} />
            {may ? <IncidentButton kind="end" id={incident.id} environment={incident.environment} /> : null}
          </span>
        </div>
      ))}
      {may && free.length > 0 ? (
        <div className="row">
          <IncidentButton kind="mark" feature={feature} environments={free} />
        </div>
      ) : null}
    </div>
  );
}
