/** A plan that decides within the time that a test has. */
export const checkoutPlan = (over: string[] = []): string =>
  [
    'feature: new-checkout',
    'environment: production',
    'owner: payments',
    'hypothesis: The new checkout breaks nothing',
    'baseline: control',
    'candidate: treatment',
    'stages:',
    '  - { name: beta, exposure: { beta: 100 }, minDuration: 5s, minSamples: 100 }',
    '  - { name: everyone, exposure: { beta: 100, "*": 100 }, minDuration: 24h }',
    'criteria:',
    '  - { name: errors, kind: guardrail, measure: share, metric: http.server.request.duration,',
    '      of: { http.response.status_code: 5xx }, against: baseline, better: lower, margin: 5pp }',
    'holdback: 50%',
    ...over,
  ].join('\n');
