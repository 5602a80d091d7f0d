/** The shapes that drills answer with; tests hold real answers against them. */
import { z } from 'zod';
import {
  type DrillLimit,
  type DrillView,
  drillInput,
  type PlannedTime,
  runStates,
  type SchedulePreview,
  type SkipView,
  skipReasons,
} from '@/lib/drill/model';
import type { Freeze } from '@/lib/drill/schedule-model';

const instant = z.iso.datetime();

export const drillView = z.object({
  ...drillInput.shape,
  id: z.string(),
  version: z.number().int().meta({
    description: 'what a change is based on: 1 at first, one more with every change, pause and resumption',
  }),
  nextRunAt: instant.nullable().meta({ description: 'null: no schedule, paused, or archived' }),
  lastRun: z.object({ id: z.string(), state: z.enum(runStates), endedAt: instant.nullable() }).nullable(),
  overdueSince: instant
    .nullable()
    .meta({ description: 'a time of the schedule that passed without a run or a reason' }),
  unprovenSince: instant
    .nullable()
    .meta({ description: 'its objective provenBy, where that has passed and the drill was never proven' }),
  blockedBy: z.enum(skipReasons).nullable().meta({ description: 'what would keep it from beginning now' }),
  createdBy: z.string(),
  createdAt: instant,
  updatedAt: instant,
  archivedAt: instant.nullable(),
}) satisfies z.ZodType<DrillView>;

export const skipView = z.object({
  scheduledFor: instant,
  reason: z.enum(skipReasons),
  at: instant,
}) satisfies z.ZodType<SkipView>;

const shown = {
  at: instant,
  local: z.string().meta({ description: 'in the zone of the schedule: 2026-10-25T02:30+02:00' }),
  reader: z.string().meta({ description: 'the same instant in the zone that was asked for' }),
};
const plannedTime = z.object({
  ...shown,
  moved: z.boolean().meta({ description: 'the day has no such time, so it is the first after the gap' }),
  clockChanged: z.boolean().meta({ description: 'a clock has changed since the time before it' }),
  blockedBy: z.enum(skipReasons).nullable().meta({ description: 'known already now: it will be left out' }),
}) satisfies z.ZodType<PlannedTime>;

export const schedulePreview = z.object({
  timeZone: z.string(),
  readerZone: z.string(),
  times: z.array(plannedTime),
  change: z
    .object({ at: instant, timeZone: z.string(), before: plannedTime.nullable(), after: plannedTime.nullable() })
    .nullable()
    .meta({ description: 'the first change of a clock after these times, and the times on both sides of it' }),
  closed: z
    .array(z.object({ ...shown, reason: z.enum(skipReasons) }))
    .meta({ description: 'named by the cron, and left out by windows or days of the schedule itself; the first 50' }),
}) satisfies z.ZodType<SchedulePreview>;

export const freezeView = z.object({
  until: instant.nullable().meta({ description: 'null: there is no freeze' }),
  reason: z.string(),
  environments: z.array(z.string()).meta({ description: 'none: all of them' }),
  by: z.string().nullable(),
  at: instant.nullable(),
}) satisfies z.ZodType<Freeze>;

export const drillLimitView = z.object({ max: z.number().int() }) satisfies z.ZodType<DrillLimit>;
