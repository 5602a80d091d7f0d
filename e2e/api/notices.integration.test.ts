/** Whom Belay tells, and when it asks, over REST. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { smtpServer } from '@/e2e/smtp';
import { closeIdle } from '@/lib/mail/connection';
import { addAddress } from '@/lib/notice/address';
import type { AddressView, Notice, NoticeView } from '@/lib/notice/model';
import { deliverNotice, tell } from '@/lib/notice/notice';
import type { NewSecret } from '@/lib/webhook/model';
import { call, testConsole } from './console';

const house = testConsole();
let key = '';
let status = 410;
const server = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(status).end());
});
let url = '';
beforeAll(async () => {
  key = await house.newKey('admin');
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const notice: Notice = {
  kind: 'rollback_unconfirmed',
  title: 'not confirmed',
  text: '',
  next: '',
  environment: 'production',
  feature: 'checkout',
  rolloutId: null,
  rollbackId: null,
  path: '/rollbacks/rb_1',
};

test('an address is added, changed, tried and taken away; what could not be told is sent again', async () => {
  const hook = (await call('POST', '/webhooks', { key, body: { name: 'chat', url, allowPrivate: true } }))
    .body as NewSecret;
  const made = await call('POST', '/notice-addresses', { key, body: { webhook: 'chat' } });
  expect(made).toMatchObject({ status: 201, body: { webhook: { id: hook.id, name: 'chat' }, kinds: [] } });
  const { id } = made.body as AddressView;
  expect((await call('POST', '/notice-addresses', { key, body: { webhook: 'chat' } })).status).toBe(409);
  expect((await call('DELETE', `/webhooks/${hook.id}`, { key })).status).toBe(409);
  const wanted = { webhook: 'chat', kinds: ['rollback_unconfirmed'], environments: ['production'] };
  expect(await call('PUT', `/notice-addresses/${id}`, { key, body: wanted })).toMatchObject({ status: 200 });
  expect((await call('GET', '/notice-addresses', { key })).body).toMatchObject([{ id, kinds: wanted.kinds }]);

  const { db } = house.context();
  await db.transaction((tx) => tell(tx, new Date(), notice));
  const [pending] = (await call('GET', '/notices', { key })).body as NoticeView[];
  await deliverNotice({ db, now: () => new Date() }, pending?.id ?? '');
  expect((await call('GET', '/notices?state=failed', { key })).body).toMatchObject([{ id: pending?.id }]);
  status = 200;
  const enabled = { name: 'chat', url, allowPrivate: true, state: 'enabled' };
  await call('PUT', `/webhooks/${hook.id}`, { key, body: enabled });
  expect((await call('POST', `/notices/${pending?.id}/retry`, { key })).body).toMatchObject({ state: 'pending' });
  expect((await call('POST', `/notices/${pending?.id}/retry`, { key })).status).toBe(409);
  expect((await call('POST', `/notice-addresses/${id}/test`, { key })).body).toMatchObject({ status: 200 });
  expect((await call('DELETE', `/notice-addresses/${id}`, { key })).status).toBe(204);
  expect((await call('GET', '/notices', { key })).body).toEqual([]);
});

test('a key of one environment sees what was told of it, and of all', async () => {
  await call('POST', '/webhooks', { key, body: { name: 'pager', url, allowPrivate: true } });
  await addAddress(house.context(), { webhook: 'pager' });
  const { db } = house.context();
  for (const environment of ['production', 'staging', null])
    await db.transaction((tx) => tell(tx, new Date(), { ...notice, environment }));
  const staging = await house.newKey('operator', 'staging');
  const seen = (await call('GET', '/notices', { key: staging })).body as NoticeView[];
  expect(seen.map((n) => n.environment).sort()).toEqual([null, 'staging'].sort());
  const [other] = ((await call('GET', '/notices', { key })).body as NoticeView[]).filter(
    (n) => n.environment === 'production',
  );
  expect((await call('POST', `/notices/${other?.id}/retry`, { key: staging })).status).toBe(403);
});

test('the cap, and the address of the console, are read by all and set by administrators', async () => {
  expect((await call('GET', '/settings/rollback-cap', { key })).body).toEqual({ max: 3, windowMinutes: 60 });
  expect((await call('PUT', '/settings/rollback-cap', { key, body: { max: 5 } })).body).toEqual({
    max: 5,
    windowMinutes: 60,
  });
  expect((await call('PUT', '/settings/rollback-cap', { key, body: { max: 1.5 } })).body).toMatchObject({
    errors: [{ field: 'max' }],
  });
  expect((await call('GET', '/settings/console', { key })).body).toEqual({ url: null });
  const body = { url: 'https://belay.example.test' };
  expect((await call('PUT', '/settings/console', { key, body })).body).toEqual(body);
  expect((await call('PUT', '/settings/console', { key, body: { url: 'belay' } })).status).toBe(400);
  expect((await call('GET', '/plane-deliveries?state=conflict', { key })).body).toEqual([]);
});

test('a mail server is set, tried and removed, and its password comes back in no answer', async () => {
  const box = await smtpServer();
  expect((await call('GET', '/settings/mail', { key })).body).toBeNull();
  const body = { host: '127.0.0.1', port: box.port, security: 'none', from: 'belay@example.test' };
  const account = { ...body, user: 'belay', password: 'correct horse' };
  const set = await call('PUT', '/settings/mail', { key, body: account });
  expect(set).toMatchObject({ status: 200, body: { ...body, user: 'belay', passwordSet: true } });
  for (const answer of [set, await call('GET', '/settings/mail', { key })])
    expect(answer.text).not.toContain('correct horse');
  const elsewhere = await call('PUT', '/settings/mail', { key, body: { ...body, user: 'belay', port: 25 } });
  expect(elsewhere).toMatchObject({ status: 400, body: { errors: [{ field: 'password' }] } });
  await call('PUT', '/settings/mail', { key, body });
  const tried = await call('POST', '/settings/mail/test', { key, body: { to: 'ada@example.test' } });
  expect(tried).toMatchObject({ status: 200, body: { kind: 'answered', status: 250 } });
  expect(box.taken).toMatchObject([{ to: ['ada@example.test'] }]);
  expect((await call('DELETE', '/settings/mail', { key })).status).toBe(204);
  expect((await call('POST', '/settings/mail/test', { key, body: { to: 'ada@example.test' } })).status).toBe(409);
  closeIdle();
  await box.close();
});

test('whoever is signed in says what they are told; administrators say it for the rest', async () => {
  const session = await house.newSession('Vera', 'viewer');
  const wishes = { quiet: true, rules: [{ kind: '*', environment: 'staging', tell: false }] };
  const mine = await call('PUT', '/me/notices', { session, body: { email: 'vera@example.test', wishes } });
  expect(mine).toMatchObject({ status: 200, body: { email: 'vera@example.test', wishes, mail: false } });
  expect(mine.body).toMatchObject({
    mailbox: { told: null, unconfirmed: { email: 'vera@example.test', codeSentAt: null } },
  });
  expect((await call('GET', '/me/notices', { session })).body).toEqual(mine.body);
  expect((await call('POST', '/me/notices/code', { session })).status).toBe(409);
  expect((await call('POST', '/me/notices/confirm', { session, body: { code: 'x' } })).body).toMatchObject({
    errors: [{ field: 'code' }],
  });
  expect((await call('PUT', '/me/notices', { session, body: { email: 'vera' } })).status).toBe(400);
  expect((await call('PUT', '/me/notices', { key, body: { email: 'key@example.test' } })).status).toBe(409);
  expect((await call('PUT', '/settings/notices', { session, body: {} })).status).toBe(403);
  expect((await call('PUT', '/settings/notices', { key, body: { quiet: true } })).body).toEqual({
    quiet: true,
    rules: [],
  });
  expect((await call('GET', '/me/notices', { session })).body).toMatchObject({ defaults: { quiet: true } });
  const list = { kind: 'email', email: 'team@example.test' };
  expect((await call('POST', '/notice-addresses', { key, body: list })).body).toMatchObject({
    ...list,
    name: 'team@example.test',
    webhook: null,
    mailbox: { told: null, unconfirmed: { email: 'team@example.test', codeSentAt: null } },
  });
  const waits = (await call('GET', '/notice-addresses', { key })).body as AddressView[];
  const path = `/notice-addresses/${waits.find(({ kind }) => kind === 'email')?.id}`;
  expect((await call('POST', `${path}/code`, { key })).status).toBe(409);
  expect((await call('POST', `${path}/confirm`, { session, body: { code: 'x' } })).status).toBe(403);
  expect((await call('POST', `${path}/confirm`, { key, body: { code: 'x' } })).body).toMatchObject({
    errors: [{ field: 'code' }],
  });
  expect((await call('POST', `${path}/test`, { key })).status).toBe(409);
  // Vera's own is not among those that all see.
  expect(JSON.stringify((await call('GET', '/notice-addresses', { key })).body)).not.toContain('vera@');
});
