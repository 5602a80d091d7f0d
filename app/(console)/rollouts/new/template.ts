/** The plan that the editor begins with. */

export type Start = { feature: string; environment: string; owner: string; baseline: string; candidate: string };

const word = (text: string, fallback: string) => (text === '' ? fallback : JSON.stringify(text));

export function planTemplate(start: Start): string {
  return `feature: ${word(start.feature, 'new-checkout')}
environment: ${word(start.environment, 'production')}
owner: ${word(start.owner, 'payments')}
hypothesis: What should get better, and what must not get worse
baseline: ${word(start.baseline, 'control')}
candidate: ${word(start.candidate, 'treatment')}

stages:                       # shares are percent of a cohort; "*" is everybody
  - { name: internal, exposure: { internal: 100 }, minDuration: 5m }
  - { name: beta, exposure: { internal: 100, beta: 25 }, minDuration: 30m, minSamples: 2000 }
  - { name: everyone, exposure: { "*": 100 }, minDuration: 24h, approval: true }

criteria:
  - name: p99 latency
    kind: guardrail           # guardrail: its failure rolls back; success: needed to widen
    measure: quantile
    q: 0.99
    metric: http.server.request.duration
    against: baseline
    better: lower
    margin: 10%
  - name: errors
    kind: guardrail
    measure: share
    metric: http.server.request.duration
    of: { http.response.status_code: 5xx }
    against: baseline
    better: lower
    margin: 0.5pp

holdback: 10%                 # stays on the baseline until complete: something to compare with
falseRollbackRate: 1%         # for the whole rollout
onRegression: roll_back       # or hold
mode: act                     # or observe: judges, says what it would do, changes nothing
`;
}
