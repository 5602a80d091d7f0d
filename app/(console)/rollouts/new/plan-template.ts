/** The plan that the editor begins with. */

export type Start = {
  feature: string;
  environment: string;
  owner: string;
  baseline: string;
  candidate: string;
  /** cohorts that there are, besides everybody */
  cohorts: string[];
};

const word = (text: string, fallback: string) => (text === '' ? fallback : JSON.stringify(text));

export function planTemplate(start: Start): string {
  return `feature: ${word(start.feature, 'new-checkout')}
environment: ${word(start.environment, 'production')}
owner: ${word(start.owner, 'payments')}
hypothesis: What should get better, and what must not get worse
baseline: ${word(start.baseline, 'control')}
candidate: ${word(start.candidate, 'treatment')}

stages:                       # shares are percent of a cohort; "*" is everybody
${stagesOf(start.cohorts)}

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
onRegressionScope: rollout    # or cohort: only those in whom a guardrail fails are taken back
onUnknown: {}                 # what no answer does to the gate, by reason, as { stale: hold }; else it waits
mode: act                     # or observe: judges, says what it would do, changes nothing
`;
}

/** The cohorts that usually go first, if there are such; else a small share of everybody. */
function stagesOf(cohorts: string[]): string {
  const early = ['internal', 'staff', 'beta', 'canary'].filter((c) => cohorts.includes(c)).slice(0, 2);
  const lines = early.map((cohort, index) => {
    const before = early.slice(0, index).map((c) => `${JSON.stringify(c)}: 100, `);
    const share = index === 0 ? 100 : 25;
    const pace = index === 0 ? 'minDuration: 5m' : 'minDuration: 30m, minSamples: 2000';
    return `  - { name: ${cohort}, exposure: { ${before.join('')}${JSON.stringify(cohort)}: ${share} }, ${pace} }`;
  });
  if (lines.length === 0)
    lines.push('  - { name: a tenth, exposure: { "*": 10 }, minDuration: 30m, minSamples: 2000 }');
  lines.push('  - { name: everyone, exposure: { "*": 100 }, minDuration: 24h, approval: true }');
  return lines.join('\n');
}
