/** OTLP/JSON bodies for benches and tests: delta counters of requests by version, cohort and status. */
export type Traffic = {
  version: string;
  cohort: string;
  ok: number;
  bad: number;
  attributes?: Record<string, string>;
};

const nanos = (ms: number) => `${BigInt(Math.round(ms)) * 1_000_000n}`;

/** What happened in the `overMs` that end at `at`. */
export function requestsBody(of: {
  feature: string;
  environment: string;
  at: number;
  overMs: number;
  traffic: Traffic[];
  instance?: string;
}): Buffer {
  const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const point = (t: Traffic, status: string, value: number) => ({
    startTimeUnixNano: nanos(of.at - of.overMs),
    timeUnixNano: nanos(of.at),
    asInt: String(value),
    attributes: [
      attribute('feature_flag.key', of.feature),
      attribute('feature_flag.result.variant', t.version),
      attribute('cohort', t.cohort),
      attribute('http.response.status_code', status),
      ...Object.entries(t.attributes ?? {}).map(([key, value]) => attribute(key, value)),
    ],
  });
  const dataPoints = of.traffic.flatMap((t) => [point(t, '200', t.ok), point(t, '500', t.bad)]);
  return Buffer.from(
    JSON.stringify({
      resourceMetrics: [
        {
          resource: {
            attributes: [
              attribute('deployment.environment.name', of.environment),
              ...(of.instance === undefined ? [] : [attribute('service.instance.id', of.instance)]),
            ],
          },
          scopeMetrics: [
            {
              scope: { name: 'test' },
              metrics: [
                {
                  name: 'requests',
                  unit: '{request}',
                  sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints },
                },
              ],
            },
          ],
        },
      ],
    }),
  );
}

/** The plan that judges these requests. */
export const requestsPlan = (feature: string, more = '') => `
feature: ${feature}
environment: production
owner: payments
baseline: control
candidate: treatment
holdback: 10
stages:
  - { name: half, exposure: { "*": 50 }, minSamples: 1000 }
  - { name: most, exposure: { "*": 90 }, minDuration: 1h }
criteria:
  - { name: errors, kind: guardrail, measure: share, metric: requests, of: { http.response.status_code: 5xx },
      against: baseline, better: lower, margin: 1pp }
${more}
`;
