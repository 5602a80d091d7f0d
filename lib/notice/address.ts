/** Where notices go: registered webhooks, what each wants to know, and the address of this console for the links. */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { badInput, conflict, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { getSetting, putSetting } from '@/lib/event/setting';
import { newId } from '@/lib/id';
import { parseInput } from '@/lib/input';
import { deliver } from '@/lib/webhook/deliver';
import type { Sent } from '@/lib/webhook/model';
import { bodyOf } from './body';
import { type AddressView, addressInput, type ConsoleAddress, consoleInput } from './model';
import {
  type AddressRow,
  addressOfWebhook,
  addressViewOf,
  deleteAddress,
  findAddress,
  findWebhook,
  insertAddress,
  lockAddress,
  selectAddresses,
  updateAddress,
} from './store';

const testDeadlineMs = 10_000;

export async function listAddresses(ctx: Context): Promise<AddressView[]> {
  authorise(ctx.actor, 'view');
  return selectAddresses(ctx.db);
}

export async function addAddress(ctx: Context, input: unknown): Promise<AddressView> {
  authorise(ctx.actor, 'administer', null);
  const given = parseInput(addressInput, input);
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    const webhook = await webhookOf(tx, given.webhook);
    const row: AddressRow = {
      id: newId('nad', now),
      webhookTarget: webhook.id,
      kinds: [...new Set(given.kinds)],
      environments: [...new Set(given.environments)],
      createdBy: ctx.actor.name,
      createdAt: now,
    };
    if (!(await insertAddress(tx, row))) throw twice(webhook.name);
    const view = addressViewOf(row, webhook.name);
    await record(tx, now, ctx.actor, {
      kind: 'notice_address.added',
      reason: `Notices go to ${webhook.name}`,
      data: told(view),
    });
    return view;
  });
}

async function webhookOf(tx: Tx, idOrName: string): Promise<{ id: string; name: string }> {
  const found = await findWebhook(tx, idOrName);
  if (!found) throw badInput([{ field: 'webhook', message: `there is no webhook ${idOrName}` }]);
  return found;
}

const twice = (name: string) =>
  conflict(`Notices go to ${name} already`, [{ field: 'webhook', message: 'is an address already: change that one' }]);

const told = ({ id, webhook, kinds, environments }: AddressView) => ({
  id,
  webhook: webhook.name,
  kinds,
  environments,
});

export async function changeAddress(ctx: Context, id: string, input: unknown): Promise<AddressView> {
  authorise(ctx.actor, 'administer', null);
  const given = parseInput(addressInput, input);
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    const found = await findAddress(tx, id);
    if (!found) throw notFound('notice address', id);
    const before = addressViewOf(found.row, found.name);
    const webhook = await webhookOf(tx, given.webhook);
    const taken = await addressOfWebhook(tx, webhook.id);
    if (taken !== null && taken !== id) throw twice(webhook.name);
    const set = { kinds: [...new Set(given.kinds)], environments: [...new Set(given.environments)] };
    const after: AddressView = { ...before, webhook, ...set };
    if (JSON.stringify(told(before)) === JSON.stringify(told(after))) return before;
    await record(tx, now, ctx.actor, {
      kind: 'notice_address.changed',
      reason: `What ${webhook.name} is told was changed`,
      data: { before: told(before), after: told(after) },
    });
    await hold(tx, id);
    await updateAddress(tx, id, { webhookTarget: webhook.id, ...set });
    return after;
  });
}

/** What was told there goes along, what still waits to be told too. */
export async function removeAddress(ctx: Context, id: string): Promise<void> {
  authorise(ctx.actor, 'administer', null);
  const now = ctx.now();
  await ctx.db.transaction(async (tx) => {
    const found = await findAddress(tx, id);
    if (!found) throw notFound('notice address', id);
    await record(tx, now, ctx.actor, {
      kind: 'notice_address.removed',
      reason: `Notices do not go to ${found.name} any more`,
      data: told(addressViewOf(found.row, found.name)),
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
  const found = await findAddress(ctx.db, id);
  if (!found) throw notFound('notice address', id);
  const now = ctx.now();
  const message = newId('ntc', now);
  const notice = {
    kind: 'test' as const,
    title: 'Belay: a test',
    text: `${ctx.actor.name} asked whether notices arrive here. They do.`,
    next: '',
    environment: null,
    feature: null,
    rolloutId: null,
    rollbackId: null,
    path: '/settings#notices',
  };
  const body = bodyOf(notice, { id: message, at: now, consoleUrl: await consoleUrl(ctx.db) });
  return deliver(ctx, found.row.webhookTarget, { id: message, body, deadlineMs: testDeadlineMs });
}

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
