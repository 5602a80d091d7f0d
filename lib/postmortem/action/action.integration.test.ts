import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eq } from 'drizzle-orm';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { event } from '@/drizzle/schema/event';
import { notice } from '@/drizzle/schema/notice';
import { postmortemAction, postmortemTracking } from '@/drizzle/schema/postmortem';
import { testDatabase } from '@/e2e/database';
import { postmortemScene } from '@/e2e/postmortem-scene';
import { actionView } from '@/lib/http/views/postmortems';
import { addAddress } from '@/lib/notice/address';
import { Secret } from '@/lib/webhook/secret';
import { verify } from '@/lib/webhook/signature';
import { createWebhook, removeWebhook } from '@/lib/webhook/target';
import { editPostmortem } from '../edit';
import { getPostmortem, listPostmortems } from '../postmortem';
import { publishPostmortem } from '../publish';
import { addAction, changeAction, closeAction, getAction, listActions } from './action';
import { putActionDays } from './days';
import { day, plusDays } from './due';
import { remindOwners } from './remind';
import { deliverAction, dueTracking, getTracker, putTracker, trackAction } from './tracker';

const store = testDatabase();
const scene = postmortemScene(store);
const { as, key, now, pass, drafted } = scene;
const home = () => ({ db: store.database().db, now });
const dayMs = 86_400_000;
const today = () => day(now());
const due = (days: number) => plusDays(today(), days);
const input = (over: Record<string, unknown> = {}) => ({
  title: 'Alert on refunds',
  owner: 'ada',
  dueOn: due(14),
  ...over,
});

