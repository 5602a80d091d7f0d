import Link from 'next/link';
import { FreezeControl } from '@/app/ui/drill/freeze.client';
import styles from '@/app/ui/drill/page.module.css';
import { standingOf } from '@/app/ui/drill/words';
import { readPreferences } from '@/app/ui/frame/preferences';
import { Icon } from '@/app/ui/icon';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { first, type SearchParams } from '@/app/ui/page/query';
import { Retry } from '@/app/ui/page/retry.client';
import { Time, Until } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { holds } from '@/lib/access/authorise';
import { getFreeze, listDrills } from '@/lib/drill/drill';
import { coverage, readinessOfAll, usualDays } from '@/lib/drill/learn/coverage';
import { proposeDrills } from '@/lib/drill/learn/propose';
import type { DrillView } from '@/lib/drill/model';
import type { Freeze } from '@/lib/drill/schedule-model';
import { pageContext } from '@/lib/wiring';
import { Calendar } from './calendar';
import { CoverageTables, DaysChoice } from './coverage';
import { DrillTable } from './drill-table';
import { Proposals } from './proposals';
import { ReadinessTable } from './readiness';

export const metadata = { title: 'Drills' };

/** With ?month another month, with ?days another span of coverage, with ?archived what was put away. */
export default async function Drills({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const ctx = await pageContext();
  const query = first(await searchParams);
  const { zone } = await readPreferences();
  const place = query.env ? { environment: query.env } : {};
  const days = /^\d{1,4}$/.test(query.days ?? '') ? Math.max(1, Number(query.days)) : usualDays;
  const archived = query.archived === 'true';
  const [drills, away, freeze, covered, proposed, ready] = await Promise.all([
    attempt(listDrills(ctx, place)),
    attempt(listDrills(ctx, { ...place, archived: true, limit: 50 })),
    attempt(getFreeze(ctx)),
    attempt(coverage(ctx, { days })),
    attempt(proposeDrills(ctx, { zone })),
    attempt(readinessOfAll(ctx, place)),
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
          <div className="row">
            <Link className="button" href="/library#drill">
              Templates
            </Link>
            <Link className="button primary" href="/drills/new">
              <Icon name="plus" /> New drill
            </Link>
          </div>
        ) : null}
      </div>
      {freeze.ok ? (
        <Frozen freeze={freeze.value} drills={valueOr(drills, [])} now={now} may={may} />
      ) : (
        <Unread message={freeze.message} />
      )}
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
          <StateNote
            state="empty"
            action={
              may && !archived ? (
                <Link className="button" href="/drills/new?template=tabletop-questions">
                  Begin with a tabletop
                </Link>
              ) : null
            }
          >
            {archived
              ? 'No drill was put away.'
              : `No drill is planned${query.env ? ' here' : ''}: nobody knows how long a rollback takes, or whether it works.`}
          </StateNote>
        ) : null}
        {shown.ok && shown.value.length > 0 ? <DrillTable drills={shown.value} /> : null}
      </Panel>
      {proposed.ok ? <Proposals proposals={here(proposed.value)} may={may} /> : <Unread message={proposed.message} />}
      <Calendar ctx={ctx} drills={valueOr(drills, [])} query={query} zone={zone} />
      <Panel title="Readiness" id="readiness" note="each by itself: no number stands for all of it" flush>
        {ready.ok ? <ReadinessTable rows={ready.value} /> : <Unread message={ready.message} />}
      </Panel>
      <Panel
        title="Coverage"
        id="coverage"
        note={`what and who has not rehearsed in the last ${days} days`}
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

/** How drills stand at a glance, and whether they may begin. */
function Frozen(props: { freeze: Freeze; drills: DrillView[]; now: Date; may: boolean }) {
  const { until, environments, reason, by } = props.freeze;
  const frozen = until !== null && new Date(until) > props.now;
  return (
    <div className={styles.head} data-frozen={frozen || undefined}>
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
        <Standing drills={props.drills} />
      )}
      {props.may ? <FreezeControl frozen={frozen} /> : null}
    </div>
  );
}

function Standing({ drills }: { drills: DrillView[] }) {
  const of = (names: string[]) => drills.filter((d) => names.includes(standingOf(d))).length;
  const failed = drills.filter((d) => d.lastRun?.state === 'failed').length;
  const next = drills.find((d) => d.nextRunAt !== null && standingOf(d) === 'due');
  const counts: Array<[number, string]> = [
    [of(['waits']), 'waiting for a person'],
    [of(['running']), 'running'],
    [of(['overdue']), 'overdue'],
    [of(['blocked']), 'blocked'],
    [failed, 'failed last'],
  ];
  const said = counts.filter(([n]) => n > 0);
  return (
    <p className="row">
      {said.map(([n, words]) => (
        <span key={words}>
          <strong>{n}</strong> {words}
        </span>
      ))}
      {next?.nextRunAt ? (
        <span>
          Next: <Link href={`/drills/${next.id}`}>{visible(next.name)}</Link> <Until at={next.nextRunAt} />
        </span>
      ) : (
        <span className="quiet">No drill is due by itself.</span>
      )}
    </p>
  );
}
