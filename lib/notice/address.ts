/** Where notices go: registered webhooks and mailboxes, what each wants to know, and where this console is. */
import type { z } from 'zod';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { badInput, conflict, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { getSetting, putSetting } from '@/lib/event/setting';
import { newId } from '@/lib/id';
import { parseInput } from '@/lib/input';
import { sendMail } from '@/lib/mail/mail';
import { deliver } from '@/lib/webhook/deliver';
import type { Sent } from '@/lib/webhook/model';
import { webhookNamed } from '@/lib/webhook/named';
import { bodyOf, type Told } from './body';
import { mailCode, newCode } from './code';
import { codeLetter } from './code-letter';
import { noCode } from './code-state';
import { letterOf } from './letter';
import { type AddressView, addressInput, type ConsoleAddress, consoleInput } from './model';
import { slackBodyOf } from './slack';
import {
  type Address,
  type AddressRow,
  addressAt,
  addressViewOf,
  deleteAddress,
  findAddress,
  insertAddress,
  lockAddress,
  selectAddresses,
  updateAddress,
} from './store';

const testDeadlineMs = 10_000;

export async function listAddresses(ctx: Context): Promise<AddressView[]> {
  authorise(ctx.actor, 'view');
  return selectAddresses(ctx.db, ctx.now());
}

export async function addAddress(ctx: Context, input: unknown): Promise<AddressView> {
  authorise(ctx.actor, 'administer', null);
  const given = parseInput(addressInput, input);
  const now = ctx.now();
  const { row, code } = await ctx.db.transaction(async (tx) => {
    const { name, ...target } = await targetOf(tx, given);
    if (given.email !== undefined && (await addressAt(tx, { email: given.email })) !== null) throw twice(name, given);
    const added = {
      id: newId('nad', now),
      ...target,
      ...chosen(given),
      createdBy: ctx.actor.name,
      createdAt: now,
    };
    const row = await insertAddress(tx, added);
    if (!row) throw twice(name, given);
    await record(tx, now, ctx.actor, {
      kind: 'notice_address.added',
      reason: given.email === undefined ? `Notices go to ${name}` : `Notices go to ${name} once it is confirmed`,
      data: told(addressViewOf(row, name, now)),
    });
    return { row, code: row.newEmail === null ? null : await newCode(tx, row, now) };
  });
  if (code !== null) await mailSharedCode(ctx, row, code);
  const added = await shared(ctx.db, row.id);
  return addressViewOf(added.row, added.name, now);
}

export async function mailSharedCode(ctx: Context, row: AddressRow, code: string): Promise<void> {
  authorise(ctx.actor, 'administer', null);
  const { name } = ctx.actor;
  const letter = codeLetter({ name, shared: true, code, consoleUrl: await consoleUrl(ctx.db), at: ctx.now() });
  await mailCode(ctx, { row, code, letter });
}

type Given = z.output<typeof addressInput>;
const chosen = ({ kinds, environments }: Given) => ({
  kinds: [...new Set(kinds)],
  environments: [...new Set(environments)],
});

type Target = Pick<AddressRow, 'kind' | 'webhookTarget' | 'newEmail'> & { name: string };

async function targetOf(tx: Tx, { kind, webhook, email }: Given): Promise<Target> {
  if (email !== undefined) return { kind, webhookTarget: null, newEmail: email, name: email };
  const found = await webhookNamed(tx, webhook ?? '');
  if (!found) throw badInput([{ field: 'webhook', message: `there is no webhook ${webhook}` }]);
  return { kind, webhookTarget: found.id, newEmail: null, name: found.name };
}

const twice = (name: string, { kind }: Given) =>
  conflict(`Notices go to ${name} already`, [
    { field: kind === 'email' ? 'email' : 'webhook', message: 'is an address already: change that one' },
  ]);

const told = ({ id, kind, webhook, email, kinds, environments }: AddressView) => ({
  id,
  ...(kind === 'webhook' ? {} : { kind }),
  ...(webhook ? { webhook: webhook.name } : { email }),
  kinds,
  environments,
});

export async function changeAddress(ctx: Context, id: string, input: unknown): Promise<AddressView> {
  authorise(ctx.actor, 'administer', null);
  const given = parseInput(addressInput, input);
  const now = ctx.now();
  const changed = await ctx.db.transaction(async (tx) => {
    const found = await shared(tx, id);
    const before = addressViewOf(found.row, found.name, now);
    const { name, ...named } = await targetOf(tx, given);
    const target = named.newEmail === found.row.email ? { ...named, newEmail: null } : named;
    if ((target.kind === 'email') !== (found.row.kind === 'email'))
      throw badInput([{ field: 'kind', message: 'a webhook does not become a mailbox: add another address' }]);
    const at = target.webhookTarget === null ? { email: given.email ?? '' } : { webhook: target.webhookTarget };
    const taken = await addressAt(tx, at);
    if (taken !== null && taken !== id) throw twice(name, given);
    const after = { ...found.row, ...target, ...chosen(given) };
    const view = addressViewOf(after, name, now);
    if (JSON.stringify(told(before)) === JSON.stringify(told(view))) return null;
    await record(tx, now, ctx.actor, {
      kind: 'notice_address.changed',
      reason: `What ${name} is told was changed`,
      data: { before: told(before), after: told(view) },
    });
    await hold(tx, id);
    await updateAddress(tx, id, { ...target, ...chosen(given) });
    if (after.newEmail === found.row.newEmail) return null;
    await updateAddress(tx, id, noCode);
    return { row: after, code: after.newEmail === null ? null : await newCode(tx, after, now) };
  });
  if (changed?.code) await mailSharedCode(ctx, changed.row, changed.code);
  const after = await shared(ctx.db, id);
  return addressViewOf(after.row, after.name, now);
}

/** What a person is told is changed by nobody else. */
export async function shared(db: Db | Tx, id: string): Promise<Address> {
  const found = await findAddress(db, id);
  if (!found || found.row.personId !== null) throw notFound('notice address', id);
  return found;
}

/** What was told there goes along, what still waits to be told too. */
export async function removeAddress(ctx: Context, id: string): Promise<void> {
  authorise(ctx.actor, 'administer', null);
  const now = ctx.now();
  await ctx.db.transaction(async (tx) => {
    const found = await shared(tx, id);
    await record(tx, now, ctx.actor, {
      kind: 'notice_address.removed',
      reason: `Notices do not go to ${found.name} any more`,
      data: told(addressViewOf(found.row, found.name, now)),
    });
    await hold(tx, id);
    await deleteAddress(tx, id);
  });
}

/**
 * After the event, and without waiting: a rollback that tells of itself holds the address and then waits for the
 * history, so whoever holds the history must not wait for the address.
 */
async function hold(tx: Tx, id: string): Promise<void> {
  if (!(await lockAddress(tx, id))) throw notFound('notice address', id);
}

/** Sends a notice that says that it is a test, now, and answers what came back. It is kept nowhere. */
export async function testAddress(ctx: Context, id: string): Promise<Sent> {
  authorise(ctx.actor, 'administer', null);
  const { row } = await shared(ctx.db, id);
  const now = ctx.now();
  const message = newId('ntc', now);
  const url = await consoleUrl(ctx.db);
  const notice = testOf(ctx.actor.name);
  if (row.webhookTarget === null) {
    if (row.email === null) throw conflict('It is not confirmed yet: nothing but its code is mailed there');
    const letter = letterOf([{ notice, at: now }], { consoleUrl: url, personal: false });
    const mail = { id: message, to: row.email, at: now, ...letter };
    return (await sendMail(ctx, mail, { deadlineMs: testDeadlineMs })).sent;
  }
  const body =
    row.kind === 'slack' ? slackBodyOf(notice, url) : bodyOf(notice, { id: message, at: now, consoleUrl: url });
  return deliver(ctx, row.webhookTarget, { id: message, body, deadlineMs: testDeadlineMs });
}

const testOf = (name: string): Told => ({
  kind: 'test',
  title: 'Belay: a test',
  text: `${name} asked whether notices arrive here. They do.`,
  next: '',
  environment: null,
  feature: null,
  rolloutId: null,
  rollbackId: null,
  path: '/settings#notices',
});

const settingName = 'console';

/** null: nobody has said how people reach this console, so notices name the page only */
export async function consoleUrl(db: Db | Tx): Promise<string | null> {
  return consoleInput.parse(await getSetting(db, settingName, {})).url;
}

export async function getConsoleAddress(ctx: Context): Promise<ConsoleAddress> {
  authorise(ctx.actor, 'view');
  return { url: await consoleUrl(ctx.db) };
}

export async function putConsoleAddress(ctx: Context, input: unknown): Promise<ConsoleAddress> {
  authorise(ctx.actor, 'administer', null);
  const given = parseInput(consoleInput, input);
  const now = ctx.now();
  await ctx.db.transaction(async (tx) => {
    if ((await consoleUrl(tx)) === given.url) return;
    await putSetting(tx, now, settingName, given);
    await record(tx, now, ctx.actor, {
      kind: 'settings.changed',
      reason: given.url === null ? 'Notices name no console' : `Notices link to ${given.url}`,
      data: { setting: settingName, ...given },
    });
  });
  return given;
}
