/** What a person is told: each says so for themselves, administrators for those who have said nothing. */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { record } from '@/lib/event/event';
import { getSetting, putSetting } from '@/lib/event/setting';
import { newId } from '@/lib/id';
import { parseInput } from '@/lib/input';
import { isMailSet } from '@/lib/mail/mail';
import { newCode } from './code';
import { noCode } from './code-state';
import { leaveUntold, noMailbox } from './give-up';
import { troubleAt } from './mail-store';
import { confirmMailbox, lockPersonal, mailboxOf, mailMyCode, ownerOf, personalOf, resendMailboxCode } from './mailbox';
import { type MyNoticesView, myNoticesInput, type Wishes, wishesInput } from './model';
import { type AddressRow, insertAddress, updateAddress } from './store';

const settingName = 'notice-defaults';

export async function defaultWishes(db: Db | Tx): Promise<Wishes> {
  return wishesInput.parse(await getSetting(db, settingName, {}));
}

export async function getNoticeDefaults(ctx: Context): Promise<Wishes> {
  authorise(ctx.actor, 'view');
  return defaultWishes(ctx.db);
}

/** Counts at once for everybody who has said nothing. */
export async function putNoticeDefaults(ctx: Context, input: unknown): Promise<Wishes> {
  authorise(ctx.actor, 'administer', null);
  const given = parseInput(wishesInput, input);
  const now = ctx.now();
  await ctx.db.transaction(async (tx) => {
    if (JSON.stringify(await defaultWishes(tx)) === JSON.stringify(given)) return;
    await putSetting(tx, now, settingName, given);
    await record(tx, now, ctx.actor, {
      kind: 'settings.changed',
      reason: 'What people are told who have said nothing themselves was changed',
      data: { setting: settingName, ...given },
    });
  });
  return given;
}

/** Keys are told nothing. */
export async function getMyNotices(ctx: Context): Promise<MyNoticesView> {
  authorise(ctx.actor, 'view');
  const row = await personalOf(ctx);
  return {
    email: row?.newEmail ?? row?.email ?? null,
    wishes: row?.wishes ?? null,
    mailbox: mailboxOf(row, row && (await troubleAt(ctx.db, row.id)), ctx.now()),
    defaults: await defaultWishes(ctx.db),
    mail: await isMailSet(ctx.db),
  };
}

/**
 * The mailbox is in no event: it is nobody else's affair. Another one is told once it is confirmed; until then the one
 * before is. Without one nothing is sent, and what waited is dropped.
 */
export async function putMyNotices(ctx: Context, input: unknown): Promise<MyNoticesView> {
  authorise(ctx.actor, 'view');
  const me = ownerOf(ctx);
  const given = parseInput(myNoticesInput, input);
  const now = ctx.now();
  const { row, code } = await ctx.db.transaction(async (tx) => {
    const row = await mineOf(tx, { me, name: ctx.actor.name, now });
    await updateAddress(tx, row.id, { wishes: given.wishes });
    if (given.email === (row.newEmail ?? row.email)) return { row, code: null };
    if (given.email === row.email || given.email === null) {
      await updateAddress(tx, row.id, { email: given.email, newEmail: null, ...noCode });
      if (given.email === null) await leaveUntold(tx, { id: row.id, name: ctx.actor.name }, { now, why: noMailbox });
      return { row, code: null };
    }
    const named = { ...row, newEmail: given.email };
    await updateAddress(tx, row.id, { newEmail: given.email });
    return { row: named, code: await newCode(tx, named, now) };
  });
  if (code !== null) await mailMyCode(ctx, row, code);
  return getMyNotices(ctx);
}

async function mineOf(tx: Tx, { me, name, now }: { me: string; name: string; now: Date }): Promise<AddressRow> {
  await insertAddress(tx, {
    id: newId('nad', now),
    kind: 'email',
    personId: me,
    kinds: [],
    environments: [],
    createdBy: name,
    createdAt: now,
  });
  const row = await lockPersonal(tx, me);
  if (!row) throw new Error('a mailbox that is there cannot be read');
  return row;
}

export async function resendMyCode(ctx: Context): Promise<MyNoticesView> {
  await resendMailboxCode(ctx);
  return getMyNotices(ctx);
}

export async function confirmMyMailbox(ctx: Context, input: unknown): Promise<MyNoticesView> {
  await confirmMailbox(ctx, input);
  return getMyNotices(ctx);
}
