/** Runbooks of features, and the templates that people start from. */
import { z } from 'zod';
import { runbookInput } from '@/lib/runbook/model';
import { runbookOfFeatureView, runbookUsedView, runbookView } from '../views/runbooks';
import { anything, type Operation } from './operation';

export const runbookOperations = {
  listRunbooks: {
    method: 'GET',
    path: '/runbooks',
    summary: 'Every feature, with the runbook that a rollback of it would carry out',
    permission: 'view',
    answers: z.array(runbookOfFeatureView),
  },
  getRunbook: {
    method: 'GET',
    path: '/runbooks/{id}',
    summary: 'The newest version of a runbook',
    permission: 'view',
    answers: runbookView,
  },
  runbookVersions: {
    method: 'GET',
    path: '/runbooks/{id}/versions',
    summary: 'Every version of a runbook, newest first; none is ever changed',
    permission: 'view',
    answers: z.array(runbookView),
  },
  runbookOf: {
    method: 'GET',
    path: '/features/{key}/runbook',
    summary: 'What a rollback of the feature would carry out now',
    permission: 'view',
    answers: runbookUsedView,
  },
  putRunbook: {
    method: 'PUT',
    path: '/features/{key}/runbook',
    summary: 'Give the feature a runbook, or a new version of it',
    permission: 'operate',
    input: anything,
    accepts: runbookInput,
    answers: runbookView,
  },
} as const satisfies Record<string, Operation>;
