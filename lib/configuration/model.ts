/** The configuration values that go with the versions of a feature. Safe in a browser. */
import { z } from 'zod';

/** OFREP key of the object flag that answers the configuration of whatever version the caller gets. */
export const configurationSuffix = '.config';
export const configurationKey = (feature: string): string => `${feature}${configurationSuffix}`;

/** What a version is configured with; any JSON object. */
export type Values = Record<string, unknown>;

/** Every version of the feature needs its values: nobody is served a version without them. */
export const configurationInput = z.strictObject({
  environment: z.string().trim().min(1).max(100),
  values: z.record(z.string().min(1).max(100), z.record(z.string(), z.unknown())),
  reason: z.string().trim().min(1, 'say why').max(500),
  /** the revision that was changed, 0 for none: refused when there is a newer one; left out: whatever there is */
  basedOn: z.number().int().min(0).nullish(),
});
export type ConfigurationInput = z.output<typeof configurationInput>;

export const restoreRevisionInput = configurationInput.omit({ values: true, basedOn: true });

export const revisionInput = z.strictObject({
  revision: z.coerce
    .number()
    .int()
    .min(1)
    .max(2 ** 31 - 1),
});

/** A revision is never rewritten: going back makes a new one with the old values. */
export type ConfigurationView = {
  feature: string;
  environment: string;
  revision: number;
  /** by version */
  values: Record<string, Values>;
  /** the revision whose values these are again; null: they are new */
  restoredFrom: number | null;
  reason: string;
  by: string;
  at: string;
};
