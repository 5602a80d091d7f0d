/** The shapes that what is learnt from drills answers with; tests hold real answers against them. */
import { z } from 'zod';
import { roles } from '@/lib/access/model';
import type { Coverage } from '@/lib/drill/learn/coverage';
import type { Proposal } from '@/lib/drill/learn/propose';
import type { ClockReadiness, Readiness } from '@/lib/drill/learn/readiness';
import { clockNames, drillInput, drillLevels, endStates, runStates, skipReasons } from '@/lib/drill/model';
import type { CalendarEntry } from '@/lib/drill/schedule/calendar';

const instant = z.iso.datetime();
const unknown = z.literal('unknown');
const place = { feature: z.string(), environment: z.string() };
const objective = { objectiveMs: z.number().nullable(), met: z.boolean().nullable() };

const clockReadiness = z.object({
  name: z.enum(clockNames),
  values: z
    .array(z.object({ runId: z.string(), at: instant, ms: z.number(), ...objective }))
    .meta({ description: 'recorded in runs that were restored; newest first, the last ten' }),
  recorded: z.number().int(),
  medianMs: z.union([z.number(), unknown]),
  trend: z
    .object({ newestMs: z.number(), beforeMs: z.number(), toward: z.enum(['faster', 'slower', 'same']) })
    .nullable()
    .meta({ description: 'the newest against the median of those before it; null under three' }),
  objectiveMet: z.union([z.boolean(), unknown]).meta({ description: 'by the newest run that had an objective for it' }),
  shareMet: z
    .union([z.number().min(0).max(1), unknown])
    .meta({ description: 'of the runs that had an objective for it, the part that showed that it was met' }),
  judged: z.number().int().meta({ description: 'runs that had an objective for it' }),
}) satisfies z.ZodType<ClockReadiness>;

export const readinessView = z.object({
  ...place,
  lastProven: z.object({ runId: z.string(), at: instant, level: z.enum(drillLevels) }).nullable(),
  staleness: z
    .union([z.number().min(0).max(1), unknown])
    .meta({ description: '1 − 2^(−age/half-life) of the last proof: 0 is fresh; unknown: it was never proven' }),
  halfLifeDays: z.number().meta({ description: 'how often its drills are due by their schedules; 30 without any' }),
  clocks: z.array(clockReadiness),
  ends: z.record(z.enum(endStates), z.number().int()),
  running: z.number().int(),
  last: z
    .object({ runId: z.string(), at: instant, state: z.enum(endStates), level: z.enum(drillLevels) })
    .nullable()
    .meta({ description: 'how the newest that has ended came to its end' }),
  unknown: z
    .array(z.enum([...clockNames, 'proof', 'objectives']))
    .meta({ description: 'what nothing is known of: no figure stands in for it' }),
}) satisfies z.ZodType<Readiness>;

const rehearsed = {
  last: instant.nullable().meta({ description: 'null: never, as far as is known' }),
  lately: z.boolean(),
};
export const coverageView = z.object({
  days: z.number(),
  since: instant,
  features: z.array(z.object({ ...place, ...rehearsed })).meta({ description: 'proven there; the longest ago first' }),
  cohorts: z
    .array(z.object({ ...place, cohort: z.string(), ...rehearsed }))
    .meta({ description: 'whom the newest plan there exposes' }),
  people: z
    .array(z.object({ name: z.string(), role: z.enum(roles), ...rehearsed }))
    .nullable()
    .meta({ description: 'whose role lets them roll back; null: not told to a key of one environment' }),
}) satisfies z.ZodType<Coverage>;

const source = z.enum(['recorded', 'usual']);
export const proposalView = z.object({
  ...place,
  why: z.string(),
  drill: drillInput.meta({ description: 'what POST /drills takes' }),
  objectives: z
    .object({ detect: source, decide: source, actuate: source, propagate: source, recover: source })
    .meta({ description: 'recorded: the slowest of its past rollbacks; usual: nothing was recorded' }),
  rollbacks: z.number().int().meta({ description: 'past rollbacks that were read for it' }),
}) satisfies z.ZodType<unknown, Proposal>;

const entry = { drillId: z.string(), name: z.string(), ...place, at: instant };
export const calendarEntry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('run'), ...entry, runId: z.string(), state: z.enum(runStates) }),
  z.object({ kind: z.literal('skipped'), ...entry, reason: z.enum(skipReasons) }),
  z.object({
    kind: z.literal('planned'),
    ...entry,
    blockedBy: z.enum(skipReasons).nullable().meta({ description: 'known already now: it will be left out' }),
    clockChanged: z.boolean().meta({ description: 'its clock has changed since the time before it' }),
  }),
]) satisfies z.ZodType<CalendarEntry>;
