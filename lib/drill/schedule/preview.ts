/** The next times of a schedule, as its own clock and a reader's show them. The reader's zone changes words only. */
import { z } from 'zod';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { badInput, notFound } from '@/lib/errors';
import { parseInput } from '@/lib/input';
import type { PlannedTime, SchedulePreview, SkipReason } from '../model';
import { type Freeze, type Schedule, scheduleInput } from '../schedule-model';
import { findDrill } from '../store';
import { isFrozen, readFreeze } from './freeze';
import { horizonDays, type Named, namedTimes, scheduleFaults } from './schedule';
import { isZone, nextChange, offsetAt, wallText } from './zone';

/** Of a draft that may not be whole yet, only this is read. */
const draftInput = z.looseObject({ schedule: scheduleInput, environment: z.string().max(100).optional() });
const mostClosed = 50;

export type PreviewQuery = { from?: Date; count?: number; zone?: string };

/** `of`: the id of a drill, or a draft of one. */
export async function previewSchedule(
  ctx: Context,
  of: string | object,
  { from = ctx.now(), count = 10, zone }: PreviewQuery = {},
): Promise<SchedulePreview> {
  authorise(ctx.actor, 'view');
  const { schedule, environment } = await scheduleOf(ctx, of);
  const readerZone = zone ?? schedule.timeZone;
  if (!isZone(readerZone)) throw badInput([{ field: 'zone', message: `is no time zone: ${readerZone}` }]);
  const freeze = await readFreeze(ctx.db);
  const named = namedTimes(schedule, from, { count, most: mostClosed });
  const words = (at: Date) => ({
    at: at.toISOString(),
    local: wallText(schedule.timeZone, at.getTime()),
    reader: wallText(readerZone, at.getTime()),
  });
  let before = from;
  const changed = (at: Date) => {
    const moved = [schedule.timeZone, readerZone].some(
      (z) => offsetAt(z, at.getTime()) !== offsetAt(z, before.getTime()),
    );
    before = at;
    return moved;
  };
  const planned = (at: Date, moved: boolean): PlannedTime => ({
    ...words(at),
    moved,
    clockChanged: changed(at),
    blockedBy: known(schedule, freeze, environment, at),
  });
  const times = named.filter((time) => time.closed === null).map(({ at, moved }) => planned(at, moved));
  const last = new Date(times.at(-1)?.at ?? from);
  const closed = named.flatMap(({ at, closed: reason }) => (reason ? [{ ...words(at), reason }] : []));
  const change = changeAfter(schedule, last, [schedule.timeZone, readerZone]);
  return {
    timeZone: schedule.timeZone,
    readerZone,
    times,
    change: change && {
      at: change.at.toISOString(),
      timeZone: change.timeZone,
      before: change.before && planned(change.before.at, change.before.moved),
      after: change.after && planned(change.after.at, change.after.moved),
    },
    closed,
  };
}

/** What comes on both sides of the first change of a clock: it is there that a schedule surprises people. */
function changeAfter(schedule: Schedule, last: Date, zones: string[]) {
  const changes = zones.flatMap((timeZone) => {
    const at = nextChange(timeZone, last.getTime(), horizonDays);
    return at === null ? [] : [{ at: new Date(at), timeZone }];
  });
  const first = changes.toSorted((a, b) => a.at.getTime() - b.at.getTime())[0];
  if (!first) return null;
  const [after] = namedTimes(schedule, new Date(first.at.getTime() - 1), { count: 1, most: 0 });
  const day = 24 * 3_600_000;
  let before: Named | null = null;
  for (const days of [1, 8, 62, horizonDays])
    before ??= lastBefore(schedule, new Date(first.at.getTime() - days * day), first.at);
  return { ...first, before, after: after ?? null };
}

/** More than so many in the span are not read: a shorter one has found some. */
const mostBefore = 1_500;

function lastBefore(schedule: Schedule, from: Date, until: Date): Named | null {
  const times = namedTimes(schedule, from, { count: mostBefore, most: 0 });
  return times.findLast((time) => time.at < until) ?? null;
}

async function scheduleOf(
  ctx: Context,
  of: string | object,
): Promise<{ schedule: Schedule; environment: string | null }> {
  if (typeof of === 'string') {
    const row = await findDrill(ctx.db, of);
    if (!row) throw notFound('drill', of);
    authorise(ctx.actor, 'view', row.environment);
    if (!row.spec.schedule)
      throw badInput([{ field: 'schedule', message: 'is none: the drill runs when a person starts it' }]);
    return { schedule: row.spec.schedule, environment: row.environment };
  }
  const { schedule, environment = null } = parseInput(draftInput, of);
  const faults = scheduleFaults(schedule, ctx.now());
  if (faults.length > 0) throw badInput(faults);
  return { schedule, environment };
}

function known({ paused }: Schedule, freeze: Freeze, environment: string | null, at: Date): SkipReason | null {
  if (paused) return 'paused';
  return environment !== null && isFrozen(freeze, environment, at) ? 'freeze' : null;
}
