/**
 * What the candidate cost, against what its own requests would have met at the baseline's concurrent rate. Pure.
 *
 * By cohort and minute, from the earliest that the harm may have begun to the end of what is told; never a sum over
 * criteria, for two of them may count the same request. What nobody can know is `unknown` and says why.
 */

import type { Facts, Measured } from '../facts';
import type { Figure, Milestone, Source } from '../model';
import { budgetOf } from './budget';
import { clocksOf } from './clocks';
import { failedIn } from './decided';
import { exposedFigures } from './exposed';
import { impactId, uncomparedId } from './figure-id';
import { impactLevel, type Result, type Terms, termsOf } from './impact-terms';
import type { Moments } from './milestones';
import type { Onset } from './onset';

export function impactOf(facts: Facts, { milestones, onset }: Moments): Figure[] {
  const from = beginning(facts, milestones, onset);
  const failed = failedIn(facts);
  const ranked = [...facts.measured].sort((a, b) => rankOf(a, failed) - rankOf(b, failed));
  return [
    ...exposedFigures(facts, milestones, { from, ranked, onset }),
    ...ranked.flatMap((measured) => figuresOf(facts, measured, { from, failed: failed.has(measured.criterion.name) })),
    ...clocksOf(facts, milestones, onset),
  ];
}

/** Guardrails that failed first, and what was only shown last. */
function rankOf({ criterion }: Measured, failed: ReadonlySet<string>): number {
  const kind = { guardrail: 0, success: 1, diagnostic: 2 }[criterion.kind];
  return failed.has(criterion.name) ? kind : 3 + kind;
}

/**
 * Where counting begins: the early end of the onset's interval, because counting from its likeliest moment would choose
 * what is counted by what was found. Of a drill the beginning of the fault is known.
 */
function beginning(facts: Facts, milestones: readonly Milestone[], onset: Onset | null): number {
  const start = Date.parse(facts.from);
  if (facts.subject.kind === 'drill_run')
    return Date.parse(milestones.find((m) => m.name === 'onset')?.at ?? facts.from);
  return onset?.known ? Math.max(start, onset.change.low) : start;
}

function figuresOf(facts: Facts, measured: Measured, of: { from: number; failed: boolean }): Figure[] {
  const { criterion } = measured;
  const terms = termsOf(facts, measured, of.from);
  const sources: Source[] = [{ kind: 'evidence', id: `measured/${criterion.name}` }];
  const shared = { sources, level: null, low: null, high: null };
  const about = {
    criterion: criterion.name,
    kind: criterion.kind,
    measure: criterion.measure,
    metric: criterion.metric,
    failed: of.failed ? 'yes' : 'no',
    sameAs: sameAs(facts, measured),
  };
  const one = (result: Result, cohort: string | null): Figure => ({
    ...shared,
    id: impactId(criterion.name, cohort),
    label: terms.label,
    unit: terms.unit,
    state: result.known ? 'known' : 'unknown',
    value: result.known ? result.value : null,
    low: result.known ? result.low : null,
    high: result.known ? result.high : null,
    level: result.known ? impactLevel : null,
    why: result.why,
    method: terms.method,
    inputs: { ...about, cohort, from: new Date(of.from).toISOString(), to: facts.to, ...result.inputs },
  });
  const all = one(terms.all, null);
  const figures = [all, ...[...terms.cohorts].map(([cohort, result]) => one(result, cohort))];
  if (terms.uncompared !== null) figures.push(uncompared(terms, { ...about, ...all, ...shared }, terms.uncompared));
  return criterion.measure === 'burn_rate'
    ? [...figures, budgetOf(facts, measured, { from: of.from, excess: all })]
    : figures;
}

function uncompared(
  terms: Terms,
  { criterion, sources }: { criterion: string; sources: Source[] },
  requests: number,
): Figure {
  return {
    id: uncomparedId(criterion),
    label: 'Requests without a baseline beside them',
    state: 'known',
    value: requests,
    unit: 'requests',
    low: null,
    high: null,
    level: null,
    why: requests > 0 ? 'What they would have met is not known; no figure of this criterion counts them' : '',
    method: `Σ n of the candidate over cohorts and spans of ${terms.stepMs / 1000} s in which the baseline answered nothing`,
    inputs: { criterion, strata: terms.strata, unreadableCells: terms.unreadable, ...terms.uncomparedBy },
    sources,
  };
}

/** Other criteria that count the same events: their figures are not to be added to this one's. */
function sameAs(facts: Facts, { criterion }: Measured): string | null {
  const what = (c: Measured['criterion']) => JSON.stringify([c.metric, c.per ?? null, c.where, c.of ?? null]);
  const names = facts.measured
    .map((m) => m.criterion)
    .filter((c) => c.name !== criterion.name && c.metric === criterion.metric && what(c) === what(criterion))
    .map((c) => c.name);
  return names.length > 0 ? names.join(', ') : null;
}
