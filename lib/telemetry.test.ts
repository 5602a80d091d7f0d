import { createServer, type IncomingHttpHeaders } from 'node:http';
import { expect, test } from 'vitest';
import { parseConfig } from './config';
import { spanned, startTracing } from './telemetry';

type Sent = { path: string; headers: IncomingHttpHeaders; body: string };

async function collector() {
  const sent: Sent[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    sent.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts).toString() });
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { sent, url: `http://127.0.0.1:${port}`, close: () => new Promise((resolve) => server.close(resolve)) };
}

test('nothing is set up without an endpoint; with one, spans arrive there', async () => {
  expect(await startTracing('belay-test', parseConfig({}))).toBeNull();
  const { sent, url, close } = await collector();
  const tracing = await startTracing('belay-test', parseConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/` }));
  await spanned('outer', { 'belay.rollout': 'rol_1' }, async () => spanned('inner', {}, async () => 1));
  await spanned('GET', { 'http.target': '/s/0123456789abcdefghjkmnpqrstvwxyz01234567?_rsc=1' }, async () => 1);
  await expect(
    spanned('failing', {}, async () => {
      throw new Error('on purpose');
    }),
  ).rejects.toThrow('on purpose');
  await tracing?.close();
  await close();

  expect(sent.map((s) => s.path)).toEqual(['/v1/traces']);
  const { resourceSpans } = JSON.parse(sent[0]?.body ?? '');
  expect(resourceSpans[0].resource.attributes).toContainEqual({
    key: 'service.name',
    value: { stringValue: 'belay-test' },
  });
  type Span = { name: string; spanId: string; parentSpanId?: string; attributes: unknown[]; status: { code: number } };
  const spans = new Map<string, Span>(resourceSpans[0].scopeSpans[0].spans.map((s: Span) => [s.name, s]));
  expect(spans.get('inner')?.parentSpanId).toBe(spans.get('outer')?.spanId);
  expect(spans.get('outer')?.attributes).toEqual([{ key: 'belay.rollout', value: { stringValue: 'rol_1' } }]);
  expect(sent[0]?.body).not.toContain('0123456789abcdefghjkmnpqrstvwxyz');
  expect(spans.get('GET')?.attributes).toEqual([{ key: 'http.target', value: { stringValue: '/s/…?_rsc=1' } }]);
  expect(spans.get('failing')?.status.code).toBe(2);
});
