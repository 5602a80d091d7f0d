/** The shapes that runs of drills answer with; tests hold real answers against them. */
import { z } from 'zod';
import {
  type Clock,
  clockNames,
  clockStates,
  drillInput,
  drillLevels,
  type RunLine,
  type RunView,
  runStates,
} from '@/lib/drill/model';

const instant = z.iso.datetime();
const facts = z.record(z.string(), z.unknown());

const clock = z.object({
  name: z.enum(clockNames),
  state: z.enum(clockStates).meta({ description: 'only recorded ones enter averages' }),
  from: instant.nullable(),
  to: instant.nullable(),
  ms: z.number().nullable(),
  objectiveMs: z.number().nullable(),
  met: z.boolean().nullable().meta({ description: 'null: not known yet, or there is no objective' }),
  corrected: z
    .object({ from: instant.nullable(), to: instant.nullable(), by: z.string(), reason: z.string() })
    .nullable()
    .meta({ description: 'what was recorded before a person corrected it' }),
}) satisfies z.ZodType<Clock>;

const line = z.object({
  at: instant,
  state: z.enum(runStates),
  text: z.string(),
  data: facts,
}) satisfies z.ZodType<RunLine>;
export const runLineView = line.extend({ seq: z.number().int() });

export const runView = z.object({
  id: z.string(),
  drillId: z.string().nullable(),
  name: z.string(),
  feature: z.string(),
  environment: z.string(),
  level: z.enum(drillLevels),
  drill: z.object(drillInput.shape).meta({ description: 'as it was when the run was planned' }),
  state: z.enum(runStates),
  trigger: z.enum(['schedule', 'person']),
  by: z.string(),
  shadow: z.string().nullable().meta({ description: 'the environment of its flags and telemetry' }),
  rolloutId: z.string().nullable(),
  rollbackId: z.string().nullable(),
  knownGood: z.string().nullable().meta({ description: 'snapshot of the real environment' }),
  undo: z
    .object({ what: z.string(), state: z.enum(['planned', 'done']), at: instant.nullable() })
    .nullable()
    .meta({ description: 'committed before the fault' }),
  faultUntil: instant.nullable().meta({ description: 'the fault ends by itself then' }),
  decision: z.object({
    askedAt: instant.nullable(),
    deadlineAt: instant.nullable(),
    answer: z.enum(['roll_back', 'hold', 'abort']).nullable(),
    by: z.string().nullable(),
    at: instant.nullable(),
    saw: facts.nullable(),
    note: z.string(),
  }),
  clocks: z.array(clock),
  control: z
    .object({ cohort: z.string(), touched: z.boolean().nullable(), detail: z.string() })
    .nullable()
    .meta({ description: 'touched null: nothing was heard of it, which proves nothing' }),
  proof: z
    .object({
      restored: z.boolean().nullable(),
      detail: z.string(),
      differences: z.array(z.object({ path: z.string(), from: z.unknown(), to: z.unknown() })),
    })
    .nullable(),
  log: z.array(line),
  why: z.string(),
  stop: z
    .object({ kind: z.enum(['failed', 'aborted', 'interrupted']), by: z.string(), why: z.string(), at: instant })
    .nullable()
    .meta({ description: 'asked to end before it was through; what it did is taken back first' }),
  scheduledFor: instant.nullable(),
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
}) satisfies z.ZodType<RunView>;
