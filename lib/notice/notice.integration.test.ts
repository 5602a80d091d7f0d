/** Real rows, real connections, and receivers that misbehave in every way that we know of. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eq, sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { notice, noticeAddress } from '@/drizzle/schema/notice';
import { webhookTarget } from '@/drizzle/schema/plane';
import { testDatabase } from '@/e2e/database';
import { record, verifyChain } from '@/lib/event/event';
import { Secret } from '@/lib/webhook/secret';
import { verify } from '@/lib/webhook/signature';
import { createWebhook, getWebhook, putWebhook, removeWebhook } from '@/lib/webhook/target';
import { addAddress, changeAddress, listAddresses, putConsoleAddress, removeAddress, testAddress } from './address';
import type { Notice } from './model';
import { deliverNotice, dueNotices, listNotices, retainNotices, retryNotice, tell } from './notice';

const store = testDatabase();
const hour = 3_600_000;
let clock = Date.parse('2026-11-22T08:00:00Z');
const now = () => new Date(clock);
const ctx = () => store.context({ now });
const home = () => ({ db: store.database().db, now });

const open: Server[] = [];
beforeEach(async () => {
  clock += 100 * hour;
  const { db } = store.database();
  await db.delete(notice);
  await db.delete(noticeAddress);
});
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listening(server: Server): Promise<string> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

type Seen = { id: string; body: string; ok: boolean };
/** Answers as it is told, one answer after the other, the last of them for ever. */
async function receiver(...answers: Array<RequestListener | number>) {
  const seen: Seen[] = [];
  let secret = '';
  const url = await listening(
    createServer(async (request, response) => {
      let body = '';
      for await (const part of request) body += part;
      const { ok } = verify({
        headers: request.headers,
        body,
        secrets: [Secret.parse(secret)],
        now: now(),
      });
      const answer = answers[Math.min(seen.length, answers.length - 1)] ?? 200;
      seen.push({ id: String(request.headers['webhook-id']), body, ok });
      if (typeof answer === 'number') response.writeHead(answer).end();
      else answer(request, response);
    }),
  );
  const made = await hook(url);
  secret = made.secret;
  return { ...made, url, seen };
}

let names = 0;
const hook = (url: string) => createWebhook(ctx(), { name: `hook ${++names}`, url, allowPrivate: true });

const unconfirmed: Notice = {
  kind: 'rollback_unconfirmed',
  title: 'new-checkout in production: the rollback is not confirmed',
  text: 'Telemetry still shows treatment.',
  next: 'Look at who serves it.',
  environment: 'production',
  feature: 'new-checkout',
  rolloutId: null,
  rollbackId: null,
  path: '/rollbacks/rb_1',
};
const say = (over: Partial<Notice> = {}) =>
  store.database().db.transaction((tx) => tell(tx, now(), { ...unconfirmed, ...over }));
/** Every due one, as the job does it. */
async function deliverAll(): Promise<void> {
  for (const id of await dueNotices(home().db, now()))
    for (let next: string | null = id; next !== null; ) next = await deliverNotice(home(), next);
}
const all = () => listNotices(ctx(), { limit: 1000 });
const only = async () => {
  const [first, ...rest] = await all();
  if (!first || rest.length > 0) throw new Error(`there are ${rest.length + 1} notices`);
  return first;
};

