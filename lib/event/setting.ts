/** Named settings, and the one switch that stops everything automatic. */
import { eq } from 'drizzle-orm';
import { setting } from '@/drizzle/schema/event';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { badInput } from '@/lib/errors';
import { record } from './event';

export async function getSetting<T>(db: Db | Tx, key: string, fallback: T): Promise<T> {
  const [row] = await db.select({ value: setting.value }).from(setting).where(eq(setting.key, key));
  return row === undefined ? fallback : (row.value as T);
}

export async function putSetting(db: Db | Tx, now: Date, key: string, value: unknown): Promise<void> {
  await db
    .insert(setting)
    .values({ key, value, updatedAt: now })
    .onConflictDoUpdate({ target: setting.key, set: { value, updatedAt: now } });
}

type Change<T> = {
  name: string;
  read: (tx: Tx) => Promise<T>;
  after: T;
  /** What the history is told; throws what cannot be, and then nothing is changed. */
  says: (tx: Tx, before: T) => string | Promise<string>;
};

/** A change and the event that tells of it, together; what is so already changes and tells nothing. */
export async function changeSetting<T>(ctx: Context, { name, read, after, says }: Change<T>): Promise<void> {
  const now = ctx.now();
  await ctx.db.transaction(async (tx) => {
    const before = await read(tx);
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    const reason = await says(tx, before);
    await putSetting(tx, now, name, after);
    await record(tx, now, ctx.actor, {
      kind: 'settings.changed',
      reason,
      data: { setting: name, before, after },
    });
  });
}

export type Automation = { stopped: boolean; reason: string | null; by: string | null; at: string | null };
const running: Automation = { stopped: false, reason: null, by: null, at: null };

export function getAutomation(db: Db | Tx): Promise<Automation> {
  return getSetting(db, 'automation', running);
}

export function stopAutomation(ctx: Context, reason: string): Promise<Automation> {
  return turn(ctx, true, reason);
}

export function resumeAutomation(ctx: Context, reason: string): Promise<Automation> {
  return turn(ctx, false, reason);
}

/** Stopping is the safe direction, so whoever operates may; a stop that is already there stays as it is. */
async function turn(ctx: Context, stopped: boolean, given: string): Promise<Automation> {
  authorise(ctx.actor, 'operate', null);
  const reason = given.trim();
  if (reason === '' || reason.length > 500)
    throw badInput([{ field: 'reason', message: 'say why, in 1 to 500 letters' }]);
  return ctx.db.transaction(async (tx) => {
    const now = ctx.now();
    await putSettingIfAbsent(tx, now);
    const [row] = await tx
      .select({ value: setting.value })
      .from(setting)
      .where(eq(setting.key, 'automation'))
      .for('update');
    const before = row?.value as Automation;
    if (before.stopped === stopped) return before;
    const after: Automation = { stopped, reason, by: ctx.actor.name, at: now.toISOString() };
    await putSetting(tx, now, 'automation', after);
    await record(tx, now, ctx.actor, { kind: stopped ? 'automation.stopped' : 'automation.resumed', reason });
    return after;
  });
}

/** Something to lock, so that two people who turn the switch at once make one event. */
async function putSettingIfAbsent(tx: Tx, now: Date): Promise<void> {
  await tx.insert(setting).values({ key: 'automation', value: running, updatedAt: now }).onConflictDoNothing();
}
