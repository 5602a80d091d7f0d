/** A mailbox that administrators name for others is told nothing before its code has come back. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { notice, noticeAddress } from '@/drizzle/schema/notice';
import { testDatabase } from '@/e2e/database';
import { type Mailbox, parts, smtpServer } from '@/e2e/smtp';
import type { Actor } from '@/lib/access/model';
import { history, verifyChain } from '@/lib/event/event';
import { closeIdle } from '@/lib/mail/connection';
import { putMail, removeMail } from '@/lib/mail/mail';
import { addAddress, changeAddress, listAddresses, putConsoleAddress, testAddress } from './address';
import { deliverNotice, dueNotices, tell } from './notice';
import { confirmAddress, resendAddressCode } from './shared-mailbox';

const store = testDatabase();
const db = () => store.database().db;
const admin: Actor = { kind: 'person', id: 'per_root', name: 'Root', role: 'admin', environment: null };
let clock = Date.parse('2026-11-22T08:00:00Z');
const now = () => new Date(clock);
const ctx = (actor: Actor = admin) => store.context({ actor, now });
const minute = 60_000;
const list = { kind: 'email', email: 'team@example.test' };
let box: Mailbox;

beforeAll(async () => {
  box = await smtpServer();
  await putConsoleAddress(ctx(), { url: 'https://belay.example.test' });
});
afterAll(async () => {
  closeIdle();
  await box.close();
});
beforeEach(async () => {
  clock += 48 * 60 * minute;
  await db().delete(notice);
  await db().delete(noticeAddress);
  await putMail(ctx(), { host: '127.0.0.1', port: box.port, security: 'none', from: 'belay@example.test' });
  box.taken.length = 0;
});

const newestText = () => parts(box.taken.at(-1)?.raw ?? '')['text/plain'] ?? '';
const newestCode = () => /administrator: ([0-9a-z-]{14})/.exec(newestText())?.[1] ?? '';
const held = {
  ...{ kind: 'rollout_held' as const, title: 'On hold', text: 't', next: 'n', environment: 'production' },
  ...{ feature: 'f', rolloutId: null, rollbackId: null, path: '/rollouts/rol_1' },
};
/** Whom the next notice reaches. */
async function told(): Promise<string[]> {
  box.taken.length = 0;
  await db().transaction((tx) => tell(tx, now(), held));
  for (let i = 0; i < 3; i++)
    for (const id of await dueNotices(db(), now()))
      for (let next: string | null = id; next !== null; ) next = await deliverNotice({ db: db(), now }, next);
  return box.taken.flatMap((mail) => mail.to);
}

test('a code comes there and nothing else, until an administrator gives it back, once', async () => {
  const made = await addAddress(ctx(), list);
  expect(made).toMatchObject({
    ...{ name: list.email, email: list.email },
    mailbox: {
      ...{ told: null, confirmed: null },
      unconfirmed: { email: list.email, codeSentAt: now().toISOString(), expired: false, error: null },
    },
  });
  expect(box.taken.map(({ to }) => to)).toEqual([[list.email]]);
  const code = newestCode();
  expect(newestText()).toContain('hand this code to Root or to another administrator');
  expect(newestText()).toContain('(https://belay.example.test/settings)');
  expect(await told()).toEqual([]);
  expect(await db().select().from(notice)).toEqual([]);
  await expect(testAddress(ctx(), made.id)).rejects.toMatchObject({ code: 'conflict' });
  expect(box.taken).toEqual([]);
  const rows = JSON.stringify([await db().select().from(noticeAddress), await history(ctx())]);
  for (const shape of [code, code.replaceAll('-', '')]) expect(rows).not.toContain(shape);
  const other: Actor = { ...admin, id: 'per_ada', name: 'Ada' };
  expect(await confirmAddress(ctx(other), made.id, { code: ` ${code.toUpperCase()} ` })).toMatchObject({
    mailbox: { told: list.email, confirmed: { by: 'Ada', at: now().toISOString() }, unconfirmed: null },
  });
  expect(await told()).toEqual([list.email]);
  expect((await history(ctx()))[0]).toMatchObject({
    kind: 'notice_address.confirmed',
    actor: { name: 'Ada' },
    data: { email: list.email },
  });
  await expect(confirmAddress(ctx(), made.id, { code })).rejects.toMatchObject({ code: 'conflict' });
  expect((await verifyChain(db())).ok).toBe(true);
});

