/** Requests a second of every segment, from the metric of the feature that counts the most like requests. */

import { attempt } from '@/app/ui/page/attempt';
import type { Context } from '@/lib/context';
import type { MetricView, SegmentView } from '@/lib/signal/model';
import { metricsOf, series } from '@/lib/signal/signal';

export type Rates = { metric: string | null; of: Map<string, number> };
export const rateKey = (environment: string, version: string, cohort: string) =>
  JSON.stringify([environment, version, cohort]);

const span = 5 * 60_000;
const mostCohorts = 24;

export async function ratesOf(ctx: Context, feature: string, segments: SegmentView[]): Promise<Rates> {
  const of = new Map<string, number>();
  let metric: string | null = null;
  for (const environment of new Set(segments.map((s) => s.environment))) {
    const metrics = await attempt(metricsOf(ctx, { environment, feature }));
    const counted = metrics.ok ? requestsIn(metrics.value) : null;
    if (!counted) continue;
    metric = counted.metric;
    const live = segments.filter((s) => s.environment === environment && s.points10m > 0);
    const cohorts = [...new Set(live.map((s) => s.cohort))].slice(0, mostCohorts);
    await Promise.all(
      cohorts.map((cohort) => addRates(ctx, { environment, feature, metric: counted.metric, cohort }, of)),
    );
  }
  return { metric, of };
}

/** Histograms count what they measure; of them the one named for requests, else the first. */
function requestsIn(metrics: MetricView[]): MetricView | null {
  const counting = metrics.filter((m) => m.kind === 'histogram' || m.kind === 'exponential_histogram');
  return (
    counting.find((m) => m.metric.includes('request')) ?? counting[0] ?? metrics.find((m) => m.kind === 'sum') ?? null
  );
}

async function addRates(
  ctx: Context,
  place: { environment: string; feature: string; metric: string; cohort: string },
  of: Map<string, number>,
): Promise<void> {
  const to = ctx.now();
  const from = new Date(to.getTime() - span);
  const read = await attempt(series(ctx, { ...place, measure: 'rate', from, to, points: 10 }));
  if (!read.ok) return;
  for (const line of read.value.lines) {
    const values = line.points.flatMap(([, value]) => (value === null ? [] : [value]));
    if (values.length > 0)
      of.set(rateKey(place.environment, line.version, place.cohort), values.reduce((a, b) => a + b, 0) / values.length);
  }
}
