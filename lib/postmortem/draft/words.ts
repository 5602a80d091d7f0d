/** Numbers, times and names as a drafted sentence says them. Pure. */
import { formatCount, formatTook, formatValue, scaleOf } from '@/lib/chart/format';
import { formatTime } from '@/lib/chart/time';
import type { Criterion, CriterionOutcome } from '@/lib/criterion/model';
import type { Facts } from '../facts';
import { decisionOf } from '../impact/decided';
import type { Figure, Milestone, MilestoneName } from '../model';
import { plain } from './sentence';

/** What every part of a draft is made from. */
export type Told = { facts: Facts; figures: Figure[]; milestones: Milestone[] };

export const name = (text: string): string => plain(text, 120);

/** Of a criterion, a stage, a drill: what people chose as a name. */
export const quoted = (text: string): string => `“${name(text)}”`;
/** Of a reason that begins a sentence elsewhere, within one. */
export const within = (text: string): string =>
  /^[A-Z][a-z]/.test(text) ? `${text.charAt(0).toLowerCase()}${text.slice(1)}` : text;

/** Of what is told with its sign elsewhere. */
export const lasted = (ms: number): string => formatTook(Math.abs(ms));

/** Of what may also be less: `−42 s` */
export const signed = (ms: number): string => `${ms < 0 ? '−' : ''}${lasted(ms)}`;

/** In UTC, for a sentence is read in many places; pages show the times of the timeline in the reader's zone. */
export const clock = (at: string): string => formatTime(Date.parse(at), 'UTC', 'second');
export const atClock = (at: string): string => `at ${clock(at)} UTC`;
export const day = (at: string): string => formatTime(Date.parse(at), 'UTC', 'full').slice(0, 10);

export const percent = (share: number): string => formatValue(share, { kind: 'share' }, share >= 0.9995 ? 4 : 3);
export const count = (n: number): string => formatCount(n);
export const plural = (n: number, one: string, many = `${one}s`): string => (Math.round(n) === 1 ? one : many);

/** A value of a criterion in the unit in which it was measured. */
export function measuredValue(facts: Facts, criterion: Criterion, value: number | null): string {
  const unit = facts.measured.find((m) => m.criterion.name === criterion.name)?.unit ?? '';
  return formatValue(value, scaleOf(criterion.measure, unit));
}

/** `12 % on treatment, 1 % on control`; empty where nothing was counted. */
export function compared(facts: Facts, criterion: Criterion, outcome: CriterionOutcome): string {
  const candidate = outcome.candidate.value;
  if (candidate === null) return '';
  const own = `${measuredValue(facts, criterion, candidate)} on ${name(facts.candidate ?? 'the candidate')}`;
  const baseline = outcome.baseline?.value ?? null;
  if (criterion.against !== 'baseline') return `${own}, where ${name(String(criterion.against.threshold))} is allowed`;
  return baseline === null
    ? own
    : `${own}, ${measuredValue(facts, criterion, baseline)} on ${name(facts.baseline ?? 'the baseline')}`;
}

/** `p99 of http.server.request.duration`, `errors` */
export function criterionNamed({ facts }: Told, criterion: string): Criterion | null {
  return facts.plan?.criteria.find((c) => c.name === criterion) ?? null;
}

export const milestone = ({ milestones }: Told, of: MilestoneName): Milestone | null =>
  milestones.find((m) => m.name === of) ?? null;
export const known = ({ figures }: Told, id: string): (Figure & { value: number }) | null => {
  const found = figures.find((f) => f.id === id);
  return found && found.state === 'known' && found.value !== null ? { ...found, value: found.value } : null;
};

/** What the decision was made on. */
export function deciding(
  told: Told,
): { criterion: Criterion; outcome: CriterionOutcome; cohort: string | null } | null {
  const evidence = decisionOf(told.facts)?.evidence;
  const of = evidence?.deciding;
  const criterion = of && criterionNamed(told, of.criterion);
  const outcome = of && evidence.outcomes.find((o) => o.criterion === of.criterion && o.cohort === of.cohort);
  return criterion && outcome ? { criterion, outcome, cohort: of.cohort } : null;
}
