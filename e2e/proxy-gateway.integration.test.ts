/** The gateway of the examples, a real HAProxy with its configuration and Belay's own listener, on real sockets. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openServer, type ServerParts } from '@/jobs/receiver/server';
import { writeEntry } from '@/lib/drill/fault/haproxy';
import { pairKey } from '@/lib/feature/evaluate';
import type { DrillFault, FlagState } from '@/lib/feature/model';
import { startHaproxy } from './haproxy';

type Told = { variant?: string; cohort?: string; attributes: Record<string, string>; response: ServerResponse };
type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
const file = new URL('./examples/proxy-gateway.mjs', import.meta.url).href;
const { proxyGateway, markOf } = (await import(file)) as {
  proxyGateway: (options: object) => Handler;
  markOf: (request: object) => object;
};

let haproxy: Awaited<ReturnType<typeof startHaproxy>>;
const open: Server[] = [];
beforeAll(async () => {
  haproxy = await startHaproxy({ expire: '20s' });
});
afterEach(async () => {
  await OpenFeature.close();
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
afterAll(() => haproxy.stop());

async function listen(server: Server): Promise<string> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A drill that exposes the plan `pro` to `on` and watches `team`; the level proxy serves no harm. */
function stateOf(expiresAt: number): FlagState {
  const shadow = { rolloutId: 'rol_1', featureKey: 'f', environment: 'drill/run_1', baseline: 'off', candidate: 'on' };
  const fault: DrillFault = {
    runId: 'run_1',
    shadow: 'drill/run_1',
    version: 'on',
    cohort: 'pro',
    control: 'team',
    share: 100,
    exposes: true,
    harm: null,
    expiresAt,
  };
  const feature = { key: 'f', owner: 'o', description: '', kind: 'flag', plane: 'builtin', baseline: 'off' } as const;
  const cohort = (key: string) => ({ key, description: '', rules: [{ attribute: 'plan', in: [key] }] });
  const exposure = { ...shadow, stages: [{ team: 0, pro: 100 }], cohortOrder: ['team', 'pro'], holdback: 0 };
  return {
    revision: 1,
    features: new Map([['f', { ...feature, versions: { off: false, on: true } }]]),
    cohorts: new Map(['team', 'pro'].map((key) => [key, cohort(key)])),
    overrides: new Map(),
    optOuts: new Set(),
    configurations: new Map(),
    exposures: new Map([[pairKey('f', 'drill/run_1'), exposure]]),
    faults: new Map([[pairKey('f', 'production'), fault]]),
  };
}

async function scene(expiresAt = Date.now() + 60_000) {
  const actor = { kind: 'key', id: 'key', name: 'test', role: 'evaluate', environment: null };
  const parts = { flags: () => stateOf(expiresAt), admit: async () => actor, log: () => {} } as unknown as ServerParts;
  await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: await listen(openServer(parts)) }));
  const told: Told[] = [];
  const gateway = proxyGateway({
    client: OpenFeature.getClient(),
    feature: 'f',
    fallback: false,
    contextOf: (request: IncomingMessage) => ({ targetingKey: 'u1', plan: request.headers.plan }),
    to: { host: '127.0.0.1', port: haproxy.port },
    record: (of: Told) => told.push(of),
  });
  const shop = await listen(createServer((request, response) => void gateway(request, response)));
  return async (plan: string, more: Record<string, string> = {}) => {
    const answer = await fetch(`${shop}/checkout`, { headers: { plan, connection: 'close', ...more } });
    const said = `${answer.status} ${await answer.text()}`.trim();
    while (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const { variant, cohort, attributes, response } = told.shift() as Told;
    expect(answer.headers.has('belay-drill')).toBe(false);
    return { said, variant, cohort, attributes, status: response.statusCode };
  };
}
const mark = { 'drill.id': 'run_1', 'user_agent.synthetic.type': 'test' };

test('what HAProxy fails is marked by the gateway, and what it lets through by the service', async () => {
  const get = await scene();
  expect(await get('pro')).toEqual({ said: '200 ok', variant: 'on', cohort: 'pro', attributes: mark, status: 200 });
  expect(markOf({ headers: haproxy.passed.at(-1) })).toEqual(mark);
  await writeEntry(haproxy.proxy, 'run_1|on|pro', { share: 100, status: 504 });
  expect(await get('pro')).toMatchObject({ said: '504 a drill', variant: 'on', attributes: mark, status: 504 });
  // The control is marked and not failed; who is in neither is not marked either.
  expect(await get('team')).toMatchObject({ said: '200 ok', variant: 'off', attributes: mark });
  expect(await get('free')).toMatchObject({ said: '200 ok', variant: 'off', attributes: {} });
  expect(markOf({ headers: haproxy.passed.at(-1) })).toEqual({});
  // Nobody outside can have himself failed, or marked.
  const forged = { 'belay-drill': 'run_1', 'belay-version': 'on', 'belay-cohort': 'pro' };
  expect(await get('free', forged)).toMatchObject({ said: '200 ok', attributes: {} });
  expect(haproxy.passed.at(-1)?.['belay-drill']).toBeUndefined();
});

test('once the drill is over nobody is failed, though HAProxy has been told nothing yet', async () => {
  const get = await scene(Date.now() - 1);
  await writeEntry(haproxy.proxy, 'run_1|on|pro', { share: 100, status: 503 });
  expect(await get('pro')).toMatchObject({ said: '200 ok', variant: 'off', attributes: {} });
});
