/** When no drill may begin, and how many may run at once. Nothing that is running is touched by either. */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { badInput } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { changeSetting, getSetting, putSetting } from '@/lib/event/setting';
import { parseInput } from '@/lib/input';
import { type DrillLimit, drillLimitInput } from '../model';
import { type Freeze, freezeInput } from '../schedule-model';

const freezeName = 'drill_freeze';
const limitName = 'drill_limit';
const none: Freeze = { until: null, reason: '', environments: [], by: null, at: null };

export function readFreeze(db: Db | Tx): Promise<Freeze> {
  return getSetting(db, freezeName, none);
}

export function isFrozen({ until, environments }: Freeze, environment: string, at: Date): boolean {
  if (until === null || new Date(until) <= at) return false;
  return environments.length === 0 || environments.includes(environment);
}

export async function getFreeze(ctx: Context): Promise<Freeze> {
  authorise(ctx.actor, 'view');
  return readFreeze(ctx.db);
}

/** Frozen until then, or free again; whoever operates may do both. */
export async function putFreeze(ctx: Context, input: unknown): Promise<Freeze> {
  authorise(ctx.actor, 'operate', null);
  const given = parseInput(freezeInput, input);
  const now = ctx.now();
  if (given.until !== null && new Date(given.until) <= now)
    throw badInput([{ field: 'until', message: 'lies in the past; leave it null to end a freeze' }]);
  const after: Freeze = { ...given, by: ctx.actor.name, at: now.toISOString() };
  await ctx.db.transaction(async (tx) => {
    const before = await readFreeze(tx);
    await putSetting(tx, now, freezeName, after);
    const where = given.environments.length === 0 ? 'everywhere' : `in ${given.environments.join(', ')}`;
    await record(tx, now, ctx.actor, {
      kind: 'drill.frozen',
      reason: given.until === null ? given.reason : `No drill begins ${where} until ${given.until}: ${given.reason}`,
      data: { before, after },
    });
  });
  return after;
}

export async function readDrillLimit(db: Db | Tx): Promise<number> {
  return drillLimitInput.parse(await getSetting(db, limitName, {})).max;
}

export async function getDrillLimit(ctx: Context): Promise<DrillLimit> {
  authorise(ctx.actor, 'view');
  return { max: await readDrillLimit(ctx.db) };
}

export async function putDrillLimit(ctx: Context, input: unknown): Promise<DrillLimit> {
  authorise(ctx.actor, 'administer', null);
  const after = parseInput(drillLimitInput, input);
  await changeSetting(ctx, {
    name: limitName,
    read: async (tx) => ({ max: await readDrillLimit(tx) }),
    after,
    says: () => `At most ${after.max} drills run at once`,
  });
  return after;
}
