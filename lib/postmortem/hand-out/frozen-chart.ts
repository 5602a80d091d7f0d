/** What a criterion counted in the stretch of a report, ready to draw: from the frozen evidence alone. Pure. */
import { timeTicks, valueDomain } from '@/lib/chart/axis';
import { formatValue, scaleOf } from '@/lib/chart/format';
import type { Scale, Tick } from '@/lib/chart/model';
import { formatTime, zoneOffset } from '@/lib/chart/time';
import { parseMargin, parseQuantity } from '@/lib/criterion/quantity';
import { plain } from '../draft/sentence';
import type { Cell, Facts, Measured } from '../facts';
import { failedIn } from '../impact/decided';
import { type Count, countingOf, versionsOf } from '../impact/strata';
import type { Milestone, MilestoneName } from '../model';

/** `value` null: nothing was counted there. The interval is of the single point, at 95 %. */
export type FrozenPoint = {
  at: number;
  n: number;
  k: number;
  value: number | null;
  low: number | null;
  high: number | null;
};
export type FrozenLine = { version: string; role: 'baseline' | 'candidate' | 'other'; points: FrozenPoint[] };
export type FrozenChart = {
  criterion: string;
  failed: boolean;
  /** what stands on the vertical axis */
  says: string;
  scale: Scale;
  sums: boolean;
  stepMs: number;
  lines: FrozenLine[];
  limit: { value: number; label: string } | null;
  marks: Array<{ at: number; name: MilestoneName }>;
  cohorts: string[];
  x: { from: number; to: number; ticks: Tick[]; offset: string };
  y: { low: number; high: number; ticks: Tick[] };
  /** why there is nothing to draw; empty: there is */
  missing: string;
};
export type FrozenOptions = { cohort: string | null; zone: string; milestones: readonly Milestone[] };

const mostPoints = 48;
const mostVersions = 4;

/** Those that failed first, as everywhere in a report. */
export function frozenCharts(facts: Facts, options: FrozenOptions): FrozenChart[] {
  const failed = failedIn(facts);
  const rank = (m: Measured) => (failed.has(m.criterion.name) ? 0 : 1);
  return [...facts.measured].sort((a, b) => rank(a) - rank(b)).map((m) => frozenChart(facts, m, options, failed));
}

function frozenChart(
  facts: Facts,
  measured: Measured,
  options: FrozenOptions,
  failed: ReadonlySet<string>,
): FrozenChart {
  const { criterion } = measured;
  const counting = countingOf(measured, versionsOf(facts));
  const span = spanOf(facts, measured, options.milestones);
  const stepMs = measured.stepMs * Math.max(1, Math.ceil((span.to - span.from) / measured.stepMs / mostPoints));
  const cells = measured.cells.filter(({ cohort }) => options.cohort === null || cohort === options.cohort);
  const lines =
    counting.count === null ? [] : linesOf(facts, cells, { count: counting.count, sums: counting.sums, stepMs });
  const scale: Scale = counting.sums ? scaleOf(criterion.measure, measured.unit) : { kind: 'share' };
  const limit = limitOf(measured, lines);
  return {
    criterion: criterion.name,
    failed: failed.has(criterion.name),
    says: saysOf(measured, counting.boundary),
    scale,
    sums: counting.sums,
    stepMs,
    lines,
    limit,
    marks: options.milestones.flatMap(({ name, at }) => {
      const ms = at === null ? Number.NaN : Date.parse(at);
      return ms >= span.from && ms <= span.to ? [{ at: ms, name }] : [];
    }),
    cohorts: [...new Set(measured.cells.map(({ cohort }) => cohort))].sort(),
    x: { ...span, ticks: timeTicks(span.from, span.to, options.zone, 7), offset: zoneOffset(span.from, options.zone) },
    y: domainOf(lines, limit, scale),
    missing:
      measured.missing ||
      (counting.count === null ? counting.why : lines.length === 0 ? 'Nothing was counted in this stretch' : ''),
  };
}

/** From the first that was counted or happened to the last: what is told may begin long before. */
function spanOf(
  facts: Facts,
  { cells, stepMs }: Measured,
  milestones: readonly Milestone[],
): { from: number; to: number } {
  const [from, to] = [Date.parse(facts.from), Date.parse(facts.to)];
  const inside = (at: number) => at >= from && at <= to;
  const moments = [
    ...cells.flatMap(({ at }) => [at, at + stepMs]),
    ...milestones.flatMap(({ at }) => (at === null ? [] : [Date.parse(at)])),
  ].filter(inside);
  if (moments.length === 0) return { from, to };
  const [first, last] = moments.reduce(([low, high], at) => [Math.min(low, at), Math.max(high, at)], [to, from]);
  return last > first ? { from: Math.max(from, first - stepMs), to: Math.min(to, last + stepMs) } : { from, to };
}

function linesOf(
  facts: Facts,
  cells: readonly Cell[],
  of: { count: Count; sums: boolean; stepMs: number },
): FrozenLine[] {
  const { baseline, candidate } = facts;
  const order = (version: string) => (version === baseline ? 0 : version === candidate ? 1 : 2);
  const versions = [...new Set(cells.map(({ version }) => version))].sort((a, b) => order(a) - order(b));
  return versions.slice(0, mostVersions).map((version) => ({
    version,
    role: version === baseline ? 'baseline' : version === candidate ? 'candidate' : 'other',
    points: pointsOf(
      cells.filter((cell) => cell.version === version),
      of,
    ),
  }));
}

