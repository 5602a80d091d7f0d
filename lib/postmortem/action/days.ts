/**
 * In which time zone a day begins and ends. An action item is due on a day, and everybody must agree when that is over:
 * one zone for the whole installation, for what a reader's browser prefers is known to nobody who reminds of it. UTC
 * until an administrator names another.
 */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { instantOf, isZone, wallOf } from '@/lib/drill/schedule/zone';
import { badInput } from '@/lib/errors';
import { changeSetting, getSetting } from '@/lib/event/setting';
import { parseInput } from '@/lib/input';
import { type DaysSetting, type DaysView, daysInput } from '../action-model';
import { day } from './due';

const settingName = 'action_days';

/** A runtime that does not know the zone (any more) counts in UTC rather than not at all. */
export async function zoneOfDays(db: Db | Tx): Promise<string> {
  const { timeZone } = daysInput.parse(await getSetting(db, settingName, {}));
  return isZone(timeZone) ? timeZone : 'UTC';
}

/** The day that it is in the zone. */
export const dayIn = (zone: string, at: Date): string => day(new Date(wallOf(zone, at.getTime())));
/** The first instant of a day there. */
export const startOfDay = (zone: string, of: string): Date => new Date(instantOf(zone, Date.parse(of)));

export async function todayOf({ db, now }: Pick<Context, 'db' | 'now'>, tx: Db | Tx = db): Promise<string> {
  return dayIn(await zoneOfDays(tx), now());
}

export async function getActionDays(ctx: Context): Promise<DaysView> {
  authorise(ctx.actor, 'view');
  const timeZone = await zoneOfDays(ctx.db);
  return { timeZone, today: dayIn(timeZone, ctx.now()) };
}

/** What is due, overdue and reminded of is counted so from now on. */
export async function putActionDays(ctx: Context, input: unknown): Promise<DaysView> {
  authorise(ctx.actor, 'administer', null);
  const after: DaysSetting = parseInput(daysInput, input);
  if (!isZone(after.timeZone))
    throw badInput([{ field: 'timeZone', message: 'is no time zone, such as Europe/Berlin or UTC' }]);
  await changeSetting(ctx, {
    name: settingName,
    read: async (tx) => daysInput.parse(await getSetting(tx, settingName, {})),
    after,
    says: () => `Days on which actions are due are those of ${after.timeZone}`,
  });
  return getActionDays(ctx);
}
