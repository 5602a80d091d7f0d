// A service whose rollouts Belay watches, complete: ask OFREP which version to serve, say in the metrics which one
// it was. Nothing here is Belay's own; both halves are standards.
//
//   npm install @openfeature/server-sdk @openfeature/ofrep-provider @opentelemetry/api \
//     @opentelemetry/resources @opentelemetry/sdk-metrics @opentelemetry/exporter-metrics-otlp-proto
//   BELAY_URL=http://127.0.0.1:4318 node service.mjs
import { createServer } from 'node:http';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

const belay = process.env.BELAY_URL ?? 'http://127.0.0.1:4318';
// Without a key only this machine is let in. Two keys are safer than one: roles `evaluate` and `ingest`.
const headers = (key) => (key ? { Authorization: `Bearer ${key}` } : {});

const evaluateHeaders = Object.entries(headers(process.env.BELAY_EVALUATE_KEY));
await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: belay, headers: evaluateHeaders }));
const flags = OpenFeature.getClient();

const exporter = new OTLPMetricExporter({ url: `${belay}/v1/metrics`, headers: headers(process.env.BELAY_INGEST_KEY) });
const provider = new MeterProvider({
  resource: resourceFromAttributes({ 'service.name': 'shop', 'deployment.environment.name': 'production' }),
  readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2_000, exportTimeoutMillis: 2_000 })],
});
const duration = provider.getMeter('shop').createHistogram('http.server.request.duration', {
  unit: 's',
  advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] },
});

const server = createServer(async (request, response) => {
  const from = performance.now();
  const url = new URL(request.url, 'http://shop');
  const user = { targetingKey: url.searchParams.get('user') ?? 'nobody', plan: url.searchParams.get('plan') ?? 'free' };
  const flag = await flags.getBooleanDetails('new-checkout', false, user);

  const status = 200;
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(flag.value ? 'the new checkout\n' : 'the old checkout\n');

  duration.record((performance.now() - from) / 1000, {
    'http.route': url.pathname,
    'http.response.status_code': status,
    'feature_flag.key': 'new-checkout',
    'feature_flag.result.variant': flag.variant ?? 'control', // no answer: the default was served
    cohort: user.plan, // whatever group you want to see apart; Belay judges each
  });
});
server.listen(Number(process.env.SHOP_PORT ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/checkout?user=ana&plan=beta`);
});

process.once('SIGTERM', async () => {
  server.close();
  await provider.shutdown(); // sends what is left
  process.exit(0);
});
