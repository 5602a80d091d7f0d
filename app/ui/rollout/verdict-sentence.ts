/** The one sentence on top of everything: what, which version, where, and the rule that decided. */

import { criterionScale, limitSentence } from '@/app/ui/criterion/effect';
import { short, visible } from '@/app/ui/text/name';
import { gateSentence, outcomeReasonWords, type Tone } from '@/app/ui/text/words';
import { formatValue } from '@/lib/chart/format';
import type { CriterionOutcome } from '@/lib/criterion/model';
import type { RolloutView, Verdict } from '@/lib/rollout/model';

export type Sentence = {
  tone: Tone;
  /** the verb, shown largest */
  lead: string;
  /** the rest of the sentence */
  text: string;
  /** the numbers behind it, or null */
  rule: string | null;
};

export function plain(sentence: Sentence): string {
  return `${sentence.lead} ${sentence.text}`;
}

/** @param evidence the verdict that the last decision acted on, for rollouts that have ended */
export function verdictSentence(
  rollout: RolloutView,
  units: Record<string, string>,
  evidence: Verdict | null = null,
): Sentence {
  const candidate = short(rollout.plan.candidate);
  const baseline = short(rollout.plan.baseline);
  const verdict = rollout.verdict;
  const because = rollout.state === 'running' || rollout.state === 'held' ? verdict : (evidence ?? verdict);
  const rule = because ? decidingRule(rollout, because, units) : null;
  const named = because?.deciding ? because.deciding : null;
  const where = named && because ? whereOf(rollout, because) : '';
  const why = named ? `: ${short(named.criterion)} failed${where}` : '';
  switch (rollout.state) {
    case 'draft':
      return { tone: 'plain', lead: 'Draft', text: `– nobody is served ${candidate} until it is started.`, rule: null };
    case 'rolling_back':
      return { tone: 'bad', lead: 'Rolling back', text: `${candidate} to ${baseline}${why}.`, rule };
    case 'rolled_back':
      return { tone: 'bad', lead: 'Rolled back', text: `${candidate} to ${baseline}${why}.`, rule };
    case 'completed':
      return { tone: 'good', lead: 'Completed', text: `– ${candidate} is the baseline for everyone.`, rule: null };
    default:
      return verdict ? running(rollout, verdict, rule) : waiting(rollout);
  }
}

/** Measures whose difference, times the observations, is what a cohort brings to the whole. */
const additive: ReadonlyArray<CriterionOutcome['measure']> = ['share', 'ratio', 'mean', 'burn_rate'];

/** " in beta", or where all together failed first: ", nearly all of it in beta". */
function whereOf(rollout: RolloutView, verdict: Verdict): string {
  const { deciding } = verdict;
  if (!deciding) return '';
  if (deciding.cohort !== null) return deciding.cohort ? ` in ${short(deciding.cohort)}` : '';
  const criterion = rollout.plan.criteria.find((c) => c.name === deciding.criterion);
  if (!criterion || !additive.includes(criterion.measure)) return '';
  const sign = criterion.better === 'lower' ? 1 : -1;
  const parts = verdict.outcomes.flatMap(({ cohort, candidate, baseline, ...o }) => {
    if (o.criterion !== criterion.name || !cohort || !(candidate.n > 0)) return [];
    if (candidate.value === null || !baseline || baseline.value === null) return [];
    return [{ cohort, n: candidate.n, excess: sign * (candidate.value - baseline.value) * candidate.n }];
  });
  const sum = (of: 'n' | 'excess') => parts.reduce((total, part) => total + part[of], 0);
  const worst = parts.toSorted((a, b) => b.excess - a.excess)[0];
  if (!worst || parts.length < 2 || !(sum('excess') > 0)) return '';
  const share = worst.excess / sum('excess');
  // A cohort that is nearly all of the traffic explains nothing by having nearly all of the excess.
  if (share < 0.7 || share - worst.n / sum('n') < 0.15) return '';
  return `, ${share >= 0.9 ? 'nearly all' : 'most'} of it in ${short(worst.cohort)}`;
}

function waiting(rollout: RolloutView): Sentence {
  return {
    tone: 'plain',
    lead: rollout.state === 'held' ? 'Held' : 'Watching',
    text: `${short(rollout.plan.candidate)}, before the first look.`,
    rule: null,
  };
}

