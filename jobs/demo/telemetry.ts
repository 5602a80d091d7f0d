/** The shop's metrics: the stock OpenTelemetry SDK and exporter, nothing of Belay's. */
import type { Attributes } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

export type Telemetry = {
  request: (seconds: number, attributes: Attributes) => void;
  checkoutStarted: (attributes: Attributes) => void;
  checkoutCompleted: (attributes: Attributes) => void;
  close: () => Promise<void>;
};

const exportEveryMs = 1_000;
/** The value of an enum that the exporter's package does not pass on. */
const gzip = 'gzip' as NonNullable<ConstructorParameters<typeof OTLPMetricExporter>[0]>['compression'];

export function openTelemetry(endpoint: string): Telemetry {
  const exporter = new OTLPMetricExporter({
    url: `${endpoint}/v1/metrics`,
    compression: gzip,
    timeoutMillis: exportEveryMs,
  });
  const provider = new MeterProvider({
    resource: resourceFromAttributes({
      'service.name': 'demo-shop',
      'service.instance.id': `demo-shop-${process.pid}`,
      'deployment.environment.name': 'production',
    }),
    readers: [
      new PeriodicExportingMetricReader({
        exporter,
        exportIntervalMillis: exportEveryMs,
        exportTimeoutMillis: exportEveryMs,
      }),
    ],
  });
  const meter = provider.getMeter('demo-shop');
  const requests = meter.createHistogram('http.server.request.duration', {
    unit: 's',
    description: 'Duration of HTTP server requests',
    advice: {
      explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2.5, 5],
    },
  });
  const started = meter.createCounter('shop.checkout.started', { unit: '{checkout}' });
  const completed = meter.createCounter('shop.checkout.completed', { unit: '{checkout}' });
  return {
    request: (seconds, attributes) => requests.record(seconds, attributes),
    checkoutStarted: (attributes) => started.add(1, attributes),
    checkoutCompleted: (attributes) => completed.add(1, attributes),
    close: () => provider.shutdown(),
  };
}
