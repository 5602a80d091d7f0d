/** The event stream, health, sign-in and sign-out: what is not a plain resource. */
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createSignInLink } from '@/lib/access/access';
import { parseConfig } from '@/lib/config';
import { openDatabase } from '@/lib/db';
import type { EventView } from '@/lib/event/model';
import { getDatabase, getHub, wire } from '@/lib/wiring';
import { type Ask, call, open, origin, testConsole } from './console';

const house = testConsole();
let key = '';
const feature = { owner: 'payments', versions: { control: false, treatment: true }, baseline: 'control' };
beforeAll(async () => {
  key = await house.newKey('admin');
});

type Message = { id?: string; event?: string; data?: string };
const opened: AbortController[] = [];
afterEach(() => {
  for (const stop of opened.splice(0)) stop.abort();
});

async function follow(ask: Ask = {}) {
  const stop = new AbortController();
  opened.push(stop);
  const response = await open('GET', '/api/v1/stream', { key, ...ask, signal: stop.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next = async (): Promise<Message | null> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        const fields = block.split('\n').filter((line) => !line.startsWith(':'));
        if (fields.length === 0) continue;
        return Object.fromEntries(
          fields.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
        );
      }
      const read = await reader?.read();
      if (!read || read.done) return null;
      text += read.value;
    }
  };
  const nextEvent = async (): Promise<EventView> => {
    for (;;) {
      const message = await next();
      if (message === null) throw new Error('the stream ended');
      if (message.event === 'event') return { ...JSON.parse(message.data ?? ''), id: message.id };
    }
  };
  return { response, next, nextEvent, stop };
}

const put = (name: string) => call('PUT', `/features/${name}`, { key, body: feature });

