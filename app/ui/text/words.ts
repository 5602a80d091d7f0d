/** Machine reasons in plain words. Events have theirs in `app/ui/event/words.ts`, rollbacks in `app/ui/rollback/words.ts`. */
import type { Role } from '@/lib/access/model';
import { formatCount, formatDuration } from '@/lib/chart/format';
import type { CriterionKind, Measure, OutcomeKind, OutcomeReason } from '@/lib/criterion/model';
import type { Action, GateItem, GateReason, RolloutState, Verb, VerdictReason } from '@/lib/rollout/model';
import type { FindingKind } from '@/lib/signal/model';

export type Tone = 'good' | 'bad' | 'warn' | 'plain';

export const stateWords: Record<RolloutState, { label: string; tone: Tone; says: string }> = {
  draft: { label: 'Draft', tone: 'plain', says: 'Not started; nobody is exposed' },
  running: { label: 'Running', tone: 'good', says: 'Exposed and judged' },
  held: { label: 'Held', tone: 'warn', says: 'Exposure stays as it is until somebody resumes' },
  rolling_back: { label: 'Rolling back', tone: 'bad', says: 'Going back to the baseline' },
  rolled_back: { label: 'Rolled back', tone: 'bad', says: 'Everyone is on the baseline' },
  completed: { label: 'Completed', tone: 'good', says: 'The candidate is the new baseline' },
};

export const verdictReasonWords: Record<VerdictReason, string> = {
  gate_holds: 'the gate of this stage holds',
  gate_waits: 'the gate of this stage does not hold yet',
  guardrail_failed: 'a guardrail failed',
  cohort_regressed: 'a guardrail failed in some cohorts only',
  success_failed: 'a success criterion failed',
  unknown_held: 'a criterion has no answer, and the plan says to hold',
  stage_timed_out: 'the stage ran out of time',
  held_by_person: 'a person put it on hold',
  held_after_regression: 'it got worse, and the plan says to hold',
  automation_stopped: 'everything automatic is stopped',
  not_switchable: 'nobody here can switch this feature’s versions',
  rollback_cap: 'Belay has rolled back as often by itself as it may, and asks',
  finished: 'the rollout has ended',
};

export const outcomeWords: Record<OutcomeKind, { label: string; tone: Tone }> = {
  pass: { label: 'Pass', tone: 'good' },
  fail: { label: 'Fail', tone: 'bad' },
  inconclusive: { label: 'Not clear', tone: 'plain' },
  no_data: { label: 'No data', tone: 'plain' },
};

export const outcomeReasonWords: Record<OutcomeReason, string> = {
  decided: 'the whole interval lies on one side of the limit',
  too_few: 'too few samples to say anything',
  not_yet_clear: 'the interval still reaches over the limit',
  no_observations: 'nothing was observed yet',
  baseline_silent: 'the baseline sends nothing to compare with',
  candidate_silent: 'the candidate sends nothing',
  both_silent: 'neither version sends anything',
  stale: 'the newest data is too old',
  overflow: 'the sender ran out of series (overflow), so numbers are incomplete',
  unit_conflict: 'senders disagree about the unit',
  writers_overlap: 'two senders claim the same stream',
  receiver_down: 'the receiver was down, so data is missing',
  no_concurrent_baseline: 'nobody was on the baseline at the same time',
  not_measurable: 'this metric cannot be measured that way',
  errored: 'judging failed with an error',
};

