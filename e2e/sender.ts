/** A service as Belay sees it: the stock OpenTelemetry SDK and exporter, with numbers that a test decides. */
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

export type Sender = {
  /** From now on this part of the candidate's requests fails. */
  breakCandidate: (share: number) => void;
  stop: () => Promise<void>;
};

const everyMs = 500;
const requestsEach = 40;

export function startSender(options: {
  otlp: string;
  feature: string;
  cohorts: string[];
  headers?: Record<string, string>;
}): Sender {
  const exporter = new OTLPMetricExporter({ url: `${options.otlp}/v1/metrics`, headers: options.headers ?? {} });
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ 'service.name': 'journey', 'deployment.environment.name': 'production' }),
    readers: [
      new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: everyMs, exportTimeoutMillis: everyMs }),
    ],
  });
  const duration = provider.getMeter('journey').createHistogram('http.server.request.duration', { unit: 's' });
  let failing = 0;
  const record = (variant: string, cohort: string, failed: boolean) =>
    duration.record(0.05 + 0.03 * Math.random(), {
      'http.route': '/checkout',
      'http.response.status_code': failed ? 500 : 200,
      'feature_flag.key': options.feature,
      'feature_flag.result.variant': variant,
      cohort,
    });
  const timer = setInterval(() => {
    for (const cohort of options.cohorts)
      for (const variant of ['control', 'treatment'])
        for (let i = 0; i < requestsEach; i++)
          record(variant, cohort, Math.random() < (variant === 'treatment' ? failing : 0.005));
  }, everyMs);
  return {
    breakCandidate: (share) => {
      failing = share;
    },
    stop: async () => {
      clearInterval(timer);
      await provider.shutdown();
    },
  };
}
