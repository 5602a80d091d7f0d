/** Real rows, and a real SMTP server: what is sent to people, to whom it is not, and that it is the same whenever. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { person } from '@/drizzle/schema/access';
import { event } from '@/drizzle/schema/event';
import { notice, noticeAddress } from '@/drizzle/schema/notice';
import { testDatabase } from '@/e2e/database';
import { confirmedMailbox } from '@/e2e/list-mailbox';
import { type PersonName, postmortemScene } from '@/e2e/postmortem-scene';
import { header, type Mailbox, smtpServer } from '@/e2e/smtp';
import { disablePerson, setRole } from '@/lib/access/access';
import { verifyChain } from '@/lib/event/event';
import { closeIdle } from '@/lib/mail/connection';
import { putMail, removeMail } from '@/lib/mail/mail';
import { addAddress, putConsoleAddress } from '@/lib/notice/address';
import { putMyNotices } from '@/lib/notice/mine';
import { deliverNotice, dueNotices, retryNotice, tell } from '@/lib/notice/notice';
import { createWebhook } from '@/lib/webhook/target';
import { editPostmortem } from './edit';
import { enclosed } from './hand-out/copy';
import { handOut } from './hand-out/hand-out';
import type { PostmortemView } from './model';
import { getPostmortem } from './postmortem';
import { publishPostmortem } from './publish';
import { retainCopies, sendingsOf, sendPostmortem } from './send';
import type { SendingView } from './sending-model';

const store = testDatabase();
const scene = postmortemScene(store);
const { as, pass, now, drafted, draftNow } = scene;
const db = () => store.database().db;
const base = 'https://belay.example.test';
let box: Mailbox;

beforeAll(async () => {
  await scene.people();
  box = await smtpServer();
  await putConsoleAddress(as('root'), { url: base });
});
afterAll(async () => {
  closeIdle();
  await box.close();
});
beforeEach(async () => {
  pass(10 * 60_000);
  await db().delete(notice);
  await db().delete(noticeAddress);
  await db().update(person).set({ role: 'viewer', disabledAt: null }).where(eq(person.name, 'vera'));
  await through(box);
  box.answers.length = 0;
  box.taken.length = 0;
  box.seen.length = 0;
  box.refuses = () => undefined;
});

const through = (to: Mailbox) =>
  putMail(as('root'), { host: '127.0.0.1', port: to.port, security: 'none', from: 'belay@example.test' });

/** Confirmed already; how that goes is told in `mailbox.integration.test.ts`. */
async function mailboxOf(...names: PersonName[]): Promise<void> {
  for (const name of names) {
    await putMyNotices(as(name), { email: null });
    const set = { email: `${name}@example.test` };
    await db()
      .update(noticeAddress)
      .set(set)
      .where(eq(noticeAddress.personId, `per_${name}`));
  }
}
const newest = (view: PostmortemView) => view.versions.at(-1)?.number ?? 0;
const send = (view: PostmortemView, people: string[], over = {}, by: PersonName = 'otto') =>
  sendPostmortem(as(by), view.id, { version: newest(view), people, ...over });
async function deliverAll(): Promise<void> {
  for (const id of await dueNotices(db(), now()))
    for (let next: string | null = id; next !== null; )
      next = await deliverNotice({ db: db(), now, enclose: enclosed }, next);
}
const stateOf = async (view: PostmortemView, name: string) => {
  const [sending] = await sendingsOf(as('root'), view.id);
  return sending?.people.find((p) => p.name === name);
};
const states = ({ people }: SendingView) => people.map(({ name, state, why }) => [name, state, why]);
const mailTo = (name: string) => box.taken.filter(({ to }) => to.includes(`${name}@example.test`));
const eventsOf = async (id: string) =>
  (await db().select().from(event).orderBy(event.seq)).filter(({ data }) => data.postmortemId === id);
const markdownOf = async (view: PostmortemView) =>
  (await handOut(as('root'), view.id, { form: 'markdown', zone: 'UTC', base })).body;

