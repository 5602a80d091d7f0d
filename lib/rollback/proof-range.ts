/**
 * Whether a criterion is back in the range that it had while all was well. Pure.
 *
 * The range is what k windows of the known-good version measured, lowest to highest, widened by the criterion's own
 * margin on the side that is worse. Only that side counts: what is better than ever is no reason to doubt a return.
 * A criterion is back once the newest window is within it and so is one of the two before (two of three in a row): one
 * lucky window proves nothing, and one unlucky one does not undo what the others show.
 *
 * The error. Of k + 1 alike windows each is as likely to be the worst, so one healthy window lies outside with the
 * probability 1/(k + 1), ties and margin aside: 1.6 % with the 60 windows of half an hour, 25 % with three. That only
 * delays: looked at until the deadline (nine windows), a healthy version is called "not back" where nearly all of them
 * lie outside. Simulated over Poisson noise without a margin, 20,000 returns each (`proof-range.test.ts`, which bounds
 * it): none with 60 windows recorded, 0.02 % with ten, 3 % with three; it takes 2.0, 2.2 and 2.7 windows on average.
 * What has stayed three times as bad (20 events a window) is never called back, what is worse by half (100 events a
 * window) in 2 %.
 */
import { burnMargin, type Criterion } from '@/lib/criterion/model';
import { parseMargin, unitFactor } from '@/lib/criterion/quantity';
import { questionOf } from '@/lib/criterion/question';
import type { CriterionReading } from '@/lib/snapshot/model';
import { type Window, windowMs } from '@/lib/snapshot/windows';

/** `from`: where the bound is taken from, in words. */
export type Range = { worst: number; unit: string; from: string };
export type Returned =
  | { kind: 'back'; value: number }
  | { kind: 'not_yet'; value: number | null }
  /** too few windows are over to say */
  | { kind: 'too_early' }
  | { kind: 'silent' };

/** What the version may measure and still be as good as it was; null: nobody knows. */
export function rangeOf(criterion: Criterion, reading: CriterionReading | undefined, from: string): Range | null {
  const edge = criterion.better === 'lower' ? reading?.high : reading?.low;
  if (!reading || edge === null || edge === undefined || !Number.isFinite(edge)) return null;
  const unit = reading.unit ?? '';
  const worst = widened(criterion, edge, unit);
  return worst === null ? null : { worst, unit, from };
}

/** A margin that does not fit the unit widens nothing; that is the careful side. */
function widened(criterion: Criterion, edge: number, unit: string): number | null {
  const sign = criterion.better === 'lower' ? 1 : -1;
  if (criterion.measure === 'burn_rate') {
    const added = burnMargin(criterion.margin);
    return added ? edge * added.times + added.plus : edge;
  }
  try {
    const margin = parseMargin(criterion.margin, unit);
    const by = margin.kind === 'relative' ? Math.abs(edge) * margin.value : margin.value;
    return edge + sign * by;
  } catch {
    return edge;
  }
}

/** The threshold where the criterion is against one; null otherwise, or where it does not fit the unit. */
export function thresholdOf(criterion: Criterion, unit: string): Range | null {
  if (criterion.against === 'baseline') return null;
  try {
    return { worst: questionOf(criterion, unit).limit, unit, from: 'its threshold' };
  } catch {
    return null;
  }
}

/** In the unit of the windows; null where they have none in common. */
export function inUnit(range: Range, unit: string): Range | null {
  const factor = unitFactor(range.unit, unit);
  return factor === null ? null : { ...range, worst: range.worst * factor, unit };
}

/**
 * `windows`: since exposure was gone, `from` being the start of the first and `until` the end of the last that is
 * over. A silent window is not within; three of them at the end and nothing is known any more.
 */
export function returned(
  criterion: Criterion,
  range: Range,
  windows: readonly Window[],
  at: { from: number; until: number },
): Returned {
  const whole = Math.floor((at.until - at.from) / windowMs);
  if (whole < 2) return { kind: 'too_early' };
  const byStart = new Map(windows.map((w) => [w.at, w.value]));
  // Numbered from the newest, which is 0.
  const valueAt = (i: number) => byStart.get(at.from + (whole - 1 - i) * windowMs) ?? null;
  const within = (i: number) => {
    const value = i < whole ? valueAt(i) : null;
    return value !== null && (criterion.better === 'lower' ? value <= range.worst : value >= range.worst);
  };
  const newest = [0, 1, 2].filter((i) => i < whole).map(valueAt);
  if (newest.every((value) => value === null)) return { kind: 'silent' };
  const value = newest.find((v) => v !== null) ?? null;
  return value !== null && within(0) && (within(1) || within(2)) ? { kind: 'back', value } : { kind: 'not_yet', value };
}
