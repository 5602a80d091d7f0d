/** Real rows, and a real SMTP server that misbehaves in every way that we know of. */
import { spawn } from 'node:child_process';
import { eq, inArray } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { notice, noticeAddress } from '@/drizzle/schema/notice';
import { testDatabase } from '@/e2e/database';
import { confirmedMailbox } from '@/e2e/list-mailbox';
import { type Mailbox, parts, rawServer, smtpServer, unencoded } from '@/e2e/smtp';
import { history, verifyChain } from '@/lib/event/event';
import { closeIdle } from '@/lib/mail/connection';
import { putMail, removeMail } from '@/lib/mail/mail';
import { createWebhook } from '@/lib/webhook/target';
import { addAddress, putConsoleAddress } from './address';
import type { Notice } from './model';
import { deliverNotice, dueNotices, listNotices, retryNotice, tell } from './notice';

const store = testDatabase();
const hour = 3_600_000;
let clock = Date.parse('2026-11-22T08:00:00Z');
const now = () => new Date(clock);
const ctx = () => store.context({ now });
const home = () => ({ db: store.database().db, now });

const open: Array<{ close: () => Promise<void> }> = [];
beforeEach(async () => {
  clock += 100 * hour;
  closeIdle();
  await home().db.delete(notice);
  await home().db.delete(noticeAddress);
  await removeMail(ctx());
  await putConsoleAddress(ctx(), { url: 'https://belay.example.test' });
});
afterEach(async () => {
  closeIdle();
  for (const server of open.splice(0)) await server.close();
});

const through = (port: number) =>
  putMail(ctx(), { host: '127.0.0.1', port, security: 'none', from: 'belay@example.test' });
async function mailbox(...answers: Mailbox['answers']): Promise<Mailbox> {
  const box = await smtpServer();
  open.push(box);
  box.answers.push(...answers);
  await through(box.port);
  return box;
}

const unconfirmed: Notice = {
  kind: 'rollback_unconfirmed',
  title: 'new-checkout in production: the rollback is not confirmed',
  text: 'Telemetry still shows treatment.',
  next: 'Look at who serves it.',
  // Then the title is all of the subject.
  environment: null,
  feature: null,
  rolloutId: null,
  rollbackId: null,
  path: '/rollbacks/rb_1',
};
const say = (over: Partial<Notice> = {}) =>
  store.database().db.transaction((tx) => tell(tx, now(), { ...unconfirmed, ...over }));
const list = (email = 'team@example.test', over = {}) => confirmedMailbox(ctx(), email, over);
async function deliverAll(): Promise<void> {
  for (const id of await dueNotices(home().db, now()))
    for (let next: string | null = id; next !== null; ) next = await deliverNotice(home(), next);
}
/** Until nothing waits, moving the clock to what is due next, as the sweep would find it. */
async function settle(most = 40): Promise<void> {
  for (let i = 0; i < most; i++) {
    await deliverAll();
    const rows = (await home().db.select().from(notice)).filter((row) => row.state === 'pending');
    if (rows.length === 0) return;
    const later = rows.map((row) => row.dueAt.getTime()).filter((due) => due > clock);
    if (later.length > 0) clock = Math.min(...later);
  }
}
const all = async () => (await listNotices(ctx(), { limit: 1000 })).reverse();
const only = async () => {
  const [first, ...rest] = await all();
  if (!first || rest.length > 0) throw new Error(`there are ${rest.length + 1} notices`);
  return first;
};
const subjects = (box: Mailbox) => box.taken.map((t) => unencoded(t.subject));

