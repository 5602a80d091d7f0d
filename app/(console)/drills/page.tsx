import Link from 'next/link';
import { attempt, valueOr } from '@/app/ui/attempt';
import { Time } from '@/app/ui/clock.client';
import { FreezeControl } from '@/app/ui/drill-freeze.client';
import { Icon } from '@/app/ui/icon';
import { Name, visible } from '@/app/ui/name';
import { Panel, StateNote } from '@/app/ui/panel';
import { readPreferences } from '@/app/ui/preferences';
import { first, type SearchParams } from '@/app/ui/query';
import { Retry } from '@/app/ui/retry.client';
import { holds } from '@/lib/access/authorise';
import { coverage, usualDays } from '@/lib/drill/coverage';
import { getFreeze, listDrills } from '@/lib/drill/drill';
import type { Freeze } from '@/lib/drill/model';
import { proposeDrills } from '@/lib/drill/propose';
import { pageContext } from '@/lib/wiring';
import { Calendar } from './calendar';
import { CoverageTables, DaysChoice } from './coverage';
import { DrillTable } from './drill-table';
import { Proposals } from './proposals';
import { ReadinessOf } from './readiness';

export const metadata = { title: 'Drills' };

/** With ?month another month, with ?days another span of coverage, with ?archived what was put away. */
export default async function Drills({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const ctx = await pageContext();
  const query = first(await searchParams);
  const { zone } = await readPreferences();
  const place = query.env ? { environment: query.env } : {};
  const days = /^\d{1,4}$/.test(query.days ?? '') ? Math.max(1, Number(query.days)) : usualDays;
  const archived = query.archived === 'true';
  const [drills, away, freeze, covered, proposed] = await Promise.all([
    attempt(listDrills(ctx, place)),
    attempt(listDrills(ctx, { ...place, archived: true, limit: 50 })),
    attempt(getFreeze(ctx)),
    attempt(coverage(ctx, { days })),
    attempt(proposeDrills(ctx, { zone })),
  ]);
  const may = holds(ctx.actor, 'operate');
  const here = <T extends { environment: string }>(of: T[]) =>
    of.filter((o) => !query.env || o.environment === query.env);
  const shown = archived ? away : drills;
  const now = ctx.now();
  return (
    <div className="stack">
      <div className="row between">
        <div>
          <h1>Drills</h1>
          <p className="quiet">Rollbacks that are rehearsed: on a schedule, against the clock, and proven.</p>
        </div>
        {may ? (
          <Link className="button primary" href="/drills/new">
            <Icon name="plus" /> New drill
          </Link>
        ) : null}
      </div>
      {freeze.ok ? <Frozen freeze={freeze.value} now={now} may={may} /> : <Unread message={freeze.message} />}
      <Panel
        title={archived ? 'Put away' : 'What is rehearsed'}
        id="drills"
        flush
        actions={
          archived ? (
            <Link href="/drills">Show those in use</Link>
          ) : valueOr(away, []).length > 0 ? (
            <Link href="/drills?archived=true">Show what was put away</Link>
          ) : null
        }
      >
        {shown.ok ? null : <Unread message={shown.message} />}
        {shown.ok && shown.value.length === 0 ? (
          <StateNote state="empty">
            No drill is planned{query.env ? ' here' : ''}. {may ? <Link href="/drills/new">Plan the first</Link> : null}
          </StateNote>
        ) : null}
        {shown.ok && shown.value.length > 0 ? <DrillTable drills={shown.value} /> : null}
      </Panel>
      {proposed.ok ? <Proposals proposals={here(proposed.value)} may={may} /> : <Unread message={proposed.message} />}
      {drills.ok ? (
        <Calendar ctx={ctx} drills={[...drills.value, ...valueOr(away, [])]} query={query} zone={zone} />
      ) : null}
      <Panel title="Readiness" id="readiness" note="each by itself: no number stands for all of it" flush>
        {covered.ok ? (
          <ReadinessOf ctx={ctx} places={here(covered.value.features)} />
        ) : (
          <Unread message={covered.message} />
        )}
      </Panel>
      <Panel
        title="Coverage"
        id="coverage"
        note={`who and what has not rehearsed in ${days} days`}
        actions={<DaysChoice query={query} days={days} />}
        flush
      >
        {covered.ok ? (
          <CoverageTables
            coverage={{
              ...covered.value,
              features: here(covered.value.features),
              cohorts: here(covered.value.cohorts),
            }}
          />
        ) : (
          <Unread message={covered.message} />
        )}
      </Panel>
    </div>
  );
}

function Unread({ message }: { message: string }) {
  return (
    <StateNote state="error" action={<Retry />}>
      {message}
    </StateNote>
  );
}

function Frozen({ freeze, now, may }: { freeze: Freeze; now: Date; may: boolean }) {
  const { until, environments, reason, by } = freeze;
  const frozen = until !== null && new Date(until) > now;
  return (
    <div className="row between">
      {frozen ? (
        <p role="note">
          <Icon name="hold" /> <strong>Frozen:</strong> no drill begins{' '}
          {environments.length === 0 ? 'anywhere' : `in ${environments.map(visible).join(', ')}`} until{' '}
          <Time at={until} />: {visible(reason)}
          {by ? (
            <>
              {' '}
              (<Name>{by}</Name>)
            </>
          ) : null}
        </p>
      ) : (
        <p className="quiet small">Drills may begin whenever their schedules say so.</p>
      )}
      {may ? <FreezeControl frozen={frozen} /> : null}
    </div>
  );
}
