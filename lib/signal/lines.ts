/** Lines of a chart: bins of many series, added up per version and step. */
import type { Sql } from 'postgres';
import { type Bin, emptyBin, mergeBin } from './bin/bin';
import { explicitBuckets, exponentialBuckets, quantileOf } from './bin/quantile';
import type { SeriesRow } from './fold/fold-store';
import type { ChartMeasure, SeriesQuery, SeriesView } from './model';
import { binFor, findSeries, scan } from './scan';
import { matchesWhere } from './where';

/** Above and below the line of a share or ratio; other measures have no `part`. */
type Slot = { whole: Bin | null; part: Bin | null };
type Role = { version: string; part: boolean; whole: boolean };

const second = 1000;
const steps = [10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400].map(
  (s) => s * second,
);

export async function drawLines(sql: Sql, now: Date, query: SeriesQuery): Promise<SeriesView> {
  const points = Math.min(2000, Math.max(10, query.points ?? 300));
  const length = Math.max(1, query.to.getTime() - query.from.getTime());
  const stepMs = steps.find((s) => s >= length / points) ?? Math.ceil(length / points / 86_400_000) * 86_400_000;
  const fromMs = Math.floor(query.from.getTime() / stepMs) * stepMs;
  const toMs = Math.ceil(query.to.getTime() / stepMs) * stepMs;
  const metrics = query.per ? [query.metric, query.per] : [query.metric];
  const { environment, feature, versions } = query;
  const rows = await findSeries(sql, { environment, feature, metrics, ...(versions ? { versions } : {}) });
  const unit = rows.find((r) => r.metric === query.metric)?.unit ?? '';
  const roles = new Map<number, Role>();
  for (const row of rows) {
    const role = roleOf(row, query, unit);
    if (role) roles.set(row.id, role);
  }
  const lines = new Map<string, Slot[]>();
  for (const { version } of roles.values()) lines.set(version, lines.get(version) ?? []);
  const buckets = query.measure === 'quantile';
  await scan(sql, { ids: [...roles.keys()], binMs: binFor(stepMs), fromMs, toMs, buckets }, (id, at, bin) => {
    const role = roles.get(id) as Role;
    const slots = lines.get(role.version) as Slot[];
    const i = Math.floor((at - fromMs) / stepMs);
    let slot = slots[i];
    if (!slot) {
      slot = { whole: null, part: null };
      slots[i] = slot;
    }
    if (role.whole) slot.whole = added(slot.whole, bin, query.measure);
    if (role.part) slot.part = added(slot.part, bin, query.measure);
  });
  const kind = rows.find((r) => r.metric === query.metric)?.kind;
  return {
    unit: unitOf(query.measure, unit, kind === 'sum'),
    stepMs,
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    lines: [...lines].sort().map(([version, slots]) => ({
      version,
      points: Array.from({ length: (toMs - fromMs) / stepMs }, (_, i) => {
        const at = fromMs + i * stepMs;
        const slot = slots[i];
        return [at, slot ? lineValue(query, slot, elapsed(at, stepMs, now)) : null, slot?.whole?.n ?? 0];
      }),
    })),
  };
}

/** What a series contributes; undefined: nothing. */
function roleOf(row: SeriesRow, query: SeriesQuery, unit: string): Role | undefined {
  if (query.cohort != null && row.cohort !== query.cohort) return undefined;
  if (!matchesWhere(row.attributes, query.where)) return undefined;
  const { version } = row;
  if (query.measure === 'ratio') {
    const part = row.metric === query.metric;
    return { version, part, whole: row.metric === query.per };
  }
  if (row.metric !== query.metric || row.unit !== unit) return undefined;
  const part = query.measure === 'share' && query.of !== undefined && matchesWhere(row.attributes, query.of);
  return { version, part, whole: true };
}

/** Buckets are only carried along where they are asked for: they are most of the work. */
function added(sum: Bin | null, bin: Bin, measure: ChartMeasure): Bin {
  const into = sum ?? emptyBin();
  if (measure === 'quantile') mergeBin(into, bin);
  else {
    into.n += bin.n;
    into.sum += bin.sum;
  }
  return into;
}

function lineValue(query: SeriesQuery, slot: Slot, seconds: number): number | null {
  const { whole, part } = slot;
  if (!whole) return null;
  switch (query.measure) {
    case 'count':
      return whole.n;
    case 'rate':
      return whole.n / seconds;
    case 'mean':
    case 'value':
      return whole.n > 0 && Number.isFinite(whole.sum) ? whole.sum / whole.n : null;
    case 'share':
    case 'ratio':
      return whole.n > 0 ? (part?.n ?? 0) / whole.n : null;
    case 'quantile': {
      const { bounds, counts, exponential, min, max } = whole;
      if (bounds && counts && bounds.length > 0)
        return quantileOf(explicitBuckets(bounds, counts, min, max), query.q ?? 0.5);
      return exponential ? quantileOf(exponentialBuckets(exponential), query.q ?? 0.5) : null;
    }
  }
}

/** The last step is still filling: its rate is over the part of it that has passed. */
function elapsed(at: number, stepMs: number, now: Date): number {
  return Math.min(stepMs, Math.max(second, now.getTime() - at)) / second;
}

function unitOf(measure: ChartMeasure, unit: string, counter: boolean): string {
  if (measure === 'share' || measure === 'ratio') return '1';
  if (measure === 'rate') return counter ? `${unit}/s` : '1/s';
  if (measure === 'count' && !counter) return '1';
  return unit;
}
