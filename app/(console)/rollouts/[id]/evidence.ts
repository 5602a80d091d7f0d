/** All that the verdict page reads, in one go. What fails to load says so in its place. */

import { attempt } from '@/app/ui/page/attempt';
import { parseRange, type Range, wholeOf } from '@/lib/chart/range';
import type { Context } from '@/lib/context';
import type { Criterion } from '@/lib/criterion/model';
import { history } from '@/lib/event/event';
import { getAutomation } from '@/lib/event/setting';
import { getFeature } from '@/lib/feature/feature';
import { rollbacksOf } from '@/lib/rollback/rollback';
import { excessOf } from '@/lib/rollout/explain/excess';
import { type DecisionView, type RolloutView, type Verdict, verbs } from '@/lib/rollout/model';
import { decisionsOf, listApprovals, looksOf, preview } from '@/lib/rollout/rollout';
import { findings, freshness, metricsOf, series } from '@/lib/signal/signal';

export type Query = {
  range?: string;
  from?: string;
  to?: string;
  cohort?: string;
  cohorts?: string;
  /** the criterion whose excess is to be shown; the one that decided unless given */
  excess?: string;
};
export const mostCharts = 12;

export async function readEvidence(ctx: Context, rollout: RolloutView, query: Query) {
  const now = ctx.now().getTime();
  const range = rangeFor(rollout, query, now);
  const decisions = await attempt(decisionsOf(ctx, rollout.id));
  const cohort = cohortFor(rollout, decisions.ok ? decisions.value : [], query);
  const place = { environment: rollout.environment, feature: rollout.feature };
  const [drawing, events, rollbacks, approvals, fresh, found, metrics, automation, feature, excess, previews] =
    await Promise.all([
      readDrawing(ctx, rollout, { now, range, cohort }),
      attempt(history(ctx, { rolloutId: rollout.id, limit: 200 })),
      attempt(rollbacksOf(ctx, rollout.id)),
      attempt(listApprovals(ctx, { rolloutId: rollout.id })),
      attempt(freshness(ctx.db, place)),
      attempt(findings(ctx.db, place)),
      attempt(metricsOf(ctx, place)),
      attempt(getAutomation(ctx.db)),
      attempt(getFeature(ctx, rollout.feature)),
      attempt(excessOf(ctx, rollout.id, query.excess ? { criterion: query.excess } : {})),
      Promise.all(verbs.map((verb) => attempt(preview(ctx, rollout.id, verb)))),
    ]);
  const units: Record<string, string> = {};
  if (metrics.ok) for (const m of metrics.value) units[m.metric] = m.unit;
  return {
    ...drawing,
    decisions,
    events,
    rollbacks,
    approvals,
    fresh,
    found,
    units: { ...drawing.units, ...units },
    automation,
    feature,
    excess,
    previews,
  };
}
export type Evidence = Awaited<ReturnType<typeof readEvidence>>;

/** What the charts are drawn from. */
export async function readDrawing(
  ctx: Context,
  rollout: RolloutView,
  { now, range, cohort }: { now: number; range: Range; cohort: string | null },
) {
  const drawn = rollout.plan.criteria.slice(0, mostCharts);
  const span = { from: new Date(range.from), to: new Date(range.to) };
  const [charts, looks] = await Promise.all([
    Promise.all(drawn.map((criterion) => attempt(seriesOf(ctx, rollout, criterion, cohort, span)))),
    attempt(looksOf(ctx, rollout.id, { cohort, ...span, everyMs: Math.max(1, (range.to - range.from) / 240) })),
  ]);
  const units: Record<string, string> = {};
  for (const [index, chart] of charts.entries()) {
    const metric = drawn[index]?.metric;
    if (chart.ok && metric && chart.value.unit) units[metric] ??= chart.value.unit;
  }
  return { now, range, cohort, drawn, charts, looks, units };
}
export type Drawing = Awaited<ReturnType<typeof readDrawing>>;

/** The verdict of the decision that ended things, if one did. */
export function decisiveEvidence(decisions: DecisionView[]): Verdict | null {
  return decisions.find((d) => d.acted && d.action === 'roll_back')?.evidence ?? null;
}

/** Charts begin with the cohort that decided: that is where the reader should look. */
function cohortFor(rollout: RolloutView, decisions: DecisionView[], query: Query): string | null {
  if (query.cohorts === 'all') return null;
  if (query.cohort !== undefined) return query.cohort;
  const active = rollout.state === 'running' || rollout.state === 'held';
  const verdict = active ? rollout.verdict : (decisiveEvidence(decisions) ?? rollout.verdict);
  return verdict?.deciding?.cohort ?? null;
}

async function seriesOf(
  ctx: Context,
  rollout: RolloutView,
  criterion: Criterion,
  cohort: string | null,
  span: { from: Date; to: Date },
) {
  const { measure, metric, q, where, of, per, objective } = criterion;
  const view = await series(ctx, {
    environment: rollout.environment,
    feature: rollout.feature,
    versions: [rollout.plan.baseline, rollout.plan.candidate],
    metric,
    measure: measure === 'burn_rate' ? 'share' : measure,
    where,
    cohort,
    points: 720,
    ...span,
    ...(q === undefined ? {} : { q }),
    ...(of === undefined ? {} : { of }),
    ...(per === undefined ? {} : { per }),
  });
  if (measure !== 'burn_rate' || objective === undefined) return view;
  // The series is the share that is bad: how fast that burns, step by step.
  const burns = (bad: number | null) => (bad === null ? null : bad / (1 - objective));
  const lines = view.lines.map((line) => ({
    ...line,
    points: line.points.map(([at, bad, n]): (typeof line.points)[number] => [at, burns(bad), n]),
  }));
  return { ...view, lines };
}

/** Without a range in the URL: all of the rollout. */
function rangeFor(rollout: RolloutView, query: Query, now: number): Range {
  const began = Date.parse(rollout.startedAt ?? rollout.createdAt);
  const ended = rollout.endedAt ? Date.parse(rollout.endedAt) : null;
  return parseRange(query, now, '1h', wholeOf(began, ended, now));
}
