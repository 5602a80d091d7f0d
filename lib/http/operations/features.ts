/** Features, cohorts, and who is kept from what. */
import { z } from 'zod';
import { cohortInput, featureInput, overrideInput } from '@/lib/feature/model';
import { cohortView, featureView, optOutView, overrideView } from '../views/features';
import { anything, type Operation, reason } from './operation';

const scope = z.strictObject({
  environment: z.string().trim().min(1).max(100).nullish().meta({ description: 'left out: everywhere' }),
  reason,
});

export const featureOperations = {
  listFeatures: {
    method: 'GET',
    path: '/features',
    summary: 'All features',
    permission: 'view',
    answers: z.array(featureView),
  },
  getFeature: {
    method: 'GET',
    path: '/features/{key}',
    summary: 'One feature',
    permission: 'view',
    answers: featureView,
  },
  putFeature: {
    method: 'PUT',
    path: '/features/{key}',
    summary: 'Make or change a feature',
    permission: 'operate',
    input: anything,
    accepts: featureInput,
    answers: featureView,
  },
  listOverrides: {
    method: 'GET',
    path: '/features/{key}/overrides',
    summary: 'Kills and served versions of a feature, by scope',
    permission: 'view',
    answers: z.array(overrideView),
  },
  setOverride: {
    method: 'POST',
    path: '/features/{key}/overrides',
    summary: 'Kill a feature, or serve one version, at a scope',
    permission: 'operate',
    input: anything,
    accepts: overrideInput,
    answers: overrideView,
    status: 201,
  },
  removeOverride: {
    method: 'DELETE',
    path: '/features/{key}/overrides/{id}',
    summary: 'Take an override away',
    permission: 'operate',
    query: z.strictObject({ reason }),
    status: 204,
  },
  killFeature: {
    method: 'POST',
    path: '/features/{key}/kill',
    summary: 'Serve the baseline to everyone at once, whatever else is set',
    permission: 'operate',
    input: scope,
    idempotent: true,
    answers: featureView,
  },
  reviveFeature: {
    method: 'POST',
    path: '/features/{key}/revive',
    summary: 'Take a kill away',
    permission: 'operate',
    input: scope,
    idempotent: true,
    answers: featureView,
  },
  listOptOuts: {
    method: 'GET',
    path: '/features/{key}/opt-outs',
    summary: 'Who stays on the baseline by their own wish',
    permission: 'view',
    answers: z.array(optOutView),
  },
  addOptOut: {
    method: 'PUT',
    path: '/features/{key}/opt-outs/{targetingKey}',
    summary: 'Keep one user on the baseline',
    permission: 'operate',
    answers: optOutView,
  },
  removeOptOut: {
    method: 'DELETE',
    path: '/features/{key}/opt-outs/{targetingKey}',
    summary: 'Let a user take part again',
    permission: 'operate',
    status: 204,
  },
  listCohorts: {
    method: 'GET',
    path: '/cohorts',
    summary: 'All cohorts',
    permission: 'view',
    answers: z.array(cohortView),
  },
  getCohort: {
    method: 'GET',
    path: '/cohorts/{key}',
    summary: 'One cohort',
    permission: 'view',
    answers: cohortView,
  },
  putCohort: {
    method: 'PUT',
    path: '/cohorts/{key}',
    summary: 'Make or change a cohort',
    permission: 'operate',
    input: anything,
    accepts: cohortInput,
    answers: cohortView,
  },
  deleteCohort: {
    method: 'DELETE',
    path: '/cohorts/{key}',
    summary: 'Delete a cohort that nothing uses',
    permission: 'operate',
    query: z.strictObject({ reason }),
    status: 204,
  },
} as const satisfies Record<string, Operation>;
