/** Telemetry read back. */
import { z } from 'zod';
import { whereSchema } from '@/lib/criterion/model';
import { chartMeasures } from '@/lib/signal/model';
import { fraction, instant, json, list, text, whole } from '../query';
import { metricView, rejectionView, segmentView, seriesView } from '../views/signal';
import type { Operation } from './operation';

const where = json(whereSchema).meta({ description: 'JSON, as {"http.route":"/checkout"}' });

export const seriesQuery = z.strictObject({
  environment: text.default('production'),
  metric: text,
  measure: z.enum(chartMeasures),
  q: fraction.optional().meta({ description: 'quantile only' }),
  where: where.optional(),
  of: where.optional().meta({ description: 'share only: the part that counts' }),
  per: text.optional().meta({ description: 'ratio only: the counter below the line' }),
  versions: list(text).optional(),
  cohort: text.optional().meta({ description: 'left out: all together' }),
  from: instant.optional().meta({ description: 'left out: an hour ago' }),
  to: instant.optional().meta({ description: 'left out: now' }),
  points: whole(1, 2000).optional(),
});

export const signalOperations = {
  getFeatureSeries: {
    method: 'GET',
    path: '/features/{key}/series',
    summary: 'One measure of a feature over time, a line a version',
    permission: 'view',
    query: seriesQuery,
    answers: seriesView,
  },
  listSegments: {
    method: 'GET',
    path: '/segments',
    summary: 'Which environments, features, versions and cohorts telemetry has named',
    permission: 'view',
    query: z.strictObject({ environment: text.optional(), feature: text.optional() }),
    answers: z.array(segmentView),
  },
  listMetrics: {
    method: 'GET',
    path: '/metrics',
    summary: 'The metrics that have arrived for a feature',
    permission: 'view',
    query: z.strictObject({ environment: text.default('production'), feature: text }),
    answers: z.array(metricView),
  },
  listRejections: {
    method: 'GET',
    path: '/rejections',
    summary: 'Points that were refused, and why',
    permission: 'view',
    query: z.strictObject({ limit: whole(1, 1000).default(100) }),
    answers: z.array(rejectionView),
  },
} as const satisfies Record<string, Operation>;
