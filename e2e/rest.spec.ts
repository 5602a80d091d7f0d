/** The same journey through REST, OTLP and OFREP alone: no page is opened. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type APIRequestContext, expect, test } from '@playwright/test';
import { type Installation, newDirectory, removeDirectory, startInstallation } from './installation';
import { checkoutPlan } from './plan';
import { type Sender, startSender } from './sender';

const root = fileURLToPath(new URL('..', import.meta.url));
const dir = newDirectory();
let installation: Installation;
let sender: Sender | undefined;
test.beforeAll(async () => {
  test.setTimeout(300_000);
  installation = await startInstallation(dir);
});
test.afterAll(async () => {
  await sender?.stop();
  await installation?.stop();
  removeDirectory(dir);
});

function makeKey(name: string, role: string): string {
  const args = ['--import', 'tsx', join(root, 'jobs/shell/key.ts'), 'create', '--name', name, '--role', role];
  const env = { ...process.env, DATA_DIR: dir };
  return execFileSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' }).trim();
}

test('keys made in the shell, a rollout by REST, telemetry, a verdict, a rollback that OFREP serves', async ({
  request,
}) => {
  const operator = { Authorization: `Bearer ${makeKey('pipeline', 'operator')}` };
  const ingest = { Authorization: `Bearer ${makeKey('shop', 'ingest')}` };
  const evaluate = { Authorization: `Bearer ${makeKey('shop flags', 'evaluate')}` };
  const api = `${installation.address}/api/v1`;
  const json = async (answer: Awaited<ReturnType<APIRequestContext['get']>>) => {
    expect(answer.ok(), `${answer.url()}: ${answer.status()} ${await answer.text()}`).toBe(true);
    return (await answer.json()) as Record<string, unknown>;
  };

  expect((await request.get(`${api}/features`)).status()).toBe(401);
  expect((await request.get(`${api}/features`, { headers: ingest })).status()).toBe(403);

  const versions = { control: false, treatment: true };
  const feature = { key: 'new-checkout', owner: 'payments', versions, baseline: 'control' };
  await json(await request.put(`${api}/features/new-checkout`, { headers: operator, data: feature }));
  const cohort = { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] };
  await json(await request.put(`${api}/cohorts/beta`, { headers: operator, data: cohort }));
  const yaml = { ...operator, 'content-type': 'application/yaml' };
  const made = await json(await request.post(`${api}/rollouts`, { headers: yaml, data: checkoutPlan() }));
  const rollout = `${api}/rollouts/${made.id}`;
  await json(await request.post(`${rollout}/start`, { headers: operator, data: { reason: 'the pipeline is green' } }));

  const serving = async (user: string) => {
    const answer = await request.post(`${installation.otlp}/ofrep/v1/evaluate/flags/new-checkout`, {
      headers: evaluate,
      data: { context: { targetingKey: user, plan: 'beta' } },
    });
    return (await json(answer)).variant;
  };
  const users = Array.from({ length: 30 }, (_, i) => `user-${i}`);
  const first = await Promise.all(users.map(serving));
  const exposed = users[first.indexOf('treatment')] ?? '';
  expect(first).toContain('control');
  expect(exposed).not.toBe('');

  sender = startSender({ otlp: installation.otlp, feature: 'new-checkout', cohorts: ['beta'], headers: ingest });
  sender.breakCandidate(0.5);
  const state = async () => (await json(await request.get(rollout, { headers: operator }))).state;
  await expect.poll(state, { timeout: 120_000, intervals: [500] }).toBe('rolled_back');
  expect(await serving(exposed)).toBe('control');

  const events = await json(await request.get(`${api}/events?rollout=${made.id}`, { headers: operator }));
  const kinds = Object.values(events).map((event) => (event as { kind: string }).kind);
  for (const kind of ['rollout.created', 'rollout.started', 'rollout.rolling_back', 'rollout.rolled_back'])
    expect(kinds).toContain(kind);
  const series = `${rollout}/series?metric=http.server.request.duration&measure=count`;
  const { lines } = (await json(await request.get(series, { headers: operator }))) as { lines: { version: string }[] };
  expect(lines.map((line) => line.version).sort()).toEqual(['control', 'treatment']);
});

test('the example of the README, beside Belay, is seen with the version that it serves', async ({ request }) => {
  const admin = { Authorization: `Bearer ${makeKey('reader', 'viewer')}` };
  const service = spawn(process.execPath, ['e2e/examples/service.mjs'], {
    cwd: root,
    env: {
      ...process.env,
      BELAY_URL: installation.otlp,
      SHOP_PORT: '0',
      BELAY_INGEST_KEY: makeKey('example', 'ingest'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [printed] = (await once(service.stdout, 'data')) as [Buffer];
    const address = printed.toString().trim();
    expect(await (await request.get(address)).text()).toMatch(/the (old|new) checkout/);
    const seen = async () => {
      const answer = await request.get(`${installation.address}/api/v1/segments`, { headers: admin });
      expect(answer.ok(), await answer.text()).toBe(true);
      return JSON.stringify(await answer.json());
    };
    await expect.poll(seen, { timeout: 30_000 }).toContain('"feature":"new-checkout"');
  } finally {
    service.kill('SIGTERM');
    await once(service, 'exit');
  }
});