const open: Server[] = [];
beforeAll(async () => {
  await scene.people();
  const { id } = await createWebhook(as('root'), { name: 'chat', url: 'http://127.0.0.1:9/', allowPrivate: true });
  await addAddress(as('root'), { webhook: id, kinds: ['action_due'] });
});
beforeEach(async () => {
  pass(100 * dayMs);
  await store.database().db.delete(notice);
  await store.database().db.delete(postmortemTracking);
  await store.database().db.delete(postmortemAction);
});
afterEach(async () => {
  await putTracker(as('root'), { webhook: null });
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const notices = async () =>
  (await store.database().db.select({ body: notice.body }).from(notice)).map(({ body }) => body);
const eventsOf = async (actionId: string) =>
  (await store.database().db.select().from(event).orderBy(event.seq)).filter(({ data }) => data.actionId === actionId);

describe('an action item', () => {
  test('is added, changed over what was seen, closed and opened again, each told in the history', async () => {
    const { id } = await drafted();
    const made = await addAction(
      as('otto'),
      id,
      input({ title: 'Alert\non refunds', type: 'detect', priority: 'high' }),
    );
    expect(actionView.parse(made)).toEqual(made);
    expect(made).toMatchObject({
      title: 'Alert on refunds',
      state: 'open',
      revision: 1,
      overdue: false,
      tracking: null,
      tracker: null,
      createdBy: 'otto',
    });
    const changed = await changeAction(as('ada'), made.id, { basedOn: 1, owner: 'abel', state: 'in_progress' });
    expect(changed).toMatchObject({ owner: 'abel', state: 'in_progress', revision: 2, priority: 'high' });
    await expect(changeAction(as('otto'), made.id, { basedOn: 1, owner: 'otto' })).rejects.toMatchObject({
      code: 'conflict',
      fields: [{ field: 'basedOn', message: 'is 2 by now' }],
    });
    expect((await changeAction(as('otto'), made.id, { basedOn: 2, owner: 'abel' })).revision).toBe(2);
    const closed = await closeAction(as('abel'), made.id, {});
    expect(closed).toMatchObject({ state: 'done', closedAt: now().toISOString(), closedBy: 'abel', revision: 3 });
    expect((await closeAction(as('ada'), made.id, {})).closedBy).toBe('abel');
    const again = await changeAction(as('otto'), made.id, { basedOn: 3, state: 'open' });
    expect(again).toMatchObject({ state: 'open', closedAt: null, closedBy: null });
    await expect(closeAction(as('otto'), made.id, { state: 'dropped' })).rejects.toMatchObject({ code: 'bad_input' });
    await closeAction(as('otto'), made.id, { state: 'dropped', reason: 'The feature is retired' });
    expect(
      (await eventsOf(made.id)).map(({ kind, data }) => [kind.replace('postmortem.', ''), data.revision, data.state]),
    ).toEqual([
      ['action_added', 1, 'open'],
      ['action_changed', 2, 'in_progress'],
      ['action_changed', 3, 'done'],
      ['action_changed', 4, 'open'],
      ['action_changed', 5, 'dropped'],
    ]);
    expect((await getPostmortem(as('vera'), id)).actions).toMatchObject([{ id: made.id, state: 'dropped' }]);
  });

  test('by two who change it at once is changed by one', async () => {
    const { id } = await drafted();
    const made = await addAction(as('otto'), id, input());
    const change = (owner: string) => changeAction(as('otto'), made.id, { basedOn: 1, owner });
    const both = await Promise.allSettled([change('otto'), change('abel')]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await getAction(as('vera'), made.id)).revision).toBe(2);
  });

  test('goes on once the report is published, whose seal it leaves alone', async () => {
    const { id } = await drafted();
    await publishPostmortem(as('ada'), id, { version: 1 });
    const made = await addAction(as('otto'), id, input());
    await closeAction(as('otto'), made.id, {});
    expect((await getPostmortem(as('vera'), id)).seal.state).toBe('intact');
  });

  test('is refused without a day, an owner or a place, and to whoever only looks', async () => {
    const { id } = await drafted();
    await expect(addAction(as('otto'), id, input({ dueOn: '2026-02-30' }))).rejects.toMatchObject({
      code: 'bad_input',
      fields: [{ field: 'dueOn' }],
    });
    await expect(addAction(as('otto'), id, input({ owner: ' ' }))).rejects.toMatchObject({ code: 'bad_input' });
    await expect(addAction(as('otto'), 'pm_none', input())).rejects.toMatchObject({ code: 'not_found' });
    await expect(addAction(as('vera'), id, input())).rejects.toMatchObject({ code: 'forbidden' });
    await expect(addAction(key('staging'), id, input())).rejects.toMatchObject({ code: 'not_found' });
    await expect(changeAction(as('otto'), 'act_none', { basedOn: 1 })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('is listed by what is due first, and late ones are counted with their report', async () => {
    const { id, subject } = await drafted();
    const titles = async (over: Parameters<typeof listActions>[1] = {}) =>
      (await listActions(as('vera'), over)).map(({ title }) => title);
    await addAction(as('otto'), id, input({ title: 'later', dueOn: due(9) }));
    await addAction(as('otto'), id, input({ title: 'late', dueOn: due(-1), owner: 'Abel 100%' }));
    await addAction(as('otto'), id, input({ title: 'today', dueOn: due(0) }));
    const done = await addAction(as('otto'), id, input({ title: 'done', dueOn: due(-3) }));
    await closeAction(as('otto'), done.id, {});
    expect(await titles()).toEqual(['late', 'today', 'later', 'done']);
    expect(await titles({ overdue: true })).toEqual(['late']);
    expect(await titles({ overdue: false })).toEqual(['today', 'later', 'done']);
    expect(await titles({ state: ['done', 'dropped'] })).toEqual(['done']);
    expect(await titles({ owner: 'abel 100%' })).toEqual(['late']);
    expect(await titles({ owner: 'abel ____' })).toEqual([]);
    expect(await titles({ feature: subject.feature, postmortem: id, environment: 'production', limit: 1 })).toEqual([
      'late',
    ]);
    const lines = await listPostmortems(as('vera'), { feature: subject.feature, openActions: true });
    expect(lines).toMatchObject([{ openActions: 3, overdueActions: 1 }]);
    expect(await listPostmortems(as('vera'), { feature: subject.feature, openActions: false })).toEqual([]);
    await editPostmortem(as('root'), id, { basedOn: 0, audience: 'approver' });
    expect(await titles()).toEqual([]);
    expect(await listActions(as('ada'), { overdue: true })).toHaveLength(1);
    await expect(getAction(as('otto'), done.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(closeAction(as('otto'), done.id, {})).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('reminders', () => {
  test('come once for each threshold: before it is due, on the day, and every week after', async () => {
    const { id } = await drafted();
    const made = await addAction(as('otto'), id, input({ priority: 'urgent', dueOn: due(9) }));
    const told: Array<[day: number, title: string]> = [];
    for (let d = 0; d <= 26; d++) {
      // The sweep looks again and again.
      for (let i = 0; i < 3; i++) await remindOwners(home());
      for (const { title } of await notices()) told.push([d, title.replace(/^.*” /, '')]);
      await store.database().db.delete(notice);
      pass(dayMs);
    }
    expect(told).toEqual([
      [2, 'is due in 7 days'],
      [6, 'is due in 3 days'],
      [8, 'is due tomorrow'],
      [9, 'is due today'],
      [16, `is overdue since ${made.dueOn}`],
      [23, `is overdue since ${made.dueOn}`],
    ]);
  });

  test('come once whoever looks at the same time, late where nobody looked, and not for what is closed', async () => {
    const { id, title } = await drafted();
    const made = await addAction(as('otto'), id, input({ dueOn: due(5) }));
    const gone = await addAction(as('otto'), id, input({ dueOn: due(5) }));
    await closeAction(as('otto'), gone.id, {});
    pass(8 * dayMs);
    const counts = await Promise.all([remindOwners(home()), remindOwners(home()), remindOwners(home())]);
    expect(counts.reduce((a, b) => a + b)).toBe(1);
    expect(await notices()).toMatchObject([
      {
        kind: 'action_due',
        title: `ada: “Alert on refunds” is overdue since ${made.dueOn}`,
        text: expect.stringContaining(title),
        path: `/postmortems/${id}#actions`,
      },
    ]);
    // A new day that was given is reminded of anew.
    await changeAction(as('otto'), made.id, { basedOn: 1, dueOn: due(30) });
    expect(await remindOwners(home())).toBe(0);
    pass(27 * dayMs);
    expect(await remindOwners(home())).toBe(1);
  });

  test('come on the days of the installation’s zone, and so does being overdue', async () => {
    const { id } = await drafted();
    await expect(putActionDays(as('root'), { timeZone: 'Mars/Base' })).rejects.toMatchObject({
      fields: [{ field: 'timeZone' }],
    });
    await expect(putActionDays(as('ada'), { timeZone: 'UTC' })).rejects.toMatchObject({ code: 'forbidden' });
    // Kiritimati is 14 hours ahead: at noon of UTC its next day has begun, on which this is due.
    pass(dayMs - (now().getTime() % dayMs) + 4 * 3_600_000);
    const tomorrow = due(1);
    const made = await addAction(as('otto'), id, input({ dueOn: tomorrow, priority: 'low' }));
    pass(8 * 3_600_000);
    expect(await remindOwners(home())).toBe(0);
    expect(await putActionDays(as('root'), { timeZone: 'Pacific/Kiritimati' })).toEqual({
      timeZone: 'Pacific/Kiritimati',
      today: tomorrow,
    });
    expect(await remindOwners(home())).toBe(1);
    expect(await notices()).toMatchObject([
      { title: 'ada: “Alert on refunds” is due today', text: expect.stringContaining('(Pacific/Kiritimati)') },
    ]);
    const lateAt = async () => [
      (await getAction(as('vera'), made.id)).overdue,
      (await listActions(as('vera'), { overdue: true, postmortem: id })).length,
      (await getPostmortem(as('vera'), id)).overdueActions,
      (await listPostmortems(as('vera'))).find((line) => line.id === id)?.overdueActions,
    ];
    expect(await lateAt()).toEqual([false, 0, 0, 0]);
    // At 11:00 of UTC on the day itself it is the day after there.
    pass(23 * 3_600_000);
    expect(await lateAt()).toEqual([true, 1, 1, 1]);
    await putActionDays(as('root'), { timeZone: 'UTC' });
    expect(await lateAt()).toEqual([false, 0, 0, 0]);
  });

  test('of a report for few have no words', async () => {
    const { id } = await drafted();
    await editPostmortem(as('root'), id, { basedOn: 0, audience: 'admin', title: 'Wages were leaked' });
    await addAction(as('root'), id, input({ title: 'Wages', dueOn: due(1), priority: 'low' }));
    pass(dayMs);
    expect(await remindOwners(home())).toBe(1);
    expect(JSON.stringify((await notices()).map(({ title, text }) => [title, text]))).not.toMatch(/Wages|ada/);
  });
});

type Seen = { headers: Record<string, unknown>; body: string; ok: boolean };
/** Answers one after the other, the last of them for ever. */
async function tracker(...answers: Array<[status: number, body: string]>) {
  const seen: Seen[] = [];
  let secret = '';
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    const { ok } = verify({ headers: request.headers, body, secrets: [Secret.parse(secret)], now: now() });
    const [status, answer] = answers[Math.min(seen.length, answers.length - 1)] ?? [200, ''];
    seen.push({ headers: request.headers, body, ok });
    response.writeHead(status, { 'content-type': 'application/json' }).end(answer);
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/actions`;
  const made = await createWebhook(as('root'), { name: `tracker ${url}`, url, allowPrivate: true });
  secret = made.secret;
  await putTracker(as('root'), { webhook: made.name });
  return { seen, id: made.id };
}
async function deliverAll(): Promise<void> {
  for (const id of await dueTracking(home().db, now())) await deliverAction(home(), id);
}
const issue = JSON.stringify({ url: 'https://tracker.example.com/BEL-1' });

describe('a tracker', () => {
  test('is told of every change, signed, under a key of its own, and its address is kept', async () => {
    const { seen, id: webhook } = await tracker([201, issue], [200, '']);
    expect(await getTracker(as('vera'))).toEqual({ webhook, restricted: false });
    const { id } = await drafted();
    const woken: unknown[] = [];
    const made = await addAction(as('otto', { enqueue: async (name, of) => void woken.push([name, of]) }), id, input());
    expect(woken).toEqual([['tracker', { actionId: made.id }]]);
    expect(made.tracking).toEqual({ state: 'pending', attempts: 0, lastError: null });
    await deliverAll();
    await deliverAll();
    expect(await getAction(as('vera'), made.id)).toMatchObject({
      tracking: { state: 'delivered', attempts: 1 },
      tracker: { url: 'https://tracker.example.com/BEL-1', at: now().toISOString() },
    });
    await closeAction(as('otto'), made.id, {});
    await deliverAll();
    expect(seen.map(({ ok, headers }) => [ok, headers['idempotency-key'], headers['webhook-id']])).toEqual([
      [true, `${made.id}/1`, `${made.id}-1`],
      [true, `${made.id}/2`, `${made.id}-2`],
    ]);
    expect(JSON.parse(seen[1]?.body ?? '')).toMatchObject({
      type: 'belay.action',
      data: {
        action: {
          id: made.id,
          state: 'done',
          title: 'Alert on refunds',
          trackerUrl: 'https://tracker.example.com/BEL-1',
        },
        postmortem: { id, path: `/postmortems/${id}` },
      },
    });
    // A later answer that names no address leaves the one that is known.
    expect((await getAction(as('vera'), made.id)).tracker?.url).toBe('https://tracker.example.com/BEL-1');
  });

  test('that does not take it is asked again later with the same key; a newer change takes its place', async () => {
    const { seen } = await tracker([503, ''], [200, issue]);
    const { id } = await drafted();
    const made = await addAction(as('otto'), id, input());
    await deliverAll();
    expect((await getAction(as('vera'), made.id)).tracking).toEqual({
      state: 'pending',
      attempts: 1,
      lastError: 'it answered 503',
    });
    await deliverAll();
    expect(seen).toHaveLength(1);
    pass(6_000);
    await deliverAll();
    expect(seen.map(({ headers }) => headers['webhook-id'])).toEqual([`${made.id}-1`, `${made.id}-1`]);
    expect(seen[0]?.body).toBe(seen[1]?.body);
    expect((await getAction(as('vera'), made.id)).tracking?.state).toBe('delivered');
  });

  test('by two workers at once is told once', async () => {
    const { seen } = await tracker([200, issue]);
    const { id } = await drafted();
    const made = await addAction(as('otto'), id, input());
    await Promise.all([deliverAction(home(), made.id), deliverAction(home(), made.id), deliverAction(home(), made.id)]);
    expect(seen).toHaveLength(1);
  });

  test('that never takes it is given up, which is told, and told again by a person', async () => {
    const { seen } = await tracker([410, ''], [200, issue]);
    const { id } = await drafted();
    const made = await addAction(as('otto'), id, input());
    await deliverAll();
    expect((await getAction(as('vera'), made.id)).tracking).toMatchObject({
      state: 'failed',
      lastError: expect.stringContaining('410'),
    });
    expect((await eventsOf(made.id)).at(-1)).toMatchObject({ actorName: 'tracker', data: { tracking: 'failed' } });
    await expect(trackAction(as('vera'), made.id)).rejects.toMatchObject({ code: 'forbidden' });
    const { id: second } = await tracker([200, issue]);
    expect((await getTracker(as('vera'))).webhook).toBe(second);
    expect((await trackAction(as('otto'), made.id)).tracking?.state).toBe('pending');
    await deliverAll();
    expect((await getAction(as('vera'), made.id)).tracker?.url).toBe('https://tracker.example.com/BEL-1');
    expect(seen).toHaveLength(1);
  });

  test.each(['javascript:alert(1)', 'https://ada:pass@example.com/', 'not an address', 7, null])(
    'that answers %s is kept without an address',
    async (url) => {
      await tracker([200, JSON.stringify({ url })]);
      const { id } = await drafted();
      const made = await addAction(as('otto'), id, input());
      await deliverAll();
      expect(await getAction(as('vera'), made.id)).toMatchObject({ tracking: { state: 'delivered' }, tracker: null });
    },
  );

  test('is told of a private report only where somebody has said so', async () => {
    const { seen, id: webhook } = await tracker([200, issue]);
    const { id } = await drafted();
    await editPostmortem(as('root'), id, { basedOn: 0, audience: 'admin' });
    const made = await addAction(as('root'), id, input());
    expect(made.tracking).toBeNull();
    await expect(trackAction(as('root'), made.id)).rejects.toMatchObject({ code: 'conflict' });
    await putTracker(as('root'), { webhook, restricted: true });
    await trackAction(as('root'), made.id);
    await deliverAll();
    expect(seen).toHaveLength(1);
  });

  test('is a registered webhook, named by an administrator, which stays while it is named', async () => {
    await expect(putTracker(as('root'), { webhook: 'nobody' })).rejects.toMatchObject({ code: 'bad_input' });
    await expect(putTracker(as('ada'), { webhook: null })).rejects.toMatchObject({ code: 'forbidden' });
    const { id: webhook } = await tracker([200, issue]);
    await expect(removeWebhook(as('root'), webhook)).rejects.toMatchObject({ code: 'conflict' });
    await putTracker(as('root'), { webhook: null });
    await removeWebhook(as('root'), webhook);
    const { id } = await drafted();
    const made = await addAction(as('otto'), id, input());
    expect(made.tracking).toBeNull();
    expect(
      await store.database().db.select().from(postmortemTracking).where(eq(postmortemTracking.actionId, made.id)),
    ).toEqual([]);
  });
});
