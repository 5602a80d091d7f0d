/** Runs of drills: started, followed line by line, decided, aborted, and their clocks corrected. */
import { z } from 'zod';
import { clockNames } from '@/lib/drill/model';
import { whole } from '../query';
import { runLineView, runView } from '../views/drill-runs';
import { type Operation, reason } from './operation';

const why = z.strictObject({ reason: reason.meta({ description: 'why; kept in the history' }) });
const instant = z.iso.datetime();

export const drillRunOperations = {
  listDrillRuns: {
    method: 'GET',
    path: '/drills/{id}/runs',
    summary: 'Runs of a drill, newest first, without their logs',
    permission: 'view',
    query: z.strictObject({ limit: whole(1, 500).optional() }),
    answers: z.array(runView),
  },
  startDrillRun: {
    method: 'POST',
    path: '/drills/{id}/runs',
    summary: 'Run a drill now; its schedule is left alone',
    permission: 'operate',
    input: why,
    example: { reason: 'Before the release of Friday' },
    idempotent: true,
    answers: runView,
    status: 201,
  },
  getDrillRun: {
    method: 'GET',
    path: '/drill-runs/{id}',
    summary: 'One run, with its clocks, its proof and its log; as Markdown the report of it, for a ticket or a review',
    permission: 'view',
    query: z.strictObject({
      as: z.enum(['markdown']).optional().meta({ description: 'as a file; left out: as JSON' }),
    }),
    answers: runView,
  },
  listDrillRunLines: {
    method: 'GET',
    path: '/drill-runs/{id}/lines',
    summary: 'What a run says of itself, oldest first',
    permission: 'view',
    query: z.strictObject({
      after: whole(0, 1_000_000).optional().meta({ description: 'number of the last one seen' }),
    }),
    answers: z.array(runLineView),
  },
  abortDrillRun: {
    method: 'POST',
    path: '/drill-runs/{id}/abort',
    summary: 'End a run now: what it did is undone first',
    permission: 'operate',
    input: why,
    example: { reason: 'Before the release of Friday' },
    idempotent: true,
    answers: runView,
  },
  decideDrillRun: {
    method: 'POST',
    path: '/drill-runs/{id}/decide',
    summary: 'Answer what a run asks; its role may be higher than this permission',
    permission: 'operate',
    input: z.strictObject({
      answer: z.enum(['roll_back', 'hold', 'abort']),
      note: z.string().trim().max(1000).default(''),
      saw: z
        .record(z.string(), z.unknown())
        .nullish()
        .transform((saw) => saw ?? null)
        .meta({ description: 'what was on the screen; the verdict of that moment is added' }),
    }),
    example: { answer: 'roll_back', note: 'Three in ten fail; the runbook says back' },
    idempotent: true,
    answers: runView,
  },
  correctDrillRun: {
    method: 'POST',
    path: '/drill-runs/{id}/correct',
    summary: 'Correct a clock of a run that has ended; what was recorded stays beside it',
    permission: 'operate',
    input: z.strictObject({
      clock: z.enum(clockNames),
      from: instant.nullable(),
      to: instant.nullable().meta({ description: 'null: it never came' }),
      reason,
    }),
    example: {
      clock: 'detect',
      from: '2026-11-20T12:00:00Z',
      to: '2026-11-20T12:00:41Z',
      reason: 'The clock of that machine was wrong',
    },
    idempotent: true,
    answers: runView,
  },
} as const satisfies Record<string, Operation>;
