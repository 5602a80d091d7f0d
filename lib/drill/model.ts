/** Rehearsals of a rollback: what is rehearsed, a run of it, what it showed. Safe in a browser. */
import { z } from 'zod';
import { checkInput } from '@/lib/migration/model';
import { durationPattern } from '@/lib/rollout/model';
import { scheduleInput } from './schedule-model';

/**
 * `tabletop`: people only. `synthetic`: marked telemetry in an environment of its own; no user is touched.
 * `fault`: the flags serve a fault to one version and cohort. `proxy`: HAProxy does, by a header.
 */
export const drillLevels = ['tabletop', 'synthetic', 'fault', 'proxy'] as const;
export type DrillLevel = (typeof drillLevels)[number];

/** What the snippet for HAProxy can answer; it has no way to slow what it lets through. */
export const proxyStatuses: readonly number[] = [429, 500, 502, 503, 504];

/** Telemetry, rollouts and flags of a run live here and nowhere else: `drill/run_…`. */
export const drillPrefix = 'drill/';
/** Users of a rehearsal who are not in what it exposes, where the drill names no control cohort. */
export const unnamedControl = 'others';
export const isDrillEnvironment = (environment: string): boolean => environment.startsWith(drillPrefix);
/** One that people have. */
export const environmentInput = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .refine((e) => !isDrillEnvironment(e), 'belongs to a drill itself');

export const runStates = [
  'planned',
  'preparing',
  'injecting',
  'detecting',
  'deciding',
  'rolling_back',
  'propagating',
  'verifying',
  'restored',
  'failed',
  'aborted',
  'interrupted',
] as const;
export type RunState = (typeof runStates)[number];
export const endStates = ['restored', 'failed', 'aborted', 'interrupted'] as const satisfies readonly RunState[];

/**
 * detect: fault → first failing verdict. decide: that → the order to roll back. actuate: order → the flags are switched.
 * propagate: switched → nobody is served it any more. recover: that → criteria are back in the recorded range.
 */
export const clockNames = ['detect', 'decide', 'actuate', 'propagate', 'recover'] as const;
export type ClockName = (typeof clockNames)[number];
/** Only `recorded` ones enter averages. `invalid`: its end lies before its start. */
export const clockStates = ['recorded', 'pending', 'not_applicable', 'invalid'] as const;
export type Clock = {
  name: ClockName;
  state: (typeof clockStates)[number];
  from: string | null;
  to: string | null;
  ms: number | null;
  objectiveMs: number | null;
  /** null: not known yet, or there is no objective */
  met: boolean | null;
  /** a person has corrected it: what it was, by whom and why */
  corrected: { from: string | null; to: string | null; by: string; reason: string } | null;
};

const isDuration = [durationPattern, 'is not a duration: use 90s, 5m, 24h or 7d'] as const;
const duration = z.string({ error: isDuration[1] }).regex(...isDuration);
const percent = z.number().min(0).max(100);
const cohort = z.string().min(1).max(100);

export const faultInput = z
  .strictObject({
    /** of the requests of the version and cohort, percent */
    share: percent.refine((v) => v > 0, 'must be above 0'),
    /** what a failing request answers; null: it does not fail */
    status: z.number().int().min(400).max(599).nullable().default(503),
    latencyMs: z.number().int().min(0).max(60_000).default(0),
    jitterMs: z.number().int().min(0).max(60_000).default(0),
    /** the target ends it by itself then, whatever becomes of Belay */
    expiresAfter: z
      .string({
        error: ({ input }) => (input == null ? 'is needed: the target must end the fault by itself' : isDuration[1]),
      })
      .regex(...isDuration),
  })
  .refine((f) => f.status !== null || f.latencyMs > 0, {
    path: ['status'],
    message: 'a fault must fail or slow something',
  });

