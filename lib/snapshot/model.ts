/** The recorded state of a feature in an environment: what a restore goes back to. Safe in a browser. */
import { z } from 'zod';
import type { Values } from '@/lib/configuration/model';
import type { Exposure, FlagValue, Override } from '@/lib/feature/model';
import type { MigrationState } from '@/lib/migration/model';
import type { ExposureRow } from '@/lib/plane/model';

/** `rollback`: what there was just before a restore, so that a restore can be undone. */
export const snapshotCauses = ['start', 'widen', 'change', 'rollback', 'demand'] as const;
export type SnapshotCause = (typeof snapshotCauses)[number];

/** What one criterion measured of the version that was known good, and the range that its windows lay in. */
export type CriterionReading = {
  criterion: string;
  cohort: string | null;
  version: string;
  /** of the values; left out: it was not known */
  unit?: string;
  /** over the whole stretch; null: nothing was measured */
  value: number | null;
  /** of the single windows; null: fewer than three of them had data */
  low: number | null;
  high: number | null;
  n: number;
  windows: number;
  from: string;
  to: string;
};

/** As it counts in one environment: what reaches all of them stands there as such. */
export type RecordedOverride = Omit<Override, 'featureKey' | 'exceptIn' | 'wide'> & {
  createdBy: string;
  createdAt: string;
};

export type SnapshotBody = {
  flags: {
    /** what is served where nothing exposes another version */
    baseline: string;
    versions: Record<string, FlagValue>;
    /** the rows that were served, holdback taken off; for reading and comparing */
    served: ExposureRow[];
    /** what evaluation reads, of the live rollout or pinned by a restore; null: nothing is exposed */
    exposure: Exposure | null;
    /** of organisation, environment and cohorts, oldest first; what is set for one user is that user's own */
    overrides: RecordedOverride[];
  };
  /** null: the feature has none there */
  configuration: { revision: number; values: Record<string, Values> } | null;
  migrations: Array<{ id: string; rolloutId: string; name: string; state: MigrationState }>;
  criteria: CriterionReading[];
};

export type SnapshotView = {
  id: string;
  feature: string;
  environment: string;
  rolloutId: string | null;
  cause: SnapshotCause;
  /** equal for equal states; what the criteria measured is no part of it */
  digest: string;
  body: SnapshotBody;
  by: string;
  takenAt: string;
};

export const snapshotInput = z.strictObject({
  environment: z.string().trim().min(1).max(100),
  reason: z.string().trim().max(500).default(''),
});

export const differenceParts = [
  'baseline',
  'versions',
  'exposure',
  'overrides',
  'configuration',
  'migrations',
  'criteria',
] as const;
/** One line of a comparison: `path` such as `configuration.treatment.timeoutMs`; absent on one side is null. */
export type Difference = {
  part: (typeof differenceParts)[number];
  path: string;
  from: unknown;
  to: unknown;
};

type Compared = { takenAt: string; digest: string };
export type ComparisonView = {
  from: Compared & { id: string };
  /** `id` null: as it is now */
  to: Compared & { id: string | null };
  /** everybody is served the same; what the criteria measured may differ */
  same: boolean;
  differences: Difference[];
};

/** What a restore would do, line by line, from the same code that does it. */
export type RestorePreview = {
  feature: string;
  environment: string;
  target: { id: string; takenAt: string; cause: SnapshotCause };
  plane: string;
  /** what is changed, `from` now `to` then */
  changes: Difference[];
  /** migration steps in the order in which they are reverted */
  reverts: Array<{ step: string; name: string; owner: string; how: 'sql' | 'webhook' | 'manual' }>;
  /** what stays as it is though the snapshot says otherwise, and why */
  remains: Array<{ what: string; why: string }>;
  checks: Array<{ name: string; how: 'sql' | 'webhook' }>;
  /** of the runbook, beside the machine's own */
  people: Array<{ title: string; blocking: boolean }>;
};
