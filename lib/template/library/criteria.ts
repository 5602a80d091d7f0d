/** Sets of criteria that come with Belay. */
import type { CriterionInput } from '@/lib/criterion/model';

export type BuiltinCriteria = { id: string; name: string; description: string; body: CriterionInput[] };

const duration = 'http.server.request.duration';
const serverErrors = { 'http.response.status_code': '5xx' };

/** Error share and p99 against those who are on the baseline at the same time. */
export const requests: CriterionInput[] = [
  {
    name: 'server errors',
    kind: 'guardrail',
    measure: 'share',
    metric: duration,
    of: serverErrors,
    against: 'baseline',
    better: 'lower',
    margin: '0.5pp',
  },
  {
    name: 'p99 latency',
    kind: 'guardrail',
    measure: 'quantile',
    q: 0.99,
    metric: duration,
    against: 'baseline',
    better: 'lower',
    margin: '10%',
  },
];

const burn = (name: string, rate: number, minutes: [number, number]): CriterionInput => ({
  name,
  kind: 'guardrail',
  measure: 'burn_rate',
  metric: duration,
  of: serverErrors,
  objective: 0.999,
  better: 'lower',
  windows: minutes.map((m) => ({ minutes: m, rate })),
});
/** Pages of the SRE Workbook: 2 % of the budget of 30 days in an hour, 5 % in six hours. */
export const budget: CriterionInput[] = [
  burn('error budget, fast burn', 14.4, [60, 5]),
  burn('error budget, slow burn', 6, [360, 30]),
];

export const criteriaSets: BuiltinCriteria[] = [
  {
    id: 'http-red',
    name: 'Rate, errors, duration of HTTP',
    description:
      'The first set for any service that answers requests. Errors and p99 are compared with the baseline at the same time, so a bad hour of everybody does not count against the candidate. Traffic is shown beside them: a candidate that is asked less than its share has lost somebody before the request.',
    body: [
      ...requests,
      {
        name: 'requests a second',
        kind: 'diagnostic',
        measure: 'rate',
        metric: duration,
        against: 'baseline',
        better: 'higher',
        margin: '10%',
      },
    ],
  },
  {
    id: 'checkout-funnel',
    name: 'Checkout funnel',
    description:
      'For whatever has a beginning and an end: orders, sign-ups, uploads. A broken button answers every request with 200, and only the funnel shows it. Failed payments guard the money; completed orders must be shown not to fall before the rollout widens.',
    body: [
      {
        name: 'completed of started',
        kind: 'success',
        measure: 'ratio',
        metric: 'YOUR-SUCCESS-METRIC',
        per: 'YOUR-ATTEMPT-METRIC',
        against: 'baseline',
        better: 'higher',
        margin: '1%',
      },
      {
        name: 'failed payments',
        kind: 'guardrail',
        measure: 'ratio',
        metric: 'YOUR-FAILURE-METRIC',
        per: 'YOUR-ATTEMPT-METRIC',
        against: 'baseline',
        better: 'lower',
        margin: '0.5pp',
      },
    ],
  },
  {
    id: 'latency-threshold',
    name: 'Latency below a promise',
    description:
      'For an interface with a promise to its callers: p95 of the route stays below 300 ms, whatever the baseline does. It also works where nobody is left on the baseline. The comparison of p50 is shown only: it says whether everything became slower or just the tail.',
    body: [
      {
        name: 'p95 below 300 ms',
        kind: 'guardrail',
        measure: 'quantile',
        q: 0.95,
        metric: duration,
        where: { 'http.route': 'YOUR-ROUTE' },
        against: { threshold: '300ms' },
        better: 'lower',
      },
      {
        name: 'median',
        kind: 'diagnostic',
        measure: 'quantile',
        q: 0.5,
        metric: duration,
        where: { 'http.route': 'YOUR-ROUTE' },
        against: 'baseline',
        better: 'lower',
        margin: '10%',
      },
    ],
  },
  {
    id: 'slo-burn-rate',
    name: 'Error budget of a 99.9 % objective',
    description:
      'Multi-window burn rates as in the SRE Workbook: 14.4 times too fast over an hour and still over the last five minutes, or 6 times over six hours and still over the last half hour. The short window ends the alarm soon after the trouble ends. Change the objective to yours.',
    body: budget,
  },
  {
    id: 'consumer-lag',
    name: 'Queue and consumer lag',
    description:
      'For workers behind a queue, which answer nobody and so have no errors to count. The backlog of the candidate’s consumers stays below 1,000 messages, and they get as much done as the baseline’s. Set the limit to what you can work off within your promise.',
    body: [
      {
        name: 'messages that wait',
        kind: 'guardrail',
        measure: 'value',
        metric: 'YOUR-LAG-METRIC',
        where: { 'messaging.destination.name': 'YOUR-QUEUE' },
        against: { threshold: 1000 },
        better: 'lower',
      },
      {
        name: 'messages processed a second',
        kind: 'success',
        measure: 'rate',
        metric: 'YOUR-PROCESSED-METRIC',
        where: { 'messaging.destination.name': 'YOUR-QUEUE' },
        against: 'baseline',
        better: 'higher',
        margin: '10%',
      },
    ],
  },
  {
    id: 'business-success',
    name: 'What the business counts',
    description:
      'One ratio that must not fall, and what a success is worth, so that a rise in cheap successes does not hide a fall in dear ones. Add a technical set beside it: money moves late, errors at once.',
    body: [
      {
        name: 'successes per attempt',
        kind: 'success',
        measure: 'ratio',
        metric: 'YOUR-SUCCESS-METRIC',
        per: 'YOUR-ATTEMPT-METRIC',
        against: 'baseline',
        better: 'higher',
        margin: '2%',
        minSamples: 1000,
      },
      {
        name: 'value of a success',
        kind: 'guardrail',
        measure: 'mean',
        metric: 'YOUR-VALUE-METRIC',
        against: 'baseline',
        better: 'higher',
        margin: '5%',
      },
    ],
  },
];