describe('the event stream', () => {
  test('tells of a change as it is recorded, under its sequence', async () => {
    const live = await follow();
    expect(live.response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(live.response.headers.get('cache-control')).toContain('no-transform');
    expect((await live.next())?.event).toBe('hello');
    await put('seen-live');
    const event = await live.nextEvent();
    expect(event).toMatchObject({ kind: 'feature.created', feature: 'seen-live', id: String(event.seq) });
  });

  test('Last-Event-ID gives everything since, once and in order, then goes on', async () => {
    const before = (await call('GET', '/events?limit=1', { key })).body as EventView[];
    const last = before[0]?.seq ?? 0;
    for (let i = 0; i < 5; i++) await put(`replayed-${i}`);
    const live = await follow({ headers: { 'last-event-id': String(last) } });
    const seen: EventView[] = [];
    for (let i = 0; i < 5; i++) seen.push(await live.nextEvent());
    await put('after-replay');
    seen.push(await live.nextEvent());
    expect(seen.map((e) => e.seq)).toEqual([1, 2, 3, 4, 5, 6].map((n) => last + n));
    expect(seen.at(-1)?.feature).toBe('after-replay');
  });

  test('a burst while a page is being read is not skipped', async () => {
    const live = await follow();
    await live.next();
    await Promise.all(Array.from({ length: 20 }, (_, i) => put(`burst-${i}`)));
    const seqs: number[] = [];
    for (let i = 0; i < 20; i++) seqs.push((await live.nextEvent()).seq);
    expect(seqs).toEqual(seqs.map((_, i) => (seqs[0] ?? 0) + i));
  });

  test('a tick is passed on without an id, so it cannot move the place to go on from', async () => {
    const live = await follow();
    await live.next();
    await house.database().sql`select pg_notify('belay_tick', '{"rollouts":["rol_1"]}')`;
    expect(await live.next()).toEqual({ event: 'tick', data: '{"rollouts":["rol_1"]}' });
  });

  test('a key of one environment hears of no other', async () => {
    const own = await house.newKey('viewer', 'staging');
    const live = await follow({ key: own });
    await live.next();
    await put('kept-apart');
    const kill = (environment: string) =>
      call('POST', '/features/kept-apart/kill', { key, body: { reason: environment, environment } });
    await kill('production');
    await kill('staging');
    expect(await live.nextEvent()).toMatchObject({ kind: 'feature.created' }); // of the whole organisation
    expect(await live.nextEvent()).toMatchObject({ kind: 'feature.killed', environment: 'staging' });
  });

  test('a place that is none is refused', async () => {
    const answer = await call('GET', '/stream', { key, headers: { 'last-event-id': '-1' } });
    expect(answer.status).toBe(400);
  });

  test('ends when the browser goes', async () => {
    const live = await follow();
    await live.next();
    live.stop.abort();
    expect(await live.next()).toBeNull();
  });
});

test('a console that is told to end ends its streams, so that it need not be killed', async () => {
  const live = await follow();
  await live.next();
  await getHub().close();
  expect(await live.next()).toBeNull();
});

describe('signing in', () => {
  const typed = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'none' };
  const link = async () => (await createSignInLink(getDatabase().db, new Date(), 'Grace', 'operator')).token;

  test('a link survives being looked at, works once, and the session ends with signing out', async () => {
    const path = `/sign-in/${await link()}`;
    const looked = await open('GET', path, { headers: { 'user-agent': 'preview-bot' } });
    expect(looked.status).toBe(200);
    expect(await looked.text()).toContain('<form method="post">');
    expect(looked.headers.get('set-cookie')).toBeNull();

    const redeemed = await open('GET', path, { headers: typed });
    expect(redeemed.status).toBe(303);
    expect(redeemed.headers.get('location')).toBe('/');
    const cookie = redeemed.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^belay_session=\w+; Path=\/; HttpOnly; SameSite=Lax; Expires=/);
    const session = /belay_session=(\w+)/.exec(cookie)?.[1] ?? '';
    expect((await call('GET', '/me', { session })).body).toMatchObject({ name: 'Grace', role: 'operator' });

    const again = await open('GET', path, { headers: typed });
    expect(again.headers.get('location')).toBe('/sign-in?problem=link');
    expect(again.headers.get('set-cookie')).toBeNull();

    expect((await open('POST', '/sign-out', { session, headers: { origin: 'https://evil.test' } })).status).toBe(403);
    expect((await call('GET', '/me', { session })).status).toBe(200);
    const out = await open('POST', '/sign-out', { session });
    expect(out.headers.getSetCookie().every((c) => c.includes('Max-Age=0'))).toBe(true);
    expect((await call('GET', '/me', { session })).status).toBe(401);
  });

  test('the button works from our own page only, so that nobody is signed in as somebody else', async () => {
    const path = `/sign-in/${await link()}`;
    expect((await open('POST', path, { headers: { origin: 'https://evil.test' } })).status).toBe(403);
    expect((await open('POST', path, {})).status).toBe(403);
    expect((await open('POST', path, { headers: { origin } })).status).toBe(303);
  });

  test('over https the cookie is tied to the host and never sent in the clear', async () => {
    const path = `/sign-in/${await link()}`;
    const redeemed = await open('GET', path, { headers: { ...typed, 'x-forwarded-proto': 'https' } });
    expect(redeemed.headers.get('set-cookie')).toMatch(/^__Host-belay_session=\w+; Path=\/; HttpOnly.*; Secure$/);
  });
});

describe('health', () => {
  test('alive says so whatever else is wrong; ready names what is missing', async () => {
    const ready = await open('GET', '/readyz');
    expect(await ready.json()).toEqual({
      status: 'ready',
      checks: { database: 'ok', migrations: 'ok', queue: 'ok' },
    });
    expect(ready.status).toBe(200);

    const sql = house.database().sql;
    const [newest] = await sql`delete from drizzle.__drizzle_migrations returning hash, created_at`;
    const behind = await open('GET', '/readyz');
    expect(behind.status).toBe(503);
    expect(await behind.json()).toMatchObject({ checks: { database: 'ok', migrations: '1 to apply' } });
    await sql`insert into drizzle.__drizzle_migrations (hash, created_at) values (${newest?.hash}, ${newest?.created_at})`;

    const gone = 'postgres://belay:secret@127.0.0.1:1/belay';
    const old = getDatabase();
    const dead = openDatabase(gone, { name: 'test' });
    wire({ database: dead, config: parseConfig({ DATABASE_URL: gone }) });
    const answer = await open('GET', '/readyz');
    const text = await answer.text();
    expect(answer.status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({ checks: { database: 'does not answer' } });
    expect(text).not.toContain('secret');
    expect((await open('GET', '/healthz')).status).toBe(200);
    const asked = await call('GET', '/features', { key });
    expect(asked.status).toBe(503);
    expect(asked.headers.get('retry-after')).toBe('1');
    wire({ database: old, config: parseConfig({ DATABASE_URL: house.url(), HOST: '127.0.0.1' }) });
    await dead.close();
  });
});
