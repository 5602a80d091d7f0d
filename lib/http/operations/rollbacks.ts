/** Rollbacks: what they have come to, what they have asked of the outside, and what a person says to them. */
import { z } from 'zod';
import { rollbackStates } from '@/lib/rollback/model';
import { list, text, whole } from '../query';
import { rollbackCallView, rollbackView } from '../views/rollbacks';
import { type Operation, reason } from './operation';

const why = z.strictObject({ reason });

export const rollbackOperations = {
  listRollbacks: {
    method: 'GET',
    path: '/rollbacks',
    summary: 'Rollbacks and restores, newest first',
    permission: 'view',
    query: z.strictObject({
      state: list(z.enum(rollbackStates)).optional(),
      feature: text.optional(),
      environment: text.optional(),
      rollout: text.optional(),
      limit: whole(1, 1000).optional(),
    }),
    answers: z.array(rollbackView),
  },
  getRollback: {
    method: 'GET',
    path: '/rollbacks/{id}',
    summary: 'One rollback, step by step',
    permission: 'view',
    answers: rollbackView,
  },
  listRollbackCalls: {
    method: 'GET',
    path: '/rollbacks/{id}/calls',
    summary: 'What a rollback has asked of the outside, oldest first',
    permission: 'view',
    answers: z.array(rollbackCallView),
  },
  retryRollback: {
    method: 'POST',
    path: '/rollbacks/{id}/retry',
    summary: 'Try the failed steps again, with new deadlines',
    permission: 'operate',
    input: why,
    idempotent: true,
    answers: rollbackView,
  },
  acknowledgeRollback: {
    method: 'POST',
    path: '/rollbacks/{id}/acknowledge',
    summary: 'Take an unconfirmed rollback over: nobody is called any more, and it stays unconfirmed',
    permission: 'operate',
    input: why,
    idempotent: true,
    answers: rollbackView,
  },
  tickRollback: {
    method: 'POST',
    path: '/rollbacks/{id}/tick',
    summary: 'Tick off a step that a person has done',
    permission: 'operate',
    input: z.strictObject({
      step: z.string().min(1).max(200).meta({ description: 'id of the step' }),
      note: z.string().trim().max(1000).default('').meta({ description: 'what was done and seen' }),
    }),
    idempotent: true,
    answers: rollbackView,
  },
} as const satisfies Record<string, Operation>;
