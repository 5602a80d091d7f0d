/** What is done when a feature is rolled back, by Belay and by people. Safe in a browser. */
import { z } from 'zod';
import { checkInput } from '@/lib/migration/model';

/** Without these nothing is proven, so every runbook has each of them once. */
export const provingActs = ['restore', 'revert_migrations', 'integrity', 'read_back', 'exposure', 'criteria'] as const;
export type ProvingAct = (typeof provingActs)[number];
/**
 * What a step does. The proving ones are the machine's own; a runbook puts them in order, says what to expect of them,
 * and adds calls, checks and what only a person can do.
 */
export const runbookActs = [...provingActs, 'call', 'check', 'person'] as const;
export type RunbookAct = (typeof runbookActs)[number];

const base = {
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/, 'use letters, digits and . _ - (at most 80)')
    .meta({ description: 'unique in its runbook' }),
  title: z.string().trim().min(1, 'say what is done').max(200),
  expected: z.string().trim().max(1000).default('').meta({ description: 'what it looks like when it has worked' }),
  how: z.string().trim().max(1000).default('').meta({ description: 'how to see that it has' }),
};

export const runbookStep = z.discriminatedUnion('act', [
  z.strictObject({ act: z.enum(provingActs), ...base }),
  z.strictObject({
    act: z.literal('call'),
    ...base,
    webhook: z.string().min(1).max(100).meta({ description: 'name or id of a registered webhook' }),
    body: z.record(z.string(), z.unknown()).default({}),
    timeoutMs: z.number().int().min(100).max(60_000).default(10_000),
  }),
  z.strictObject({ act: z.literal('check'), ...base, check: checkInput }),
  z.strictObject({
    act: z.literal('person'),
    ...base,
    who: z.string().trim().max(200).default('').meta({ description: 'who should do it: a role, a team, a name' }),
    blocking: z
      .boolean()
      .default(false)
      .meta({ description: 'true: the rollback is not verified before somebody has ticked it off' }),
  }),
]);
export type RunbookStep = z.output<typeof runbookStep>;

export const runbookSteps = z.array(runbookStep).min(1).max(100);

export const runbookInput = z.strictObject({
  name: z.string().trim().min(1).max(200),
  steps: runbookSteps,
  reason: z.string().trim().min(1, 'say why').max(500),
  /** the version that was edited; given, an edit of an older one is refused */
  basedOn: z.number().int().min(0).optional().meta({ description: 'the version that was edited; 0: there was none' }),
});

export type RunbookView = {
  id: string;
  name: string;
  feature: string;
  version: number;
  steps: RunbookStep[];
  reason: string;
  by: string;
  at: string;
};
/** What a rollback carries out: the feature's own, or the one that comes with Belay (`id: null`, version 0). */
export type RunbookUsed = { id: string | null; name: string; version: number; steps: RunbookStep[] };
/** Every feature, with the runbook that a rollback of it would carry out now. */
export type RunbookOfFeature = RunbookUsed & {
  feature: string;
  owner: string;
  reason: string | null;
  by: string | null;
  at: string | null;
};