/** What to do about it; a machine that waits needs nobody. */
export const outcomeNextWords: Record<OutcomeReason, string> = {
  decided: 'Nothing: it is decided.',
  too_few: 'Wait, or expose more; minSamples of the plan says how many are needed.',
  not_yet_clear: 'Wait: more traffic decides it, and a wider margin would decide it sooner.',
  no_observations:
    'Check that the service runs with telemetry on, and that metric and `where` are spelt as it sends them.',
  baseline_silent: 'Check that somebody is still served the baseline, and that its processes send telemetry.',
  candidate_silent: 'Check that the flag serves the candidate to anybody, and that its processes send telemetry.',
  both_silent:
    'Check the exporter of the service, and its way to Belay: nothing of either version has come for a while.',
  stale: 'Check the exporter of the service, and its way to Belay: what was last heard is too old to go by.',
  overflow: 'Take attributes with many values off the metric, or raise the limit of the SDK or of the series budget.',
  unit_conflict: 'Let all senders of the metric name one unit; the telemetry findings name those that differ.',
  writers_overlap: 'Give every process its own service.instance.id, so that two never write one stream.',
  receiver_down: 'Check that a receiver runs; senders that retry bring what is missing by themselves.',
  no_concurrent_baseline:
    'Leave a holdback on the baseline: without one at the same time there is nothing to compare with.',
  not_measurable:
    'Take another measure, or buckets that reach further; rates compare only where both versions have equal traffic.',
  errored: 'Look into the log of the worker for this criterion: its margin or threshold may not fit the unit.',
};

export const criterionKindWords: Record<CriterionKind, { label: string; says: string }> = {
  guardrail: { label: 'Guardrail', says: 'its failure rolls back' },
  success: { label: 'Success', says: 'needed to widen' },
  diagnostic: { label: 'Diagnostic', says: 'shown, never acted on' },
};

export const measureWords: Record<Measure, { label: string; says: string }> = {
  share: { label: 'Share', says: 'the part of all events that is of one kind, such as errors' },
  ratio: { label: 'Ratio', says: 'one counter per another' },
  rate: { label: 'Rate', says: 'events a second' },
  mean: { label: 'Mean', says: 'the average value' },
  quantile: { label: 'Quantile', says: 'what so many of all values stay below, such as p99' },
  value: { label: 'Value', says: 'a gauge' },
  burn_rate: { label: 'Burn rate', says: 'how many times too fast an error budget is spent, in every window at once' },
};

export const verbWords: Record<Verb, { label: string; doing: string; says: string }> = {
  start: { label: 'Start', doing: 'Starting', says: 'Expose the first stage' },
  widen: { label: 'Widen', doing: 'Widening', says: 'Go on to the next stage' },
  hold: { label: 'Hold', doing: 'Holding', says: 'Keep exposure as it is; nothing automatic widens' },
  resume: { label: 'Resume', doing: 'Resuming', says: 'Let the plan go on' },
  'roll-back': { label: 'Roll back', doing: 'Rolling back', says: 'Everyone back to the baseline' },
  complete: { label: 'Complete', doing: 'Completing', says: 'The candidate becomes the baseline for everyone' },
};

export const actionWords: Record<Action['kind'], { did: string; would: string; tone: Tone }> = {
  start: { did: 'started', would: 'would start', tone: 'plain' },
  widen: { did: 'widened', would: 'would widen', tone: 'good' },
  hold: { did: 'put on hold', would: 'would hold', tone: 'warn' },
  resume: { did: 'resumed', would: 'would resume', tone: 'plain' },
  roll_back: { did: 'ordered a rollback', would: 'would roll back', tone: 'bad' },
  withdraw: { did: 'took some cohorts back', would: 'would take some cohorts back', tone: 'bad' },
  confirm_rolled_back: { did: 'confirmed the rollback', would: 'would confirm the rollback', tone: 'good' },
  complete: { did: 'completed', would: 'would complete', tone: 'good' },
};

export const gateWords: Record<GateReason, { met: string; unmet: string }> = {
  min_duration: { met: 'The stage has lasted long enough', unmet: 'The stage has not lasted long enough' },
  min_samples: { met: 'Enough samples', unmet: 'Not enough samples yet' },
  approval: { met: 'Approved', unmet: 'Waits for an approval' },
  split: { met: 'The split is as planned', unmet: 'The split is not as planned' },
  criterion_failing: { met: 'No criterion fails', unmet: 'A criterion fails' },
  criterion_inconclusive: { met: 'Every criterion is clear', unmet: 'Some criteria are not clear yet' },
  criterion_no_data: { met: 'Every criterion has data', unmet: 'A criterion has no data' },
  migration_pending: {
    met: 'Every migration that the next stage needs is applied',
    unmet: 'A migration that the next stage needs is not applied',
  },
  drill_stale: {
    met: 'A drill of the rollback was proven lately enough',
    unmet: 'No drill of the rollback was proven lately enough',
  },
  last_stage: { met: 'This is the last stage', unmet: 'There is a stage after this one' },
};

