/** What `excess` answers, for the document. */
import { z } from 'zod';
import type { ExcessView } from '@/lib/rollout/explain/excess';
import { resolutions } from '@/lib/signal/model';

const instant = z.iso.datetime();
const number = z.number().nullable();
const arm = z.object({
  n: number.meta({ description: 'Observations with the value; null: only what is counted carries it' }),
  y: z.number().meta({ description: 'What is counted of them: events, or the sum of the values' }),
});
const excess = z.object({
  key: z.string(),
  value: z.string().nullable().meta({ description: 'null: the attribute is not set' }),
  baseline: arm.nullable(),
  candidate: arm,
  excess: z.number().meta({ description: 'So many more than expected; positive is worse' }),
  low: z.number(),
  high: z.number().meta({ description: 'The interval holds for all values at once, 95 %' }),
  share: number.meta({ description: 'Of the whole excess; null where there is none' }),
  traffic: number.meta({ description: 'Of the candidate’s observations' }),
  clear: z.boolean().meta({ description: 'Carries more of the excess than of the traffic, beyond chance' }),
  newHere: z.boolean().meta({ description: 'Only the candidate has it: nothing to compare with' }),
  goneHere: z.boolean(),
  symptom: z.boolean().meta({ description: 'Says what the failure is, not where' }),
  echoes: z
    .object({ key: z.string(), value: z.string().nullable(), same: z.boolean() })
    .nullable()
    .meta({ description: 'A value above it with the same observations, or with nearly all of its excess' }),
});

export const excessView = z.object({
  criterion: z.string(),
  cohort: z.string().nullable(),
  unit: z.string(),
  from: instant,
  to: instant,
  resolution: z.literal([...resolutions]),
  total: z
    .object({ excess: z.number(), low: z.number(), high: z.number(), n: z.number() })
    .nullable()
    .meta({ description: 'null: this measure has no parts, or there was nothing to compare' }),
  values: z.array(excess).meta({ description: 'Telling first' }),
  cohorts: z.array(excess),
  keys: z.array(z.string()),
  left: z.number().int().meta({ description: 'Values beyond those listed' }),
  instances: z
    .array(excess)
    .nullable()
    .meta({ description: 'The same by instance; null: only told apart once a decision is explained' }),
  frozenAt: instant.nullable().meta({ description: 'When it was kept with the decision; null: read just now' }),
}) satisfies z.ZodType<ExcessView>;
