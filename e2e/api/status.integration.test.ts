/** Status pages and updates over REST. */
import { beforeAll, describe, expect, test } from 'vitest';
import { requestsPlan } from '@/jobs/bench/requests';
import { followStatus } from '@/lib/status/follow';
import type { LinkView, StatusLine, StatusView, UpdateView } from '@/lib/status/model';
import { openPublicDoor } from '@/lib/status/public';
import { call, testConsole } from './console';

const house = testConsole();
let operator = '';
let viewer = '';
let elsewhere = '';
let rollout = '';
let page: StatusView;

beforeAll(async () => {
  operator = await house.newKey('operator');
  viewer = await house.newKey('viewer');
  elsewhere = await house.newKey('operator', 'staging');
  const body = { key: 'told', owner: 'payments', versions: { control: 0, treatment: 1 }, baseline: 'control' };
  expect((await call('PUT', '/features/told', { key: operator, body })).status).toBe(200);
  const made = await call('POST', '/rollouts', {
    key: operator,
    headers: { 'content-type': 'application/yaml' },
    body: requestsPlan('told'),
  });
  expect(made.status, made.text).toBe(201);
  rollout = (made.body as { id: string }).id;
  expect((await call('POST', `/rollouts/${rollout}/start`, { key: operator, body: { reason: 'go' } })).status).toBe(
    200,
  );
  await followStatus({ db: house.database().db, now: () => new Date() });
  const [line] = (await call('GET', `/status-pages?subject=rollout&id=${rollout}`, { key: viewer }))
    .body as StatusLine[];
  page = (await call('GET', `/status-pages/${line?.id}`, { key: viewer })).body as StatusView;
});

describe('an update', () => {
  test('is drafted, edited, approved as it was read, and sent once', async () => {
    const [draft] = page.updates;
    expect(draft).toMatchObject({ moment: 'started', state: 'draft', createdBy: 'status', revision: 0 });
    const path = `/status-updates/${draft?.id}`;
    const changed = await call('PUT', path, { key: operator, body: { basedOn: 0, publicText: 'Hello' } });
    expect(changed.body).toMatchObject({ revision: 1, text: draft?.text, publicText: 'Hello' });
    expect((await call('POST', `${path}/send`, { key: operator, body: { basedOn: 0 } })).status).toBe(409);
    const headers = { 'idempotency-key': 'send-once' };
    const [a, b] = await Promise.all([
      call('POST', `${path}/send`, { key: operator, headers, body: { basedOn: 1 } }),
      call('POST', `${path}/send`, { key: operator, headers, body: { basedOn: 1 } }),
    ]);
    expect([a.status, b.status]).toEqual([200, 200]);
    expect(b.body).toEqual(a.body);
    expect((await call('POST', `${path}/send`, { key: operator, body: { basedOn: 1 } })).status).toBe(409);
    expect((await call('POST', `${path}/drop`, { key: operator, body: { reason: 'x' } })).status).toBe(409);
    expect((await call('GET', path, { key: viewer })).body).toMatchObject({ state: 'sent', publicText: 'Hello' });
    const events = (await call('GET', '/events?feature=told', { key: viewer })).body as Array<{ kind: string }>;
    expect(events.filter(({ kind }) => kind === 'status_update.sent')).toHaveLength(1);
  });

  test('of one’s own is written, corrected and dropped', async () => {
    const body = { standing: 'trouble', text: 'We look into it.' };
    const made = await call('POST', `/status-pages/${page.id}/updates`, { key: operator, body });
    expect(made.status, made.text).toBe(201);
    const { id } = made.body as UpdateView;
    expect(made.body).toMatchObject({ moment: 'written', publicText: '', nextAt: null, draftedFrom: [] });
    const dropped = await call('POST', `/status-updates/${id}/drop`, { key: operator, body: { reason: 'nothing' } });
    expect(dropped.body).toMatchObject({ state: 'dropped' });
  });

  test('that is wrong is refused with the fields that are', async () => {
    const body = { standing: 'fine', text: ' ', nextAt: 'soon', loud: true };
    const answer = await call('POST', `/status-pages/${page.id}/updates`, { key: operator, body });
    expect(answer.status).toBe(400);
    const { errors } = answer.body as { errors: Array<{ field: string }> };
    expect(errors.map(({ field }) => field).toSorted()).toEqual(['loud', 'nextAt', 'standing', 'text']);
  });
});

