/** What is done when a feature is rolled back, by Belay and by people. Safe in a browser. */
import { z } from 'zod';
import { checkInput } from '@/lib/migration/model';

/**
 * What a step does. The first six are the machine's own; a runbook puts them in order, says what to expect of them, and
 * adds calls, checks and what only a person can do.
 */
export const runbookActs = [
  'restore',
  'revert_migrations',
  'integrity',
  'read_back',
  'exposure',
  'criteria',
  'call',
  'check',
  'person',
] as const;
export type RunbookAct = (typeof runbookActs)[number];
/** Without these nothing is proven, so every runbook has each of them once. */
export const provingActs = [
  'restore',
  'revert_migrations',
  'integrity',
  'read_back',
  'exposure',
  'criteria',
] as const satisfies readonly RunbookAct[];

const base = {
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/, 'use letters, digits and . _ - (at most 80)'),
  title: z.string().trim().min(1).max(200),
  expected: z.string().trim().max(1000).default('').meta({ description: 'what it looks like when it has worked' }),
  how: z.string().trim().max(1000).default('').meta({ description: 'how to see that it has' }),
};

export const runbookStep = z.discriminatedUnion('act', [
  ...([...provingActs] as const).map((act) => z.strictObject({ ...base, act: z.literal(act) })),
  z.strictObject({
    ...base,
    act: z.literal('call'),
    webhook: z.string().min(1).max(100),
    body: z.record(z.string(), z.unknown()).default({}),
    timeoutMs: z.number().int().min(100).max(60_000).default(10_000),
  }),
  z.strictObject({ ...base, act: z.literal('check'), check: checkInput }),
  z.strictObject({
    ...base,
    act: z.literal('person'),
    /** who should do it: a role, a team, a name */
    who: z.string().trim().max(200).default(''),
    /** true: the rollback is not verified before somebody has ticked it off */
    blocking: z.boolean().default(false),
  }),
] as unknown as [z.ZodObject, ...z.ZodObject[]]);
type Base = { name: string; title: string; expected: string; how: string };
export type RunbookStep =
  | (Base & { act: (typeof provingActs)[number] })
  | (Base & { act: 'call'; webhook: string; body: Record<string, unknown>; timeoutMs: number })
  | (Base & { act: 'check'; check: z.output<typeof checkInput> })
  | (Base & { act: 'person'; who: string; blocking: boolean });

export const runbookInput = z.strictObject({
  name: z.string().trim().min(1).max(200),
  /** null: of no feature; people start from it */
  feature: z
    .string()
    .min(1)
    .max(100)
    .nullish()
    .transform((f) => f ?? null),
  steps: z.array(runbookStep).min(1).max(100),
  reason: z.string().trim().min(1, 'say why').max(500),
});

export type RunbookView = {
  id: string;
  name: string;
  feature: string | null;
  version: number;
  steps: RunbookStep[];
  reason: string;
  by: string;
  at: string;
};
/** What a rollback carries out: the feature's own, or the one that comes with Belay (`id: null`). */
export type RunbookUsed = { id: string | null; name: string; version: number; steps: RunbookStep[] };