function running(rollout: RolloutView, verdict: Verdict, rule: string | null): Sentence {
  const candidate = short(rollout.plan.candidate);
  const { stages } = rollout.plan;
  const stage = short(stages[rollout.stage]?.name ?? 'no stage');
  const next = short(stages[rollout.stage + 1]?.name ?? '');
  const observe = rollout.mode === 'observe';
  const deciding = verdict.deciding;
  const where = whereOf(rollout, verdict);
  if (verdict.kind === 'roll_back' && verdict.reason === 'rollback_cap') {
    const why = deciding ? `${short(deciding.criterion)} fails${where}` : 'the stage ran out of time';
    const text = `whether to roll back ${candidate} from ${stage}: ${why}, and Belay has rolled back as often by itself as it may.`;
    return { tone: 'bad', lead: 'Belay asks', text, rule };
  }
  if (verdict.kind === 'roll_back' && verdict.reason === 'cohort_regressed') {
    const cohort = short(deciding?.cohort ?? 'a cohort');
    const why = `${short(deciding?.criterion ?? 'a guardrail')} fails there, and the others go on`;
    return {
      tone: 'bad',
      lead: observe ? 'Would take back' : 'Take back',
      text: `${candidate} from ${cohort}: ${why}.`,
      rule,
    };
  }
  if (verdict.kind === 'roll_back') {
    const lead = observe ? 'Would roll back' : 'Roll back';
    const why = deciding ? `${short(deciding.criterion)} fails${where}` : 'the stage ran out of time';
    return { tone: 'bad', lead, text: `${candidate} from ${stage}: ${why}.`, rule };
  }
  if (verdict.kind === 'widen') {
    const lead = next ? (observe ? 'Would widen' : 'Widen') : observe ? 'Would complete' : 'Ready to complete';
    const way = next ? `${candidate} from ${stage} to ${next}` : candidate;
    return { tone: 'good', lead, text: `${way}: ${passing(rollout, verdict)}.`, rule };
  }
  return { ...hold(rollout, verdict, stage), rule };
}

/** A lenient gate, or a plan that lets "not yet" through, goes on without an answer: that is said. */
function passing({ plan }: RolloutView, { outcomes }: Verdict): string {
  const acting = plan.criteria.filter((c) => c.kind !== 'diagnostic');
  const open = acting.filter((c) => outcomes.some((o) => o.criterion === c.name && !o.cohort && o.outcome !== 'pass'));
  if (open.length === 0) return 'every guardrail and success criterion passes';
  return `nothing fails, and the plan lets ${open.map((c) => short(c.name)).join(', ')} through without an answer`;
}

function hold(rollout: RolloutView, verdict: Verdict, stage: string): Omit<Sentence, 'rule'> {
  const subject = `${short(rollout.plan.candidate)} at ${stage}`;
  const deciding = verdict.deciding;
  const where = whereOf(rollout, verdict);
  const lead = rollout.state === 'held' ? 'Held' : 'Hold';
  switch (verdict.reason) {
    case 'held_after_regression':
    case 'guardrail_failed':
      return { tone: 'bad', lead, text: `${subject}: ${short(deciding?.criterion ?? 'a guardrail')} fails${where}.` };
    case 'success_failed':
      return {
        tone: 'warn',
        lead,
        text: `${subject}: ${short(deciding?.criterion ?? 'a success criterion')} fails${where}.`,
      };
    case 'unknown_held': {
      const found = verdict.outcomes.find((o) => o.criterion === deciding?.criterion && o.cohort === deciding.cohort);
      const why = found
        ? `${short(found.criterion)} has no answer: ${outcomeReasonWords[found.reason]}`
        : 'a criterion had no answer. It has one again; a person resumes';
      return { tone: 'warn', lead, text: `${subject}: ${why}.` };
    }
    case 'held_by_person':
      return { tone: 'warn', lead, text: `${subject}: a person put it on hold.` };
    case 'automation_stopped':
      return { tone: 'warn', lead, text: `${subject}: everything automatic is stopped.` };
    case 'rollback_cap':
      return { tone: 'warn', lead, text: `${subject}: Belay has asked whether to roll back; a person decides.` };
    case 'stage_timed_out':
      return { tone: 'warn', lead, text: `${subject}: the stage ran out of time.` };
    case 'not_switchable':
      return { tone: 'warn', lead, text: `${subject}: nobody here can switch its versions.` };
    default: {
      const unmet = verdict.gate.find((item) => !item.met);
      const reason = unmet ? lowerFirst(clip(visible(gateSentence(unmet)))) : 'the gate does not hold yet';
      return { tone: 'plain', lead, text: `${subject}: ${reason}.` };
    }
  }
}

function clip(text: string): string {
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** "4.2 % against 1.0 %, allowed at most 0.5 pp above the baseline; interval +2.1 pp to +3.9 pp" */
function decidingRule(rollout: RolloutView, verdict: Verdict, units: Record<string, string>): string | null {
  const deciding = verdict.deciding;
  const criterion = rollout.plan.criteria.find((c) => c.name === deciding?.criterion);
  const outcome = verdict.outcomes.find((o) => o.criterion === deciding?.criterion && o.cohort === deciding?.cohort);
  return criterion && outcome ? outcomeNumbers(criterion, outcome, units[criterion.metric] ?? '') : null;
}

export function outcomeNumbers(
  criterion: RolloutView['plan']['criteria'][number],
  outcome: CriterionOutcome,
  unit: string,
): string {
  const scale = criterionScale(criterion, unit);
  const candidate = formatValue(outcome.candidate.value, scale.value);
  const baseline = outcome.baseline ? ` against ${formatValue(outcome.baseline.value, scale.value)}` : '';
  const interval =
    outcome.low === null || outcome.high === null
      ? ''
      : `; the interval runs from ${scale.difference(outcome.low)} to ${scale.difference(outcome.high)}`;
  return `${candidate}${baseline}, allowed ${limitSentence(criterion)}${interval}`;
}
