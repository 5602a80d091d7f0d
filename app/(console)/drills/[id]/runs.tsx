import Link from 'next/link';
import styles from '@/app/ui/drill/page.module.css';
import { clockWords, runStateWords } from '@/app/ui/drill/run/reading';
import { clockSays } from '@/app/ui/drill/words';
import { Badge } from '@/app/ui/page/badge';
import { StateNote } from '@/app/ui/page/panel';
import { Scroll } from '@/app/ui/page/scroll';
import { Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { formatDuration } from '@/lib/chart/format';
import { type Clock, clockNames, type RunView } from '@/lib/drill/model';

export function Runs({ runs }: { runs: RunView[] }) {
  if (runs.length === 0) return <StateNote state="empty">It has never been run.</StateNote>;
  return (
    <Scroll label="Runs, in a table">
      <table className="cards">
        <thead>
          <tr>
            <th scope="col">Began</th>
            <th scope="col">Outcome</th>
            {clockNames.map((name) => (
              <th key={name} scope="col" title={clockWords[name].says}>
                {clockWords[name].label}
              </th>
            ))}
            <th scope="col">By</th>
            <th scope="col">Why it ended so</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => {
            const { label, tone } = runStateWords[run.state];
            const began = run.startedAt ?? run.scheduledFor;
            return (
              <tr key={run.id}>
                <th scope="row">
                  <Link href={`/drills/runs/${run.id}`} prefetch={false}>
                    {began ? <Time at={began} /> : 'not yet'}
                  </Link>
                </th>
                <td>
                  <Badge tone={tone}>{label}</Badge>
                </td>
                {clockNames.map((name) => (
                  <td key={name} className="nowrap" data-label={clockWords[name].label}>
                    <ClockTime clock={run.clocks.find((c) => c.name === name)} />
                  </td>
                ))}
                <td data-label="By">{run.trigger === 'schedule' ? 'schedule' : <Name>{run.by}</Name>}</td>
                <td>{visible(run.why)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

/** Against its objective, in words and not by colour alone. */
function ClockTime({ clock }: { clock: Clock | undefined }) {
  if (!clock) return <span className="quiet">not yet</span>;
  const { state, met, objectiveMs, corrected } = clock;
  const tone = state !== 'recorded' ? 'quiet' : met === false ? styles.bad : met ? styles.good : '';
  const objective = objectiveMs === null ? 'no objective' : `objective ${formatDuration(objectiveMs)}`;
  return (
    <span className={tone} title={`${objective}${corrected ? `; corrected by ${visible(corrected.by)}` : ''}`}>
      {met === true ? '✓ ' : met === false ? '✗ ' : ''}
      {clockSays(clock)}
      {corrected ? ' *' : ''}
    </span>
  );
}
