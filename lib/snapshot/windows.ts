/** What one version did in windows of 30 s, criterion by criterion. Pure. */
import { toBins } from '@/lib/criterion/arms';
import { samplesOf } from '@/lib/criterion/increment';
import type { Arm, Criterion } from '@/lib/criterion/model';
import { histogramOf } from '@/lib/criterion/pivot';
import { unitOf } from '@/lib/criterion/question';
import type { BinRow } from '@/lib/signal/model';
import { addHistograms, totalOf } from '@/lib/stats/histogram';
import { valueAbove } from '@/lib/stats/quantile';

/** Of the roll-ups that are read. */
export const binMs = 10_000;
/** Three bins of roll-ups: long enough for a share of a small service, short enough to prove a return within minutes. */
export const windowMs = 30_000;
/** What was on its way when a window ended is in it by then. */
const latenessMs = 5_000;

export type Window = { at: number; value: number | null; n: number };
export type Stretch = { unit: string; windows: Window[]; whole: Omit<Window, 'at'> };

/** The end of the newest window that is over. */
export const closedUntil = (now: number): number => Math.floor((now - latenessMs) / windowMs) * windowMs;

/**
 * By cohort, `null` being all of them together (with what names no cohort). `rows` hold 10 s bins that begin at or
 * after the first window. A window in which the version reported nothing of the metric is not there: silence is no
 * value. `origin`: where a window begins, the multiples of 30 s unless given; `only`: the cohorts that count.
 */
export function stretchesOf(
  criterion: Criterion,
  rows: readonly BinRow[],
  version: string,
  { origin = 0, only = null }: { origin?: number; only?: readonly string[] | null } = {},
): Map<string | null, Stretch> {
  const concerned = only === null ? rows : rows.filter((row) => only.includes(row.cohort));
  const own = origin === 0 ? concerned : concerned.map((row) => ({ ...row, at: row.at - origin }));
  // The other side of the comparison is nobody.
  const { unit: raw, byCohort } = toBins(criterion, own, { candidate: version, baseline: '' }, windowMs);
  const unit = unitOf(criterion, raw);
  const out = new Map<string | null, Stretch>();
  const together = new Map<number, Arm>();
  for (const [cohort, bins] of byCohort) {
    const arms = new Map<number, Arm>();
    for (const { at, candidate } of bins) {
      if (!candidate) continue;
      const time = Date.parse(at) + origin;
      arms.set(time, candidate);
      together.set(time, beside(together.get(time), candidate));
    }
    if (cohort !== '') out.set(cohort, stretchOf(criterion, unit, arms));
  }
  return out.set(null, stretchOf(criterion, unit, together));
}

function stretchOf(criterion: Criterion, unit: string, arms: Map<number, Arm>): Stretch {
  const windows = [...arms]
    .sort(([a], [b]) => a - b)
    .map(([at, arm]) => ({ at, value: measured(criterion, arm), n: samplesOf(arm) }));
  let all: Arm | undefined;
  for (const arm of arms.values()) all = after(all, arm);
  return { unit, windows, whole: { value: all ? measured(criterion, all) : null, n: samplesOf(all) } };
}

/** Two cohorts in one window: their traffic adds up, the time does not. */
function beside(a: Arm | undefined, b: Arm): Arm {
  if (a && 'seconds' in a && 'seconds' in b) return { n: a.n + b.n, seconds: Math.max(a.seconds, b.seconds) };
  return after(a, b);
}

/** Two windows, one after the other. */
function after(a: Arm | undefined, b: Arm): Arm {
  if (!a) return b;
  if ('seconds' in a && 'seconds' in b) return { n: a.n + b.n, seconds: a.seconds + b.seconds };
  if ('sum2' in a && 'sum2' in b) return { n: a.n + b.n, sum: a.sum + b.sum, sum2: a.sum2 + b.sum2 };
  if ('values' in a && 'values' in b) return { values: [...a.values, ...b.values] };
  if ('k' in a && 'k' in b) return { n: a.n + b.n, k: a.k + b.k };
  const [x, y] = [histogramOf(a), histogramOf(b)];
  if (!x || !y) return a;
  const sum = addHistograms(x, y);
  return { bounds: sum.edges, counts: sum.counts };
}

/** In the metric's unit, a share as a part of one; null where nothing can be said, such as a quantile beyond the last bucket. */
function measured(criterion: Criterion, arm: Arm): number | null {
  if ('k' in arm) {
    const share = arm.n > 0 ? arm.k / arm.n : null;
    if (share === null || criterion.measure !== 'burn_rate') return finite(share);
    return finite(share / (1 - (criterion.objective ?? 1)));
  }
  if ('seconds' in arm) return arm.seconds > 0 ? finite(arm.n / arm.seconds) : null;
  if ('sum2' in arm) return arm.n > 0 ? finite(arm.sum / arm.n) : null;
  if ('values' in arm) return finite(arm.values.reduce((sum, v) => sum + v, 0) / arm.values.length);
  const histogram = histogramOf(arm);
  if (!histogram || criterion.q === undefined) return null;
  const n = totalOf(histogram);
  return n > 0 ? finite(valueAbove(histogram, (1 - criterion.q) * n, n)) : null;
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}
