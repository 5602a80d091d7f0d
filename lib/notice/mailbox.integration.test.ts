/** A person's own mailbox is told nothing before its reader has said that it is theirs. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { notice, noticeAddress } from '@/drizzle/schema/notice';
import { testDatabase } from '@/e2e/database';
import { type Mailbox, parts, smtpServer } from '@/e2e/smtp';
import { invite } from '@/lib/access/access';
import type { Actor } from '@/lib/access/model';
import { history } from '@/lib/event/event';
import { closeIdle } from '@/lib/mail/connection';
import { putMail, removeMail } from '@/lib/mail/mail';
import { putConsoleAddress } from './address';
import { confirmMyMailbox, getMyNotices, putMyNotices, resendMyCode } from './mine';
import { deliverNotice, dueNotices, tell } from './notice';

const store = testDatabase();
const ctx = () => store.context();
const db = () => store.database().db;
let box: Mailbox;
let clock = Date.now();
const now = () => new Date(clock);
beforeAll(async () => {
  box = await smtpServer();
});
afterAll(async () => {
  closeIdle();
  await box.close();
});
const server = () =>
  putMail(ctx(), { host: '127.0.0.1', port: box.port, security: 'none', from: 'belay@example.test' });
beforeEach(async () => {
  await db().delete(notice);
  await db().delete(noticeAddress);
  await server();
  await putConsoleAddress(ctx(), { url: 'https://belay.example.test' });
  box.taken.length = 0;
});

let people = 0;
async function person(over: { name?: string } = {}) {
  const name = over.name ?? `Reader ${++people}`;
  const { id } = await invite(ctx(), { name, role: 'operator' });
  const actor: Actor = { kind: 'person', id, name, role: 'operator', environment: null };
  const own = store.context({ actor, now });
  return {
    own,
    put: (email: string | null) => putMyNotices(own, { email, wishes: null }),
    mailbox: `${id}@example.test`,
  };
}
const mailsTo = (mailbox: string) => box.taken.filter((mail) => mail.to.includes(mailbox));
const textTo = (mailbox: string) => parts(mailsTo(mailbox).at(-1)?.raw ?? '')['text/plain'] ?? '';
const codeTo = (mailbox: string) => /My notices: ([0-9a-z-]{14})/.exec(textTo(mailbox))?.[1] ?? '';

const held = {
  ...{ kind: 'rollout_held' as const, title: 'On hold', text: 't', next: 'n', environment: 'production' },
  ...{ feature: 'f', rolloutId: null, rollbackId: null, path: '/rollouts/rol_1' },
};
async function told(): Promise<string[]> {
  box.taken.length = 0;
  await db().transaction((tx) => tell(tx, now(), held));
  for (let i = 0; i < 3; i++)
    for (const id of await dueNotices(db(), now()))
      for (let next: string | null = id; next !== null; ) next = await deliverNotice({ db: db(), now }, next);
  return box.taken.flatMap((mail) => mail.to);
}

test('a code comes there and nothing else, until it is given back, once', async () => {
  const { own, put, mailbox } = await person();
  const named = await put(mailbox);
  expect(named).toMatchObject({
    email: mailbox,
    mailbox: {
      told: null,
      unconfirmed: { email: mailbox, codeSentAt: now().toISOString(), expired: false, error: null },
    },
  });
  const code = codeTo(mailbox);
  expect(code).toMatch(/^[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}$/);
  expect(mailsTo(mailbox)).toHaveLength(1);
  expect(textTo(mailbox)).toContain(`https://belay.example.test/settings?confirm=${code}#my-notices`);
  expect(await told()).toEqual([]);
  // The code itself is nowhere.
  const rows = JSON.stringify([await db().select().from(noticeAddress), await history(ctx())]);
  for (const shape of [code, code.replaceAll('-', '')]) expect(rows).not.toContain(shape);
  expect(await confirmMyMailbox(own, { code: ` ${code.toUpperCase()} ` })).toMatchObject({
    email: mailbox,
    mailbox: { told: mailbox, unconfirmed: null },
  });
  expect(await told()).toEqual([mailbox]);
  await expect(confirmMyMailbox(own, { code })).rejects.toMatchObject({ code: 'conflict' });
});

test('another mailbox starts anew: its own code, and until then the one before is told', async () => {
  const { own, put } = await person();
  await put('old@example.test');
  await confirmMyMailbox(own, { code: codeTo('old@example.test') });
  await put('typo@example.test');
  const typo = codeTo('typo@example.test');
  expect(await told()).toEqual(['old@example.test']);
  expect(await put('new@example.test')).toMatchObject({
    mailbox: { told: 'old@example.test', unconfirmed: { email: 'new@example.test' } },
  });
  const code = codeTo('new@example.test');
  await expect(confirmMyMailbox(own, { code: typo })).rejects.toMatchObject({ fields: [{ field: 'code' }] });
  expect(await told()).toEqual(['old@example.test']);
  await confirmMyMailbox(own, { code });
  expect(await told()).toEqual(['new@example.test']);
  // Back again is a change like any other; back before it was confirmed is none.
  expect((await put('old@example.test')).mailbox.told).toBe('new@example.test');
  expect((await put('new@example.test')).mailbox).toMatchObject({ told: 'new@example.test', unconfirmed: null });
  expect((await put(null)).mailbox).toMatchObject({ told: null, unconfirmed: null });
  expect(await told()).toEqual([]);
});

test('to save other wishes mails no other code', async () => {
  const { put, own, mailbox } = await person();
  await put(mailbox);
  await putMyNotices(own, { email: mailbox, wishes: { quiet: true, rules: [] } });
  expect(mailsTo(mailbox)).toHaveLength(1);
  expect(await confirmMyMailbox(own, { code: codeTo(mailbox) })).toMatchObject({ wishes: { quiet: true } });
});

test('a code is for who asked, holds for a day, and cannot be guessed', async () => {
  const [ada, eve] = [await person(), await person()];
  await ada.put('shared@example.test');
  const adas = codeTo('shared@example.test');
  await eve.put('shared@example.test');
  await expect(confirmMyMailbox(eve.own, { code: adas })).rejects.toMatchObject({ fields: [{ field: 'code' }] });
  clock += 24 * 3_600_000;
  expect((await getMyNotices(ada.own)).mailbox.unconfirmed).toMatchObject({ expired: true });
  await expect(confirmMyMailbox(ada.own, { code: adas })).rejects.toMatchObject({
    fields: [{ message: expect.stringContaining('expired') }],
  });
  await resendMyCode(ada.own);
  const fresh = codeTo('shared@example.test');
  expect(fresh).not.toBe(adas);
  for (let i = 0; i < 10; i++)
    await expect(confirmMyMailbox(ada.own, { code: `wrong${i}` })).rejects.toThrow(/not the code/);
  expect((await getMyNotices(ada.own)).mailbox.unconfirmed).toMatchObject({ expired: true });
  await expect(confirmMyMailbox(ada.own, { code: fresh })).rejects.toThrow(/too many/);
});

test('nobody is mailed codes for ever: not again within a minute, and ten a day', async () => {
  const { own, put } = await person();
  await put('a0@example.test');
  await expect(resendMyCode(own)).rejects.toMatchObject({ code: 'conflict' });
  for (let i = 1; i < 10; i++) await put(`a${i}@example.test`);
  await expect(put('a10@example.test')).rejects.toMatchObject({ code: 'conflict' });
  expect((await getMyNotices(own)).mailbox.unconfirmed?.email).toBe('a9@example.test');
  expect(box.taken).toHaveLength(10);
  clock += 24 * 3_600_000;
  await put('a10@example.test');
  expect(mailsTo('a10@example.test')).toHaveLength(1);
});

test('says when the code could not be mailed, and mails it once it can be', async () => {
  const { own, put, mailbox } = await person();
  box.answers.push({ code: 550, message: 'no such user' });
  expect((await put(mailbox)).mailbox.unconfirmed).toMatchObject({
    codeSentAt: null,
    error: 'the mail server answered 550 no such user',
  });
  await removeMail(ctx());
  expect((await put('b@example.test')).mailbox.unconfirmed).toMatchObject({
    codeSentAt: null,
    codeUntil: null,
    error: null,
  });
  await expect(resendMyCode(own)).rejects.toMatchObject({ code: 'conflict' });
  await server();
  await resendMyCode(own);
  expect((await confirmMyMailbox(own, { code: codeTo('b@example.test') })).mailbox.told).toBe('b@example.test');
});

test('a hostile name is harmless in the mail, and without an address of the console there is no link', async () => {
  await putConsoleAddress(ctx(), {});
  const { put, mailbox } = await person({ name: '<b onclick=x>\u202eEve https://evil.example' });
  await put(mailbox);
  const { 'text/plain': text, 'text/html': html } = parts(mailsTo(mailbox)[0]?.raw ?? '');
  expect(text).not.toMatch(/https?:\/\/|\u202e/);
  expect(html).not.toMatch(/<b |https?:\/\/|\u202e/);
  expect(codeTo(mailbox)).not.toBe('');
});

test('shows why the newest notice has not arrived', async () => {
  const { own, put, mailbox } = await person();
  await put(mailbox);
  await confirmMyMailbox(own, { code: codeTo(mailbox) });
  expect((await getMyNotices(own)).mailbox.trouble).toBeNull();
  box.answers.push({ code: 452, message: 'mailbox full' });
  await told();
  expect((await getMyNotices(own)).mailbox.trouble).toBe('the mail server answered 452 mailbox full');
});
