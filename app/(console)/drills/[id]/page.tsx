import Link from 'next/link';
import { found } from '@/app/(console)/found';
import { cronSays } from '@/app/ui/drill/cron';
import { DrillForm } from '@/app/ui/drill/form.client';
import { type DrillOrder, DrillOrders } from '@/app/ui/drill/orders.client';
import styles from '@/app/ui/drill/page.module.css';
import { isOver } from '@/app/ui/drill/run/reading';
import { bareDrill, windowLines } from '@/app/ui/drill/text';
import { DrillTimes } from '@/app/ui/drill/times';
import { skipWords } from '@/app/ui/drill/words';
import { readPreferences } from '@/app/ui/frame/preferences';
import { attempt } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { yamlOf } from '@/app/ui/rollout/plan-text';
import { Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { holds } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { getDrill, previewSchedule, skipsOf } from '@/lib/drill/drill';
import { type DrillView, drillInput, type SkipView } from '@/lib/drill/model';
import { runsOf } from '@/lib/drill/run/run';
import { pageContext } from '@/lib/wiring';
import { LastRun, Now } from '../drill-table';
import { knownHere } from '../known';
import { Facts } from './facts';
import { Runs } from './runs';

export const metadata = { title: 'Drill' };
const shown = { runs: 50, skips: 50, times: 8 };

export default async function DrillPage({ params }: { params: Promise<{ id: string }> }) {
  const ctx = await pageContext();
  const { id } = await params;
  const drill = await found(getDrill(ctx, id));
  const { zone } = await readPreferences();
  const may = holds(ctx.actor, 'operate') && drill.archivedAt === null;
  const [runs, skips, known] = await Promise.all([
    attempt(runsOf(ctx, id, shown.runs)),
    attempt(skipsOf(ctx, id, { limit: shown.skips })),
    may ? knownHere(ctx) : null,
  ]);
  return (
    <div className="stack">
      <Head drill={drill} may={may} />
      <div className={styles.pair}>
        <Panel title="What is rehearsed" id="what">
          <Facts drill={drill} />
        </Panel>
        <Schedule ctx={ctx} drill={drill} zone={zone} />
      </div>
      <Panel title="Runs" id="runs" note="newest first" flush>
        {runs.ok ? <Runs runs={runs.value} /> : <StateNote state="error">{runs.message}</StateNote>}
      </Panel>
      <Panel title="Skips" id="skips" note="times of the schedule at which nothing was run" flush>
        {skips.ok ? <Skips skips={skips.value} /> : <StateNote state="error">{skips.message}</StateNote>}
      </Panel>
      {known ? (
        <Panel title="Change it" id="edit" note="runs that have begun keep what they began with">
          <DrillForm
            id={id}
            initial={yamlOf(bareDrill(specOf(drill)))}
            version={drill.version}
            known={known}
            templates={[]}
            template={null}
            zone={zone}
          />
        </Panel>
      ) : null}
    </div>
  );
}

/** Without what Belay knows of it besides. */
function specOf(drill: DrillView): Record<string, unknown> {
  const own = new Set(Object.keys(drillInput.shape));
  return Object.fromEntries(Object.entries(drill).filter(([key]) => own.has(key)));
}

function Head({ drill, may }: { drill: DrillView; may: boolean }) {
  const { schedule, lastRun } = drill;
  const running = lastRun !== null && !isOver(lastRun);
  const offers: DrillOrder[] = [
    ...(running ? [] : (['start'] as const)),
    ...(schedule ? [schedule.paused ? ('resume' as const) : ('pause' as const)] : []),
    'archive',
  ];
  return (
    <div className="row between">
      <div>
        <p className="small quiet">
          <Link href="/drills">Drills</Link> / feature{' '}
          <Link href={`/features/${encodeURIComponent(drill.feature)}`}>
            <Name>{drill.feature}</Name>
          </Link>{' '}
          in <Name>{drill.environment}</Name>
        </p>
        <h1>
          <Name>{drill.name}</Name>
        </h1>
        <div className="row">
          <Now drill={drill} />
          <span className="quiet">last run:</span>
          <LastRun run={lastRun} />
        </div>
      </div>
      {may ? (
        <div className="row">
          <DrillOrders id={drill.id} offers={offers} />
          <Link className="button" href={`/library?from=${drill.id}#save`} prefetch={false}>
            Save as a template
          </Link>
        </div>
      ) : null}
    </div>
  );
}

async function Schedule({ ctx, drill, zone }: { ctx: Context; drill: DrillView; zone: string }) {
  const { schedule } = drill;
  const preview =
    schedule && !drill.archivedAt ? await attempt(previewSchedule(ctx, drill.id, { count: shown.times, zone })) : null;
  return (
    <Panel
      title="Schedule"
      id="schedule"
      note={schedule ? `${cronSays(schedule.cron) ?? schedule.cron}, ${schedule.timeZone}` : undefined}
    >
      {schedule ? <Hours schedule={schedule} /> : <p>It runs when somebody starts it.</p>}
      {schedule?.paused ? <p>It is paused: none of these times comes before somebody resumes it.</p> : null}
      {preview === null ? null : preview.ok ? (
        <DrillTimes preview={preview.value} />
      ) : (
        <StateNote state="error">{preview.message}</StateNote>
      )}
    </Panel>
  );
}

function Hours({ schedule }: { schedule: NonNullable<DrillView['schedule']> }) {
  const { allowed, blocked, blackout, missed } = schedule;
  const said = [
    ...(allowed.length > 0 ? [`Only in ${windowLines(allowed).replaceAll('\n', '; ')}.`] : []),
    ...(blocked.length > 0 ? [`Never in ${windowLines(blocked).replaceAll('\n', '; ')}.`] : []),
    ...(blackout.length > 0 ? [`Not on ${blackout.join(', ')}.`] : []),
    missed === 'skip' ? 'A time that was missed is skipped.' : 'A time that was missed runs once, later.',
  ];
  return <p className={`small ${styles.hours}`}>{said.join(' ')}</p>;
}

function Skips({ skips }: { skips: SkipView[] }) {
  if (skips.length === 0) return <StateNote state="none">No time of its schedule was left out.</StateNote>;
  return (
    <table className="cards">
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Why</th>
        </tr>
      </thead>
      <tbody>
        {skips.map(({ scheduledFor, reason }) => (
          <tr key={scheduledFor}>
            <td>
              <Time at={scheduledFor} />
            </td>
            <td>{visible(skipWords[reason])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
