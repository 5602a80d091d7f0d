/** What people learn from drills: how ready a feature is, who has not rehearsed, what to drill next. */
import { z } from 'zod';
import { instant, text, whole } from '../query';
import { calendarEntry, coverageView, proposalView, readinessView } from '../views/drill-learning';
import type { Operation } from './operation';

export const drillLearningOperations = {
  drillCoverage: {
    method: 'GET',
    path: '/drills/coverage',
    summary: 'Which features, cohorts and people have not rehearsed lately',
    permission: 'view',
    query: z.strictObject({ days: whole(1, 3650).optional().meta({ description: 'left out: 90' }) }),
    answers: coverageView,
  },
  proposeDrills: {
    method: 'GET',
    path: '/drills/proposals',
    summary: 'Drills for features that are rolled out and have none, whole and ready to be planned',
    permission: 'view',
    query: z.strictObject({
      zone: text.optional().meta({ description: 'in whose working hours; left out: UTC' }),
    }),
    answers: z.array(proposalView),
  },
  drillCalendar: {
    method: 'GET',
    path: '/drills/calendar',
    summary: 'What was run, left out and is planned in a span of time, of all drills',
    permission: 'view',
    query: z.strictObject({
      from: instant,
      to: instant.meta({ description: 'does not count itself; a hundred days after from at most' }),
      environment: text.optional(),
    }),
    answers: z.array(calendarEntry),
  },
  readiness: {
    method: 'GET',
    path: '/drills/readiness',
    summary: 'What rehearsals say of every feature, by environment: vectors, with what is unknown named',
    permission: 'view',
    query: z.strictObject({ environment: text.optional() }),
    answers: z.array(readinessView),
  },
  readinessOf: {
    method: 'GET',
    path: '/features/{key}/readiness',
    summary: 'What rehearsals say of a feature, by environment: a vector, with what is unknown named',
    permission: 'view',
    query: z.strictObject({ environment: text.optional() }),
    answers: z.array(readinessView),
  },
} as const satisfies Record<string, Operation>;
