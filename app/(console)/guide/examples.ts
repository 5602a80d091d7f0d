/** Short how-tos; the addresses are those of this instance. */

export function nodeExample(otlp: string): string {
  return `import { metrics } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

metrics.setGlobalMeterProvider(
  new MeterProvider({
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter({
          url: '${otlp}/v1/metrics',
          headers: process.env.BELAY_KEY ? { authorization: \`Bearer \${process.env.BELAY_KEY}\` } : {},
        }),
        exportIntervalMillis: 2000,
      }),
    ],
  }),
);

const duration = metrics.getMeter('shop').createHistogram('http.server.request.duration', { unit: 's' });

duration.record(0.182, {
  'http.route': '/checkout',
  'http.response.status_code': 200,
  'feature_flag.key': 'new-checkout',
  'feature_flag.result.variant': 'treatment',
  cohort: 'beta',
});`;
}

export function otherLanguages(otlp: string): string {
  return `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=${otlp}/v1/metrics
OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=http/protobuf
OTEL_EXPORTER_OTLP_METRICS_HEADERS=authorization=Bearer%20YOUR_KEY
OTEL_METRIC_EXPORT_INTERVAL=2000
OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=production

# on each measurement
feature_flag.key            = new-checkout
feature_flag.result.variant = treatment
cohort                      = beta

# or nothing at all: a deployment is a feature too, by service.name and service.version`;
}

export function ofrepExample(console: string): string {
  return `import { OpenFeature } from '@openfeature/server-sdk';
import { OFREPProvider } from '@openfeature/ofrep-provider';

await OpenFeature.setProviderAndWait(
  new OFREPProvider({ baseUrl: '${console}', headers: [['authorization', \`Bearer \${process.env.BELAY_KEY}\`]] }),
);
const client = OpenFeature.getClient();
const details = await client.getBooleanDetails('new-checkout', false, { targetingKey: 'user-42', plan: 'beta' });
// details.variant is the version to put on your measurements; details.flagMetadata.cohort the cohort`;
}

export function curlExamples(console: string): string {
  return `export BELAY_KEY=$(npm run -s key -- create --name me --role operator)
alias belay='curl -s -H "Authorization: Bearer $BELAY_KEY"'

belay -X PUT ${console}/api/v1/features/new-checkout -H 'Content-Type: application/yaml' --data-binary @feature.yaml
belay ${console}/api/v1/rollouts -H 'Content-Type: application/yaml' --data-binary @rollout.yaml
belay -X POST ${console}/api/v1/rollouts/ROLLOUT/start
belay ${console}/api/v1/rollouts/ROLLOUT/verdict
belay -N ${console}/api/v1/stream`;
}

export const migrationExample = `migrations:
  - name: total-column
    kind: expand            # then backfill, switch, contract
    owner: orders
    apply: { kind: sql, database: orders, statements: alter table orders add column total bigint }
    revert: { kind: sql, database: orders, statements: alter table orders drop column total }
  - name: old-importer-off
    kind: switch
    owner: orders
    dependsOn: [total-column]
    apply: { kind: manual, text: Switch the old importer off }
    revert: { kind: manual, text: Switch the old importer on again }
checks:
  - name: no-orphans
    kind: sql
    database: orders        # registered under Settings
    query: select id from line where order_id not in (select id from orders)
    expect: no_rows
    onFailure: Delete the lines that the new checkout wrote without an order`;

export const drillExample = `name: Checkout goes back
feature: new-checkout
environment: production
owner: payments
level: synthetic          # or tabletop, fault
fault: { share: 50, status: 503, expiresAfter: 5m }
control: beta             # must not be touched
objectives: { detect: 1m, decide: 2m, actuate: 5s, propagate: 1m, recover: 3m }
decision: { by: person, role: operator, deadline: 2m, atDeadline: roll_back }
schedule: { cron: "0 10 * * tue", timeZone: Europe/Berlin }`;

export const requireDrillExample = `stages:
  - { name: beta, exposure: { beta: 25 }, minDuration: 30m }
  - { name: everyone, exposure: { beta: 100, "*": 100 }, minDuration: 24h, requireDrill: 30d }`;

export const middlewareExample = `import { createServer } from 'node:http';
import { faultMiddleware } from './fault-middleware.mjs'; // e2e/examples in the source of Belay

const drilled = faultMiddleware({
  client,                   // of OpenFeature, with Belay's OFREP provider
  feature: 'new-checkout',
  fallback: false,
  contextOf: (request) => ({ targetingKey: userOf(request), plan: planOf(request) }),
  // attributes belong on every measurement: by them a drill is judged apart from everything real
  record: ({ response, durationMs, variant, attributes }) =>
    duration.record(durationMs / 1000, {
      'feature_flag.key': 'new-checkout',
      'feature_flag.result.variant': variant ?? 'control',
      'http.response.status_code': response.statusCode,
      ...attributes,
    }),
});
createServer((request, response) => drilled(request, response, () => handle(request, response))).listen(8080);`;