describe('a mail', () => {
  test('arrives once, as text and HTML, under the id of its notice, and says that no person wrote it', async () => {
    const box = await mailbox();
    await list();
    await say();
    await deliverAll();
    await deliverAll();
    const told = await only();
    expect(told).toMatchObject({ state: 'delivered', attempts: 1, lastError: null, maybeTwice: false });
    expect(told.address).toBe('team@example.test');
    expect(box.taken).toHaveLength(1);
    const [mail] = box.taken;
    expect(mail).toMatchObject({ from: 'belay@example.test', to: ['team@example.test'], subject: unconfirmed.title });
    expect(mail?.messageId).toBe(`<${told.id}@example.test>`);
    expect(mail?.raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(mail?.raw).toMatch(/^List-Unsubscribe: <https:\/\/belay\.example\.test\/settings#notices>\r$/m);
    const { 'text/plain': text = '', 'text/html': html = '' } = parts(mail?.raw ?? '');
    for (const line of [unconfirmed.title, unconfirmed.text, `What to do: ${unconfirmed.next}`])
      expect(text.split('\r\n')).toContain(line);
    expect(text).toContain('https://belay.example.test/rollbacks/rb_1');
    expect(html).toContain('<a href="https://belay.example.test/rollbacks/rb_1"');
  });

  test('goes out over the connection of the one before', async () => {
    const box = await mailbox();
    await list();
    for (let i = 0; i < 4; i++) await say({ title: `notice ${i}` });
    await deliverAll();
    expect(subjects(box)).toEqual(['notice 0', 'notice 1', 'notice 2', 'notice 3']);
    expect(box.connections()).toBe(1);
  });

  test('finds its way where that connection was closed meanwhile', async () => {
    const box = await mailbox();
    await list();
    await say({ title: 'before' });
    await deliverAll();
    box.drop();
    await say({ title: 'after' });
    await deliverAll();
    expect(subjects(box)).toEqual(['before', 'after']);
    expect(box.connections()).toBe(2);
    expect((await all()).map((n) => [n.state, n.attempts])).toEqual([
      ['delivered', 1],
      ['delivered', 1],
    ]);
  });
});

describe('nothing is lost, the order is kept, each comes once', () => {
  const three = async () => {
    for (let i = 0; i < 3; i++) await say({ title: `notice ${i}` });
  };
  const inOrder = ['notice 0', 'notice 1', 'notice 2'];

  test('while no server is set', async () => {
    await list();
    await three();
    await deliverAll();
    expect((await all())[0]).toMatchObject({ state: 'pending', lastError: expect.stringMatching(/no mail server/) });
    const box = await mailbox();
    await settle();
    expect(subjects(box)).toEqual(inOrder);
  });

  test('while it is down', async () => {
    const box = await smtpServer();
    await through(box.port);
    await box.close();
    await list();
    await three();
    await deliverAll();
    expect((await all()).map((n) => [n.state, n.attempts])).toEqual([
      ['pending', 1],
      ['pending', 0],
      ['pending', 0],
    ]);
    expect((await all())[0]?.lastError).toBe('the connection was refused');
    const up = await mailbox();
    await settle();
    expect(subjects(up)).toEqual(inOrder);
  });

  test.each<[string, Mailbox['answers'][number], number]>([
    ['4xx after the content', { code: 451, message: 'try again later' }, 4],
    ['it hangs up after the content', 'hang_up', 4],
  ])('where it answers %s', async (_what, answer, whole) => {
    const box = await mailbox(answer);
    await list();
    await three();
    await settle();
    expect(subjects(box)).toEqual(inOrder);
    expect(box.seen).toHaveLength(whole);
    // What nobody can know is said: the first one may have come twice, and then under one Message-ID.
    expect(box.seen[0]?.messageId).toBe(box.taken[0]?.messageId);
    expect((await all()).map((n) => n.maybeTwice)).toEqual([answer === 'hang_up', false, false]);
  });

  test('where it hangs up in the middle of the content', async () => {
    let torn = 0;
    const broken = await rawServer('220 here', (line) => {
      if (line.startsWith('EHLO')) return '250 here';
      if (line === 'DATA') return '354 go on';
      if (/^(MAIL|RCPT)/.test(line)) return '250 ok';
      torn++;
      return 'end';
    });
    open.push(broken);
    await through(broken.port);
    await list();
    await three();
    await deliverAll();
    expect(torn).toBeGreaterThan(0);
    const box = await mailbox();
    await settle();
    expect(subjects(box)).toEqual(inOrder);
    expect((await all())[0]).toMatchObject({ state: 'delivered', attempts: 2, maybeTwice: true });
  });

  test('5xx for one mailbox fails that one, is in the history, and can be sent again', async () => {
    const refusing = new Set(['gone@example.test']);
    const box = await smtpServer({
      onRcptTo({ address }, _session, done) {
        if (!refusing.has(address)) return done();
        done(Object.assign(new Error('5.1.1 no such mailbox'), { responseCode: 550 }));
      },
    });
    open.push(box);
    await through(box.port);
    await list('gone@example.test');
    await list('here@example.test');
    await say();
    await settle();
    expect(box.taken.map((t) => t.to)).toEqual([['here@example.test']]);
    const failed = (await all()).find((n) => n.address === 'gone@example.test');
    expect(failed).toMatchObject({ state: 'failed', attempts: 1 });
    expect(failed?.lastError).toBe('the mail server answered 550 5.1.1 no such mailbox');
    refusing.clear();
    await retryNotice(ctx(), failed?.id ?? '');
    await deliverAll();
    expect(box.taken.map((t) => t.to)).toEqual([['here@example.test'], ['gone@example.test']]);
    expect((await verifyChain(home().db)).ok).toBe(true);
  });

  test.each([
    ['of itself', (line: string) => (line.startsWith('EHLO') ? '554 not today' : '554 no')],
    ['of the sender', (line: string) => (line.startsWith('EHLO') ? '250 here' : '550 we do not know you')],
  ])('5xx that it says %s loses nothing', async (_what, says) => {
    const strict = await rawServer('220 here', says);
    open.push(strict);
    await through(strict.port);
    await list();
    await three();
    await deliverAll();
    expect((await all())[0]).toMatchObject({ state: 'pending', lastError: expect.stringMatching(/^the mail server/) });
    const box = await mailbox();
    await settle();
    expect(subjects(box)).toEqual(inOrder);
  });

  test('what it will never take for three days has failed, and not before', async () => {
    await mailbox(...Array.from({ length: 30 }, () => ({ code: 450, message: 'busy' })));
    await list();
    await say();
    const told = Date.parse((await only()).at);
    await settle();
    expect(await only()).toMatchObject({ state: 'failed', lastError: 'the mail server answered 450 busy' });
    expect(clock - told).toBeGreaterThan(48 * hour);
    expect(clock - told).toBeLessThanOrEqual(72 * hour);
  });

  test('of two workers at once one sends', async () => {
    const box = await mailbox();
    for (let i = 0; i < 3; i++) await list(`team${i}@example.test`);
    await three();
    const work = async () => {
      for (let i = 0; i < 6; i++) await Promise.all([deliverAll(), deliverAll(), deliverAll()]);
    };
    await Promise.all([work(), work()]);
    for (let i = 0; i < 3; i++) {
      const mine = box.taken.filter((t) => t.to[0] === `team${i}@example.test`);
      expect(mine.map((t) => t.subject)).toEqual(inOrder);
    }
    expect(box.seen).toHaveLength(9);
  });

  test('who lost the lease before the first byte sends nothing, while the other is still at it', async () => {
    const asked: Array<() => void> = [];
    const box = await smtpServer({ onRcptTo: (_address, _session, done) => void asked.push(done) });
    open.push(box);
    await through(box.port);
    await list();
    await say();
    const { id } = await only();
    const slow = deliverNotice(home(), id);
    await expect.poll(() => asked.length).toBe(1);
    await home()
      .db.update(notice)
      .set({ leaseUntil: new Date(Date.now() - 1000) })
      .where(eq(notice.id, id));
    const quick = deliverNotice(home(), id);
    await expect.poll(() => asked.length).toBe(2);
    asked[0]?.();
    await slow;
    expect(box.seen).toEqual([]);
    asked[1]?.();
    await quick;
    expect(box.seen).toHaveLength(1);
    expect(await only()).toMatchObject({ state: 'delivered', attempts: 2, maybeTwice: false });
  });

  const worker = `
    import { openDatabase } from '@/lib/db';
    import { arm } from '@/lib/failpoint';
    import { deliverNotice } from '@/lib/notice/notice';
    const [url, id, at, failpoint] = process.argv.slice(1);
    arm(failpoint);
    await deliverNotice({ db: openDatabase(url, { name: 'worker' }).db, now: () => new Date(at) }, id);
    process.exit(0);`;
  /** By SIGKILL, at the failpoint: nothing of it is written down any more. */
  async function dieAt(failpoint: string, id: string): Promise<void> {
    const given = [
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      worker,
      store.url(),
      id,
      now().toISOString(),
      failpoint,
    ];
    const signal = await new Promise((resolve, reject) => {
      const child = spawn(process.execPath, given, { stdio: 'ignore' });
      child.on('exit', (_code, by) => resolve(by)).on('error', reject);
    });
    expect(signal).toBe('SIGKILL');
    // As if half a minute had passed.
    await home()
      .db.update(notice)
      .set({ leaseUntil: new Date(Date.now() - 1000) });
  }

  test('a worker that dies before it sends loses nothing, and nothing comes twice', async () => {
    const box = await mailbox();
    await list();
    await three();
    const [first] = await all();
    await dieAt('notice.before_send', first?.id ?? '');
    expect(box.seen).toEqual([]);
    await settle();
    expect(subjects(box)).toEqual(inOrder);
    expect((await all()).map((n) => n.maybeTwice)).toEqual([false, false, false]);
  });

  test('a worker that dies between 250 and the writing down sends the same mail again, to the byte', async () => {
    const box = await mailbox();
    await list();
    await three();
    const [first] = await all();
    await dieAt('notice.after_send', first?.id ?? '');
    expect(subjects(box)).toEqual(['notice 0']);
    expect((await all())[0]).toMatchObject({ state: 'pending', attempts: 1 });
    clock += 60_000;
    await settle();
    expect(subjects(box)).toEqual(['notice 0', ...inOrder]);
    expect(box.seen[1]?.raw).toBe(box.seen[0]?.raw);
    expect((await all()).map((n) => [n.state, n.maybeTwice])).toEqual([
      ['delivered', true],
      ['delivered', false],
      ['delivered', false],
    ]);
  });

  test('what two workers hold of one mailbox, one after the other having died, is one mail', async () => {
    const box = await mailbox();
    await list();
    for (let i = 0; i < 8; i++) await say({ title: `notice ${i}` });
    const [first] = await all();
    await dieAt('notice.after_send', first?.id ?? '');
    await say({ title: 'a later one' });
    await settle();
    expect(subjects(box)).toEqual(['8 notices: notice 0', '8 notices: notice 0', 'a later one']);
    expect(box.seen[1]?.raw).toBe(box.seen[0]?.raw);
  });
});

test('a mail server that hangs keeps no webhook waiting', async () => {
  for (let i = 0; i < 6; i++) await list(`team${i}@example.test`);
  await say();
  clock += 1_000;
  const { id } = await createWebhook(ctx(), { name: 'pager', url: 'http://127.0.0.1:9/', allowPrivate: true });
  const pager = await addAddress(ctx(), { webhook: id });
  await say({ title: 'later' });
  const due = async () => {
    const ids = await dueNotices(home().db, now());
    return home().db.select().from(notice).where(inArray(notice.id, ids));
  };
  const first = await due();
  expect(first).toHaveLength(3);
  const mails = first.filter((row) => row.addressId !== pager.id);
  expect(mails).toHaveLength(2);
  // As many mails as may are being sent: the place that is left is not for mail.
  const leased = { leaseUntil: new Date(Date.now() + hour) };
  for (const { id: sending } of mails) await home().db.update(notice).set(leased).where(eq(notice.id, sending));
  expect((await due()).map((row) => row.addressId)).toEqual([pager.id]);
});

describe('a flood', () => {
  test('becomes one mail that names all of it, in order', async () => {
    const box = await mailbox();
    await list();
    for (let i = 0; i < 30; i++) await say({ title: `notice ${i}` });
    await settle();
    expect(box.taken).toHaveLength(1);
    expect(box.taken[0]?.subject).toBe('30 notices: notice 0');
    const { 'text/plain': text = '' } = parts(box.taken[0]?.raw ?? '');
    const named = [...text.matchAll(/^notice \d+\r?$/gm)].map(([line]) => line.trim());
    expect(named).toEqual(Array.from({ length: 30 }, (_, i) => `notice ${i}`));
    expect((await all()).every((n) => n.state === 'delivered' && !n.maybeTwice)).toBe(true);
  });

  test('after five in a minute the rest waits for the minute to pass', async () => {
    const box = await mailbox();
    await list();
    for (let i = 0; i < 5; i++) {
      await say({ title: `notice ${i}` });
      await deliverAll();
    }
    for (let i = 5; i < 12; i++) {
      clock += 1_000;
      await say({ title: `notice ${i}` });
      await deliverAll();
    }
    expect(box.taken).toHaveLength(5);
    await settle();
    expect(subjects(box).slice(5)).toEqual(['7 notices: notice 5']);
  });

  test('whose answer is lost comes again as the same mail, and what was told meanwhile after it', async () => {
    const box = await mailbox('hang_up');
    await list();
    for (let i = 0; i < 8; i++) await say({ title: `notice ${i}` });
    await deliverAll();
    await say({ title: 'a later one' });
    await settle();
    expect(subjects(box)).toEqual(['8 notices: notice 0', 'a later one']);
    expect(box.seen[0]?.messageId).toBe(box.seen[1]?.messageId);
    expect((await all()).map((n) => n.maybeTwice)).toEqual([...Array.from({ length: 8 }, () => true), false]);
  });

  test('that is not taken this time comes as the same mail, and what was told meanwhile after it', async () => {
    const box = await mailbox({ code: 452, message: 'full' }, { code: 451, message: 'later' });
    await list();
    for (let i = 0; i < 8; i++) await say({ title: `notice ${i}` });
    await deliverAll();
    await say({ title: 'a later one' });
    await settle();
    expect(subjects(box)).toEqual(['8 notices: notice 0', 'a later one']);
    expect(new Set(box.seen.slice(0, 3).map(({ raw }) => raw)).size).toBe(1);
    expect((await all()).every((n) => n.state === 'delivered' && !n.maybeTwice)).toBe(true);
  });

  test('of which one is refused for good costs that one only, and says which', async () => {
    const box = await mailbox();
    box.refuses = ({ raw }) => (raw.includes('poison') ? { code: 554, message: '5.7.1 looks like spam' } : undefined);
    await list();
    for (let i = 0; i < 8; i++) await say({ title: i === 3 ? 'poison' : `notice ${i}` });
    await settle();
    expect(subjects(box).filter((s) => s !== 'a later one')).toEqual([0, 1, 2, 4, 5, 6, 7].map((i) => `notice ${i}`));
    const told = await all();
    expect(told.filter((n) => n.state === 'failed')).toMatchObject([
      { title: 'poison', lastError: 'the mail server answered 554 5.7.1 looks like spam' },
    ]);
    expect(told.filter((n) => n.state === 'delivered' && !n.maybeTwice)).toHaveLength(7);
    const failures = (await history(ctx(), { kinds: ['notice.failed'] })).filter(({ reason }) =>
      reason.includes('poison'),
    );
    expect(failures).toHaveLength(1);
    // Once somebody has mended what was wrong with it, it goes by itself.
    box.refuses = () => undefined;
    await retryNotice(ctx(), told.find((n) => n.state === 'failed')?.id ?? '');
    await say({ title: 'a later one' });
    await settle();
    expect(subjects(box).slice(-2)).toEqual(['poison', 'a later one']);
  });

  test('for a mailbox that is gone fails there only, and each of it can be sent again', async () => {
    const gone = new Set(['gone@example.test']);
    const box = await smtpServer({
      onRcptTo: ({ address }, _session, done) =>
        gone.has(address) ? done(Object.assign(new Error('5.1.1 no such mailbox'), { responseCode: 550 })) : done(),
    });
    open.push(box);
    await through(box.port);
    await list('gone@example.test');
    await list('here@example.test');
    for (let i = 0; i < 8; i++) await say({ title: `notice ${i}` });
    await settle();
    expect(box.taken.map(({ to, subject }) => [to[0], subject])).toEqual([
      ['here@example.test', '8 notices: notice 0'],
    ]);
    const failed = (await all()).filter((n) => n.state === 'failed');
    expect(failed.map((n) => n.address)).toEqual(Array.from({ length: 8 }, () => 'gone@example.test'));
    gone.clear();
    await retryNotice(ctx(), failed[2]?.id ?? '');
    await settle();
    expect(box.taken.slice(1).map(({ to, subject }) => [to[0], subject])).toEqual([
      ['gone@example.test', failed[2]?.title],
    ]);
  });
});

describe('what names hold', () => {
  const hostile = [
    'x\r\nBcc: victim@example.test',
    'x\nSubject: another',
    'x\r\n\r\n<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '"><a href="https://evil.test">here</a>',
    '\u202egnp.exe\u2066',
    'a\u0000b\u001b[31m\u0007',
    `${'long '.repeat(400)}end`,
    '=?utf-8?B?PHNjcmlwdD4=?=',
    'https://evil.test/sign-in',
    '.\r\nRSET\r\n',
  ];

  test.each(hostile)('%j is harmless in head, text and HTML', async (name) => {
    const box = await mailbox();
    await list();
    await say({ title: name, text: `${name}\n${name}`, next: name });
    await settle();
    expect(box.taken).toHaveLength(1);
    const [mail] = box.taken;
    expect(mail?.to).toEqual(['team@example.test']);
    const raw = mail?.raw ?? '';
    const head = raw.slice(0, raw.indexOf('\r\n\r\n'));
    expect(head.split(/\r\n(?![ \t])/).map((line) => line.split(':')[0]?.toLowerCase())).toEqual([
      ...['auto-submitted', 'x-auto-response-suppress', 'list-unsubscribe', 'from', 'to', 'subject'],
      ...['message-id', 'date', 'mime-version', 'content-type'],
    ]);
    for (const line of raw.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
    const { 'text/plain': text = '', 'text/html': html = '' } = parts(raw);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must be gone
    const hidden = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
    for (const said of [unencoded(mail?.subject ?? ''), text, html]) expect(said).not.toMatch(hidden);
    const tags = new Set([...html.matchAll(/<\/?([a-z]+)/g)].map(([, tag]) => tag));
    expect([...tags].filter((tag) => !/^(html|head|meta|body|p|strong|bdi|hr|a)$/.test(tag ?? ''))).toEqual([]);
    expect([...html.matchAll(/href="([^"]*)"/g)].every(([, to]) => to?.startsWith('https://belay.example.test/'))).toBe(
      true,
    );
    expect(`${text}${html}`).not.toContain('https://evil.test');
  });
});
