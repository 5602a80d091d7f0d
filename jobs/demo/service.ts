/** The shop itself: three routes behind three flags, asked of Belay for every request through OpenFeature. */
import { createServer, type Server } from 'node:http';
import type { Client } from '@openfeature/server-sdk';
import { configurationKey } from '@/lib/configuration/model';
import type { Telemetry } from './telemetry';

/** What a route costs and how often it breaks. Times are medians. */
type Manner = { ms: number; brokenShare: number };
type Route = { feature: string; manner: (candidate: boolean, customer: Customer) => Manner };
/** `creditChecked`: what the version's configuration says of those who pay by invoice. */
type Customer = { group: string; creditChecked: boolean };

const sound = (ms: number): Manner => ({ ms, brokenShare: 0.004 });

const routes: Record<string, Route> = {
  '/checkout': {
    feature: 'new-checkout',
    // Only beta customers may pay by invoice without an account; the credit check of the one page cannot keep up.
    manner: (_candidate, { group, creditChecked }) =>
      creditChecked && group === 'beta' ? { ms: 300, brokenShare: 0.45 } : sound(60),
  },
  '/search': { feature: 'fast-search', manner: (candidate) => sound(candidate ? 30 : 42) },
  '/suggestions': { feature: 'suggestions', manner: (candidate) => sound(candidate ? 90 : 40) },
};

/** Started carts that are not bought even when all is well. */
const abandonedShare = 0.02;
/** Spread of response times around their median, log-normal. */
const spread = 0.25;

export type Shop = { port: number; close: () => Promise<void> };

export function openShop(flags: Client, telemetry: Telemetry): Promise<Shop> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://shop');
    const route = routes[url.pathname];
    request.resume();
    if (!route) return void response.writeHead(404).end();
    serve({ flags, telemetry, route, path: url.pathname, asked: url.searchParams })
      .then((status) => response.writeHead(status).end())
      .catch(() => response.writeHead(500).end());
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({ port: typeof address === 'object' && address ? address.port : 0, close: () => close(server) });
    });
  });
}

async function serve(given: {
  flags: Client;
  telemetry: Telemetry;
  route: Route;
  path: string;
  asked: URLSearchParams;
}): Promise<number> {
  const { flags, telemetry, route, path, asked } = given;
  const from = performance.now();
  const group = asked.get('group') ?? 'rest';
  const method = asked.get('method') ?? 'card';
  const customer = {
    targetingKey: asked.get('id') ?? '',
    employee: group === 'internal',
    plan: group === 'beta' ? 'beta' : 'standard',
    region: group === 'eu' ? 'eu' : 'elsewhere',
  };
  const flag = await flags.getBooleanDetails(route.feature, false, customer);
  const invoiced = path === '/checkout' && method === 'invoice';
  const configuration = invoiced ? await flags.getObjectValue(configurationKey(route.feature), {}, customer) : {};
  const creditChecked = (configuration as { creditCheck?: unknown } | null)?.creditCheck === true;
  const segment = {
    'feature_flag.key': route.feature,
    'feature_flag.result.variant': flag.variant ?? 'control', // no answer: the default, which is control
    cohort: group,
    ...(path === '/checkout' ? { 'payment.method': method, 'shop.device': asked.get('device') ?? 'web' } : {}),
  };
  if (path === '/checkout') telemetry.checkoutStarted(segment);
  const manner = route.manner(flag.value, { group, creditChecked });
  await new Promise((resolve) => setTimeout(resolve, manner.ms * Math.exp(spread * normal())));
  const status = Math.random() < manner.brokenShare ? 503 : 200;
  if (path === '/checkout' && status === 200 && Math.random() > abandonedShare) telemetry.checkoutCompleted(segment);
  telemetry.request((performance.now() - from) / 1000, {
    ...segment,
    'http.request.method': 'GET',
    'http.route': path,
    'http.response.status_code': status,
  });
  return status;
}

/** Box–Muller. */
function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