type Part = { head: string; body: string };
/** Every part that holds no others, with what it holds decoded. */
function leaves(raw: string): Part[] {
  const at = raw.indexOf('\r\n\r\n');
  const head = raw.slice(0, at).replace(/\r\n[ \t]+/g, ' ');
  const body = raw.slice(at + 4);
  const boundary = /^content-type: multipart\/[^\r]*boundary="?([^";\r]+)/im.exec(head)?.[1];
  if (boundary)
    return body
      .split(`--${boundary}`)
      .slice(1, -1)
      .flatMap((part) => leaves(part.replace(/^\r\n/, '').replace(/\r\n$/, '')));
  const coding = /^content-transfer-encoding: (\S+)/im.exec(head)?.[1];
  return [{ head, body: coding === 'base64' ? Buffer.from(body, 'base64').toString('utf8') : body }];
}
const enclosedIn = (raw: string) => leaves(raw).filter(({ head }) => /^content-disposition: attachment/im.test(head));
const textIn = (raw: string) => {
  const text = leaves(raw).find(({ head }) => /^content-type: text\/plain/im.test(head))?.body ?? '';
  return text.replace(/=\r\n/g, '');
};

async function published(): Promise<PostmortemView> {
  const view = await drafted();
  return publishPostmortem(as('ada'), view.id, { version: newest(view) });
}

