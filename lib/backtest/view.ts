/** What a replay comes to, next to what happened, and what is to be said about it. Pure. */
import type { CriterionOutcome } from '@/lib/criterion/model';
import type { Action, DecisionView, Plan } from '@/lib/rollout/model';
import { binOf, latenessMs } from '@/lib/rollout/watch/judging';
import type { Resolution } from '@/lib/signal/model';
import type { BacktestView, Caveat, FirstLooks } from './model';
import { type Act, type Course, finite, pointsOf, type Replay } from './replay';

export type Told = {
  rolloutId: string;
  plan: Plan;
  edited: string[];
  resolution: Resolution;
  /** everything that was decided, oldest first */
  decisions: DecisionView[];
  /** the life of the rollout, milliseconds; null: not started, not ended */
  life: { from: number | null; to: number | null };
  /** what was asked for and not reached for want of time */
  wanted: number;
  /** bins at the end of what was asked for had not closed yet */
  filling: boolean;
  automationStops: number;
  /** first looks that were stored while it was live */
  live: Array<Omit<FirstLooks, 'live'>>;
};

export function viewOfReplay(replay: Replay, told: Told): BacktestView {
  const { course } = replay;
  const iso = (ms: number) => new Date(ms).toISOString();
  return {
    rolloutId: told.rolloutId,
    from: iso(course.from),
    to: iso(course.to),
    resolution: told.resolution,
    mode: course.mode,
    looks: replay.looks,
    plan: told.plan,
    edited: told.edited,
    caveats: caveatsOf(replay, told),
    wouldHave: replay.turns,
    waits: replay.waits,
    happened: told.decisions
      .filter((d) => Date.parse(d.at) >= course.from && Date.parse(d.at) < judgedUntil(course))
      .map(({ at, action, toStage, acted, reason, actor }) => ({ at, action, toStage, acted, reason, actor })),
    first: firstOf(replay, told),
    outcomes: replay.outcomes.map(finiteOutcome),
    curves: [...replay.curves].map(([criterion, curve]) => ({ criterion, points: pointsOf(curve) })),
  };
}

const automatic: ReadonlyArray<Action['kind']> = ['widen', 'hold', 'roll_back', 'withdraw', 'complete'];

/** A look of the backtest comes as late as a whole bin and the wait for it after the one that was live. */
export const sameWithinMs = (width: number): number => 2 * width + latenessMs;

/**
 * The first moment at which the backtest would have done something that was not done, or would not have done what a
 * rule did; null: never. People's orders are theirs: they are no difference by themselves.
 */
export function differsAt(
  acts: Act[],
  orders: DecisionView[],
  of: Pick<Course, 'width' | 'from' | 'to'>,
): number | null {
  const near = sameWithinMs(of.width);
  const left = orders.filter((o) => automatic.includes(o.action) && Date.parse(o.at) > of.from);
  const wrong: number[] = [];
  for (const act of acts) {
    const match = left.findIndex((o) => o.action === act.kind && Math.abs(Date.parse(o.at) - act.at) <= near);
    if (match < 0) wrong.push(act.at);
    else left.splice(match, 1);
  }
  // What came after the last bin is not missed, only not judged.
  const judged = left.filter((o) => Date.parse(o.at) < judgedUntil(of));
  for (const order of judged) if (order.actor.kind === 'rule') wrong.push(Date.parse(order.at));
  return wrong.length === 0 ? null : Math.min(...wrong);
}

/** The end of the last bin. */
function judgedUntil({ to, width }: Pick<Course, 'to' | 'width'>): number {
  return binOf(to - 1, width) + width;
}

function endOfLooks(course: Course): number {
  return course.to + course.width + latenessMs;
}

function caveatsOf(replay: Replay, told: Told): Caveat[] {
  const { course } = replay;
  const { from, to, width } = course;
  const caveats: Caveat[] = [];
  const say = (kind: Caveat['kind'], at: number | null, says: string) =>
    caveats.push({ kind, at: at === null ? null : new Date(at).toISOString(), says });
  // Whoever only observes changes nobody's exposure.
  const observed = course.mode === 'as_happened' && course.plan.mode === 'observe';
  const within = course.orders.filter((o) => Date.parse(o.at) <= endOfLooks(course));
  const differs = observed ? null : differsAt(replay.acts, within, course);
  if (differs !== null)
    say(
      'exposure_differs',
      differs,
      'From here on Belay would have acted otherwise than it did, so other people would have had the candidate. What they would have met was never recorded: from here on this is judged on the telemetry of what really was exposed.',
    );
  if (told.life.from === null || from < told.life.from || (told.life.to !== null && to > told.life.to + width))
    say(
      'outside_rollout',
      null,
      'Part of the stretch lies outside of the life of the rollout. There it is judged as if the rollout had been running, before its start in its first stage and after its end in its last.',
    );
  else if (from > told.life.from + width)
    say('starts_anew', from, 'Nothing that came before this is known to the judge: it begins anew, bound and all.');
  if (told.wanted > to)
    say('cut_short', to, 'It took too long and stops here. Ask for a shorter stretch to see the rest.');
  if (told.filling)
    say('still_filling', to, 'What is newer is still filling, and is left out: run it again in a moment to see it.');
  if (replay.dataUntil === null)
    say('no_data', null, 'No telemetry of these metrics and versions is there for this stretch.');
  if (width > 10_000)
    say(
      'coarse',
      null,
      `Roll-ups of 10 s are not there for all of this stretch, or it is too long for them. It was judged in bins of ${told.resolution} s: the same test at the same bound, but it looks less often, and its first and last bins reach over the ends of the stretch.`,
    );
  if (told.edited.includes('criteria') || told.edited.includes('falseRollbackRate'))
    say(
      'chosen_in_hindsight',
      null,
      'The bound on false rollbacks holds for criteria that were fixed before the data. Criteria that are tried until the past comes out right will be wrong more often on what is to come.',
    );
  if (told.automationStops > 0)
    say(
      'automation_was_stopped',
      null,
      'Everything automatic was stopped for a time. The backtest says what Belay would have done if it had not been.',
    );
  if (course.findings.some((f) => f.firstAt.getTime() < to && f.lastAt.getTime() > from))
    say(
      'findings_between',
      null,
      'Of a finding about the telemetry the first and the last time are kept; in between it is taken to have gone on.',
    );
  say(
    'closed_bins',
    null,
    `It looks once at each closed bin of ${told.resolution} s, ${latenessMs / 1000} s after its end. Live, Belay also looks at the bin that is still filling, at least once a second: it may be up to ${told.resolution + latenessMs / 1000} s earlier.`,
  );
  say('late_data_in_place', null, 'Data that came late lies in its own bin from the start; live, it was learned late.');
  say('receiver_assumed_alive', null, 'Whether the receiver was up at the time is not kept: it is taken to have been.');
  return caveats;
}

function firstOf(replay: Replay, told: Told): FirstLooks[] {
  const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return [...replay.first.values()].map(({ criterion, cohort, failAt, passAt }) => {
    const live = told.live.find((t) => t.criterion === criterion && t.cohort === cohort);
    return {
      criterion,
      cohort,
      failAt: iso(failAt),
      passAt: iso(passAt),
      live: live ? { failAt: live.failAt, passAt: live.passAt } : null,
    };
  });
}

/** JSON has no infinity, and a reader of JSON should not have to guess. */
function finiteOutcome(outcome: CriterionOutcome): CriterionOutcome {
  return JSON.parse(JSON.stringify(outcome, (_, v) => (typeof v === 'number' ? finite(v) : v))) as CriterionOutcome;
}
