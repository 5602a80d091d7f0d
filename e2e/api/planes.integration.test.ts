/** Webhooks and control planes over REST, against a plane that really answers. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plane, webhookTarget } from '@/drizzle/schema/plane';
import { type FakePlane, startFakePlane } from '@/e2e/plane/fake';
import { openLog } from '@/lib/log';
import type { Order, PlaneView } from '@/lib/plane/model';
import { openPlane } from '@/lib/plane/open';
import { deliver } from '@/lib/webhook/deliver';
import type { NewSecret, WebhookView } from '@/lib/webhook/model';
import { Secret } from '@/lib/webhook/secret';
import { verify } from '@/lib/webhook/signature';
import { type Answer, call, testConsole } from './console';

const house = testConsole();
let key = '';
beforeAll(async () => {
  key = await house.newKey('admin');
});

let names = 0;
const create = async (over: Record<string, unknown> = {}): Promise<NewSecret> => {
  const body = { name: `hook ${++names}`, url: 'https://hooks.example.test/belay', ...over };
  const made = await call('POST', '/webhooks', { key, body });
  expect(made.status, made.text).toBe(201);
  return made.body as NewSecret;
};
const get = async (id: string) => (await call('GET', `/webhooks/${id}`, { key })).body as WebhookView;
const kindsOf = async (id: string): Promise<string[]> => {
  const { body } = await call('GET', '/events?limit=1000', { key });
  const events = body as Array<{ kind: string; data: { id?: string } }>;
  return events.filter((event) => event.data.id === id).map((event) => event.kind);
};

/** What arrives, verified with the secrets that are given. */
async function listener(status = 200) {
  const seen: Array<{ headers: Record<string, unknown>; body: string }> = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    seen.push({ headers: request.headers, body });
    response.writeHead(status).end('{"heard":true}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    seen,
    ok: (i: number, secret: string) => {
      const { headers = {}, body = '' } = seen[i] ?? {};
      const secrets = [Secret.parse(secret)];
      return verify({ headers: headers as Record<string, string>, body, secrets, now: new Date() }).ok;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

describe('a webhook', () => {
  test('is added, read, changed and removed, each with its event', async () => {
    const { secret, ...made } = await create();
    expect(secret).toMatch(/^whsec_/);
    expect(await get(made.id)).toEqual(made);
    const body = { name: 'renamed', url: 'https://hooks.example.test/other', allowPrivate: true, state: 'disabled' };
    const changed = await call('PUT', `/webhooks/${made.id}`, { key, body });
    expect(changed.body).toMatchObject({ id: made.id, ...body });
    expect((await call('PUT', `/webhooks/${made.id}`, { key, body })).status).toBe(200);
    expect((await call('DELETE', `/webhooks/${made.id}`, { key })).status).toBe(204);
    expect((await call('GET', `/webhooks/${made.id}`, { key })).status).toBe(404);
    expect((await call('DELETE', `/webhooks/${made.id}`, { key })).status).toBe(404);
    // Changed to the same, there is nothing to tell.
    expect(await kindsOf(made.id)).toEqual(['webhook.removed', 'webhook.changed', 'webhook.created']);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['no name', { name: '' }, 'name'],
    ['no address', { url: 'hooks' }, 'url'],
    ['another scheme', { url: 'ftp://example.test/' }, 'url'],
    ['a password in it', { url: 'https://a:b@example.test/' }, 'url'],
    ['this machine', { url: 'http://127.0.0.1:9/' }, 'url'],
    ['this machine in decimal', { url: 'http://2130706433/' }, 'url'],
    ['the metadata of a cloud, even allowed', { url: 'http://169.254.169.254/', allowPrivate: true }, 'url'],
    ['a secret of its own', { secret: Secret.make().reveal() }, 'secret'],
  ])('with %s is refused', async (_name, over, field) => {
    const answer = await call('POST', '/webhooks', { key, body: { name: 'n', url: 'https://example.test/', ...over } });
    expect(answer.status).toBe(400);
    expect((answer.body as { errors: Array<{ field: string }> }).errors.map((e) => e.field)).toContain(field);
  });

  test('has a name of its own, also when two are added at once', async () => {
    const body = { name: 'twice', url: 'https://hooks.example.test/' };
    const both = await Promise.all([1, 2].map(() => call('POST', '/webhooks', { key, body })));
    expect(both.map((answer) => answer.status).toSorted()).toEqual([201, 409]);
    const other = await create();
    expect((await call('PUT', `/webhooks/${other.id}`, { key, body })).status).toBe(409);
  });

  test('belongs to the whole organisation: a key of one environment does not see it', async () => {
    const own = await house.newKey('admin', 'staging');
    const { id } = await create();
    const body = { name: 'n', url: 'https://example.test/' };
    expect((await call('GET', '/webhooks', { key: own })).status).toBe(403);
    expect((await call('GET', `/webhooks/${id}`, { key: own })).status).toBe(403);
    expect((await call('POST', '/webhooks', { key: own, body })).status).toBe(403);
    expect((await call('POST', `/webhooks/${id}/rotate`, { key: own, body: {} })).status).toBe(403);
    expect((await call('POST', `/webhooks/${id}/test`, { key: own })).status).toBe(403);
  });
});

describe('a test', () => {
  test('is a signed ping, and says what came back', async () => {
    const heard = await listener();
    const { id, secret } = await create({ url: heard.url, allowPrivate: true });
    const answer = await call('POST', `/webhooks/${id}/test`, { key });
    expect(answer.body).toMatchObject({ kind: 'answered', status: 200, body: '{"heard":true}' });
    expect(JSON.parse(heard.seen[0]?.body ?? '')).toMatchObject({ type: 'belay.ping' });
    expect(heard.ok(0, secret)).toBe(true);
    await heard.close();
    expect((await call('POST', `/webhooks/${id}/test`, { key })).body).toMatchObject({ kind: 'refused' });
  });

  test('goes nowhere private unless an administrator said so, wherever the name leads', async () => {
    const heard = await listener();
    const { port } = new URL(heard.url);
    const { id } = await create({ url: `http://localhost:${port}/` });
    expect((await call('POST', `/webhooks/${id}/test`, { key })).body).toMatchObject({ kind: 'blocked' });
    expect(heard.seen).toEqual([]);
    await heard.close();
  });
});

describe('a new secret', () => {
  test('signs beside the old one for a while', async () => {
    const heard = await listener();
    const before = await create({ url: heard.url, allowPrivate: true });
    const rotated = await call('POST', `/webhooks/${before.id}/rotate`, { key, body: { overlapMinutes: 5 } });
    const after = rotated.body as NewSecret;
    expect(after.secret).not.toBe(before.secret);
    await call('POST', `/webhooks/${before.id}/test`, { key });
    expect([heard.ok(0, before.secret), heard.ok(0, after.secret)]).toEqual([true, true]);
    const past = { previousUntil: new Date(Date.now() - 1) };
    await house.database().db.update(webhookTarget).set(past).where(eq(webhookTarget.id, before.id));
    await call('POST', `/webhooks/${before.id}/test`, { key });
    expect([heard.ok(1, before.secret), heard.ok(1, after.secret)]).toEqual([false, true]);
    expect((await get(before.id)).previousSecretUntil).toBeNull();
    await heard.close();
  });

  test('stands alone at once when the old one has leaked', async () => {
    const heard = await listener();
    const before = await create({ url: heard.url, allowPrivate: true });
    const { body } = await call('POST', `/webhooks/${before.id}/rotate`, { key, body: { overlapMinutes: 0 } });
    await call('POST', `/webhooks/${before.id}/test`, { key });
    expect([heard.ok(0, before.secret), heard.ok(0, (body as NewSecret).secret)]).toEqual([false, true]);
    await heard.close();
  });
});

test('who answers 410 is not called again until a person says so', async () => {
  const heard = await listener(410);
  const { id, name } = await create({ url: heard.url, allowPrivate: true });
  const home = { db: house.database().db, now: () => new Date() };
  const message = { id: 'msg_1', body: '{}', deadlineMs: 20_000 };
  expect(await deliver(home, id, message)).toMatchObject({ kind: 'answered', status: 410 });
  expect(await deliver(home, id, message)).toMatchObject({ kind: 'disabled', reached: false });
  expect(heard.seen).toHaveLength(1);
  expect(await get(id)).toMatchObject({ state: 'disabled', disabledReason: expect.stringContaining('410') });
  expect(await kindsOf(id)).toEqual(['webhook.disabled', 'webhook.created']);
  await call('PUT', `/webhooks/${id}`, { key, body: { name, url: heard.url, allowPrivate: true, state: 'enabled' } });
  expect(await get(id)).toMatchObject({ state: 'enabled', disabledReason: null });
  await deliver(home, id, message);
  expect(heard.seen).toHaveLength(2);
  await heard.close();
  expect(await deliver(home, 'whk_nobody', message)).toMatchObject({ kind: 'disabled' });
});

describe('a control plane', () => {
  let fake: FakePlane;
  let hook = '';
  const feature = 'new-checkout';
  const environment = 'production';
  const state = { baseline: 'control', exposure: [], configuration: null, withdrawn: [] };
  const path = (id: string) => `/planes/${id}/state?feature=${feature}`;

  beforeAll(async () => {
    fake = await startFakePlane();
    fake.change(feature, environment, state);
    hook = await hookTo(fake);
  });
  afterAll(() => fake.close());

  /** The fake holds the secret of the webhook, as whoever runs a plane would. */
  async function hookTo(to: FakePlane): Promise<string> {
    const { id } = await create({ url: to.url, allowPrivate: true });
    const secret = to.secret.reveal();
    await house.database().db.update(webhookTarget).set({ secret }).where(eq(webhookTarget.id, id));
    return id;
  }
  const register = async (over: Record<string, unknown> = {}): Promise<PlaneView> => {
    const body = { name: `plane ${++names}`, webhook: hook, ...over };
    const made = await call('POST', '/planes', { key, body });
    expect(made.status, made.text).toBe(201);
    return made.body as PlaneView;
  };
  const home = () => ({
    db: house.database().db,
    now: () => new Date(),
    commit: async () => {},
    configuration: async () => null,
  });
  const order = (over: Partial<Order> = {}): Order => ({
    feature,
    environment,
    desired: { ...state, baseline: 'treatment' },
    fence: 1,
    key: 'rbk_rest/flags',
    ...over,
  });

  test('is added, read, changed and removed, each with its event', async () => {
    const made = await register({ fallbackPlane: 'builtin', fallbackVersion: 'control', regions: ['eu'] });
    expect(made).toMatchObject({ kind: 'webhook', webhook: hook, deadlineMs: 10_000, regions: ['eu'] });
    expect((await call('GET', `/planes/${made.id}`, { key })).body).toEqual(made);
    const body = { name: 'renamed plane', webhook: hook, deadlineMs: 500 };
    const changed = await call('PUT', `/planes/${made.id}`, { key, body });
    expect(changed.body).toMatchObject({ ...body, fallbackPlane: null, fallbackVersion: null, regions: [] });
    await call('PUT', `/planes/${made.id}`, { key, body });
    expect((await call('DELETE', `/planes/${made.id}`, { key })).status).toBe(204);
    expect((await call('GET', `/planes/${made.id}`, { key })).status).toBe(404);
    expect(await kindsOf(made.id)).toEqual(['plane.removed', 'plane.changed', 'plane.created']);
  });

  test.each<[string, Record<string, unknown>, number, string | undefined]>([
    ['no webhook', { webhook: null }, 400, 'webhook'],
    ['a webhook that nobody registered', { webhook: 'whk_nobody' }, 400, 'webhook'],
    ['the kind builtin', { kind: 'builtin', webhook: null }, 400, 'kind'],
    ['a fallback that there is not', { fallbackPlane: 'pln_nobody' }, 400, 'fallbackPlane'],
    ['a region twice', { regions: ['eu', 'eu'] }, 400, 'regions'],
    ['no time at all', { deadlineMs: 1 }, 400, 'deadlineMs'],
    ['the name of the built-in one', { name: 'Built-in flags' }, 409, 'name'],
  ])('with %s is refused', async (_name, over, status, field) => {
    const answer = await call('POST', '/planes', { key, body: { name: 'p', webhook: hook, ...over } });
    expect(answer.status).toBe(status);
    expect((answer.body as { errors: Array<{ field: string }> }).errors.map((e) => e.field)).toContain(field);
  });

  test('the built-in flags are one: they can be set, not removed nor made something else', async () => {
    const { body } = await call('GET', '/planes', { key });
    expect((body as PlaneView[])[0]).toMatchObject({ id: 'builtin', kind: 'builtin', webhook: null });
    const put = (given: object) => call('PUT', '/planes/builtin', { key, body: given });
    const kept = { name: 'Built-in flags', kind: 'builtin' };
    expect((await put({ ...kept, deadlineMs: 2_000 })).body).toMatchObject({ id: 'builtin', deadlineMs: 2_000 });
    expect((await put({ ...kept, kind: 'webhook', webhook: hook })).status).toBe(400);
    expect((await put({ ...kept, fallbackPlane: 'builtin' })).status).toBe(400);
    expect((await call('DELETE', '/planes/builtin', { key })).status).toBe(409);
  });

  test('what others rely on is not removed', async () => {
    const { id } = await register();
    const other = await register({ fallbackPlane: id });
    expect((await call('DELETE', `/planes/${id}`, { key })).status).toBe(409);
    expect((await call('DELETE', `/webhooks/${hook}`, { key })).status).toBe(409);
    await call('DELETE', `/planes/${other.id}`, { key });
    expect((await call('DELETE', `/planes/${id}`, { key })).status).toBe(204);
  });

  test('says what it serves: the built-in flags too', async () => {
    const { id } = await register();
    expect((await call('GET', path(id), { key })).body).toMatchObject({ known: true, state, fence: 0 });
    const versions = { control: false, treatment: true };
    const body = { owner: 'payments', versions, baseline: 'treatment' };
    await call('PUT', `/features/${feature}`, { key, body });
    expect((await call('GET', path('builtin'), { key })).body).toMatchObject({
      known: true,
      state: { ...state, baseline: 'treatment' },
    });
    const unheard = await call('GET', '/planes/builtin/state?feature=nobody', { key });
    expect(unheard.body).toMatchObject({ known: false });
    const own = await house.newKey('operator', 'staging');
    expect((await call('GET', path(id), { key: own })).status).toBe(403);
    expect((await call('GET', `${path(id)}&environment=staging`, { key: own })).body).toMatchObject({ known: false });
  });

  test('holds features, and is ordered once more when a person says so', async () => {
    const { id } = await register();
    const versions = { control: false, treatment: true };
    const body = { owner: 'payments', versions, baseline: 'control', plane: id };
    expect((await call('PUT', '/features/on-plane', { key, body })).status).toBe(200);
    expect((await call('DELETE', `/planes/${id}`, { key })).status).toBe(409);
    const again = (of: object) =>
      call('POST', '/plane-deliveries', { key, body: { reason: 'as it should be', ...of } });
    const made = await again({ feature: 'on-plane', environment });
    expect(made.body).toMatchObject({ feature: 'on-plane', environment, plane: { id }, state: 'pending', attempts: 0 });
    expect((await call('GET', '/plane-deliveries?feature=on-plane', { key })).body).toEqual([made.body]);
    expect((await again({ feature: 'nobody', environment })).status).toBe(404);
    await call('PUT', `/features/${feature}`, { key, body: { ...body, plane: 'builtin' } });
    expect((await again({ feature, environment })).status).toBe(409);
    const own = await house.newKey('operator', 'staging');
    const other = { key: own, body: { feature: 'on-plane', environment, reason: 'r' } };
    expect((await call('POST', '/plane-deliveries', other)).status).toBe(403);
    expect((await call('PUT', '/features/on-plane', { key, body: { ...body, plane: 'pln_nobody' } })).status).toBe(400);
  });

  test('is ordered through its registration, and left alone by all once it answers nobody', async () => {
    const { id } = await register();
    const opened = await openPlane(home(), id);
    expect(await opened?.write(order())).toMatchObject({ kind: 'accepted' });
    expect(fake.ledger().at(-1)).toMatchObject({ by: 'belay', key: 'rbk_rest/flags', fence: 1 });
    fake.play({ kind: 'fails', status: 500, applies: false }, 'both');
    for (let time = 0; time < 5; time++)
      expect(await opened?.read(feature, environment)).toMatchObject({ known: false });
    const { reads, writes } = fake.seen();
    // Another worker, which has not called before, heeds it too.
    const another = await openPlane(home(), id);
    expect(await another?.read(feature, environment)).toMatchObject({ known: false, retryAfterMs: expect.any(Number) });
    expect(await another?.write(order({ fence: 2, key: 'rbk_2/flags' }))).toMatchObject({ kind: 'unknown' });
    expect(fake.seen()).toMatchObject({ reads, writes });
    expect((await call('GET', `/planes/${id}`, { key })).body).toMatchObject({ breaker: { state: 'open' } });
    // Its time over, one may look; it answers, and everything is as before.
    fake.play(null);
    const breaker = { state: 'open', until: Date.now() - 1, opened: 1 } as const;
    await house.database().db.update(plane).set({ breaker }).where(eq(plane.id, id));
    expect(await another?.write(order({ fence: 2, key: 'rbk_2/flags' }))).toMatchObject({ kind: 'accepted' });
    expect((await call('GET', `/planes/${id}`, { key })).body).toMatchObject({
      breaker: { state: 'closed', failures: 0 },
    });
  });

  test('there is none of that id', async () => {
    expect(await openPlane(home(), 'pln_nobody')).toBeNull();
    expect((await call('GET', path('pln_nobody'), { key })).status).toBe(404);
  });
});

test('a secret is in the answer that makes it, and nowhere else', async () => {
  const canary = randomBytes(8).toString('hex');
  const heard = await listener();
  const url = `${heard.url}?token=${canary}`;
  const made = await create({ url, allowPrivate: true });
  const rotated = await call('POST', `/webhooks/${made.id}/rotate`, { key });
  const secrets = [made.secret, (rotated.body as NewSecret).secret];
  const lines: string[] = [];
  const log = openLog('test', { to: { write: (line) => lines.push(line) } });
  const row = { name: 'n', url: `${url}#x` };
  const answers: Answer[] = [
    await call('GET', '/webhooks', { key }),
    await call('GET', `/webhooks/${made.id}`, { key }),
    await call('POST', `/webhooks/${made.id}/test`, { key }),
    await call('PUT', `/webhooks/${made.id}`, { key, body: { ...row, url, allowPrivate: true } }),
    await call('PUT', `/webhooks/${made.id}`, { key, body: row }),
    await call('POST', `/webhooks/${made.id}/rotate`, { key, body: { overlapMinutes: -1 } }),
    await call('DELETE', `/webhooks/${made.id}`, { key }),
    await call('GET', '/events?limit=1000', { key }),
    await call('GET', '/openapi.json'),
  ];
  // Whatever a defect might throw about goes through the log.
  const failure = new Error(`Failed query\nparams: ${secrets.join()}`, { cause: new Error(secrets.join()) });
  log.error({ err: failure, target: { secret: secrets[0] }, sent: secrets }, secrets.join(' '));
  const kept = answers.map((answer) => answer.text).join('\n');
  const [history] = await house.database().sql`select string_agg(event::text, ' ') as text from event`;
  for (const secret of secrets) {
    const bare = secret.slice('whsec_'.length);
    expect(kept).not.toContain(bare);
    expect(String(history?.text)).not.toContain(bare);
    expect(lines.join('')).not.toContain(bare);
    expect(inspect(answers.map((answer) => [...answer.headers]))).not.toContain(bare);
  }
  // An address may be as good as a password: many may read the history, and see its host only.
  expect(String(history?.text)).not.toContain(canary);
  await heard.close();
});
