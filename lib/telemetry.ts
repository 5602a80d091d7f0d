/**
 * Belay's own traces, over OTLP/HTTP. Nothing is set up, and nothing costs anything, unless
 * OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT says where they go.
 */
import { type Span, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { getConfig } from './config';

export type Tracing = { close: () => Promise<void> };

/** The exporter reads the standard variables (endpoint, headers, timeout) by itself. */
export async function startTracing(service: string, config = getConfig()): Promise<Tracing | null> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = config;
  if (!base && !traces) return null;
  const [{ node, tracing, resources }, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ]);
  const exporter = new OTLPTraceExporter({ url: traces ?? `${base?.replace(/\/$/, '')}/v1/traces` });
  const provider = new node.NodeTracerProvider({
    resource: resources.resourceFromAttributes({ 'service.name': service, 'service.namespace': 'belay' }),
    spanProcessors: [secretless, new tracing.BatchSpanProcessor(exporter, { scheduledDelayMillis: 1000 })],
  });
  provider.register();
  return { close: () => provider.shutdown() };
}

/** Next names the whole address of a request; where the address is the secret, that goes to no collector. */
const secretless = {
  onStart(span: Span & { attributes?: Record<string, unknown> }): void {
    for (const name of ['http.target', 'http.url', 'url.path', 'url.full']) {
      const value = span.attributes?.[name];
      if (typeof value === 'string') span.setAttribute(name, value.replace(secretPath, '$1…'));
    }
  },
  onEnd(): void {},
  forceFlush: async () => {},
  shutdown: async () => {},
};
const secretPath = /(\/(?:s|sign-in)\/)[^/?#]+/;

export const tracer = (): Tracer => trace.getTracer('belay');

/** Runs `work` as one span; what it throws is recorded and thrown on. */
export function spanned<T>(
  name: string,
  attributes: Record<string, string | number | boolean>,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return tracer().startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      if (error instanceof Error) span.recordException(error);
      throw error;
    } finally {
      span.end();
    }
  });
}
