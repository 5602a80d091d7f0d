/** Drills that come with Belay. What belongs to one feature alone is left out: the form fills it in. */
import type { DrillInput } from '@/lib/drill/model';
import type { ownOfDrill } from '../model';

export type DrillBody = Omit<DrillInput, (typeof ownOfDrill)[number]>;
export type BuiltinDrill = { id: string; name: string; description: string; body: DrillBody };

const internal = 'YOUR-INTERNAL-COHORT';
const beta = 'YOUR-BETA-COHORT';
const workdays = { days: ['mon', 'tue', 'wed', 'thu', 'fri'] as const, from: '09:00', to: '17:00' };
const inWorkingHours = [{ ...workdays, days: [...workdays.days] }];
const machine = { detect: '2m', decide: '30s', actuate: '10s', propagate: '1m', recover: '5m' };
const withPerson = { ...machine, decide: '5m' };

const questions = `It is the morning after the release. Support has had nine complaints in ten minutes, all of them about this feature; nothing has alerted.

Answer each, with the time at which you knew:
1. Who decides whether it is rolled back, and who if that person is asleep?
2. Where do you see whether the candidate is to blame, and what would tell you that it is not?
3. What goes back with the flag: configuration, columns, caches, messages that wait?
4. What cannot be taken back, and who tells those whom it concerns?
5. How will you know that everybody is back, and how long may that take?`;

export const drills: BuiltinDrill[] = [
  {
    id: 'tabletop-questions',
    name: 'Tabletop with questions',
    description:
      'For a team that has never done it, or does not know the feature yet. Nothing is touched: the situation is shown, the clock runs, and what people answer is kept. Begin with it, and rehearse for real within the month, for a tabletop proves nothing.',
    body: {
      name: 'Tabletop: nine complaints',
      level: 'tabletop',
      situation: questions,
      objectives: { decide: '15m' },
      decision: { by: 'person', deadline: '30m', atDeadline: 'fail' },
      schedule: { cron: '0 14 * * 4#1', allowed: inWorkingHours },
    },
  },
  {
    id: 'weekly-synthetic',
    name: 'Weekly rehearsal without users',
    description:
      'The one to have everywhere. Simulated users see the candidate fail three requests in ten, and the rollback is carried out and proven by itself. No real user is touched, so it may run while you do something else.',
    body: {
      name: 'Weekly rollback drill',
      level: 'synthetic',
      situation: 'The candidate fails three requests in ten. Simulated users only.',
      fault: { share: 30, status: 503, expiresAfter: '5m' },
      objectives: machine,
      decision: { by: 'automatic' },
      schedule: { cron: '0 10 * * 2', allowed: inWorkingHours },
    },
  },
  {
    id: 'blind-synthetic',
    name: 'Blind rehearsal with a person',
    description:
      'To find out whether people notice and dare to decide. Nobody is told what is wrong or how much: whoever is on duty sees the verdict and answers. Name the usual experts under notThese, so that others learn it. Simulated users only.',
    body: {
      name: 'Blind drill',
      level: 'synthetic',
      situation: '',
      fault: { share: 8, status: 500, latencyMs: 400, jitterMs: 300, expiresAfter: '15m' },
      objectives: { ...withPerson, detect: '5m' },
      decision: { by: 'person', role: 'operator', deadline: '10m', atDeadline: 'roll_back', notThese: [] },
      abort: { after: '30m' },
      schedule: { cron: '30 13 * * 3', allowed: inWorkingHours, missed: 'skip' },
    },
  },
  {
    id: 'slow-synthetic',
    name: 'Slow, and nothing fails',
    description:
      'Tells whether your guardrails see slowness at all. No request of the candidate fails; each takes two seconds longer. If nothing is detected, a criterion over the duration is missing in the plan. Simulated users only.',
    body: {
      name: 'Slow candidate',
      level: 'synthetic',
      situation: 'The candidate answers two seconds later than the baseline, and without an error.',
      fault: { share: 100, status: null, latencyMs: 2000, jitterMs: 200, expiresAfter: '10m' },
      objectives: { ...machine, detect: '5m' },
      decision: { by: 'automatic' },
      abort: { after: '20m' },
      schedule: { cron: '15 11 * * 2#1', allowed: inWorkingHours },
    },
  },
  {
    id: 'internal-fault',
    name: 'Fault among your own people',
    description:
      'Shows that your applications heed the fault and the way back, which simulated users cannot. Your own people get errors from the real feature for five minutes at most; the target ends it by itself. Needs the middleware, and a control cohort that must stay untouched.',
    body: {
      name: 'Fault among our own people',
      level: 'fault',
      situation: 'One in five requests of our own people fails. It ends by itself after five minutes.',
      fault: { share: 20, status: 503, expiresAfter: '5m' },
      blast: { cohort: internal, share: 100, minutes: 10 },
      control: beta,
      objectives: machine,
      decision: { by: 'automatic' },
      abort: { errors: 200, after: '10m' },
      schedule: { cron: '0 11 * * 3#1', allowed: inWorkingHours },
    },
  },
  {
    id: 'beta-fault-decided',
    name: 'Fault among those who asked, decided by a person',
    description:
      'The whole of it, for a team that has done all others. A few who asked to see things early get a slow and failing feature, and a person decides on the rollback. Keep the budget of errors small, and tell support before.',
    body: {
      name: 'Game day: fault in beta',
      level: 'fault',
      situation: 'A tenth of beta gets a feature that is slow and fails now and then. Decide as you would for real.',
      fault: { share: 15, status: 500, latencyMs: 500, jitterMs: 500, expiresAfter: '10m' },
      blast: { cohort: beta, share: 10, minutes: 15 },
      control: internal,
      objectives: withPerson,
      decision: { by: 'person', role: 'operator', deadline: '5m', atDeadline: 'roll_back' },
      abort: { errors: 100, after: '15m' },
    },
  },
];
