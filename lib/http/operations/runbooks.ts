/** Runbooks of features, and the templates that people start from. */
import { z } from 'zod';
import { runbookInput } from '@/lib/runbook/model';
import { templateChange, templateInput, templateKinds } from '@/lib/template/model';
import { runbookOfFeatureView, runbookUsedView, runbookView, templateView } from '../views/runbooks';
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
  listTemplates: {
    method: 'GET',
    path: '/templates',
    summary: 'What to start from: those that come with Belay, then people’s own',
    permission: 'view',
    query: z.strictObject({ kind: z.enum(templateKinds).optional() }),
    answers: z.array(templateView),
  },
  createTemplate: {
    method: 'POST',
    path: '/templates',
    summary: 'Save a plan, criteria or a runbook to start from',
    permission: 'operate',
    input: anything,
    accepts: templateInput,
    idempotent: true,
    answers: templateView,
    status: 201,
  },
  getTemplate: {
    method: 'GET',
    path: '/templates/{id}',
    summary: 'One template',
    permission: 'view',
    answers: templateView,
  },
  putTemplate: {
    method: 'PUT',
    path: '/templates/{id}',
    summary: 'Change a template of one’s own; what was started from it stays as it is',
    permission: 'operate',
    input: anything,
    accepts: templateChange,
    answers: templateView,
  },
  removeTemplate: {
    method: 'DELETE',
    path: '/templates/{id}',
    summary: 'Remove a template of one’s own; what was started from it stays',
    permission: 'operate',
    status: 204,
  },
} as const satisfies Record<string, Operation>;
