/** Action items of post-mortems, and the tracker that is told of them. */
import { z } from 'zod';
import {
  actionChange,
  actionInput,
  actionStates,
  closeInput,
  daysInput,
  trackerInput,
} from '@/lib/postmortem/action-model';
import { list, text, whole } from '../query';
import { actionView, daysView, trackerView } from '../views/postmortems';
import { anything, type Operation } from './operation';

export const actionOperations = {
  listActions: {
    method: 'GET',
    path: '/actions',
    summary: 'Action items, what is due first; those of reports for a higher role are not there',
    permission: 'view',
    query: z.strictObject({
      state: list(z.enum(actionStates)).optional(),
      overdue: z.enum(['true', 'false']).optional(),
      owner: text.optional(),
      feature: text.optional(),
      environment: text.optional(),
      postmortem: text.optional(),
      limit: whole(1, 1000).optional(),
    }),
    answers: z.array(actionView),
  },
  addAction: {
    method: 'POST',
    path: '/postmortems/{id}/actions',
    summary: 'Add an action item to a post-mortem',
    permission: 'operate',
    input: anything,
    accepts: actionInput.meta({
      examples: [
        {
          title: 'Alert on refunds per currency',
          detail: 'The guardrail counts errors only.',
          type: 'detect',
          owner: 'ada',
          dueOn: '2026-12-04',
          priority: 'high',
        },
      ],
    }),
    idempotent: true,
    answers: actionView,
    status: 201,
  },
  getAction: {
    method: 'GET',
    path: '/actions/{id}',
    summary: 'One action item',
    permission: 'view',
    answers: actionView,
  },
  changeAction: {
    method: 'PUT',
    path: '/actions/{id}',
    summary: 'Change an action item; what is left out stays, a change of an older revision is refused',
    permission: 'operate',
    input: anything,
    accepts: actionChange.meta({
      examples: [{ basedOn: 1, owner: 'grace', dueOn: '2026-12-11', state: 'in_progress' }],
    }),
    answers: actionView,
  },
  closeAction: {
    method: 'POST',
    path: '/actions/{id}/close',
    summary: 'Close an action item: it is done, or dropped and why',
    permission: 'operate',
    input: anything,
    accepts: closeInput.meta({ examples: [{ state: 'dropped', reason: 'The feature is being retired' }] }),
    idempotent: true,
    answers: actionView,
  },
  trackAction: {
    method: 'POST',
    path: '/actions/{id}/track',
    summary: 'Tell the tracker of it once more',
    permission: 'operate',
    idempotent: true,
    answers: actionView,
  },
  getActionDays: {
    method: 'GET',
    path: '/settings/action-days',
    summary: 'In which time zone the days of action items begin and end, and which day it is there',
    permission: 'view',
    answers: daysView,
  },
  putActionDays: {
    method: 'PUT',
    path: '/settings/action-days',
    summary: 'Name the time zone in which the days of action items begin and end',
    permission: 'administer',
    input: anything,
    accepts: daysInput.meta({ examples: [{ timeZone: 'Europe/Berlin' }] }),
    answers: daysView,
  },
  getTracker: {
    method: 'GET',
    path: '/settings/tracker',
    summary: 'Which registered webhook is told of action items',
    permission: 'view',
    answers: trackerView,
  },
  putTracker: {
    method: 'PUT',
    path: '/settings/tracker',
    summary: 'Name the registered webhook that is told of action items; null: none',
    permission: 'administer',
    input: anything,
    accepts: trackerInput.meta({ examples: [{ webhook: 'jira-bridge', restricted: false }] }),
    answers: trackerView,
  },
} as const satisfies Record<string, Operation>;
