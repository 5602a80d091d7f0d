/** What really holds flag or traffic state, and what may be said to it. Safe in a browser. */
import { z } from 'zod';

export const planeKinds = ['builtin', 'webhook'] as const;
export type PlaneKind = (typeof planeKinds)[number];

/** The built-in flags; always there. */
export const builtinId = 'builtin';

const name = z.string().min(1).max(255);

/**
 * Whoever is in several cohorts gets what the first row says that names one of them; whoever is in none, or in a
 * withdrawn cohort, gets the baseline. `share`: percent of the cohort, holdback already taken off.
 */
export const exposureRow = z.object({ cohort: name, version: name, share: z.number().min(0).max(100) });
export type ExposureRow = z.output<typeof exposureRow>;

/** Served to an environment of a feature: wanted, or found. */
export const planeState = z.object({
  /** the version that everybody gets whom no row exposes */
  baseline: name,
  exposure: z.array(exposureRow).max(1000),
  /** null: the feature has no configuration */
  configuration: z
    .object({ revision: z.number().int().min(0), values: z.record(z.string(), z.unknown()) })
    .nullable()
    .default(null),
  /** cohorts that were taken back; their order means nothing */
  withdrawn: z.array(name).max(1000).default([]),
});
export type PlaneState = z.output<typeof planeState>;

/** `key`: of the order that the state is from; null: it is from none, or something else has changed it since. */
export type ReadBack =
  | { known: true; state: PlaneState; fence: number; key: string | null; at: string }
  | { known: false; why: string; retryAfterMs: number | null };

export type Order = {
  feature: string;
  environment: string;
  desired: PlaneState;
  /** grows for each feature and environment; a plane refuses one that is lower than what it has seen */
  fence: number;
  /** of this step of this rollback, in visible ASCII: repeated with the same key, it has one effect */
  key: string;
};

export type Written =
  /** the plane said so, and reads back as desired under our fence */
  | { kind: 'accepted'; at: string }
  /** somebody newer, or somebody else, has decided otherwise: stop and look */
  | { kind: 'conflict'; why: string; fence: number | null }
  /** it will not, however often it is asked */
  | { kind: 'refused'; why: string }
  /** it may or may not have happened: read back, then repeat with the same key */
  | { kind: 'unknown'; why: string; retryAfterMs: number | null };

/** `refused`: it will not, whatever is asked; `conflict`: somebody else has decided; both are a person's to settle. */
export const deliveryStates = ['pending', 'confirmed', 'conflict', 'refused'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

export type Plane = {
  read(feature: string, environment: string): Promise<ReadBack>;
  write(order: Order): Promise<Written>;
};

/** Times in ms since the epoch. Kept with the plane, so that every worker heeds it. */
export type Breaker =
  | { state: 'closed'; failures: number }
  | { state: 'open'; until: number; opened: number }
  /** one asks, to see; the others wait until it has been answered or is overdue */
  | { state: 'half_open'; until: number; opened: number };

export const planeInput = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    kind: z.enum(planeKinds).default('webhook'),
    /** id of the registered target */
    webhook: z.string().min(1).max(100).nullish(),
    /** every region that must be heard of before the state counts as known; none: it answers as one */
    regions: z.array(z.string().trim().min(1).max(100)).max(100).default([]),
    deadlineMs: z.number().int().min(100).max(60_000).default(10_000),
    /** asked instead, once, when this one stays unconfirmed */
    fallbackPlane: z.string().min(1).max(100).nullish(),
    /** served instead when the version of the snapshot cannot be confirmed */
    fallbackVersion: z.string().min(1).max(100).nullish(),
  })
  .refine((p) => (p.kind === 'webhook') === Boolean(p.webhook), {
    path: ['webhook'],
    message: 'is needed for a plane of the kind webhook, and for no other',
  })
  .refine((p) => p.kind === 'webhook' || p.regions.length === 0, {
    path: ['regions'],
    message: 'are for planes of the kind webhook',
  })
  .refine((p) => new Set(p.regions).size === p.regions.length, { path: ['regions'], message: 'names a region twice' });
export type PlaneInput = z.output<typeof planeInput>;

export const orderAgainInput = z.strictObject({
  feature: z.string().min(1).max(100),
  environment: z.string().trim().min(1).max(100),
  reason: z.string().trim().min(1, 'say why').max(500),
});

export type PlaneView = {
  id: string;
  name: string;
  kind: PlaneKind;
  webhook: string | null;
  regions: string[];
  deadlineMs: number;
  fallbackPlane: string | null;
  fallbackVersion: string | null;
  breaker: Breaker;
  createdBy: string;
  createdAt: string;
  updatedAt: string;
};
