/** The plan of the design page, and outcomes to decide on, for tests. */
import type { CriterionOutcome, OutcomeKind, OutcomeReason } from '@/lib/criterion/model';
import type { Evidence } from '@/lib/rollout/decide';
import { parsePlan } from '@/lib/rollout/plan/plan';

export const planText = `
feature: new-checkout
environment: production
owner: payments
baseline: control
candidate: treatment
stages:
  - { name: internal, exposure: { internal: 100 }, minDuration: 5m }
  - { name: beta, exposure: { internal: 100, beta: 25 }, minDuration: 30m, minSamples: 2000, maxDuration: 2h }
  - { name: everyone, exposure: { "*": 100 }, minDuration: 24h, approval: true }
criteria:
  - { name: errors, kind: guardrail, measure: share, metric: http.server.request.duration,
      of: { http.response.status_code: 5xx }, against: baseline, better: lower, margin: 0.5pp }
  - { name: orders, kind: success, measure: ratio, metric: shop.completed, per: shop.started,
      against: baseline, better: higher, margin: 1% }
  - { name: size, kind: diagnostic, measure: mean, metric: http.response.body.size, better: lower }
`;
export const plan = parsePlan(planText);

export function outcome(
  criterion: string,
  kind: OutcomeKind,
  cohort: string | null = null,
  reason: OutcomeReason = kind === 'no_data'
    ? 'no_observations'
    : kind === 'inconclusive'
      ? 'not_yet_clear'
      : 'decided',
): CriterionOutcome {
  const found = plan.criteria.find((c) => c.name === criterion);
  return {
    criterion,
    kind: found?.kind ?? 'guardrail',
    measure: found?.measure ?? 'share',
    cohort,
    outcome: kind,
    reason,
    estimate: null,
    low: null,
    high: null,
    limit: null,
    baseline: null,
    candidate: { n: 100, value: null },
    progress: 0,
    moreSamples: null,
    alpha: 0.001,
    spent: 0.75,
    working: null,
    expectedAt: null,
  };
}

export const now = new Date('2026-01-01T12:00:00Z');
export const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
export const green = [outcome('errors', 'pass'), outcome('orders', 'pass'), outcome('size', 'inconclusive')];

/** The stage `beta`, an hour in, with everything that its gate asks for. */
export const ready: Evidence = {
  plan,
  state: 'running',
  stage: 1,
  stageSince: ago(60),
  heldReason: null,
  outcomes: green,
  stageSamples: 2000,
  split: [{ cohort: 'beta', planned: 25, observed: 24.8, n: 8000, ok: true }],
  approved: false,
  automationStopped: false,
  switchable: true,
  dataUntil: now,
  now,
};
