/** Rollouts, what is known of them, their verbs, rollbacks and approvals. */
import { z } from 'zod';
import { backtestInput } from '@/lib/backtest/model';
import { approvalStates, planInput, rolloutStates, verbs } from '@/lib/rollout/model';
import { instant, list, text, whole } from '../query';
import { backtestView } from '../views/backtest';
import { excessView } from '../views/excess';
import { rollbackView } from '../views/rollbacks';
import { approvalView, decisionView, lookView, previewView, rolloutView, verdictView } from '../views/rollouts';
import { metricView, seriesView } from '../views/signal';
import { anything, type Operation } from './operation';
import { seriesQuery } from './signal';

const order = z
  .strictObject({
    reason: z.string().trim().max(500).default('').meta({ description: 'why; kept in the history' }),
    expectedEpoch: z.number().int().min(0).optional().meta({ description: 'refuse when the rollout has moved on' }),
    cohorts: z
      .array(z.string().min(1).max(100))
      .max(100)
      .optional()
      .meta({ description: 'roll-back only: take the candidate back from these and let all others go on' }),
  })
  .default({ reason: '' });

export const rolloutOperations = {
  listRollouts: {
    method: 'GET',
    path: '/rollouts',
    summary: 'Rollouts, newest first',
    permission: 'view',
    query: z.strictObject({
      state: list(z.enum(rolloutStates)).optional(),
      feature: text.optional(),
      environment: text.optional(),
      limit: whole(1, 1000).optional(),
    }),
    answers: z.array(rolloutView),
  },
  createRollout: {
    method: 'POST',
    path: '/rollouts',
    summary: 'Draft a rollout',
    permission: 'operate',
    input: anything,
    accepts: planInput,
    idempotent: true,
    answers: rolloutView,
    status: 201,
  },
  getRollout: {
    method: 'GET',
    path: '/rollouts/{id}',
    summary: 'One rollout with its newest verdict',
    permission: 'view',
    answers: rolloutView,
  },
  editRollout: {
    method: 'PUT',
    path: '/rollouts/{id}',
    summary: 'Change a draft',
    permission: 'operate',
    input: anything,
    accepts: planInput,
    answers: rolloutView,
  },
  deleteRollout: {
    method: 'DELETE',
    path: '/rollouts/{id}',
    summary: 'Delete a draft',
    permission: 'operate',
    status: 204,
  },
  getVerdict: {
    method: 'GET',
    path: '/rollouts/{id}/verdict',
    summary: 'The newest verdict and the outcomes that led to it; null before the first look',
    permission: 'view',
    answers: verdictView.nullable(),
  },
  listDecisions: {
    method: 'GET',
    path: '/rollouts/{id}/decisions',
    summary: 'What was decided, by whom, on what evidence',
    permission: 'view',
    answers: z.array(decisionView),
  },
  listLooks: {
    method: 'GET',
    path: '/rollouts/{id}/looks',
    summary: 'Each look of each criterion over time',
    permission: 'view',
    query: z.strictObject({
      criterion: z.string().min(1).max(100).optional(),
      cohort: z.string().max(255).optional().meta({ description: 'empty: overall; left out: all' }),
      from: instant.optional(),
      to: instant.optional(),
    }),
    answers: z.array(lookView),
  },
  getExcess: {
    method: 'GET',
    path: '/rollouts/{id}/excess',
    summary: 'Which attribute values carry the excess of a criterion; null where nothing fails or leans to',
    permission: 'view',
    query: z.strictObject({
      criterion: z
        .string()
        .min(1)
        .max(100)
        .optional()
        .meta({ description: 'left out: the one that decided, or leans most' }),
      cohort: z.string().max(255).optional().meta({ description: 'left out or empty: all together' }),
    }),
    answers: excessView.nullable(),
  },
  getRolloutSeries: {
    method: 'GET',
    path: '/rollouts/{id}/series',
    summary: 'One measure of both versions over time',
    permission: 'view',
    query: seriesQuery.omit({ environment: true, versions: true }),
    answers: seriesView,
  },
  listRolloutMetrics: {
    method: 'GET',
    path: '/rollouts/{id}/metrics',
    summary: 'The metrics that have arrived for the feature of a rollout',
    permission: 'view',
    answers: z.array(metricView),
  },
  previewVerb: {
    method: 'GET',
    path: '/rollouts/{id}/preview',
    summary: 'What a verb would change',
    permission: 'view',
    query: z.strictObject({ verb: z.enum(verbs), cohorts: list(z.string().min(1).max(100)).optional() }),
    answers: previewView,
  },
  listRolloutRollbacks: {
    method: 'GET',
    path: '/rollouts/{id}/rollbacks',
    summary: 'The rollbacks of a rollout',
    permission: 'view',
    answers: z.array(rollbackView),
  },
  backtest: {
    method: 'POST',
    path: '/rollouts/{id}/backtest',
    summary:
      'Judge a recorded stretch again with edited criteria: what it would have decided, when, next to what happened',
    permission: 'view',
    input: anything.default({}),
    accepts: backtestInput.default({}),
    changes: false,
    answers: backtestView,
  },
  performVerb: {
    method: 'POST',
    path: '/rollouts/{id}/{verb}',
    summary: 'start, widen, hold, resume, roll-back or complete; answers once every listener serves the change',
    permission: 'operate',
    input: order,
    idempotent: true,
    answers: rolloutView,
  },
  listApprovals: {
    method: 'GET',
    path: '/approvals',
    summary: 'What waits for a second pair of eyes, and what was answered',
    permission: 'view',
    query: z.strictObject({ state: z.enum(approvalStates).optional(), rollout: text.optional() }),
    answers: z.array(approvalView),
  },
  approve: {
    method: 'POST',
    path: '/approvals/{id}/approve',
    summary: 'Approve',
    permission: 'approve',
    input: z.strictObject({ comment: z.string().trim().max(500).default('') }).default({ comment: '' }),
    idempotent: true,
    answers: approvalView,
  },
  refuse: {
    method: 'POST',
    path: '/approvals/{id}/refuse',
    summary: 'Refuse, saying why',
    permission: 'approve',
    input: z.strictObject({ comment: z.string().trim().min(1, 'say why').max(500) }),
    idempotent: true,
    answers: approvalView,
  },
} as const satisfies Record<string, Operation>;
