/** The shapes that rollbacks answer with, for the document; tests hold real answers against them. */
import { z } from 'zod';
import { checkInput } from '@/lib/migration/model';
import {
  type RestoreView,
  type RollbackCallView,
  type RollbackView,
  rollbackKinds,
  rollbackStates,
  stepStates,
} from '@/lib/rollback/model';

const instant = z.iso.datetime();

const work = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('restore'), plane: z.string() }),
  z.object({ kind: z.literal('serve') }),
  z.object({
    kind: z.literal('revert'),
    migration: z.string(),
    name: z.string(),
    how: z.enum(['sql', 'webhook', 'manual']),
  }),
  z.object({ kind: z.literal('check'), check: checkInput }),
  z.object({
    kind: z.literal('call'),
    webhook: z.string(),
    body: z.record(z.string(), z.unknown()),
    timeoutMs: z.number().int(),
  }),
  z.object({ kind: z.literal('person'), who: z.string(), blocking: z.boolean() }),
  z.object({ kind: z.literal('read_back'), plane: z.string() }),
  z.object({ kind: z.literal('exposure') }),
  z.object({ kind: z.literal('criteria') }),
]);

const step = z.object({
  id: z.string(),
  title: z.string(),
  owner: z.string().nullable(),
  expected: z.string().meta({ description: 'what it looks like when it has worked' }),
  how: z.string().meta({ description: 'how a person can see that it has; empty: what is seen says it' }),
  work,
  needs: z.array(z.string()).meta({ description: 'steps that are over before it begins' }),
  state: z.enum(stepStates),
  attempts: z.number().int(),
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
  dueAt: instant.nullable().meta({ description: 'when it is tried again; null: not by itself' }),
  detail: z.string().meta({ description: 'what was seen' }),
  next: z.string().meta({ description: 'what a person should do now; empty: nothing' }),
});

export const rollbackView = z.object({
  id: z.string(),
  kind: z.enum(rollbackKinds),
  rolloutId: z.string().nullable(),
  epoch: z.number().int().nullable(),
  feature: z.string(),
  environment: z.string(),
  state: z.enum(rollbackStates),
  cohorts: z.array(z.string()).meta({ description: 'whom it takes back; empty: everybody' }),
  target: z.string().nullable().meta({ description: 'the snapshot that it restores' }),
  plane: z.string(),
  fence: z.number().int(),
  runbook: z.object({ id: z.string().nullable(), name: z.string(), version: z.number().int() }),
  steps: z.array(step),
  ticks: z.array(z.object({ step: z.string(), by: z.string(), at: instant, note: z.string() })),
  reason: z.string(),
  by: z.string(),
  decidedAt: instant,
  deadlineAt: instant,
  escalatedAt: instant.nullable().meta({ description: 'since when people are told that it is not confirmed' }),
  acknowledged: z.object({ by: z.string(), at: instant, reason: z.string() }).nullable(),
  fallback: z.object({ what: z.string(), detail: z.string(), at: instant }).nullable(),
  endedAt: instant.nullable(),
  attempts: z.number().int(),
}) satisfies z.ZodType<RollbackView>;

export const restoreView = z.object({
  changed: z.boolean().meta({ description: 'false: everything was so already, and nothing was done' }),
  rollback: rollbackView.nullable().meta({ description: 'what carries it out' }),
}) satisfies z.ZodType<RestoreView>;

export const rollbackCallView = z.object({
  id: z.number().int(),
  step: z.string(),
  attempt: z.number().int(),
  key: z.string().meta({ description: 'sent as Idempotency-Key' }),
  fence: z.number().int().meta({ description: 'sent as Belay-Fence' }),
  requestedAt: instant,
  answeredAt: instant.nullable(),
  outcome: z.string().nullable().meta({ description: 'null: no answer was written down; it may have happened' }),
  detail: z.string(),
}) satisfies z.ZodType<RollbackCallView>;
