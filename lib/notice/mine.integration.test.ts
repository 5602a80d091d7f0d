/** What people are told by mail, as each of them says it. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { notice, noticeAddress } from '@/drizzle/schema/notice';
import { testDatabase } from '@/e2e/database';
import { confirmedMailbox } from '@/e2e/list-mailbox';
import { type Mailbox, parts, smtpServer } from '@/e2e/smtp';
import { disablePerson, invite, setRole } from '@/lib/access/access';
import type { Actor, Role } from '@/lib/access/model';
import { history } from '@/lib/event/event';
import { closeIdle } from '@/lib/mail/connection';
import { putMail } from '@/lib/mail/mail';
import { addAddress, changeAddress, listAddresses, putConsoleAddress, removeAddress, testAddress } from './address';
import { confirmMyMailbox, getMyNotices, getNoticeDefaults, putMyNotices, putNoticeDefaults } from './mine';
import type { Notice } from './model';
import { deliverNotice, dueNotices, listNotices, tell } from './notice';

const store = testDatabase();
const ctx = () => store.context();
const home = () => ({ db: store.database().db, now: () => new Date() });
let box: Mailbox;
beforeAll(async () => {
  box = await smtpServer();
  await putMail(ctx(), { host: '127.0.0.1', port: box.port, security: 'none', from: 'belay@example.test' });
  await putConsoleAddress(ctx(), { url: 'https://belay.example.test' });
});
afterAll(async () => {
  closeIdle();
  await box.close();
});
beforeEach(async () => {
  await home().db.delete(notice);
  await home().db.delete(noticeAddress);
  await putNoticeDefaults(ctx(), {});
  box.taken.length = 0;
});

let people = 0;
async function person(role: Role = 'operator') {
  const name = `Person ${++people}`;
  const { id } = await invite(ctx(), { name, role });
  const actor: Actor = { kind: 'person', id, name, role, environment: null };
  const mailbox = `person${people}@example.test`;
  const own = store.context({ actor });
  const wish = async (wishes: unknown = null, email: string | null = mailbox) => {
    const { mailbox } = await putMyNotices(own, { email, wishes });
    return mailbox.unconfirmed ? confirmMyMailbox(own, { code: codeTo(mailbox.unconfirmed.email) }) : getMyNotices(own);
  };
  return { id, name, mailbox, own, wish };
}

const mailsTo = (mailbox: string) => box.taken.filter((mail) => mail.to.includes(mailbox));
function codeTo(mailbox: string): string {
  const raw = mailsTo(mailbox).at(-1)?.raw ?? '';
  return /type this code under Settings, My notices: ([0-9a-z-]{14})/.exec(parts(raw)['text/plain'] ?? '')?.[1] ?? '';
}

const held: Notice = {
  kind: 'rollout_held',
  title: 'new-checkout is on hold in production',
  text: 'errors failed.',
  next: 'Resume it, or roll it back.',
  environment: 'production',
  feature: 'new-checkout',
  rolloutId: null,
  rollbackId: null,
  path: '/rollouts/rol_1',
};
async function say(over: Partial<Notice> = {}): Promise<string[]> {
  box.taken.length = 0;
  await store.database().db.transaction((tx) => tell(tx, new Date(), { ...held, ...over }));
  for (let i = 0; i < 5; i++)
    for (const id of await dueNotices(home().db, new Date()))
      for (let next: string | null = id; next !== null; ) next = await deliverNotice(home(), next);
  return box.taken.flatMap((mail) => mail.to).toSorted();
}

test('who names a mailbox is told there, with a link to their own settings; nobody else is', async () => {
  const ada = await person();
  await person();
  expect(await getMyNotices(ada.own)).toEqual({
    ...{ email: null, wishes: null, mail: true, mailbox: { told: null, trouble: null, unconfirmed: null } },
    defaults: { quiet: false, rules: [] },
  });
  expect(await say()).toEqual([]);
  expect(await ada.wish()).toMatchObject({ email: ada.mailbox, wishes: null });
  expect(await say()).toEqual([ada.mailbox]);
  expect(box.taken[0]?.raw).toMatch(/^List-Unsubscribe: <https:\/\/belay\.example\.test\/settings#my-notices>\r$/m);
  expect(parts(box.taken[0]?.raw ?? '')['text/plain']).toContain('you have asked for it');
  // Whose mailbox it is, is nobody else's affair.
  expect((await listNotices(ctx())).map((n) => n.address)).toEqual([ada.name]);
  expect(await listAddresses(ctx())).toEqual([]);
  expect(JSON.stringify(await history(ctx()))).not.toContain(ada.mailbox);
});

test('kinds and environments are chosen, and quiet leaves what waits for the person', async () => {
  const ada = await person();
  const rules = [
    { kind: 'rollout_held', environment: '*', tell: false },
    { kind: 'rollout_held', environment: 'staging', tell: true },
  ];
  await ada.wish({ rules });
  expect(await say()).toEqual([]);
  expect(await say({ environment: 'staging' })).toEqual([ada.mailbox]);
  await ada.wish({ quiet: true });
  expect(await say({ kind: 'rollback_decided' })).toEqual([]);
  expect(await say({ kind: 'approval_requested' })).toEqual([]);
  expect(await say({ kind: 'rollback_waits_for_person' })).toEqual([ada.mailbox]);
  await setRole(ctx(), ada.id, 'viewer');
  expect(await say({ kind: 'rollback_waits_for_person' })).toEqual([]);
});

test('what administrators set holds for those who have said nothing', async () => {
  const [ada, grace] = [await person(), await person()];
  await ada.wish();
  await grace.wish({ quiet: false, rules: [] });
  await putNoticeDefaults(ctx(), { rules: [{ kind: '*', environment: '*', tell: false }] });
  expect(await say()).toEqual([grace.mailbox]);
  expect(await getNoticeDefaults(ada.own)).toMatchObject({ rules: [{ kind: '*' }] });
  expect((await getMyNotices(ada.own)).defaults.rules).toHaveLength(1);
  await expect(putNoticeDefaults(ada.own, {})).rejects.toMatchObject({ code: 'forbidden' });
  await putNoticeDefaults(ctx(), {});
  expect(await say()).toEqual([ada.mailbox, grace.mailbox]);
});

test('what is meant for somebody goes to that person, and to shared addresses', async () => {
  const [ada, grace] = [await person(), await person()];
  await ada.wish();
  await grace.wish();
  await confirmedMailbox(ctx(), 'team@example.test');
  const asked = { kind: 'review_asked' as const, people: [grace.name] };
  expect(await say(asked)).toEqual([grace.mailbox, 'team@example.test']);
});

test('who is disabled is told nothing, not even what waited', async () => {
  const [ada, grace] = [await person(), await person()];
  await ada.wish();
  await grace.wish();
  await store.database().db.transaction((tx) => tell(tx, new Date(), held));
  await disablePerson(ctx(), ada.id);
  expect(await say({ title: 'after' })).toEqual([grace.mailbox, grace.mailbox]);
  expect((await listNotices(ctx())).map((n) => n.address)).toEqual([grace.name, grace.name]);
});

test('without a mailbox nothing is sent, what waited is dropped, and the wishes stay', async () => {
  const ada = await person();
  const wishes = { quiet: true, rules: [] };
  await ada.wish(wishes);
  await store.database().db.transaction((tx) => tell(tx, new Date(), held));
  expect(await ada.wish(wishes, null)).toMatchObject({ email: null, wishes });
  expect(await say({ title: 'after' })).toEqual([]);
  expect(await listNotices(ctx())).toEqual([]);
  // A new mailbox takes over what waits for the one before.
  await ada.wish(wishes, 'old@example.test');
  await store.database().db.transaction((tx) => tell(tx, new Date(), held));
  await ada.wish(wishes, 'new@example.test');
  expect(await say({ title: 'after' })).toEqual(['new@example.test', 'new@example.test']);
});

test.each([
  ['email', { email: 'ada' }],
  ['email', { email: 'ada@example.test\r\nBcc: eve@example.test' }],
  ['email', { email: 'ada@example.test,eve@example.test' }],
  ['wishes.rules[0].kind', { wishes: { rules: [{ kind: 'rumours', environment: '*', tell: true }] } }],
  ['mailbox', { mailbox: 'x' }],
])('%s is named where it cannot be %j', async (field, input) => {
  const ada = await person();
  await expect(putMyNotices(ada.own, input)).rejects.toMatchObject({ fields: [{ field }] });
});

test('keys are told nothing', async () => {
  const actor: Actor = { kind: 'key', id: 'k', name: 'k', role: 'admin', environment: null };
  expect(await getMyNotices(store.context({ actor }))).toMatchObject({ email: null });
  const asked = putMyNotices(store.context({ actor }), { email: 'k@example.test' });
  await expect(asked).rejects.toMatchObject({ code: 'conflict' });
});

test('a shared mailbox is added once, changed, tried and taken away', async () => {
  const made = await confirmedMailbox(ctx(), 'Team@example.test', { kinds: ['rollout_held'] });
  expect(made).toMatchObject({ kind: 'email', name: 'Team@example.test', webhook: null, kinds: ['rollout_held'] });
  const again = addAddress(ctx(), { kind: 'email', email: 'team@example.test' });
  await expect(again).rejects.toMatchObject({ code: 'conflict', fields: [{ field: 'email' }] });
  for (const [field, input] of [
    ['email', { kind: 'email' }],
    ['webhook', { kind: 'slack' }],
    ['webhook', { kind: 'email', email: 'a@example.test', webhook: 'x' }],
    ['email', { webhook: 'x', email: 'a@example.test' }],
  ] as const)
    await expect(addAddress(ctx(), input)).rejects.toMatchObject({ fields: [{ field }] });
  expect(await testAddress(ctx(), made.id)).toMatchObject({ kind: 'answered', status: 250 });
  expect(box.taken).toMatchObject([{ to: ['Team@example.test'], subject: 'Belay: a test' }]);
  await changeAddress(ctx(), made.id, { kind: 'email', email: 'ops@example.test' });
  // The other one is not confirmed: until it is, the one before is told.
  expect(await say()).toEqual(['Team@example.test']);
  await removeAddress(ctx(), made.id);
  expect(await say()).toEqual([]);
  const ada = await person();
  await ada.wish();
  const [row] = await home().db.select().from(noticeAddress).where(eq(noticeAddress.personId, ada.id));
  await expect(removeAddress(ctx(), row?.id ?? '')).rejects.toMatchObject({ code: 'not_found' });
});
