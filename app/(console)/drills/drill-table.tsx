import Link from 'next/link';
import { cronSays } from '@/app/ui/drill/cron';
import { isOver, runStateWords } from '@/app/ui/drill/run/reading';
import { levelWords, type Standing, skipWords, standingOf, standingWords } from '@/app/ui/drill/words';
import { Badge } from '@/app/ui/page/badge';
import { Ago, Until } from '@/app/ui/text/clock.client';
import { Name } from '@/app/ui/text/name';
import type { DrillView } from '@/lib/drill/model';

const order = Object.keys(standingWords) as Standing[];

/** What needs somebody first, then what comes next. */
export function DrillTable({ drills }: { drills: DrillView[] }) {
  const sorted = drills.toSorted((a, b) => order.indexOf(standingOf(a)) - order.indexOf(standingOf(b)));
  return (
    <table className="cards">
      <thead>
        <tr>
          <th scope="col">Drill</th>
          <th scope="col">Feature</th>
          <th scope="col">Level</th>
          <th scope="col">Now</th>
          <th scope="col">Next</th>
          <th scope="col">Last run</th>
        </tr>
      </thead>
      <tbody>
        {sorted.map((drill) => (
          <tr key={drill.id} data-standing={standingOf(drill)}>
            <th scope="row">
              <Link href={`/drills/${drill.id}`} prefetch={false}>
                <Name>{drill.name}</Name>
              </Link>
            </th>
            <td data-label="Feature">
              <Name>{drill.feature}</Name> <span className="quiet">{drill.environment}</span>
            </td>
            <td data-label="Level">{levelWords[drill.level].label}</td>
            <td>
              <Now drill={drill} />
            </td>
            <td data-label="Next">
              <Next drill={drill} />
              {drill.schedule ? (
                <div className="small quiet">
                  {cronSays(drill.schedule.cron) ?? drill.schedule.cron}, {drill.schedule.timeZone}
                </div>
              ) : null}
            </td>
            <td data-label="Last run">
              <LastRun run={drill.lastRun} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Now({ drill }: { drill: DrillView }) {
  if (drill.archivedAt) return <Badge tone="plain">Put away</Badge>;
  const standing = standingOf(drill);
  const { label, tone } = standingWords[standing];
  return (
    <span className="row">
      <Badge tone={tone}>{label}</Badge>
      {standing === 'overdue' && drill.overdueSince ? (
        <span className="small">
          since <Ago at={drill.overdueSince} />
        </span>
      ) : null}
      {drill.unprovenSince ? <Badge tone="bad">Not proven in time</Badge> : null}
      {drill.blockedBy && standing === 'blocked' ? <span className="small">{skipWords[drill.blockedBy]}</span> : null}
    </span>
  );
}

function Next({ drill }: { drill: DrillView }) {
  if (drill.nextRunAt) return <Until at={drill.nextRunAt} />;
  return <span className="quiet">{drill.schedule?.paused ? 'paused' : 'no time'}</span>;
}

export function LastRun({ run }: { run: DrillView['lastRun'] }) {
  if (!run) return <span className="quiet">never</span>;
  const { label, tone } = runStateWords[run.state];
  return (
    <span className="row">
      <Link href={`/drills/runs/${run.id}`} prefetch={false}>
        <Badge tone={tone}>{label}</Badge>
      </Link>
      {isOver(run) && run.endedAt ? <Ago at={run.endedAt} /> : <span>under way</span>}
    </span>
  );
}