describe('what a person is sent', () => {
  test('is one mail with the Markdown of that version, as it was then, and its data', async () => {
    const view = await published();
    await mailboxOf('vera');
    const expected = await markdownOf(view);
    const sending = await send(view, ['vera', 'per_vera'], { note: 'Read the impact.\nThen the causes.' });
    expect(sending).toMatchObject({ version: newest(view), by: 'otto' });
    expect(states(sending)).toEqual([['vera', 'waiting', '']]);
    await deliverAll();
    await deliverAll();
    expect(box.seen).toHaveLength(1);
    const [mail] = mailTo('vera');
    const [file, ...more] = enclosedIn(mail?.raw ?? '');
    expect(more).toEqual([]);
    expect(file?.head).toMatch(/^content-type: text\/markdown; charset=utf-8/im);
    expect(file?.head).toMatch(new RegExp(`filename=postmortem-${view.id}-v${newest(view)}\\.md$`, 'im'));
    expect(file?.body).toBe(expected);
    expect(expected).toContain('## Versions');
    const text = textIn(mail?.raw ?? '');
    for (const said of ['Read the impact.', 'Then the causes.', `${base}/postmortems/${view.id}`])
      expect(text).toContain(said);
    expect(await stateOf(view, 'vera')).toMatchObject({ state: 'told', why: '', at: now().toISOString() });
    expect((await eventsOf(view.id)).at(-1)).toMatchObject({
      kind: 'postmortem.sent',
      actorName: 'otto',
      data: { version: newest(view), people: ['vera'] },
    });
    expect((await verifyChain(db())).ok).toBe(true);
  });

  test('is a draft too, and stays that version whatever is written before the mail goes', async () => {
    await mailboxOf('vera');
    const view = await drafted();
    const expected = await markdownOf(view);
    await send(view, ['vera']);
    await editPostmortem(as('otto'), view.id, {
      basedOn: view.revision,
      sections: { lessons: { text: 'Later words' } },
    });
    await deliverAll();
    const [file] = enclosedIn(mailTo('vera')[0]?.raw ?? '');
    expect(file?.body).toBe(expected);
    expect(file?.body).toContain('**Draft**');
    await expect(send(view, ['vera'])).rejects.toMatchObject({ code: 'conflict', fields: [{ field: 'version' }] });
  });

  test('goes again as the same mail, to the byte, where the server does not take it', async () => {
    await mailboxOf('vera');
    const view = await drafted();
    await send(view, ['vera']);
    box.answers.push({ code: 451, message: 'later' }, { code: 452, message: 'later still' }, 'hang_up');
    await deliverAll();
    await editPostmortem(as('otto'), view.id, { basedOn: view.revision, sections: { lessons: { text: 'Meanwhile' } } });
    for (let i = 0; i < 3; i++) {
      pass(3 * 60_000);
      await deliverAll();
    }
    expect(box.seen).toHaveLength(4);
    expect(new Set(box.seen.map(({ raw }) => raw)).size).toBe(1);
    expect(box.taken).toHaveLength(1);
    expect(await stateOf(view, 'vera')).toMatchObject({ state: 'told' });
  });

  test('is sent once, where the same order is given again because its answer was lost', async () => {
    await mailboxOf('vera', 'ada');
    const view = await drafted();
    const orders = await Promise.all([1, 2, 3].map(() => send(view, ['vera', 'ada'])));
    expect(new Set(orders.map(({ id }) => id)).size).toBe(1);
    expect((await send(view, ['ada', 'vera'])).id).toBe(orders[0]?.id);
    expect((await send(view, ['ada'])).id).not.toBe(orders[0]?.id);
    pass(5 * 60_000);
    expect((await send(view, ['vera', 'ada'])).id).not.toBe(orders[0]?.id);
    expect((await eventsOf(view.id)).filter(({ kind }) => kind === 'postmortem.sent')).toHaveLength(3);
    await deliverAll();
    expect([mailTo('vera').length, mailTo('ada').length]).toEqual([2, 3]);
  });

  test('goes by itself, in its turn, though many come close together', async () => {
    await mailboxOf('vera');
    const view = await drafted();
    const say = (title: string) =>
      db().transaction((tx) => tell(tx, now(), { ...plainNotice, title, path: `/${title}` }));
    for (let i = 0; i < 6; i++) await say(`before ${i}`);
    await send(view, ['vera']);
    for (let i = 0; i < 3; i++) await say(`after ${i}`);
    for (let i = 0; i < 6; i++) {
      await deliverAll();
      pass(61_000);
    }
    const seen = box.taken.map(({ raw, subject }) => [subject.replace(/ \(.*/, ''), enclosedIn(raw).length]);
    const at = seen.findIndex(([, files]) => files === 1);
    expect(seen.filter(([, files]) => files === 1)).toHaveLength(1);
    expect(String(seen[at - 1]?.[0])).toContain('before');
    expect(seen.slice(at + 1).every(([subject]) => String(subject).includes('after'))).toBe(true);
  });

  test('is a link where it is too large for a mail, which says so', async () => {
    await mailboxOf('vera');
    let view = await drafted();
    const long = '漢'.repeat(990);
    for (let i = 0; i < 7; i++) {
      const curate = Array.from({ length: 200 }, (_, n) => ({ kind: 'add', at: view.from, text: `${i}/${n} ${long}` }));
      view = await editPostmortem(as('otto'), view.id, { basedOn: view.revision, curate });
    }
    await send(view, ['vera']);
    await deliverAll();
    const [mail] = mailTo('vera');
    expect(enclosedIn(mail?.raw ?? '')).toEqual([]);
    expect(textIn(mail?.raw ?? '')).toMatch(/It is too large to go along \(\d+\.\d MB\): read it in Belay\./);
    expect(await stateOf(view, 'vera')).toMatchObject({ state: 'linked', why: expect.stringMatching(/too large/) });
  });

  test('is the same mail with a link in place of the report, once, where the server says that it is too large', async () => {
    await mailboxOf('vera');
    const view = await drafted();
    await send(view, ['vera'], { note: 'Read the impact.' });
    const refusal = '5.3.4 Message too big for system';
    box.answers.push({ code: 451, message: 'later' });
    await deliverAll();
    pass(3 * 60_000);
    box.answers.push({ code: 552, message: refusal }, { code: 451, message: 'not now' }, 'hang_up');
    for (let i = 0; i < 5; i++) {
      await deliverAll();
      pass(15 * 60_000);
    }
    const [first, ...more] = box.seen.map(({ raw }) => raw);
    const [again, ...links] = more;
    expect(again).toBe(first);
    expect(enclosedIn(first ?? '')).toHaveLength(1);
    expect(links).toHaveLength(3);
    expect(new Set(links).size).toBe(1);
    expect(links[0] && enclosedIn(links[0])).toEqual([]);
    expect(box.taken).toHaveLength(1);
    expect(header(links[0] ?? '', 'message-id')).not.toBe(header(first ?? '', 'message-id'));
    const text = textIn(links[0] ?? '');
    for (const said of ['Read the impact.', 'The report does not go along', refusal, `${base}/postmortems/${view.id}`])
      expect(text).toContain(said);
    expect(await stateOf(view, 'vera')).toMatchObject({
      state: 'linked',
      why: `the mail server answered 552 ${refusal}`,
      at: expect.any(String),
    });
    expect((await eventsOf(view.id)).map(({ kind }) => kind)).not.toContain('notice.failed');
  });

  test('is that link too where the server has said beforehand what it takes at most', async () => {
    const small = await smtpServer({ size: 5_000 });
    try {
      await through(small);
      await mailboxOf('vera');
      const view = await drafted();
      await send(view, ['vera']);
      await deliverAll();
      expect(small.seen).toHaveLength(1);
      expect(small.taken.map(({ raw }) => enclosedIn(raw).length)).toEqual([0]);
      expect(await stateOf(view, 'vera')).toMatchObject({
        state: 'linked',
        why: 'the mail is larger than the mail server takes',
      });
    } finally {
      await small.close();
    }
  });

  test('has failed where the link is too large as well; whoever asks again sends the whole of it', async () => {
    await mailboxOf('vera');
    const view = await drafted();
    await send(view, ['vera']);
    box.refuses = () => ({ code: 554, message: '5.3.4 too big' });
    await deliverAll();
    expect(box.seen.map(({ raw }) => enclosedIn(raw).length)).toEqual([1, 0]);
    expect(await stateOf(view, 'vera')).toMatchObject({
      state: 'failed',
      why: 'the mail server answered 554 5.3.4 too big',
    });
    box.refuses = () => undefined;
    const [row] = await db().select().from(notice);
    await retryNotice(as('root'), row?.id ?? '');
    await deliverAll();
    expect(box.taken.map(({ raw }) => enclosedIn(raw).length)).toEqual([1]);
    expect(await stateOf(view, 'vera')).toMatchObject({ state: 'told' });
  });

  test.each([
    [552, '5.2.2 the mailbox is full'],
    [552, '5.7.0 its content is a risk'],
    [554, 'no'],
  ])('is no link where it is refused for something else: %i %s', async (code, message) => {
    await mailboxOf('vera');
    const view = await drafted();
    await send(view, ['vera']);
    box.refuses = () => ({ code, message });
    await deliverAll();
    expect(box.seen).toHaveLength(1);
    expect(await stateOf(view, 'vera')).toMatchObject({ state: 'failed' });
  });

  test('is harmless whatever it is called: no header is made of anybody’s words', async () => {
    await mailboxOf('vera');
    const hostile = 'x\r\nBcc: eve@example.test\r\n\r\n<script>"; filename="run.exe" \u202egnp.exe';
    const view = await drafted({ title: hostile });
    await send(view, ['vera'], { note: `${hostile}\r\n.\r\nMAIL FROM:<eve@example.test>` });
    await deliverAll();
    const [mail] = box.taken;
    expect(mail?.to).toEqual(['vera@example.test']);
    expect(header(mail?.raw ?? '', 'bcc')).toBe('');
    const [file] = enclosedIn(mail?.raw ?? '');
    expect(file?.head).toMatch(new RegExp(`filename=postmortem-${view.id}-v\\d+\\.md$`, 'im'));
    expect(file?.head).not.toMatch(/exe|eve|script/);
    expect(file?.body).not.toMatch(/(?<!\\)<script|\u202e/);
    expect(textIn(mail?.raw ?? '')).not.toMatch(/\u202e/);
    expect(box.taken).toHaveLength(1);
  });
});

const plainNotice = {
  kind: 'rollback_decided' as const,
  text: 'It goes back.',
  next: '',
  environment: null,
  feature: null,
  rolloutId: null,
  rollbackId: null,
};

describe('who is sent nothing', () => {
  test('is whoever is not here, was disabled, or may not see it: refused by name, and nobody is told', async () => {
    await mailboxOf('ada', 'vera');
    const view = await drafted();
    await editPostmortem(as('root'), view.id, { basedOn: 0, audience: 'approver' });
    const latest = await sendable(view);
    await disablePerson(as('root'), 'per_abel');
    await expect(send(latest, ['ada', 'nobody', 'vera', 'abel'], {}, 'ada')).rejects.toMatchObject({
      code: 'bad_input',
      fields: [
        { field: 'people[1]', message: 'nobody is nobody here' },
        { field: 'people[2]', message: expect.stringContaining('vera may not see it') },
        { field: 'people[3]', message: 'abel was disabled' },
      ],
    });
    expect(await db().select().from(notice)).toEqual([]);
    expect((await eventsOf(view.id)).map(({ kind }) => kind)).not.toContain('postmortem.sent');
    await expect(send(latest, ['ada'], {}, 'otto')).rejects.toMatchObject({ code: 'not_found' });
    await expect(sendingsOf(as('otto'), view.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(sendPostmortem(scene.key('staging', 'approver'), view.id, {})).rejects.toMatchObject({
      code: 'bad_input',
    });
    await expect(
      sendPostmortem(scene.key('staging', 'admin'), view.id, { version: newest(latest), people: ['ada'] }),
    ).rejects.toMatchObject({ code: 'not_found' });
    await send(latest, ['ada'], { note: 'Wages' }, 'root');
    const told = (await eventsOf(view.id)).at(-1);
    expect(told).toMatchObject({
      kind: 'postmortem.sent',
      reason: `Sent version ${newest(latest)}`,
      data: { people: 1 },
    });
    expect(JSON.stringify(told)).not.toMatch(/ada|Wages/);
    await db().update(person).set({ disabledAt: null }).where(eq(person.name, 'abel'));
  });

  test('is a viewer: sending is for operators', async () => {
    const view = await drafted();
    await expect(send(view, ['ada'], {}, 'vera')).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('is whoever may not see it any more when the mail would go, and that is seen', async () => {
    await mailboxOf('vera');
    await db().update(person).set({ role: 'approver' }).where(eq(person.name, 'vera'));
    const view = await drafted();
    await editPostmortem(as('root'), view.id, { basedOn: 0, audience: 'approver' });
    await send(await sendable(view), ['vera'], {}, 'root');
    await setRole(as('root'), 'per_vera', 'operator');
    await deliverAll();
    expect(box.seen).toEqual([]);
    const why = 'may not see it any more: it is for approver and above';
    expect(await stateOf(view, 'vera')).toMatchObject({ state: 'failed', why });
    const told = (await db().select().from(event).orderBy(event.seq)).at(-1);
    expect(told).toMatchObject({ kind: 'notice.failed', reason: `vera was not told "A post-mortem was sent": ${why}` });
    const [row] = await db().select().from(notice);
    await retryNotice(as('root'), row?.id ?? '');
    await deliverAll();
    expect(box.seen).toEqual([]);
    expect(await stateOf(view, 'vera')).toMatchObject({ state: 'failed', why });
    await setRole(as('root'), 'per_vera', 'approver');
    await retryNotice(as('root'), row?.id ?? '');
    await deliverAll();
    expect(enclosedIn(mailTo('vera')[0]?.raw ?? '')).toHaveLength(1);
  });

  test.each([
    ['may not see it any more', () => setRole(as('root'), 'per_vera', 'operator'), /may not see it any more/],
    ['was disabled', () => disablePerson(as('root'), 'per_vera'), /this person was disabled/],
  ])('is whoever %s by the time the server is ready for the first byte', async (_, meanwhile, why) => {
    const slow = await smtpServer({
      onRcptTo: (_address, _session, done) => {
        meanwhile().then(() => done(), done);
      },
    });
    try {
      await mailboxOf('vera');
      await db().update(person).set({ role: 'approver' }).where(eq(person.name, 'vera'));
      const view = await drafted();
      await editPostmortem(as('root'), view.id, { basedOn: 0, audience: 'approver' });
      await send(await sendable(view), ['vera'], {}, 'root');
      await through(slow);
      await deliverAll();
      await deliverAll();
      expect(slow.connections()).toBe(1);
      expect(slow.seen).toEqual([]);
      expect(await stateOf(view, 'vera')).toMatchObject({ state: 'failed', why: expect.stringMatching(why) });
      const told = (await db().select().from(event).orderBy(event.seq)).at(-1);
      expect(told).toMatchObject({ kind: 'notice.failed', reason: expect.stringMatching(/^vera was not told/) });
    } finally {
      await slow.close();
    }
  });

  test('is no mailbox that was changed meanwhile: the mail goes to the other one', async () => {
    const slow = await smtpServer({
      onRcptTo: (address, _session, done) => {
        const moved = { email: 'vera.new@example.test' };
        const change = address.address.startsWith('vera@')
          ? db().update(noticeAddress).set(moved).where(eq(noticeAddress.personId, 'per_vera'))
          : Promise.resolve();
        change.then(() => done(), done);
      },
    });
    try {
      await mailboxOf('vera');
      const view = await drafted();
      await send(view, ['vera']);
      await through(slow);
      for (let i = 0; i < 3; i++) {
        await deliverAll();
        pass(60_000);
      }
      expect(slow.seen.map(({ to }) => to)).toEqual([['vera.new@example.test']]);
    } finally {
      await slow.close();
    }
  });

  test('is whoever was taken out between two tries of the same mail', async () => {
    await mailboxOf('vera');
    const view = await drafted();
    await send(view, ['vera']);
    box.answers.push({ code: 451, message: 'later' });
    await deliverAll();
    await disablePerson(as('root'), 'per_vera');
    pass(60_000);
    await deliverAll();
    expect(box.seen).toHaveLength(1);
    expect(await stateOf(view, 'vera')).toMatchObject({ state: 'failed', why: 'this person was disabled' });
  });

  test('is who has no mailbox, has not confirmed it, or wants none: the answer names them', async () => {
    await mailboxOf('ada', 'vera');
    await putMyNotices(as('abel'), { email: 'abel@example.test' });
    const rules = [{ kind: 'postmortem_sent', environment: '*', tell: false }];
    await putMyNotices(as('ada'), { email: 'ada@example.test', wishes: { rules } });
    const view = await drafted();
    expect(states(await send(view, ['root', 'abel', 'ada', 'vera']))).toEqual([
      ['root', 'not_mailed', 'has named no mailbox'],
      ['abel', 'not_mailed', 'has not confirmed the mailbox yet'],
      ['ada', 'not_mailed', 'wants no mail of this'],
      ['vera', 'waiting', ''],
    ]);
    await removeMail(as('root'));
    expect(await stateOf(view, 'vera')).toMatchObject({ state: 'waiting', why: 'it waits until a mail server is set' });
  });

  test('is a chat or a list: they are told, and get no copy', async () => {
    await mailboxOf('vera');
    const { id } = await createWebhook(as('root'), {
      name: `chat${newestChat++}`,
      url: 'http://127.0.0.1:9/',
      allowPrivate: true,
    });
    await addAddress(as('root'), { kind: 'slack', webhook: id });
    await confirmedMailbox(as('root'), 'list@example.test');
    const view = await drafted();
    await send(view, ['vera'], { note: 'Between us' });
    const rows = await db().select().from(notice);
    expect(rows).toHaveLength(3);
    expect(rows.filter(({ copyId }) => copyId !== null)).toHaveLength(1);
    await deliverAll();
    const [list] = mailTo('list');
    expect(list && enclosedIn(list.raw)).toEqual([]);
    expect(JSON.stringify(list)).not.toContain('Between us');
    expect(enclosedIn(mailTo('vera')[0]?.raw ?? '')).toHaveLength(1);
  });

  test('is anybody, where what is stored is not what was sent', async () => {
    await mailboxOf('vera');
    const view = await drafted();
    await send(view, ['vera']);
    await tampered(view.id);
    await deliverAll();
    expect(box.seen).toEqual([]);
    expect(await stateOf(view, 'vera')).toMatchObject({
      state: 'failed',
      why: `what is stored of version ${newest(view)} is not what was sent`,
    });
    await expect(send(view, ['vera'])).rejects.toMatchObject({ code: 'conflict' });
  });
});

let newestChat = 0;
/** As it stands now, to be sent. */
async function sendable(view: PostmortemView): Promise<PostmortemView> {
  await draftNow(view.id);
  return getPostmortem(as('root'), view.id);
}

async function tampered(id: string): Promise<void> {
  await db().execute(`alter table postmortem_version disable trigger user`);
  await db().execute(
    `update postmortem_version set document = replace(document, 'production', 'staging') where postmortem_id = '${id}'`,
  );
  await db().execute(`alter table postmortem_version enable trigger user`);
}

test('copies are kept as long as their notices, and those that still wait longer', async () => {
  await mailboxOf('vera');
  const view = await drafted();
  await send(view, ['vera']);
  pass(31 * 86_400_000);
  expect(await retainCopies(db(), now())).toBeGreaterThanOrEqual(0);
  await deliverAll();
  expect(enclosedIn(mailTo('vera')[0]?.raw ?? '')).toHaveLength(1);
  await db().delete(notice);
  expect(await retainCopies(db(), now())).toBe(1);
  expect(await sendingsOf(as('root'), view.id)).toEqual([]);
});
