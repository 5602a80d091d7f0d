/** Who met the candidate: requests, users where they are counted, and for how long. Pure. */

import { within } from '../draft/words';
import type { Facts, Measured } from '../facts';
import type { Figure, Milestone, Source } from '../model';
import { exposedId } from './figure-id';
import { type Onset, sinceOnset } from './onset';

type Of = { from: number; ranked: readonly Measured[]; onset: Onset | null };
const blank = { low: null, high: null, level: null } as const;
const measuredSource = ({ criterion }: Measured): Source => ({ kind: 'evidence', id: `measured/${criterion.name}` });

export function exposedFigures(facts: Facts, milestones: readonly Milestone[], of: Of): Figure[] {
  return [...requests(facts, of), users(facts, of), ...minutes(facts, milestones, of)];
}

/** Candidate cells that begin in the stretch that is counted, and have a number. */
function seenIn(facts: Facts, measured: Measured, from: number) {
  return measured.cells.filter(
    (c) => facts.candidate !== null && c.version === facts.candidate && c.at >= from && Number.isFinite(c.n) && c.n > 0,
  );
}

/** The first that counts requests: shares and histograms; below the line of a ratio stands something else. */
const countsRequests = ({ criterion: { measure } }: Measured): boolean =>
  measure === 'share' || measure === 'burn_rate' || measure === 'quantile' || measure === 'mean';

function requests(facts: Facts, { from, ranked }: Of): Figure[] {
  const measured = ranked.find((m) => countsRequests(m) && m.cells.length > 0);
  const one = (cohort: string | null, value: number | null, why: string): Figure => ({
    ...blank,
    id: exposedId('requests', cohort),
    label: 'Requests that the candidate answered',
    state: value === null ? 'unknown' : 'known',
    value,
    unit: 'requests',
    why,
    method: 'Σ n of the candidate, as counted by the metric',
    inputs: {
      criterion: measured?.criterion.name ?? null,
      metric: measured?.criterion.metric ?? null,
      cohort,
      from: new Date(from).toISOString(),
      to: facts.to,
    },
    sources: measured ? [measuredSource(measured)] : [{ kind: 'evidence', id: 'stretch' }],
  });
  if (facts.candidate === null) return [one(null, null, 'No rollout names a candidate')];
  if (!measured) return [one(null, null, 'No metric that is watched counts requests')];
  const found = new Map<string, number>();
  for (const { cohort, n } of seenIn(facts, measured, from)) found.set(cohort, (found.get(cohort) ?? 0) + n);
  if (found.size === 0) return [one(null, null, 'Telemetry shows no request that the candidate answered')];
  const all = [...found.values()].reduce((sum, n) => sum + n, 0);
  return [one(null, all, ''), ...[...found].sort().map(([cohort, n]) => one(cohort, n, ''))];
}

/** By OpenTelemetry's conventions an annotation in braces says what is counted. */
const userUnits = new Set(['{user}', '{users}']);

function users(facts: Facts, { from, ranked }: Of): Figure {
  const measured = ranked.find((m) => userUnits.has(m.unit) && m.criterion.measure === 'rate' && m.cells.length > 0);
  const found = measured ? seenIn(facts, measured, from) : [];
  const known = found.length > 0;
  return {
    ...blank,
    id: exposedId('users'),
    label: 'Users who met the candidate',
    state: known ? 'known' : 'unknown',
    value: known ? found.reduce((sum, c) => sum + c.n, 0) : null,
    unit: 'users',
    why: known
      ? 'Whoever the metric counted more than once is counted as often'
      : measured
        ? 'The metric that counts users showed none with the candidate'
        : 'No metric that is watched counts users, and requests carry no ids here',
    method: 'Σ increases of the metric whose unit is {user}, of the candidate',
    inputs: { criterion: measured?.criterion.name ?? null, metric: measured?.criterion.metric ?? null },
    sources: measured ? [measuredSource(measured)] : [{ kind: 'evidence', id: 'stretch' }],
  };
}

function minutes(facts: Facts, milestones: readonly Milestone[], { from, ranked, onset: found }: Of): Figure[] {
  const of = (name: Milestone['name']) => milestones.find((m) => m.name === name);
  const [onset, gone] = [of('onset'), of('propagated')];
  const one = (cohort: string | null, given: Partial<Figure>): Figure => ({
    ...blank,
    id: exposedId('minutes', cohort),
    label: 'How long users met it',
    state: 'unknown',
    value: null,
    unit: 'ms',
    why: '',
    method:
      cohort === null
        ? 'From the onset to when nobody was served the candidate any more'
        : 'From the onset, or the first request after it, to the end of the last step in which the candidate was seen',
    inputs: { cohort },
    sources: [...(onset?.sources ?? []), ...(gone?.sources ?? [])],
    ...given,
  });
  if (!onset?.at)
    return [
      one(null, {
        why: `It is not known when it began (${within(onset?.why ?? 'nothing says so')})`,
        sources: fallback(facts),
      }),
    ];
  if (!gone?.at) return [one(null, { why: `Nothing shows when it ended (${within(gone?.why ?? 'nothing says so')})` })];
  const [start, end] = [Date.parse(onset.at), Date.parse(gone.at)];
  const inputs = { onset: onset.at, propagated: gone.at, cohort: null };
  if (end < start) return [one(null, { why: 'It ended before it was seen to begin: the clocks disagree', inputs })];
  const all = one(null, { state: 'known', value: end - start, inputs, ...sinceOnset(found, end) });
  const measured = ranked.find((m) => countsRequests(m) && m.cells.length > 0);
  if (!measured) return [all];
  const spans = new Map<string, { first: number; last: number }>();
  for (const { cohort, at } of seenIn(facts, measured, from)) {
    const stop = at + measured.stepMs;
    if (stop <= start) continue;
    const had = spans.get(cohort) ?? { first: Math.max(start, at), last: stop };
    spans.set(cohort, { first: Math.min(had.first, Math.max(start, at)), last: Math.max(had.last, stop) });
  }
  const byCohort = [...spans].sort().map(([cohort, { first, last }]) =>
    one(cohort, {
      state: 'known',
      value: last - first,
      inputs: {
        cohort,
        first: new Date(first).toISOString(),
        last: new Date(last).toISOString(),
        stepMs: measured.stepMs,
      },
      sources: [...onset.sources, measuredSource(measured)],
    }),
  );
  return [all, ...byCohort];
}

const fallback = (facts: Facts): Source[] => [
  { kind: 'evidence', id: facts.measured[0] ? `measured/${facts.measured[0].criterion.name}` : 'stretch' },
];
