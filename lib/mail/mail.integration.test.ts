/** The mail server as people set it, real connections, and servers that do not answer as they should. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { certificateFor } from '@/e2e/certificate';
import { testDatabase } from '@/e2e/database';
import { header, rawServer, smtpServer } from '@/e2e/smtp';
import { history } from '@/lib/event/event';
import { closeIdle, hand, type Server } from './connection';
import { getMail, putMail, removeMail, testMail } from './mail';

const store = testDatabase();
const ctx = () => store.context();
const open: Array<{ close: () => Promise<void> }> = [];
beforeEach(() => removeMail(ctx()));
afterEach(async () => {
  closeIdle();
  for (const server of open.splice(0)) await server.close();
});
const opened = <S extends { close: () => Promise<void> }>(server: S): S => {
  open.push(server);
  return server;
};

const password = 'correct horse';
const given = { host: 'mail.example.test', user: 'belay', password, from: 'belay@example.test' };
const to = { to: 'ada@example.test' };
const plainServer = (port: number): Server => ({
  ...{ host: '127.0.0.1', port, security: 'none', user: null, password: null, authority: null },
});
const raw = { from: 'belay@example.test', to: 'ada@example.test', content: Buffer.from('Subject: x\r\n\r\nx') };

describe('the setting', () => {
  test('shows everything but the password, nor does the history', async () => {
    expect(await getMail(ctx())).toBeNull();
    const set = await putMail(ctx(), given);
    expect(set).toEqual({
      ...{ host: 'mail.example.test', port: 587, security: 'starttls', user: 'belay', passwordSet: true },
      ...{ from: 'belay@example.test', fromName: 'Belay', authority: null },
    });
    expect(await getMail(ctx())).toEqual(set);
    await removeMail(ctx());
    expect(await getMail(ctx())).toBeNull();
    const told = JSON.stringify(await history(ctx()));
    expect(told).toContain('mail.example.test');
    expect(told).not.toContain(password);
  });

  test('keeps the password for the same server and account, and asks for it again for any other', async () => {
    await putMail(ctx(), given);
    const { password: _left, ...rest } = given;
    expect(await putMail(ctx(), { ...rest, fromName: 'Belay at home' })).toMatchObject({ passwordSet: true });
    for (const other of [{ host: 'evil.example.test' }, { port: 25 }, { user: 'another' }, { security: 'tls' }])
      await expect(putMail(ctx(), { ...rest, ...other })).rejects.toMatchObject({ fields: [{ field: 'password' }] });
    expect(await putMail(ctx(), { ...rest, password: null, host: 'other.example.test' })).toMatchObject({
      passwordSet: false,
    });
  });

  test.each([
    ['host', { host: 'mail.example.test\r\nEHLO evil' }],
    ['host', { host: 'mail example' }],
    ['port', { port: 0 }],
    ['port', { port: 70_000 }],
    ['security', { security: 'none' }],
    ['security', { security: 'none', host: '10.0.0.1' }],
    ['security', { security: 'none', host: '127.0.0.1.evil.test' }],
    ['user', { user: 'a\r\nb' }],
    ['user', { user: null }],
    ['from', { from: 'belay' }],
    ['from', { from: 'belay@example.test\r\nBcc: a@b.test' }],
    ['from', { from: 'Belay <belay@example.test>' }],
    ['fromName', { fromName: 'x\nBcc: a@b.test' }],
    ['authority', { authority: 'x' }],
  ])('names %s where it is not %j', async (field, over) => {
    await expect(putMail(ctx(), { ...given, ...over })).rejects.toMatchObject({ fields: [{ field }] });
  });

  test('is for administrators', async () => {
    const viewer = store.context({
      actor: { kind: 'person', id: 'p', name: 'V', role: 'approver', environment: null },
    });
    for (const verb of [getMail, removeMail]) await expect(verb(viewer)).rejects.toMatchObject({ code: 'forbidden' });
    for (const verb of [putMail, testMail])
      await expect(verb(viewer, given)).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('a test mail', () => {
  test('needs a server, goes to one mailbox, and says what was answered', async () => {
    await expect(testMail(ctx(), to)).rejects.toMatchObject({ code: 'conflict' });
    const box = opened(await smtpServer());
    await putMail(ctx(), { host: '127.0.0.1', port: box.port, security: 'none', from: 'belay@example.test' });
    expect(await testMail(ctx(), to)).toMatchObject({ kind: 'answered', status: 250 });
    expect(box.taken).toMatchObject([{ to: ['ada@example.test'], subject: 'Belay: a test' }]);
    box.answers.push({ code: 550, message: 'not\u0007 for you' });
    expect(await testMail(ctx(), to)).toMatchObject({ kind: 'answered', status: 550, body: '550 not for you' });
    await expect(testMail(ctx(), { to: 'ada@example.test, eve@example.test' })).rejects.toMatchObject({
      fields: [{ field: 'to' }],
    });
  });

  test.each(['starttls', 'tls'] as const)('over %s signs in, and only to who it should be', async (security) => {
    const { key, cert } = certificateFor('127.0.0.1');
    const seen: string[] = [];
    const box = opened(
      await smtpServer({
        ...{ key, cert, secure: security === 'tls', disabledCommands: [], authMethods: ['PLAIN', 'LOGIN'] },
        onAuth({ username, password: secret }, session, done) {
          seen.push(`${session.secure} ${username} ${secret}`);
          if (secret === password) return done(null, { user: username });
          done(Object.assign(new Error(`no entry for ${username}/${secret}`), { responseCode: 535 }));
        },
      }),
    );
    const server = { host: '127.0.0.1', port: box.port, security, user: 'belay', from: 'belay@example.test' };
    await putMail(ctx(), { ...server, password });
    const unknown = await testMail(ctx(), to);
    expect(unknown).toMatchObject({ kind: 'unreachable', reached: false });
    expect(unknown.kind !== 'answered' && unknown.why).toMatch(/self.signed/);
    expect(seen).toEqual([]);
    await putMail(ctx(), { ...server, password, authority: cert });
    expect(await testMail(ctx(), to)).toMatchObject({ kind: 'answered', status: 250 });
    expect(seen).toEqual([`true belay ${password}`]);
    await putMail(ctx(), { ...server, password: 'wrong secret', authority: cert });
    const refused = await testMail(ctx(), to);
    expect(refused).toMatchObject({ kind: 'answered', status: 535, body: '535 no entry for belay/***' });
    const another = certificateFor('mail.example.test');
    await putMail(ctx(), { ...server, password, authority: another.cert });
    expect(await testMail(ctx(), to)).toMatchObject({ kind: 'unreachable' });
  });

  test('is not sent in the clear where the server offers no STARTTLS', async () => {
    const lines: string[] = [];
    const bare = opened(
      await rawServer('220 here', (line) => {
        lines.push(line);
        return line.startsWith('EHLO') ? '250 here' : '502 no';
      }),
    );
    await putMail(ctx(), { ...given, host: '127.0.0.1', port: bare.port });
    const sent = await testMail(ctx(), to);
    expect(sent.kind === 'answered' ? sent.status : 0).not.toBe(250);
    expect(lines.filter((line) => /^(AUTH|MAIL|DATA)/.test(line))).toEqual([]);
  });
});

describe('what does not come back', () => {
  const talk = (line: string) => (line.startsWith('EHLO') ? '250 here' : '250 ok');
  test.each<[string, () => Promise<{ port: number; close: () => Promise<void> }>, string, boolean, string]>([
    ['it says nothing', () => rawServer(null, () => null), 'timeout', false, 'connect'],
    ['it hangs in its greeting', () => rawServer('220-wait', () => null), 'timeout', false, 'connect'],
    ['it speaks no SMTP', () => rawServer('HTTP/1.1 200 OK', () => null), 'reset', false, 'connect'],
    ['it greets with 250', () => rawServer('250 hi', () => null), 'reset', false, 'connect'],
    [
      'it hangs at the sender',
      () => rawServer('220 x', (l) => (/^EHLO/.test(l) ? '250 x' : null)),
      'timeout',
      false,
      'sender',
    ],
    [
      'it hangs before the content',
      () => rawServer('220 x', (l) => (l === 'DATA' ? null : talk(l))),
      'timeout',
      false,
      'sender',
    ],
    [
      'it hangs after the content',
      () => rawServer('220 x', (l) => (l === 'DATA' ? '354 go' : /^(EHLO|MAIL|RCPT)/.test(l) ? talk(l) : null)),
      'timeout',
      true,
      'content',
    ],
    [
      'its answer is none',
      () => rawServer('220 x', (l) => (l === 'DATA' ? '354 go' : /^(EHLO|MAIL|RCPT)/.test(l) ? talk(l) : '25')),
      'reset',
      true,
      'content',
    ],
    ['it hangs up', () => rawServer('220 x', () => 'end'), 'reset', false, 'connect'],
  ])('%s', async (_name, start, kind, reached, stage) => {
    const server = opened(await start());
    const handed = await hand(plainServer(server.port), raw, { deadlineMs: 1_500 });
    expect(handed).toMatchObject({ stage, sent: { kind, reached } });
  });

  test('a name that leads to where no mail server is, is not called', async () => {
    const box = opened(await smtpServer());
    const ask = (security: Server['security'], address: string) =>
      hand({ ...plainServer(box.port), host: 'mail.example.test', security }, raw, {
        deadlineMs: 2_000,
        resolve: async () => [address],
      });
    expect(await ask('starttls', '169.254.169.254')).toMatchObject({ sent: { kind: 'blocked' } });
    // Whatever the name promised: in the clear only to this machine.
    expect(await ask('none', '10.0.0.1')).toMatchObject({ sent: { kind: 'blocked' } });
    expect(await ask('none', '127.0.0.1')).toMatchObject({ sent: { kind: 'answered', status: 250 } });
    expect(box.taken).toHaveLength(1);
  });

  test('where the mail is not ours to send any more not a byte of it leaves', async () => {
    const box = opened(await smtpServer());
    const handOver = async () => Promise.reject(new Error('somebody else sends it'));
    const handed = await hand(plainServer(box.port), raw, { deadlineMs: 5_000, handOver });
    expect(handed).toMatchObject({ sent: { reached: false } });
    expect(handed.sent.kind).not.toBe('answered');
    expect(await hand(plainServer(box.port), raw, { deadlineMs: 5_000 })).toMatchObject({ sent: { status: 250 } });
    expect(box.seen.map((mail) => header(mail.raw, 'subject'))).toEqual(['x']);
  });

  test('many mails over one connection leave no listener behind', async () => {
    const box = opened(await smtpServer());
    const warned: Error[] = [];
    const hear = (warning: Error) => warned.push(warning);
    process.on('warning', hear);
    for (let i = 0; i < 30; i++) await hand(plainServer(box.port), raw, { deadlineMs: 5_000 });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', hear);
    expect(box.taken).toHaveLength(30);
    expect(box.connections()).toBe(1);
    expect(warned).toEqual([]);
  });
});
