/** The middleware of the examples between a real node:http service and Belay's own listener, on real sockets. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import { afterEach, expect, test } from 'vitest';
import { openServer, type ServerParts } from '@/jobs/receiver/server';
import { pairKey } from '@/lib/feature/evaluate';
import type { DrillFault, FlagState } from '@/lib/feature/model';

type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => Promise<void>;
type Told = { variant?: string; attributes: Record<string, string>; response: ServerResponse; durationMs: number };
const file = new URL('./examples/fault-middleware.mjs', import.meta.url).href;
const { faultMiddleware } = (await import(file)) as { faultMiddleware: (options: object) => Middleware };

const open: Server[] = [];
afterEach(async () => {
  await OpenFeature.close();
  for (const server of open.splice(0)) await stop(server);
});
async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
async function listen(server: Server): Promise<string> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const harm = { share: 100, status: 503, latencyMs: 0, jitterMs: 0 };
function stateOf(over: Partial<DrillFault>): FlagState {
  const shadow = { rolloutId: 'rol_1', featureKey: 'f', environment: 'drill/run_1', baseline: 'off', candidate: 'on' };
  const fault: DrillFault = {
    runId: 'run_1',
    shadow: 'drill/run_1',
    version: 'on',
    cohort: '*',
    control: 'team',
    share: 100,
    exposes: true,
    harm,
    expiresAt: Date.now() + 60_000,
    ...over,
  };
  const feature = { key: 'f', owner: 'o', description: '', kind: 'flag', plane: 'builtin', baseline: 'off' } as const;
  const exposure = { ...shadow, stages: [{ team: 0, '*': 100 }], cohortOrder: ['team', '*'], holdback: 0 };
  return {
    revision: 1,
    features: new Map([['f', { ...feature, versions: { off: false, on: true } }]]),
    cohorts: new Map([['team', { key: 'team', description: '', rules: [{ attribute: 'plan', in: ['team'] }] }]]),
    overrides: new Map(),
    optOuts: new Set(),
    configurations: new Map(),
    exposures: new Map([[pairKey('f', 'drill/run_1'), exposure]]),
    faults: new Map([[pairKey('f', 'production'), fault]]),
  };
}

async function scene(over: Partial<DrillFault> = {}, options: object = {}) {
  const actor = { kind: 'key', id: 'key', name: 'test', role: 'evaluate', environment: null };
  const parts = { flags: () => stateOf(over), admit: async () => actor, log: () => {} } as unknown as ServerParts;
  const belay = openServer(parts);
  const baseUrl = await listen(belay);
  await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl }));
  const told: Told[] = [];
  const drilled = faultMiddleware({
    client: OpenFeature.getClient(),
    feature: 'f',
    fallback: false,
    contextOf: (request: IncomingMessage) => ({ targetingKey: 'u1', plan: request.headers.plan ?? 'free' }),
    record: (of: Told) => told.push(of),
    ...options,
  });
  const shop = await listen(
    createServer((request, response) => {
      void drilled(request, response, () => {
        const { value } = (request as unknown as { belay: { value: boolean } }).belay;
        response.end(value ? 'new' : 'old');
      });
    }),
  );
  const get = async (plan = 'free') => {
    const answer = await fetch(shop, { headers: { plan, connection: 'close' } });
    const said = `${answer.status} ${await answer.text()}`.trim();
    while (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const of = told.shift() as Told;
    return { said, ...of, marks: Object.keys(of.attributes) };
  };
  return { get, belay };
}
const mark = { 'drill.id': 'run_1', 'user_agent.synthetic.type': 'test' };

test('the fault is for the exposed, the mark for both arms; what failed is told of too', async () => {
  const { get } = await scene();
  expect(await get()).toMatchObject({ said: '503 a drill', variant: 'on', attributes: mark });
  expect(await get('team')).toMatchObject({ said: '200 old', variant: 'off', attributes: mark });
});

test('its share is of the requests', async () => {
  const drawn = [0.49, 0.5, 0.51];
  const { get } = await scene({ harm: { ...harm, share: 50 } }, { random: () => drawn.shift() });
  expect((await get()).said).toBe('503 a drill');
  expect(await get()).toMatchObject({ said: '200 new', attributes: mark });
});

test('it slows without failing, and never for longer than is allowed', async () => {
  const slow = { ...harm, status: null, latencyMs: 60_000, jitterMs: 0 };
  const { get } = await scene({ harm: slow }, { maxLatencyMs: 150 });
  const { said, durationMs } = await get();
  expect(said).toBe('200 new');
  expect(durationMs).toBeGreaterThanOrEqual(140);
});

test('without a fault nothing is marked', async () => {
  const { get } = await scene({ expiresAt: 0 });
  expect(await get()).toMatchObject({ said: '200 old', variant: 'off', marks: [] });
});

test('by its own clock it is over, whatever Belay goes on saying', async () => {
  const { get } = await scene({}, { now: () => Date.now() + 61_000 });
  expect(await get()).toMatchObject({ said: '200 new', marks: [] });
});

test('an end that is too far away is not believed', async () => {
  const { get } = await scene({ expiresAt: Date.now() + 5 * 3_600_000 });
  expect(await get()).toMatchObject({ said: '200 new', marks: [] });
});

test('it ends while a request waits for it: that one goes on', async () => {
  const expiresAt = Date.now() + 2_000;
  const { get } = await scene({ expiresAt, harm: { ...harm, latencyMs: 60_000 } }, { maxLatencyMs: 60_000 });
  const { said } = await get();
  expect(said).toBe('200 new');
  expect(Date.now()).toBeGreaterThanOrEqual(expiresAt - 50);
});

test('where Belay has stopped, or hangs, requests go on with the default', async () => {
  const { get, belay } = await scene();
  expect((await get()).said).toBe('503 a drill');
  await stop(belay);
  expect(await get()).toMatchObject({ said: '200 old', marks: [] });
  const hanging = await listen(createServer(() => {}));
  await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: hanging }));
  expect(await get()).toMatchObject({ said: '200 old', marks: [] });
});

test('a service that cannot tell its callers, or cannot record, goes on', async () => {
  const throws = () => {
    throw new Error('no');
  };
  const { get } = await scene({}, { contextOf: throws });
  expect(await get()).toMatchObject({ said: '200 old', marks: [] });
});