const objective = duration.nullish().transform((d) => d ?? null);
export const objectivesInput = z.strictObject({
  detect: objective,
  decide: objective,
  actuate: objective,
  propagate: objective,
  recover: objective,
  /** proven at the latest then; must lie ahead when it is set */
  provenBy: z.iso
    .datetime({ offset: true, error: 'is not a time: use 2026-12-24T12:00:00Z' })
    .nullish()
    .transform((d) => d ?? null),
});

export const decisionInput = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('automatic') }),
  z.strictObject({
    by: z.literal('person'),
    role: z.enum(['operator', 'approver', 'admin']).default('operator'),
    deadline: duration.default('5m'),
    atDeadline: z.enum(['roll_back', 'fail', 'abort']).default('roll_back'),
    /** people who should not answer this time: the usual experts */
    notThese: z.array(z.string().min(1).max(200)).max(50).default([]),
  }),
]);

export const drillInput = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    feature: z.string().min(1).max(100),
    environment: environmentInput,
    owner: z.string().trim().min(1).max(200),
    /** the rollout whose plan is rehearsed; left out: the newest of the feature in the environment */
    rollout: z
      .string()
      .max(100)
      .nullish()
      .transform((r) => r ?? null),
    level: z.enum(drillLevels).default('synthetic'),
    /** what is said to people at a tabletop, and at the head of every run */
    situation: z.string().trim().max(4000).default(''),
    fault: faultInput.nullish().transform((f) => f ?? null),
    blast: z
      .strictObject({
        cohort,
        share: percent.default(100),
        minutes: z.number().int().min(1).max(240).default(15),
      })
      .nullish()
      .transform((b) => b ?? null),
    /** watched beside it: it must not be touched */
    control: cohort.nullish().transform((c) => c ?? null),
    objectives: objectivesInput.prefault({}),
    decision: decisionInput.default({ by: 'automatic' }),
    knownGood: z.strictObject({ checks: z.array(checkInput).max(50).default([]) }).prefault({}),
    abort: z
      .strictObject({
        /** marked requests that may fail before it is aborted; null: no limit */
        errors: z
          .number()
          .int()
          .min(1)
          .nullish()
          .transform((e) => e ?? null),
        after: duration.default('15m'),
        /** any of these that fails aborts it */
        checks: z.array(checkInput).max(20).default([]),
      })
      .prefault({}),
    runbook: z
      .string()
      .max(100)
      .nullish()
      .transform((r) => r ?? null),
    schedule: scheduleInput.nullish().transform((s) => s ?? null),
  })
  .superRefine((d, issue) => {
    const say = (path: (string | number)[], message: string) => issue.addIssue({ code: 'custom', path, message });
    if (d.level === 'tabletop' && d.fault !== null) say(['fault'], 'is not for a tabletop: nothing is injected');
    if (d.level !== 'tabletop' && d.fault === null) say(['fault'], 'is needed, with an expiry');
    if ((d.level === 'fault' || d.level === 'proxy') && d.blast === null)
      say(['blast'], 'is needed: say whom it may touch');
    if (d.level === 'proxy' && d.fault) {
      const known = d.fault.status !== null && proxyStatuses.includes(d.fault.status);
      if (!known) say(['fault', 'status'], `must be one that HAProxy answers: ${proxyStatuses.join(', ')}`);
      for (const name of ['latencyMs', 'jitterMs'] as const)
        if (d.fault[name] > 0)
          say(['fault', name], 'must be 0: HAProxy fails requests and cannot slow them; use fault');
    }
    if (d.level === 'tabletop' && d.decision.by === 'automatic') say(['decision', 'by'], 'a tabletop is for people');
    if (d.control !== null && d.control === d.blast?.cohort) say(['control'], 'is the cohort that is touched');
  });
export type DrillInput = z.input<typeof drillInput>;
export type Drill = z.output<typeof drillInput>;

