/** What a person is told: each says so for themselves, administrators for those who have said nothing. */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { conflict } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { getSetting, putSetting } from '@/lib/event/setting';
import { newId } from '@/lib/id';
import { parseInput } from '@/lib/input';
import { isMailSet } from '@/lib/mail/mail';
import { dropWaiting } from './mail-store';
import { type MyNotices, type MyNoticesView, myNoticesInput, type Wishes, wishesInput } from './model';
import { findPersonal, insertAddress, updateAddress } from './store';

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
  const row = ctx.actor.kind === 'person' ? await findPersonal(ctx.db, ctx.actor.id) : null;
  return viewOf(ctx.db, { email: row?.email ?? null, wishes: row?.wishes ?? null });
}

async function viewOf(db: Db, mine: MyNotices): Promise<MyNoticesView> {
  return { ...mine, defaults: await defaultWishes(db), mail: await isMailSet(db) };
}

/** The mailbox is in no event: it is nobody else's affair. Without one nothing is sent, and what waited is dropped. */
export async function putMyNotices(ctx: Context, input: unknown): Promise<MyNoticesView> {
  authorise(ctx.actor, 'view');
  if (ctx.actor.kind !== 'person') throw conflict('Only people are told by mail: sign in as one');
  const me = ctx.actor.id;
  const given = parseInput(myNoticesInput, input);
  const now = ctx.now();
  await ctx.db.transaction(async (tx) => {
    const before = await findPersonal(tx, me);
    if (!before) {
      const fresh = {
        kind: 'email' as const,
        webhookTarget: null,
        kinds: [],
        environments: [],
        createdBy: ctx.actor.name,
      };
      await insertAddress(tx, { id: newId('nad', now), personId: me, ...given, ...fresh, createdAt: now });
      return;
    }
    await updateAddress(tx, before.id, given);
    // What waits for the mailbox before this one goes to the new one; without one it goes nowhere.
    if (given.email === null) await dropWaiting(tx, before.id);
  });
  return viewOf(ctx.db, given);
}
