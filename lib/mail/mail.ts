/** Mail: the one SMTP server that Belay hands its mail to. Its password is in no answer, no event and no log. */
import MailComposer from 'nodemailer/lib/mail-composer';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { badInput, conflict } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { getSetting, putSetting } from '@/lib/event/setting';
import { newId } from '@/lib/id';
import { parseInput } from '@/lib/input';
import type { Sent } from '@/lib/webhook/model';
import { type Handed, type Handing, hand } from './connection';
import { escaped } from './escape';
import { type MailInput, type MailView, mailInput, mailTestInput } from './model';

type Kept = Omit<MailInput, 'password'> & { password: string | null };
export type Mail = {
  /** `<…@…>`; the same whenever the same mail is sent again */
  messageId: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  at: Date;
  headers?: Record<string, string>;
  /** under a name of ours: nobody's words stand in its headers */
  enclosed?: { file: string; type: string; text: string };
};
export type Mailing = { db: Db; resolve?: Handing['resolve'] };

const settingName = 'mail';
const testDeadlineMs = 10_000;

async function kept(db: Db | Tx): Promise<Kept | null> {
  return (await getSetting<{ server: Kept | null }>(db, settingName, { server: null })).server;
}

export async function isMailSet(db: Db | Tx): Promise<boolean> {
  return (await kept(db)) !== null;
}

function viewOf({ password, ...rest }: Kept): MailView {
  return { ...rest, passwordSet: password !== null };
}

export async function getMail(ctx: Context): Promise<MailView | null> {
  authorise(ctx.actor, 'administer', null);
  const setting = await kept(ctx.db);
  return setting && viewOf(setting);
}

export async function putMail(ctx: Context, input: unknown): Promise<MailView> {
  authorise(ctx.actor, 'administer', null);
  const given = parseInput(mailInput, input);
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    const before = await kept(tx);
    const after: Kept = { ...given, user: given.user || null, password: passwordOf(given, before) };
    if (JSON.stringify(before) === JSON.stringify(after)) return viewOf(after);
    await putSetting(tx, now, settingName, { server: after });
    await record(tx, now, ctx.actor, {
      kind: 'settings.changed',
      reason: `Mail goes out through ${after.host}, from ${after.from}`,
      data: { setting: settingName, ...told(after) },
    });
    return viewOf(after);
  });
}

const told = ({ host, port, security, user, from }: Kept) => ({ host, port, security, user, from });

/** One that nobody can see is not sent to a server that it was not given for. */
function passwordOf(given: MailInput, before: Kept | null): string | null {
  if (given.password !== undefined) return given.password;
  if (!before?.password || !given.user) return null;
  const same = (['host', 'port', 'security', 'user'] as const).every((name) => before[name] === given[name]);
  if (same) return before.password;
  throw badInput([{ field: 'password', message: 'give it again: it was given for another server, account or way' }]);
}

/** What waits to be mailed waits on until a server is named again. */
export async function removeMail(ctx: Context): Promise<void> {
  authorise(ctx.actor, 'administer', null);
  const now = ctx.now();
  await ctx.db.transaction(async (tx) => {
    if (!(await kept(tx))) return;
    await putSetting(tx, now, settingName, { server: null });
    await record(tx, now, ctx.actor, {
      kind: 'settings.changed',
      reason: 'Belay sends no mail any more',
      data: { setting: settingName },
    });
  });
}

/** Sends one mail, now, and answers what the server said. It is kept nowhere. */
export async function testMail(ctx: Context, input: unknown): Promise<Sent> {
  authorise(ctx.actor, 'administer', null);
  const { to } = parseInput(mailTestInput, input);
  if (!(await kept(ctx.db))) throw conflict('No mail server is set yet');
  const now = ctx.now();
  const said = `${ctx.actor.name} asked whether mail arrives here. It does.`;
  const mail: Omit<Mail, 'messageId'> = {
    to,
    subject: 'Belay: a test',
    text: `${said}\n`,
    html: `<p><bdi>${escaped(said)}</bdi></p>`,
    at: now,
  };
  return (await sendMail(ctx, { id: newId('ntc', now), ...mail }, { deadlineMs: testDeadlineMs })).sent;
}

/** `id`: what the Message-ID is made from, unless the mail has one already. */
export type Outgoing = Omit<Mail, 'messageId'> & ({ id: string } | { messageId: string });

/** For Belay's own work. `handOver` is told the Message-ID before the first byte of the mail leaves. */
export async function sendMail(
  home: Mailing,
  mail: Outgoing,
  { deadlineMs, handOver }: { deadlineMs: number; handOver?: (messageId: string) => Promise<void> },
): Promise<Handed> {
  const setting = await kept(home.db);
  const why = 'no mail server is set: an administrator names one in Settings';
  if (!setting) return { stage: 'connect', sent: { kind: 'disabled', why, reached: false } };
  const messageId = 'messageId' in mail ? mail.messageId : `<${mail.id}@${setting.from.split('@')[1]}>`;
  const content = await composed({ ...mail, messageId }, setting);
  const { host, port, security, user, password, authority } = setting;
  return hand(
    { host, port, security, user, password, authority },
    { from: setting.from, to: mail.to, content },
    {
      deadlineMs,
      ...(home.resolve ? { resolve: home.resolve } : {}),
      ...(handOver ? { handOver: () => handOver(messageId) } : {}),
    },
  );
}

/** As RFC 5322 and RFC 3834 want it: what no person wrote says so, and nobody's absence note answers it. */
function composed(mail: Mail, { from, fromName }: Kept): Promise<Buffer> {
  const { enclosed } = mail;
  const composer = new MailComposer({
    from: { name: fromName, address: from },
    to: { name: '', address: mail.to },
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    date: mail.at,
    messageId: mail.messageId,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All', ...mail.headers },
    ...(enclosed
      ? {
          attachments: [
            {
              filename: enclosed.file,
              contentType: enclosed.type,
              content: enclosed.text,
              contentTransferEncoding: 'base64' as const,
            },
          ],
        }
      : {}),
    disableFileAccess: true,
    disableUrlAccess: true,
    // The same mail, sent again, is the same to the byte.
    baseBoundary: mail.messageId.replace(/[^A-Za-z0-9_]/g, ''),
  });
  return composer.compile().build();
}
