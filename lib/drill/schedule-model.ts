/** When a drill runs, and when none does, as people say it. Safe in a browser. */
import { z } from 'zod';

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time: use 09:00');
const endTime = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'is not a time: use 17:00, or 24:00');
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
/** `to` before `from` goes over midnight; `to` is the first minute outside. In the zone of the schedule. */
export const windowInput = z.strictObject({
  days: z
    .array(z.enum(weekdays))
    .min(1, 'names no day')
    .default([...weekdays]),
  from: time,
  to: endTime,
});
export type Window = z.output<typeof windowInput>;

export const scheduleInput = z.strictObject({
  /** five fields: minute hour day month weekday */
  cron: z.string().trim().min(1).max(100),
  timeZone: z.string().min(1).max(100).default('UTC'),
  allowed: z.array(windowInput).max(50).default([]),
  blocked: z.array(windowInput).max(50).default([]),
  /** no drill on these days, in the zone of the schedule */
  blackout: z.array(z.iso.date('is not a date: use 2026-12-24')).max(400).default([]),
  missed: z.enum(['skip', 'run_once']).default('skip'),
  paused: z.boolean().default(false),
});
export type Schedule = z.output<typeof scheduleInput>;

/** No drill begins before `until`. No environments: in none of them. */
export const freezeInput = z.strictObject({
  /** null: drills may begin again */
  until: z.iso.datetime('is not a time: use 2027-01-02T08:00:00Z').nullable(),
  reason: z.string().trim().min(1, 'say why').max(500),
  environments: z.array(z.string().trim().min(1).max(100)).max(100).default([]),
});
export type Freeze = {
  until: string | null;
  reason: string;
  environments: string[];
  by: string | null;
  at: string | null;
};
