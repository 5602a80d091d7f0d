/** The shapes that telemetry is read back in, for the document; tests hold real answers against them. */
import { z } from 'zod';
import { type MetricView, pointKinds, type Rejection, type SegmentView, type SeriesView } from '@/lib/signal/model';

const instant = z.iso.datetime();

export const seriesView = z.object({
  unit: z.string(),
  stepMs: z.number(),
  from: instant,
  to: instant,
  lines: z.array(
    z.object({
      version: z.string(),
      points: z
        .array(z.tuple([z.number(), z.number().nullable(), z.number()]))
        .meta({ description: '[milliseconds, value (null: a gap), observations]' }),
    }),
  ),
}) satisfies z.ZodType<SeriesView>;

export const metricView = z.object({
  metric: z.string(),
  kind: z.enum(pointKinds),
  unit: z.string(),
  versions: z.array(z.string()),
  cohorts: z.array(z.string()),
  lastAt: instant,
}) satisfies z.ZodType<MetricView>;

export const segmentView = z.object({
  environment: z.string(),
  feature: z.string(),
  version: z.string(),
  cohort: z.string(),
  lastAt: instant,
  points10m: z.number(),
}) satisfies z.ZodType<SegmentView>;

export const rejectionView = z.object({
  at: instant,
  environment: z.string(),
  metric: z.string(),
  message: z.string(),
  points: z.number(),
}) satisfies z.ZodType<Rejection>;