/** What is changed is the drill itself; whoever says which version they read is told when it is another by now. */
export const drillChange = drillInput.safeExtend({
  basedOn: z
    .number()
    .int()
    .min(1)
    .optional()
    .meta({ description: 'the version that was edited; given, an edit of an older one is refused' }),
});

export const skipReasons = [
  'missed',
  'window',
  'blackout',
  'freeze',
  'incident',
  'busy',
  'limit',
  'automation_stopped',
  'paused',
] as const;
export type SkipReason = (typeof skipReasons)[number];

export type DrillView = Drill & {
  id: string;
  /** 1 at first, one more with every change of it, and with every pause and resumption */
  version: number;
  nextRunAt: string | null;
  lastRun: { id: string; state: RunState; endedAt: string | null } | null;
  /** since when a run is owed; null: none is */
  overdueSince: string | null;
  /** since when it ought to have been proven and was not: its objective `provenBy`; null: it is, or has time */
  unprovenSince: string | null;
  blockedBy: SkipReason | null;
  createdBy: string;
  createdAt: string;
  updatedAt: string;
  archivedAt: string | null;
};

/** A time of the schedule at which nothing was run. */
export type SkipView = { scheduledFor: string; reason: SkipReason; at: string };

/** One line of the log of a run; what people see step by step. */
export type RunLine = { at: string; state: RunState; text: string; data: Record<string, unknown> };

/** One time of a schedule, as its own clock and the reader's show it. */
export type PlannedTime = {
  at: string;
  /** `2026-10-25T02:30+02:00`, in the zone of the schedule */
  local: string;
  /** the same instant in the reader's zone */
  reader: string;
  /** true: the day has no such time, so it is the first after the gap */
  moved: boolean;
  /** true: a clock has changed since the time before it, here or at the reader's */
  clockChanged: boolean;
  /** known already now: it will be left out */
  blockedBy: SkipReason | null;
};
export type SchedulePreview = {
  timeZone: string;
  readerZone: string;
  times: PlannedTime[];
  /** the first change of a clock after the last of them, here or at the reader's, and the times on both sides of it */
  change: { at: string; timeZone: string; before: PlannedTime | null; after: PlannedTime | null } | null;
  /** what the cron names up to the last of them and the schedule itself leaves out; the first 50 */
  closed: Array<{ at: string; local: string; reader: string; reason: SkipReason }>;
};

/** How many drills may run at once, over all features. */
export const drillLimitInput = z.strictObject({ max: z.number().int().min(0).max(100).default(2) });
export type DrillLimit = z.output<typeof drillLimitInput>;

export type RunView = {
  id: string;
  drillId: string | null;
  name: string;
  feature: string;
  environment: string;
  level: DrillLevel;
  drill: Drill;
  state: RunState;
  trigger: 'schedule' | 'person';
  by: string;
  /** where its telemetry and its flags are; null: a tabletop has none */
  shadow: string | null;
  rolloutId: string | null;
  rollbackId: string | null;
  knownGood: string | null;
  /** committed before the fault */
  undo: { what: string; state: 'planned' | 'done'; at: string | null } | null;
  /** the fault ends by itself then */
  faultUntil: string | null;
  decision: {
    askedAt: string | null;
    deadlineAt: string | null;
    answer: 'roll_back' | 'hold' | 'abort' | null;
    by: string | null;
    at: string | null;
    /** what the person saw when answering */
    saw: Record<string, unknown> | null;
    note: string;
  };
  clocks: Clock[];
  control: { cohort: string; touched: boolean | null; detail: string } | null;
  proof: {
    restored: boolean | null;
    detail: string;
    differences: Array<{ path: string; from: unknown; to: unknown }>;
  } | null;
  log: RunLine[];
  why: string;
  /** asked to end before it was through: what it did is taken back first; null: nobody and nothing has */
  stop: { kind: 'failed' | 'aborted' | 'interrupted'; by: string; why: string; at: string } | null;
  scheduledFor: string | null;
  startedAt: string | null;
  endedAt: string | null;
};
