/** Drills, their schedules, and when none may begin. */
import { z } from 'zod';
import { drillChange, drillInput, drillLimitInput } from '@/lib/drill/model';
import { freezeInput, scheduleInput } from '@/lib/drill/schedule-model';
import { instant, text, whole } from '../query';
import { drillLimitView, drillView, freezeView, schedulePreview, skipView } from '../views/drills';
import { anything, type Operation, reason } from './operation';

const order = z.strictObject({ reason: reason.meta({ description: 'why; kept in the history' }) });
const previewQuery = z.strictObject({
  from: instant.optional().meta({ description: 'the times after it; left out: after now' }),
  count: whole(1, 100).optional().meta({ description: 'left out: 10' }),
  zone: text.optional().meta({ description: 'the reader’s time zone: it changes words, never a time' }),
});

const example = {
  name: 'Checkout goes back',
  feature: 'new-checkout',
  environment: 'production',
  owner: 'payments',
  level: 'synthetic',
  fault: { share: 50, status: 503, expiresAfter: '5m' },
  control: 'beta',
  objectives: { detect: '1m', decide: '2m', actuate: '5s', propagate: '1m', recover: '3m' },
  decision: { by: 'person', role: 'operator', deadline: '2m', atDeadline: 'roll_back' },
  abort: { after: '15m' },
  schedule: {
    cron: '0 10 * * tue',
    timeZone: 'Europe/Berlin',
    allowed: [{ days: ['tue'], from: '09:00', to: '17:00' }],
    blackout: ['2026-12-29'],
  },
};
const because = { reason: 'The team is away this week' };

export const drillOperations = {
  listDrills: {
    method: 'GET',
    path: '/drills',
    summary: 'Drills, the one that comes next first',
    permission: 'view',
    query: z.strictObject({
      feature: text.optional(),
      environment: text.optional(),
      archived: z.enum(['true', 'false']).optional(),
      limit: whole(1, 1000).optional(),
    }),
    answers: z.array(drillView),
  },
  createDrill: {
    method: 'POST',
    path: '/drills',
    summary: 'Plan a drill',
    permission: 'operate',
    input: anything,
    accepts: drillInput,
    example,
    idempotent: true,
    answers: drillView,
    status: 201,
  },
  getDrill: {
    method: 'GET',
    path: '/drills/{id}',
    summary:
      'One drill: when it runs next, its last run, whether one is owed, and what blocks it now; as YAML, what can be planned again',
    permission: 'view',
    answers: drillView,
    exports: drillInput,
  },
  putDrill: {
    method: 'PUT',
    path: '/drills/{id}',
    summary:
      'Change a drill; its feature and environment stay. With basedOn, refused (409) where another version is there by now',
    permission: 'operate',
    input: anything,
    accepts: drillChange,
    example: { ...example, basedOn: 1 },
    answers: drillView,
  },
  pauseDrill: {
    method: 'POST',
    path: '/drills/{id}/pause',
    summary: 'Let no time of its schedule come',
    permission: 'operate',
    input: anything,
    accepts: order,
    example: because,
    idempotent: true,
    answers: drillView,
  },
  resumeDrill: {
    method: 'POST',
    path: '/drills/{id}/resume',
    summary: 'Go on with the next time of its schedule',
    permission: 'operate',
    input: anything,
    accepts: order,
    example: because,
    idempotent: true,
    answers: drillView,
  },
  archiveDrill: {
    method: 'POST',
    path: '/drills/{id}/archive',
    summary: 'Run it no more; what it has shown stays',
    permission: 'operate',
    input: anything,
    accepts: order,
    example: because,
    idempotent: true,
    answers: drillView,
  },
  drillSkips: {
    method: 'GET',
    path: '/drills/{id}/skips',
    summary: 'Times of the schedule at which nothing was run, and why; newest first',
    permission: 'view',
    query: z.strictObject({ limit: whole(1, 1000).optional() }),
    answers: z.array(skipView),
  },
  drillTimes: {
    method: 'GET',
    path: '/drills/{id}/preview',
    summary: 'The next times of a drill, in its zone and the reader’s',
    permission: 'view',
    query: previewQuery,
    answers: schedulePreview,
  },
  previewDrill: {
    method: 'POST',
    path: '/drills/preview',
    summary: 'The next times of a schedule that is being drafted, in its zone and the reader’s',
    permission: 'view',
    changes: false,
    query: previewQuery,
    input: anything,
    accepts: z.looseObject({
      schedule: scheduleInput,
      environment: z.string().optional().meta({ description: 'where it will run, to tell what a freeze leaves out' }),
    }),
    example: { schedule: example.schedule, environment: 'production' },
    answers: schedulePreview,
  },
  getDrillFreeze: {
    method: 'GET',
    path: '/settings/drill-freeze',
    summary: 'Until when no drill begins',
    permission: 'view',
    answers: freezeView,
  },
  putDrillFreeze: {
    method: 'PUT',
    path: '/settings/drill-freeze',
    summary: 'Let no drill begin until then, or let them begin again; what runs goes on',
    permission: 'operate',
    input: anything,
    accepts: freezeInput,
    example: {
      until: '2027-01-02T08:00:00Z',
      reason: 'Nobody touches anything over the holidays',
      environments: ['production'],
    },
    answers: freezeView,
  },
  getDrillLimit: {
    method: 'GET',
    path: '/settings/drill-limit',
    summary: 'How many drills may run at once',
    permission: 'view',
    answers: drillLimitView,
  },
  putDrillLimit: {
    method: 'PUT',
    path: '/settings/drill-limit',
    summary: 'Change how many drills may run at once',
    permission: 'administer',
    input: anything,
    accepts: drillLimitInput,
    example: { max: 3 },
    answers: drillLimitView,
  },
} as const satisfies Record<string, Operation>;
