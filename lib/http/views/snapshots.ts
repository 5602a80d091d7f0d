/** The shapes that configuration and snapshots answer with, for the document; tests hold real answers against them. */
import { z } from 'zod';
import type { ConfigurationView } from '@/lib/configuration/model';
import { type FlagValue, scopeKinds } from '@/lib/feature/model';
import { migrationStates } from '@/lib/migration/model';
import { exposureRow } from '@/lib/plane/model';
import {
  type ComparisonView,
  type Difference,
  differenceParts,
  type RestorePreview,
  type SnapshotView,
  snapshotCauses,
} from '@/lib/snapshot/model';

const instant = z.iso.datetime();
const values = z.record(z.string(), z.record(z.string(), z.unknown()));

export const configurationView = z.object({
  feature: z.string(),
  environment: z.string(),
  revision: z.number().int(),
  values: values.meta({ description: 'by version; empty: the configuration was taken away' }),
  restoredFrom: z.number().int().nullable().meta({ description: 'the revision whose values these are again' }),
  reason: z.string(),
  by: z.string(),
  at: instant,
}) satisfies z.ZodType<ConfigurationView>;

const exposure = z.object({
  rolloutId: z.string(),
  featureKey: z.string(),
  environment: z.string(),
  baseline: z.string(),
  candidate: z.string(),
  stages: z.array(z.record(z.string(), z.number())),
  cohortOrder: z.array(z.string()),
  holdback: z.number(),
  withdrawn: z.array(z.string()).optional(),
});

const recordedOverride = z.object({
  id: z.string(),
  scope: z.enum(scopeKinds),
  value: z.string().nullable(),
  environment: z.string().nullable().meta({ description: 'null: it was set for all environments' }),
  effect: z.enum(['kill', 'serve']),
  version: z.string().nullable(),
  reason: z.string(),
  createdBy: z.string(),
  createdAt: instant,
});

const reading = z.object({
  criterion: z.string(),
  cohort: z.string().nullable(),
  version: z.string(),
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  n: z.number(),
  windows: z.number().int(),
  from: instant,
  to: instant,
});

export const snapshotView = z.object({
  id: z.string(),
  feature: z.string(),
  environment: z.string(),
  rolloutId: z.string().nullable().meta({ description: 'the rollout that was about to change it' }),
  cause: z.enum(snapshotCauses),
  digest: z.string().meta({ description: 'equal for equal states' }),
  body: z.object({
    flags: z.object({
      baseline: z.string(),
      versions: z.record(z.string(), z.unknown() as z.ZodType<FlagValue>),
      served: z.array(exposureRow),
      exposure: exposure.nullable(),
      overrides: z.array(recordedOverride),
    }),
    configuration: z.object({ revision: z.number().int(), values }).nullable(),
    migrations: z.array(
      z.object({ id: z.string(), rolloutId: z.string(), name: z.string(), state: z.enum(migrationStates) }),
    ),
    criteria: z.array(reading),
  }),
  by: z.string(),
  takenAt: instant,
}) satisfies z.ZodType<SnapshotView>;

const difference = z.object({
  part: z.enum(differenceParts),
  path: z.string().meta({ description: 'such as configuration.treatment.timeoutMs' }),
  from: z.unknown().meta({ description: 'null: absent' }),
  to: z.unknown(),
}) satisfies z.ZodType<Difference>;

export const comparisonView = z.object({
  from: z.object({ id: z.string(), takenAt: instant, digest: z.string() }),
  to: z.object({
    id: z.string().nullable().meta({ description: 'null: as it is now' }),
    takenAt: instant,
    digest: z.string(),
  }),
  same: z.boolean().meta({ description: 'everybody is served the same' }),
  differences: z.array(difference),
}) satisfies z.ZodType<ComparisonView>;

export const restorePreviewView = z.object({
  feature: z.string(),
  environment: z.string(),
  target: z.object({ id: z.string(), takenAt: instant, cause: z.enum(snapshotCauses) }),
  plane: z.string(),
  changes: z.array(difference),
  reverts: z.array(
    z.object({ step: z.string(), name: z.string(), owner: z.string(), how: z.enum(['sql', 'webhook', 'manual']) }),
  ),
  remains: z.array(z.object({ what: z.string(), why: z.string() })),
  checks: z.array(z.object({ name: z.string(), how: z.enum(['sql', 'webhook']) })),
  people: z.array(z.object({ title: z.string(), blocking: z.boolean() })),
}) satisfies z.ZodType<RestorePreview>;
