/** What the criteria measure of one version: the range that a return to it must come back to. */
import { type Criterion, metricsOf } from '@/lib/criterion/model';
import type { Db } from '@/lib/db';
import type { Plan } from '@/lib/rollout/model';
import type { BinRow } from '@/lib/signal/model';
import { readBins } from '@/lib/signal/signal';
import type { CriterionReading } from './model';
import { binMs, closedUntil, type Stretch, stretchesOf, windowMs } from './windows';

/** So far back: long enough for sixty windows, short enough to be today's traffic. */
const stretchMs = 30 * 60_000;
/** Under so many windows nobody can say what is usual. */
const leastWindows = 3;

type Of = { feature: string; environment: string; plan: Pick<Plan, 'criteria'>; version: string };

/** Criteria that a decision rests on; a diagnostic is only shown. */
export const proving = (plan: Pick<Plan, 'criteria'>): Criterion[] =>
  plan.criteria.filter((c) => c.kind !== 'diagnostic');

/** Of the last half hour, or of what there is of it: overall, and for every cohort that was heard of. */
export async function readCriteria(db: Db, now: Date, of: Of): Promise<CriterionReading[]> {
  const to = closedUntil(now.getTime());
  return readStretch(db, { ...of, from: to - stretchMs, to });
}

/** Of [from, to): windows follow each other from its first whole bin on; what is left over at the end does not count. */
export async function readStretch(db: Db, of: Of & { from: number; to: number }): Promise<CriterionReading[]> {
  const criteria = proving(of.plan);
  if (criteria.length === 0) return [];
  const from = Math.ceil(of.from / binMs) * binMs;
  const to = from + Math.floor((of.to - from) / windowMs) * windowMs;
  const rows = to > from ? await readRows(db, { ...of, criteria, from, to }) : [];
  return readingsOf(criteria, rows, { version: of.version, from, to });
}

export function readRows(
  db: Db,
  of: Pick<Of, 'feature' | 'environment' | 'version'> & { criteria: Criterion[]; from: number; to: number },
): Promise<BinRow[]> {
  return readBins(db, {
    environment: of.environment,
    feature: of.feature,
    metrics: metricsOf(of.criteria),
    versions: [of.version],
    from: new Date(of.from),
    to: new Date(of.to),
    resolution: 10,
  });
}

/** Pure. */
export function readingsOf(
  criteria: readonly Criterion[],
  rows: readonly BinRow[],
  of: { version: string; from: number; to: number },
): CriterionReading[] {
  return criteria.flatMap((criterion) =>
    [...stretchesOf(criterion, rows, of.version, { origin: of.from })]
      // Overall first, then the cohorts by name: equal readings are equal texts.
      .sort(([a], [b]) => (a ?? '').localeCompare(b ?? ''))
      .map(([cohort, stretch]) => readingOf(criterion, cohort, stretch, of)),
  );
}

function readingOf(
  criterion: Criterion,
  cohort: string | null,
  { unit, windows, whole }: Stretch,
  of: { version: string; from: number; to: number },
): CriterionReading {
  const values = windows.flatMap(({ value }) => (value === null ? [] : [value]));
  const enough = values.length >= leastWindows;
  const [first, last] = [windows[0], windows.at(-1)];
  return {
    criterion: criterion.name,
    cohort,
    version: of.version,
    unit,
    value: whole.value,
    low: enough ? Math.min(...values) : null,
    high: enough ? Math.max(...values) : null,
    n: whole.n,
    windows: values.length,
    from: new Date(first?.at ?? of.from).toISOString(),
    to: new Date(last ? last.at + windowMs : of.to).toISOString(),
  };
}