describe('telling', () => {
  test('writes one row for each address that wants that kind and that environment', async () => {
    const wanting = async (over: Record<string, unknown>) => {
      const { id, name } = await hook('http://127.0.0.1:9/hook');
      await addAddress(ctx(), { webhook: id, ...over });
      return name;
    };
    const everything = await wanting({});
    const kind = await wanting({ kinds: ['rollback_unconfirmed', 'rollback_verified'] });
    const otherKind = await wanting({ kinds: ['rollout_held'] });
    const place = await wanting({ environments: ['production'] });
    const otherPlace = await wanting({ environments: ['staging'] });
    await say();
    expect((await all()).map((n) => n.address).sort()).toEqual([everything, kind, place].sort());
    await store.database().db.delete(notice);
    await say({ environment: null, kind: 'rollout_held' });
    expect((await all()).map((n) => n.address).sort()).toEqual([everything, otherKind, place, otherPlace].sort());
  });

  test('nothing is told of what did not come to be, and nothing in a name can undo what did', async () => {
    const { id } = await hook('http://127.0.0.1:9/hook');
    await addAddress(ctx(), { webhook: id });
    const undone = store.database().db.transaction(async (tx) => {
      await tell(tx, now(), unconfirmed);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await all()).toEqual([]);
    await say({ text: `${'x'.repeat(5_000)}`, next: 'half \ud800 and \u0000' });
    const told = await only();
    expect(told.text).toHaveLength(2_000);
    expect(told.next).toBe('half \ufffd and \ufffd');
  });

  test('an address that is just being taken away is not told, and takes nothing along', async () => {
    const { id } = await hook('http://127.0.0.1:9/hook');
    const address = await addAddress(ctx(), { webhook: id });
    let telling: Promise<void> = Promise.resolve();
    await store.database().db.transaction(async (tx) => {
      await tx.delete(noticeAddress).where(eq(noticeAddress.id, address.id));
      telling = say();
      // It must have come as far as the address before that is gone.
      const waits = sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      await expect.poll(async () => (await store.database().db.execute(waits)).length).toBe(1);
    });
    await telling;
    expect(await all()).toEqual([]);
  });

  test('an address is not taken away under what is being told, and nobody waits for anybody for ever', async () => {
    const { id } = await hook('http://127.0.0.1:9/hook');
    const address = await addAddress(ctx(), { webhook: id });
    await store.database().db.transaction(async (tx) => {
      await tell(tx, now(), unconfirmed);
      await expect(removeAddress(ctx(), address.id)).rejects.toMatchObject({ cause: { code: '55P03' } });
      await record(tx, now(), ctx().actor, { kind: 'rollback.unconfirmed', reason: 'told' });
    });
    expect(await all()).toHaveLength(1);
    await removeAddress(ctx(), address.id);
    expect(await all()).toEqual([]);
  });
});

describe('delivering', () => {
  test('a notice arrives signed, under its own id, with a link, once', async () => {
    const to = await receiver(200);
    await addAddress(ctx(), { webhook: to.name });
    await putConsoleAddress(ctx(), { url: 'https://belay.example.test' });
    await say();
    await deliverAll();
    await deliverAll();
    const told = await only();
    expect(told).toMatchObject({ state: 'delivered', attempts: 1, lastError: null, address: to.name });
    expect(told.deliveredAt).toBe(now().toISOString());
    expect(to.seen).toHaveLength(1);
    expect(to.seen[0]).toMatchObject({ id: told.id, ok: true });
    const body = JSON.parse(to.seen[0]?.body ?? '');
    expect(body).toMatchObject({
      type: 'belay.notice',
      data: { id: told.id, kind: 'rollback_unconfirmed', url: 'https://belay.example.test/rollbacks/rb_1' },
    });
    expect(body.text.split('\n')).toHaveLength(4);
  });

  test('a worker that died after sending sends the same id and the same body again', async () => {
    const to = await receiver(200);
    await addAddress(ctx(), { webhook: to.id });
    await say();
    const { id } = await only();
    await deliverNotice(home(), id);
    // As if the answer had never been written down, and the lease had run out.
    const past = new Date(Date.now() - 1000);
    await home()
      .db.update(notice)
      .set({ state: 'pending', deliveredAt: null, leaseUntil: past })
      .where(eq(notice.id, id));
    clock += 60_000;
    await deliverAll();
    expect(to.seen.map((s) => s.id)).toEqual([id, id]);
    expect(to.seen[1]?.body).toBe(to.seen[0]?.body);
    expect(await only()).toMatchObject({ state: 'delivered', attempts: 2 });
  });

  test('of workers that take it at once one sends; who lost the lease writes nothing', async () => {
    let answer: () => void = () => {};
    let arrived: () => void = () => {};
    const waiting = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const to = await receiver((_request, response) => {
      answer = () => response.writeHead(500).end();
      arrived();
    }, 200);
    await addAddress(ctx(), { webhook: to.id });
    await say();
    const { id } = await only();
    const slow = deliverNotice(home(), id);
    await waiting;
    await Promise.all(Array.from({ length: 10 }, () => deliverNotice(home(), id)));
    expect(await dueNotices(home().db, now())).toEqual([]);
    expect(to.seen).toHaveLength(1);
    await home()
      .db.update(notice)
      .set({ leaseUntil: new Date(Date.now() - 1000) })
      .where(eq(notice.id, id));
    await deliverNotice(home(), id);
    expect(await only()).toMatchObject({ state: 'delivered', attempts: 2 });
    answer();
    await slow;
    expect(await only()).toMatchObject({ state: 'delivered', attempts: 2, lastError: null });
  });

  test.each<[string, RequestListener | number, RegExp]>([
    ['500', 500, /^it answered 500$/],
    ['a redirect', (_q, r) => r.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(), /a redirect, which is not/],
    ['a reset', (q) => q.socket.resetAndDestroy(), /reset|ended before/],
    [
      'half an answer',
      (q, r) => r.writeHead(200, { 'content-length': 99 }).write('x', () => q.socket.destroy()),
      /ended/,
    ],
    ['a page that was not found', 404, /^it answered 404$/],
  ])('after %s it is sent again after a pause, and then arrives', async (_what, answer, error) => {
    const to = await receiver(answer, 200);
    await addAddress(ctx(), { webhook: to.id });
    await say();
    await deliverAll();
    const failing = await only();
    expect(failing).toMatchObject({ state: 'pending', attempts: 1, deliveredAt: null });
    expect(failing.lastError).toMatch(error);
    clock += 4_999;
    await deliverAll();
    expect(to.seen).toHaveLength(1);
    clock += 1;
    await deliverAll();
    expect(await only()).toMatchObject({ state: 'delivered', attempts: 2, lastError: null });
    expect(to.seen.map((s) => s.id)).toEqual([failing.id, failing.id]);
  });

  test('Retry-After is heeded', async () => {
    const to = await receiver((_request, response) => response.writeHead(429, { 'retry-after': '120' }).end(), 200);
    await addAddress(ctx(), { webhook: to.id });
    await say();
    await deliverAll();
    clock += 119_000;
    await deliverAll();
    expect(to.seen).toHaveLength(1);
    clock += 1_000;
    await deliverAll();
    expect(await only()).toMatchObject({ state: 'delivered' });
  });

  test('a slow receiver holds up its own notices and nobody else’s', async () => {
    const slow = await receiver(() => {});
    const quick = await receiver(200);
    for (const to of [slow, quick]) await addAddress(ctx(), { webhook: to.id });
    for (let i = 0; i < 5; i++) await say({ title: `notice ${i}` });
    const due = await dueNotices(home().db, now());
    expect(due).toHaveLength(2);
    const hanging = (await all()).find((n) => due.includes(n.id) && n.address === slow.name);
    const held = deliverNotice(home(), hanging?.id ?? '');
    await expect.poll(() => slow.seen.length).toBe(1);
    await deliverAll();
    expect((await all()).filter((n) => n.address === quick.name).map((n) => n.state)).toEqual(
      Array.from({ length: 5 }, () => 'delivered'),
    );
    expect(slow.seen).toHaveLength(1);
    // Ends the connection, so that the test need not wait as long as Belay would.
    for (const server of open) server.closeAllConnections();
    await held;
    expect((await all()).find((n) => n.id === hanging?.id)).toMatchObject({ state: 'pending', attempts: 1 });
  });

  test('few are sent at once, however many addresses there are', async () => {
    for (let i = 0; i < 6; i++) await addAddress(ctx(), { webhook: (await hook('http://127.0.0.1:9/')).id });
    await say();
    const due = await dueNotices(home().db, now());
    expect(due).toHaveLength(3);
    const leased = { leaseUntil: new Date(Date.now() + hour) };
    for (const id of due.slice(0, 2)) await home().db.update(notice).set(leased).where(eq(notice.id, id));
    expect(await dueNotices(home().db, now())).toHaveLength(1);
  });

  test('410 disables the webhook and fails; that is seen, and a person can send it again', async () => {
    const to = await receiver(410, 200);
    await addAddress(ctx(), { webhook: to.id });
    await say();
    await deliverAll();
    const failed = await only();
    expect(failed).toMatchObject({ state: 'failed', lastError: 'it answered 410: nobody listens there any more' });
    expect(await getWebhook(ctx(), to.id)).toMatchObject({ state: 'disabled' });
    // What is told while it is disabled is said to be untold, without a call.
    await say({ title: 'another' });
    await deliverAll();
    expect((await all()).map((n) => n.state)).toEqual(['failed', 'failed']);
    expect(to.seen).toHaveLength(1);
    await putWebhook(ctx(), to.id, { name: to.name, url: to.url, allowPrivate: true, state: 'enabled' });
    expect(await retryNotice(ctx(), failed.id)).toMatchObject({ state: 'pending' });
    await deliverAll();
    const again = (await all()).find((n) => n.id === failed.id);
    expect(again).toMatchObject({ state: 'delivered', lastError: null });
    expect(to.seen[1]).toMatchObject({ id: failed.id, ok: true });
    await expect(retryNotice(ctx(), failed.id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(retryNotice(ctx(), 'ntc_none')).rejects.toMatchObject({ code: 'not_found' });
    expect((await verifyChain(home().db)).ok).toBe(true);
  });

  test('what nobody takes for three days is given up, said so, and sent once more when a person asks', async () => {
    const to = await receiver(500);
    await addAddress(ctx(), { webhook: to.id });
    await say();
    const told = Date.parse((await only()).at);
    for (let i = 0; i < 40 && (await only()).state === 'pending'; i++) {
      await deliverAll();
      const [row] = await home().db.select().from(notice);
      if (row?.state === 'pending') clock = row.dueAt.getTime();
    }
    expect(await only()).toMatchObject({ state: 'failed', attempts: 11, lastError: 'it answered 500' });
    expect(clock - told).toBeLessThanOrEqual(72 * hour);
    expect(clock - told).toBeGreaterThan(48 * hour);
    expect(to.seen).toHaveLength(11);
    await retryNotice(ctx(), (await only()).id);
    await deliverAll();
    expect(to.seen).toHaveLength(12);
    expect(await only()).toMatchObject({ state: 'failed', attempts: 12 });
  }, 20_000);

  test('what was told is kept for a month; what waits is kept', async () => {
    const to = await receiver(200, 500);
    await addAddress(ctx(), { webhook: to.id });
    await say();
    await say();
    await deliverAll();
    clock += 30 * 24 * hour;
    expect(await retainNotices(home().db, now())).toBe(0);
    clock += 1;
    expect(await retainNotices(home().db, now())).toBe(1);
    expect(await only()).toMatchObject({ state: 'pending' });
  });
});

describe('addresses', () => {
  test('are changed and removed by name of a webhook, once each, and said so', async () => {
    const first = await hook('http://127.0.0.1:9/a');
    const second = await hook('http://127.0.0.1:9/b');
    const made = await addAddress(ctx(), { webhook: first.name, kinds: ['rollout_held', 'rollout_held'] });
    expect(made).toMatchObject({ webhook: { id: first.id, name: first.name }, kinds: ['rollout_held'] });
    await expect(addAddress(ctx(), { webhook: first.id })).rejects.toMatchObject({ code: 'conflict' });
    await expect(addAddress(ctx(), { webhook: 'none' })).rejects.toMatchObject({ fields: [{ field: 'webhook' }] });
    await expect(addAddress(ctx(), { webhook: second.id, kinds: ['rumours'] })).rejects.toMatchObject({
      fields: [{ field: 'kinds[0]' }],
    });
    await expect(removeWebhook(ctx(), first.id)).rejects.toMatchObject({ code: 'conflict' });
    const other = await addAddress(ctx(), { webhook: second.id });
    await expect(changeAddress(ctx(), other.id, { webhook: first.id })).rejects.toMatchObject({ code: 'conflict' });
    await changeAddress(ctx(), made.id, { webhook: first.id, environments: ['production'] });
    expect(await listAddresses(ctx())).toMatchObject([{ kinds: [], environments: ['production'] }, { kinds: [] }]);
    await removeAddress(ctx(), made.id);
    await expect(removeAddress(ctx(), made.id)).rejects.toMatchObject({ code: 'not_found' });
    await removeWebhook(ctx(), first.id);
    await expect(getWebhook(ctx(), first.id)).rejects.toMatchObject({ code: 'not_found' });
    const { db } = store.database();
    expect(await db.select().from(webhookTarget).where(eq(webhookTarget.id, second.id))).toHaveLength(1);
  });

  test('a test says that it is one, and what came back', async () => {
    const to = await receiver(200, 500);
    const { id } = await addAddress(ctx(), { webhook: to.id });
    expect(await testAddress(ctx(), id)).toMatchObject({ kind: 'answered', status: 200 });
    expect(await testAddress(ctx(), id)).toMatchObject({ kind: 'answered', status: 500 });
    expect(JSON.parse(to.seen[0]?.body ?? '')).toMatchObject({ type: 'belay.notice', data: { kind: 'test' } });
    expect(to.seen[0]?.ok).toBe(true);
    expect(await all()).toEqual([]);
  });

  test.each(['ftp://belay.test', 'https://belay.test/console', 'https://u:p@belay.test', 'belay.test', 'javascript:1'])(
    'the address of the console is not %s',
    async (url) => {
      await expect(putConsoleAddress(ctx(), { url })).rejects.toMatchObject({ code: 'bad_input' });
    },
  );
});
