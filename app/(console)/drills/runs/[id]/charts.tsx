/** What the judge of a run sees: the telemetry of its shadow, with the fault and the way back marked in it. */
import Link from 'next/link';
import { multiplesOf } from '@/app/(console)/rollouts/[id]/charts';
import { decisiveEvidence, readDrawing } from '@/app/(console)/rollouts/[id]/evidence';
import { Multiples } from '@/app/ui/chart/multiples.client';
import { clockWords } from '@/app/ui/drill/run/reading';
import { readPreferences } from '@/app/ui/frame/preferences';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { visible } from '@/app/ui/text/name';
import { toMarks } from '@/lib/chart/lane';
import type { Mark } from '@/lib/chart/model';
import { parseRange, type Range } from '@/lib/chart/range';
import type { Context } from '@/lib/context';
import type { RunView } from '@/lib/drill/model';
import type { RolloutView } from '@/lib/rollout/model';
import { decisionsOf } from '@/lib/rollout/rollout';

type Props = { ctx: Context; run: RunView; rollout: RolloutView | null; query: Record<string, string> };

export async function RunCharts({ ctx, run, rollout, query }: Props) {
  if (run.level === 'tabletop' || run.rolloutId === null) return null;
  if (rollout === null)
    return (
      <Panel title="What the judge saw" id="charts">
        <StateNote state="none">The telemetry of this run is not kept any more; its clocks and its log are.</StateNote>
      </Panel>
    );
  const now = ctx.now().getTime();
  const range = parseRange(query, now, '1h', wholeRun(run, now));
  const [decisions, preferences] = await Promise.all([attempt(decisionsOf(ctx, rollout.id)), readPreferences()]);
  const verdict = decisiveEvidence(valueOr(decisions, [])) ?? rollout.verdict;
  const cohort = verdict?.deciding?.cohort ?? null;
  const drawing = await readDrawing(ctx, rollout, { now, range, cohort });
  return (
    <Panel
      title={run.endedAt ? 'What the judge saw' : 'What the judge sees'}
      id="charts"
      note={cohort === null ? 'all cohorts together' : `cohort ${visible(cohort)}`}
      actions={
        range.kind === 'frozen' ? (
          <Link href={`/drills/runs/${run.id}`} scroll={false} className="button small">
            All of the run
          </Link>
        ) : null
      }
      flush
    >
      <Multiples
        multiples={multiplesOf(rollout, verdict, drawing)}
        marks={marksOf(run, range)}
        zone={preferences.zone}
        range={{ from: range.from, to: range.to }}
      />
    </Panel>
  );
}

/** With as much of what was well before that a fall is seen as one. */
function wholeRun(run: RunView, now: number): { from: number; to: number } {
  const began = Date.parse(run.startedAt ?? run.log[0]?.at ?? new Date(now).toISOString());
  const ended = run.endedAt === null ? now : Math.min(now, Date.parse(run.endedAt) + 10_000);
  return { from: began - 60_000, to: Math.max(ended, began + 60_000) };
}

function marksOf(run: RunView, range: Range): Mark[] {
  const at = Object.fromEntries(run.clocks.map((clock) => [clock.name, clock]));
  const points: Array<[at: string | null | undefined, title: string, tone: Mark['tone'], text: string]> = [
    [at.detect?.from, 'The fault begins', 'bad', ''],
    [at.detect?.to, 'Noticed', 'warn', clockWords.detect.says],
    [at.decide?.to, 'Ordered', 'plain', clockWords.decide.says],
    [at.actuate?.to, 'Switched', 'plain', clockWords.actuate.says],
    [at.propagate?.to, 'Nobody is served it', 'good', clockWords.propagate.says],
    [at.recover?.to, 'Back in range', 'good', clockWords.recover.says],
    [run.endedAt, 'Ended', 'plain', run.why],
  ];
  const events = points.flatMap(([when, title, tone, text], seq) =>
    when ? [{ seq, at: Date.parse(when), title, text: visible(text), who: 'drill', tone }] : [],
  );
  return toMarks(events, range);
}
