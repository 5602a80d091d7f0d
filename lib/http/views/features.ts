/** The shapes that features answer with, for the document; tests hold real answers against them. */
import { z } from 'zod';
import { cohortRule, featureKinds, scopeKinds } from '@/lib/feature/model';

const instant = z.iso.datetime();

export const featureView = z.object({
  id: z.string().meta({ description: 'the key' }),
  key: z.string(),
  owner: z.string(),
  description: z.string(),
  kind: z.enum(featureKinds),
  versions: z.record(z.string(), z.unknown()),
  baseline: z.string(),
  createdAt: instant,
  updatedAt: instant,
});

export const cohortView = z.object({
  id: z.string().meta({ description: 'the key' }),
  key: z.string(),
  description: z.string(),
  rules: z.union([z.literal('*'), z.array(cohortRule)]),
  createdAt: instant,
  updatedAt: instant,
});

export const overrideView = z.object({
  id: z.string(),
  featureKey: z.string(),
  scope: z.enum(scopeKinds),
  value: z.string().nullable(),
  environment: z.string().nullable(),
  effect: z.enum(['kill', 'serve']),
  version: z.string().nullable(),
  reason: z.string(),
});

export const optOutView = z.object({ targetingKey: z.string(), createdAt: instant });