test('another mailbox starts anew: until its code comes back the one before is told, and may come back', async () => {
  const { id } = await addAddress(ctx(), list);
  await confirmAddress(ctx(), id, { code: newestCode() });
  const other = { kind: 'email', email: 'ops@example.test' };
  expect(await changeAddress(ctx(), id, other)).toMatchObject({
    email: other.email,
    mailbox: { told: list.email, unconfirmed: { email: other.email } },
  });
  const void1 = newestCode();
  expect(await told()).toEqual([list.email]);
  expect(await changeAddress(ctx(), id, list)).toMatchObject({ mailbox: { told: list.email, unconfirmed: null } });
  await expect(confirmAddress(ctx(), id, { code: void1 })).rejects.toMatchObject({ code: 'conflict' });
  await changeAddress(ctx(), id, other);
  await expect(confirmAddress(ctx(), id, { code: void1 })).rejects.toMatchObject({ fields: [{ field: 'code' }] });
  await confirmAddress(ctx(), id, { code: newestCode() });
  expect(await told()).toEqual([other.email]);
});

test('what is told there is changed without another code', async () => {
  const { id } = await addAddress(ctx(), list);
  await confirmAddress(ctx(), id, { code: newestCode() });
  box.taken.length = 0;
  await changeAddress(ctx(), id, { ...list, kinds: ['drill_failed'] });
  expect(box.taken).toEqual([]);
  expect(await told()).toEqual([]);
  await changeAddress(ctx(), id, { ...list, kinds: [] });
  expect(await told()).toEqual([list.email]);
});

test('a code holds for a day, cannot be guessed, and is not mailed for ever', async () => {
  const { id } = await addAddress(ctx(), list);
  const first = newestCode();
  await expect(resendAddressCode(ctx(), id)).rejects.toMatchObject({ code: 'conflict' });
  clock += 2 * minute;
  await resendAddressCode(ctx(), id);
  const wrong = { fields: [{ field: 'code' }] };
  await expect(confirmAddress(ctx(), id, { code: first })).rejects.toMatchObject(wrong);
  for (let i = 0; i < 9; i++) await expect(confirmAddress(ctx(), id, { code: 'x' })).rejects.toMatchObject(wrong);
  await expect(confirmAddress(ctx(), id, { code: newestCode() })).rejects.toMatchObject(wrong);
  expect(await listAddresses(ctx())).toMatchObject([{ mailbox: { unconfirmed: { expired: true } } }]);
  for (let i = 0; i < 8; i++) {
    clock += 2 * minute;
    await resendAddressCode(ctx(), id);
  }
  clock += 2 * minute;
  await expect(resendAddressCode(ctx(), id)).rejects.toMatchObject({ code: 'conflict' });
  clock += 25 * 60 * minute;
  await expect(confirmAddress(ctx(), id, { code: newestCode() })).rejects.toMatchObject(wrong);
  expect(await told()).toEqual([]);
});

test('a mailbox waits for its code while there is no mail server', async () => {
  await removeMail(ctx());
  const { id } = await addAddress(ctx(), list);
  await expect(addAddress(ctx(), { ...list, email: 'Team@example.test' })).rejects.toMatchObject({ code: 'conflict' });
  expect(await listAddresses(ctx())).toMatchObject([{ mailbox: { unconfirmed: { codeSentAt: null } } }]);
  await expect(resendAddressCode(ctx(), id)).rejects.toMatchObject({ code: 'conflict' });
  await putMail(ctx(), { host: '127.0.0.1', port: box.port, security: 'none', from: 'belay@example.test' });
  await resendAddressCode(ctx(), id);
  await confirmAddress(ctx(), id, { code: newestCode() });
  expect(await told()).toEqual([list.email]);
});

test('one that was told before codes were asked for is told on, and says so', async () => {
  const { id } = await addAddress(ctx(), list);
  const before = { email: list.email, newEmail: null, codeHash: null };
  await db().update(noticeAddress).set(before).where(eq(noticeAddress.id, id));
  expect(await listAddresses(ctx())).toMatchObject([
    { mailbox: { told: list.email, confirmed: null, unconfirmed: null } },
  ]);
  expect(await told()).toEqual([list.email]);
});

test('is for administrators', async () => {
  const { id } = await addAddress(ctx(), list);
  const operator = ctx({ ...admin, role: 'operator' });
  await expect(confirmAddress(operator, id, { code: newestCode() })).rejects.toMatchObject({ code: 'forbidden' });
  await expect(resendAddressCode(operator, id)).rejects.toMatchObject({ code: 'forbidden' });
});
