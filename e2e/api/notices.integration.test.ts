/** Whom Belay tells, and when it asks, over REST. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