/** A gap is a point without a value: a line that goes on through silence would say what nobody knows. */
function pointsOf(
  cells: readonly Cell[],
  { count, sums, stepMs }: { count: Count; sums: boolean; stepMs: number },
): FrozenPoint[] {
  const bins = new Map<number, { n: number; k: number; sum2: number | null }>();
  for (const cell of cells) {
    const seen = count(cell);
    if (!seen || !Number.isFinite(seen.n) || !Number.isFinite(seen.k)) continue;
    const at = Math.floor(cell.at / stepMs) * stepMs;
    const had = bins.get(at) ?? { n: 0, k: 0, sum2: 0 };
    const sum2 = had.sum2 === null || cell.sum2 === undefined ? null : had.sum2 + cell.sum2;
    bins.set(at, { n: had.n + seen.n, k: had.k + seen.k, sum2 });
  }
  const times = [...bins.keys()].sort((a, b) => a - b);
  const points: FrozenPoint[] = [];
  for (const [i, at] of times.entries()) {
    const before = times[i - 1];
    if (before !== undefined && at - before > stepMs)
      points.push({ at: before + stepMs, n: 0, k: 0, value: null, low: null, high: null });
    const bin = bins.get(at);
    if (bin) points.push(pointOf(at, bin, sums));
  }
  return points;
}

function pointOf(
  at: number,
  { n, k, sum2 }: { n: number; k: number; sum2: number | null },
  sums: boolean,
): FrozenPoint {
  if (!(n > 0)) return { at, n, k, value: null, low: null, high: null };
  const value = k / n;
  const half = 1.959964;
  if (sums) {
    if (sum2 === null || n < 2) return { at, n, k, value, low: null, high: null };
    const error = half * Math.sqrt(Math.max(0, sum2 / n - value * value) / (n - 1));
    return { at, n, k, value, low: value - error, high: value + error };
  }
  // More above the line than below it, as a ratio may have: counts that vary as Poisson's do.
  if (k > n) return { at, n, k, value, low: (k - half * Math.sqrt(k)) / n, high: (k + half * Math.sqrt(k)) / n };
  // Wilson's score interval: J. Am. Stat. Assoc. 22 (1927).
  const z2 = half * half;
  const middle = (k + z2 / 2) / (n + z2);
  const error = (half / (n + z2)) * Math.sqrt((k * (n - k)) / n + z2 / 4);
  return { at, n, k, value, low: Math.max(0, middle - error), high: Math.min(1, middle + error) };
}

function saysOf({ criterion, unit }: Measured, boundary: number | null): string {
  const { measure, metric, per, better } = criterion;
  const name = plain(metric, 120);
  switch (measure) {
    case 'share':
    case 'burn_rate':
      return `Share of ${name} that counts as ${better === 'lower' ? 'bad' : 'good'}`;
    case 'ratio':
      return `${name} per ${plain(per ?? '', 120)}`;
    case 'quantile':
      return boundary === null ? name : `Share of ${name} above ${boundary} ${plain(unit, 20)}`.trim();
    case 'mean':
      return `Mean of ${name}${unit === '' ? '' : ` in ${plain(unit, 20)}`}`;
    case 'rate':
    case 'value':
      return name;
  }
}

/** The threshold, or the margin put on what the baseline had while the candidate answered. */
function limitOf({ criterion, unit }: Measured, lines: readonly FrozenLine[]): FrozenChart['limit'] {
  const { against, measure, better, q, objective } = criterion;
  try {
    if (against !== 'baseline') {
      const written = plain(String(against.threshold), 40);
      if (measure === 'quantile')
        return { value: 1 - (q ?? 0), label: `${formatValue(1 - (q ?? 0), { kind: 'share' })} above ${written}` };
      if (measure === 'burn_rate')
        return { value: Number(against.threshold) * (1 - (objective ?? 1)), label: `${written} × the budget’s rate` };
      return { value: parseQuantity(against.threshold, measure === 'mean' ? unit : ''), label: `threshold ${written}` };
    }
    if (measure === 'quantile') return null;
    const base = baseOf(lines);
    const margin = parseMargin(criterion.margin, unit);
    if (base === null) return null;
    const sign = better === 'lower' ? 1 : -1;
    const value = margin.kind === 'relative' ? base * (1 + sign * margin.value) : base + sign * margin.value;
    return { value, label: `baseline ${sign > 0 ? '+' : '−'} ${plain(String(criterion.margin), 40)}` };
  } catch {
    // A quantity that does not fit its unit has no place on this axis.
    return null;
  }
}

function baseOf(lines: readonly FrozenLine[]): number | null {
  const of = (role: FrozenLine['role']) =>
    lines.find((line) => line.role === role)?.points.filter(({ n }) => n > 0) ?? [];
  const met = new Set(of('candidate').map(({ at }) => at));
  const points = of('baseline').filter(({ at }) => met.size === 0 || met.has(at));
  const n = points.reduce((sum, p) => sum + p.n, 0);
  return n > 0 ? points.reduce((sum, p) => sum + p.k, 0) / n : null;
}

/** Intervals of small counts are wide: they stretch the axis to half as much again as the values need. */
function domainOf(lines: readonly FrozenLine[], limit: FrozenChart['limit'], scale: Scale): FrozenChart['y'] {
  const points = lines.flatMap((line) => line.points);
  const values = [...points.flatMap(({ value }) => (value === null ? [] : [value])), ...(limit ? [limit.value] : [])];
  const top = Math.max(...values);
  const reach = points.flatMap(({ high }) => (high === null ? [] : [Math.min(high, top * 1.5)]));
  const { low, high, ticks } = valueDomain([0, ...values, ...(top > 0 ? reach : [])]);
  return { low, high, ticks: ticks.map((value) => ({ value, label: formatValue(value, scale) })) };
}

/** `13:00:20` */
export const frozenTime = (at: number, zone: string): string => formatTime(at, zone, 'second');
