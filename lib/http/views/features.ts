/** The shapes that features answer with, for the document; tests hold real answers against them. */
import { z } from 'zod';
import type { CohortView } from '@/lib/feature/cohort';
import type { FeatureView } from '@/lib/feature/feature';
import { cohortRule, type FlagValue, featureKinds, scopeKinds } from '@/lib/feature/model';
import type { OptOutView, OverrideView } from '@/lib/feature/override';

const instant = z.iso.datetime();

export const overrideView = z.object({
  id: z.string(),
  featureKey: z.string(),
  scope: z.enum(scopeKinds),
  value: z.string().nullable(),
  environment: z.string().nullable(),
  effect: z.enum(['kill', 'serve']),
  version: z.string().nullable(),
  reason: z.string(),
  exceptIn: z.array(z.string()).meta({ description: 'environments in which a restore took it away' }),
  wide: z.boolean().meta({ description: 'brought back by a restore to one environment; ranks as one for all of them' }),
  createdBy: z.string(),
  createdAt: instant,
}) satisfies z.ZodType<OverrideView>;

export const featureView = z.object({
  id: z.string().meta({ description: 'the key' }),
  key: z.string(),
  owner: z.string(),
  description: z.string(),
  kind: z.enum(featureKinds),
  versions: z.record(z.string(), z.unknown() as z.ZodType<FlagValue>),
  baseline: z.string(),
  baselines: z.record(z.string(), z.string()).meta({ description: 'where an environment has its own baseline' }),
  plane: z.string().meta({ description: 'id of the control plane that holds its state' }),
  createdAt: instant,
  updatedAt: instant,
  kills: z.array(overrideView).meta({ description: 'where the kill switch is thrown' }),
}) satisfies z.ZodType<FeatureView>;

export const cohortView = z.object({
  id: z.string().meta({ description: 'the key' }),
  key: z.string(),
  description: z.string(),
  rules: z.union([z.literal('*'), z.array(cohortRule)]),
  createdAt: instant,
  updatedAt: instant,
}) satisfies z.ZodType<CohortView>;

export const optOutView = z.object({
  featureKey: z.string(),
  targetingKey: z.string(),
  createdBy: z.string(),
  createdAt: instant,
}) satisfies z.ZodType<OptOutView>;