describe('a page', () => {
  test('is public by a link, and gone with it', async () => {
    const path = `/status-pages/${page.id}`;
    expect((await call('POST', `${path}/link`, { key: operator, body: {} })).status).toBe(400);
    const made = await call('POST', `${path}/link`, { key: operator, body: { title: 'Checkout' } });
    const link = made.body as LinkView;
    expect(link).toEqual({ path: expect.stringMatching(/^\/s\/[0-9a-z]{40}$/), url: null });
    const secret = link.path.slice('/s/'.length);
    const { db } = house.database();
    expect(await openPublicDoor({ db, now: () => new Date() }).read(secret, '')).toMatchObject({
      title: 'Checkout',
      updates: [{ text: 'Hello' }],
    });
    expect((await call('GET', path, { key: viewer })).text).not.toContain(secret);
    expect((await call('POST', `${path}/unlink`, { key: operator })).body).toMatchObject({ public: false });
    expect(await openPublicDoor({ db, now: () => new Date() }).read(secret, '')).toBeNull();
  });

  test('is opened once by hand, and closed once', async () => {
    const body = { subject: 'rollout', id: rollout };
    const again = await call('POST', '/status-pages', { key: operator, body });
    expect(again.body).toMatchObject({ id: page.id });
    expect((await call('POST', '/status-pages', { key: operator, body: { ...body, id: 'rol_none' } })).status).toBe(
      404,
    );
    const close = { key: operator, body: { reason: 'told' } };
    expect((await call('POST', `/status-pages/${page.id}/close`, close)).body).toMatchObject({ closed: true });
    expect((await call('POST', `/status-pages/${page.id}/close`, close)).status).toBe(409);
    const late = { standing: 'trouble', text: 'x' };
    expect((await call('POST', `/status-pages/${page.id}/updates`, { key: operator, body: late })).status).toBe(409);
    expect((await call('GET', '/status-pages?open=true', { key: viewer })).body).toEqual([]);
  });

  test('is changed by who may operate there, and read by who may view', async () => {
    const [update] = page.updates;
    const changes: Array<['POST' | 'PUT', string, object?]> = [
      ['POST', '/status-pages', { subject: 'rollout', id: rollout }],
      ['POST', `/status-pages/${page.id}/link`, { title: 'x' }],
      ['POST', `/status-pages/${page.id}/unlink`],
      ['POST', `/status-pages/${page.id}/close`, { reason: 'x' }],
      ['POST', `/status-pages/${page.id}/updates`, { standing: 'trouble', text: 'x' }],
      ['PUT', `/status-updates/${update?.id}`, { basedOn: 0 }],
      ['POST', `/status-updates/${update?.id}/send`, { basedOn: 0 }],
      ['POST', `/status-updates/${update?.id}/drop`, { reason: 'x' }],
    ];
    for (const [method, path, body] of changes) {
      expect((await call(method, path, { key: viewer, body })).status, path).toBe(403);
      expect((await call(method, path, { key: elsewhere, body })).status, path).toBe(403);
      expect((await call(method, path, { body })).status, path).toBe(401);
    }
    expect((await call('GET', `/status-pages/${page.id}`, { key: elsewhere })).status).toBe(403);
    expect((await call('GET', '/status-pages', { key: elsewhere })).body).toEqual([]);
    expect((await call('GET', '/status-pages/sts_none', { key: viewer })).status).toBe(404);
    expect((await call('GET', '/status-updates/upd_none', { key: viewer })).status).toBe(404);
  });
});
