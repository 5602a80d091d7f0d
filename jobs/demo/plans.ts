/** What the demo shop rolls out, in the words of the REST API. */
import type { ConfigurationInput } from '@/lib/configuration/model';
import type { DrillInput } from '@/lib/drill/model';
import type { CohortInput, FeatureInput } from '@/lib/feature/model';
import type { PlanInput } from '@/lib/rollout/model';
import type { RunbookStep } from '@/lib/runbook/model';

const duration = 'http.server.request.duration';

export const cohorts: CohortInput[] = [
  { key: 'internal', description: 'People of the shop', rules: [{ attribute: 'employee', in: [true] }] },
  { key: 'beta', description: 'Customers who asked to be first', rules: [{ attribute: 'plan', in: ['beta'] }] },
  { key: 'eu', description: 'Customers in the European Union', rules: [{ attribute: 'region', in: ['eu'] }] },
];

export const features: FeatureInput[] = [
  {
    key: 'new-checkout',
    owner: 'payments',
    description: 'The checkout on one page',
    versions: { control: false, treatment: true },
    baseline: 'control',
  },
  {
    key: 'fast-search',
    owner: 'catalogue',
    description: 'Search from the new index',
    versions: { control: false, treatment: true },
    baseline: 'control',
  },
  {
    key: 'suggestions',
    owner: 'growth',
    description: 'Suggestions made for each customer',
    versions: { control: false, treatment: true },
    baseline: 'control',
  },
];

const errors = (margin: string): PlanInput['criteria'][number] => ({
  name: 'errors',
  kind: 'guardrail',
  measure: 'share',
  metric: duration,
  of: { 'http.response.status_code': '5xx' },
  against: 'baseline',
  better: 'lower',
  margin,
});

const meanTime = (route: string, margin: string): PlanInput['criteria'][number] => ({
  name: `${route} mean`,
  kind: 'guardrail',
  measure: 'mean',
  metric: duration,
  where: { 'http.route': route },
  against: 'baseline',
  better: 'lower',
  margin,
});

/** Goes well inside the shop and breaks for `beta` customers who pay by invoice: what a newcomer watches Belay catch. */
const newCheckout: PlanInput = {
  feature: 'new-checkout',
  environment: 'production',
  owner: 'payments',
  hypothesis: 'A checkout on one page raises completed orders and does not slow the shop',
  baseline: 'control',
  candidate: 'treatment',
  holdback: '40%',
  stages: [
    // With the time that it takes to notice, three windows of 30 s of control: a rollback is proven against them.
    { name: 'internal', exposure: { internal: 100 }, minDuration: '60s', minSamples: 300 },
    { name: 'beta', exposure: { internal: 100, beta: 100 }, minDuration: '2m', minSamples: 1000 },
    { name: 'everyone', exposure: { internal: 100, beta: 100, '*': 100 }, minDuration: '24h', approval: true },
  ],
  criteria: [
    errors('3pp'),
    meanTime('/checkout', '60%'),
    {
      name: 'orders',
      kind: 'success',
      measure: 'ratio',
      metric: 'shop.checkout.completed',
      per: 'shop.checkout.started',
      against: 'baseline',
      better: 'higher',
      margin: '12pp',
    },
    {
      name: '/checkout p95',
      kind: 'diagnostic',
      measure: 'quantile',
      q: 0.95,
      metric: duration,
      where: { 'http.route': '/checkout' },
      better: 'lower',
      margin: '60%',
    },
  ],
};

/** Goes well everywhere and widens stage by stage until a person is asked. */
const fastSearch: PlanInput = {
  feature: 'fast-search',
  environment: 'production',
  owner: 'catalogue',
  hypothesis: 'The new index answers faster and finds as much',
  baseline: 'control',
  candidate: 'treatment',
  holdback: '40%',
  stages: [
    { name: 'internal', exposure: { internal: 100 }, minDuration: '1m', minSamples: 200 },
    { name: 'a quarter', exposure: { internal: 100, '*': 25 }, minDuration: '2m', minSamples: 500 },
    { name: 'half', exposure: { internal: 100, '*': 50 }, minDuration: '3m', minSamples: 1000, approval: true },
    { name: 'everyone', exposure: { internal: 100, '*': 100 }, minDuration: '24h' },
  ],
  criteria: [errors('3pp'), meanTime('/search', '25%')],
};

/** A little slower than what it replaces; Belay only says what it would do. */
const suggestions: PlanInput = {
  feature: 'suggestions',
  environment: 'production',
  owner: 'growth',
  hypothesis: 'Suggestions for each customer cost nothing that anyone notices',
  baseline: 'control',
  candidate: 'treatment',
  mode: 'observe',
  holdback: '40%',
  stages: [
    { name: 'internal and beta', exposure: { internal: 100, beta: 100 }, minDuration: '5m', minSamples: 500 },
    { name: 'everyone', exposure: { internal: 100, beta: 100, '*': 100 }, minDuration: '24h' },
  ],
  criteria: [errors('3pp'), meanTime('/suggestions', '25%')],
};

/**
 * What each version of the checkout is configured with. The credit check comes with the rollout and is what breaks:
 * taking the version back without its configuration would leave it on for the next try.
 */
export const checkoutConfiguration = (creditCheck: boolean): ConfigurationInput => ({
  environment: 'production',
  values: {
    control: { pages: 4, creditCheck: false },
    treatment: { pages: 1, creditCheck, ...(creditCheck ? { creditCheckTimeoutMs: 300 } : {}) },
  },
  reason: creditCheck
    ? 'Whoever pays by invoice is checked at once on the one page'
    : 'What the checkouts are configured with today',
});

/** Beside what every rollback does: for a person, and nothing waits for it. */
export const tellSupport: RunbookStep = {
  act: 'person',
  name: 'tell-support',
  title: 'Tell support that the old checkout is back',
  expected: 'Support answers customers who ask where the one page went.',
  how: 'Ask in the channel of support.',
  who: 'payments',
  blocking: false,
};

export const plans: PlanInput[] = [newCheckout, fastSearch, suggestions];

/** So that a newcomer sees a drill too: once both versions of what it rehearses have been measured for a while. */
const firstDrillAfterMs = 90_000;

/** Every week at the time at which the shop opened, and a little: the first one begins while somebody looks. */
export function weeklyDrill(openedAt: Date): DrillInput {
  const minuteMs = 60_000;
  const first = new Date(Math.ceil((openedAt.getTime() + firstDrillAfterMs) / minuteMs) * minuteMs);
  return {
    name: 'Search goes back',
    feature: 'fast-search',
    environment: 'production',
    owner: 'catalogue',
    level: 'synthetic',
    situation: 'The new index answers a part of all searches with an error. Nobody is hurt: the searches are made up.',
    fault: { share: 50, status: 503, expiresAfter: '5m' },
    blast: { cohort: 'internal', share: 100, minutes: 10 },
    control: 'beta',
    objectives: { detect: '1m', decide: '10s', actuate: '5s', propagate: '1m', recover: '3m' },
    decision: { by: 'automatic' },
    schedule: {
      cron: `${first.getUTCMinutes()} ${first.getUTCHours()} * * ${first.getUTCDay()}`,
      timeZone: 'UTC',
      missed: 'skip',
    },
  };
}
