/** Incidents that people mark. */
import { z } from 'zod';
import { incidentInput } from '@/lib/incident/model';
import { text, whole } from '../query';
import { incidentView } from '../views/incidents';
import { anything, type Operation, reason } from './operation';

export const incidentOperations = {
  listIncidents: {
    method: 'GET',
    path: '/incidents',
    summary: 'Incidents, newest first',
    permission: 'view',
    query: z.strictObject({
      feature: text.optional(),
      environment: text.optional(),
      open: z.enum(['true', 'false']).optional().meta({ description: 'left out: those that ended too' }),
      limit: whole(1, 1000).optional(),
    }),
    answers: z.array(incidentView),
  },
  markIncident: {
    method: 'POST',
    path: '/features/{key}/incidents',
    summary: 'Mark that something is wrong for real: drills there end at once, and none begins until it ends',
    permission: 'operate',
    input: anything,
    accepts: incidentInput,
    idempotent: true,
    answers: incidentView,
    status: 201,
  },
  endIncident: {
    method: 'POST',
    path: '/incidents/{id}/end',
    summary: 'End an incident: drills may begin there again',
    permission: 'operate',
    input: z.strictObject({ reason: reason.meta({ description: 'why; kept in the history' }) }),
    idempotent: true,
    answers: incidentView,
  },
} as const satisfies Record<string, Operation>;