/** What somebody can do about a condition that is not met. */
const gateNextWords: Record<GateReason, string> = {
  min_duration: 'Nothing to do but wait.',
  min_samples: 'Wait, or expose more.',
  approval: 'Somebody with the role approver approves or refuses it below.',
  split: 'Check who decides on the version, whether all ask the same flag, and whether both versions send telemetry.',
  criterion_failing: 'Find out where the excess is; then roll back, or hold and mend it.',
  criterion_inconclusive: 'Each criterion below says what it waits for.',
  criterion_no_data: 'Each criterion below says what is missing and where to look.',
  migration_pending: 'Apply it, or see on the page of migrations what it waits for.',
  drill_stale: 'Run a drill of this feature in this environment; once it is proven the way is free.',
  last_stage: 'Nothing to do: it is the way on.',
};

export const findingWords: Record<FindingKind, string> = {
  overflow: 'A sender ran out of series; its numbers are incomplete',
  unit_conflict: 'Senders disagree about the unit',
  single_writer_violation: 'Two senders write the same stream',
  receiver_down: 'The receiver was down',
  series_budget: 'Too many series; new ones are not split any further',
};

export const roleWords: Record<Role, string> = {
  ingest: 'sends telemetry',
  evaluate: 'evaluates flags',
  viewer: 'sees everything',
  operator: 'runs rollouts',
  approver: 'runs rollouts and approves',
  admin: 'everything, with people and keys',
};

/** What somebody can do about it. */
export function gateNext(item: GateItem): string {
  // A split that is not wrong, only not known yet.
  if (item.reason === 'split' && !item.detail.cohorts) return gateNextWords.min_samples;
  return gateNextWords[item.reason];
}

/** One line of the gate, with the numbers that it came with. */
export function gateSentence(item: GateItem): string {
  const words = gateWords[item.reason];
  const d = item.detail;
  const text = item.met ? words.met : words.unmet;
  const number = (key: string) => (typeof d[key] === 'number' ? (d[key] as number) : null);
  if (item.reason === 'min_duration') {
    const needed = number('neededMs') ?? number('needed');
    const elapsed = number('elapsedMs') ?? number('elapsed');
    if (needed !== null && elapsed !== null)
      return `${text}: ${formatDuration(Math.min(elapsed, needed))} of ${formatDuration(needed)}`;
  }
  if (item.reason === 'min_samples') {
    const needed = number('needed');
    const seen = number('seen') ?? number('n') ?? number('samples');
    if (needed !== null && seen !== null) return `${text}: ${formatCount(seen)} of ${formatCount(needed)}`;
  }
  if (item.reason === 'split' && !item.met && !d.cohorts && typeof d.unclear === 'string')
    return `Too little traffic yet to see the split in ${d.unclear}`;
  if (item.reason === 'criterion_inconclusive' && item.met && d.letThrough)
    return `The plan lets ${d.letThrough} through without an answer`;
  if (item.reason === 'drill_stale' && !item.met && typeof d.within === 'string')
    return `${text}: ${d.stage} needs one within ${d.within}, and ${typeof d.lastProven === 'string' ? `the last was on ${d.lastProven.slice(0, 10)}` : 'there never was one'}`;
  const names = d.criteria || d.cohorts || d.steps;
  if (item.met || typeof names !== 'string' || names === '') return text;
  if (item.reason === 'criterion_failing') return `${names} ${d.count === 1 ? 'fails' : 'fail'}`;
  if (item.reason === 'criterion_no_data') return `${names} ${d.count === 1 ? 'has' : 'have'} no data`;
  if (item.reason === 'criterion_inconclusive') return `${names} ${d.count === 1 ? 'is' : 'are'} not clear yet`;
  return `${text}: ${names}`;
}
