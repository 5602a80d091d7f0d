/** Looks, which speak of differences, on the scale of the values that a chart draws. */
import type { BandPoint } from './model';

export type LookPoint = {
  at: string;
  low: number | null;
  high: number | null;
  limit: number | null;
  baseline: { value: number | null };
};

/**
 * A look against the baseline says where the difference lies; on the chart the candidate then lies between
 * baseline + low and baseline + high, or baseline × (1 + …) where the margin is relative.
 */
export function bandOf(looks: LookPoint[], kind: 'threshold' | 'relative' | 'absolute'): BandPoint[] {
  return looks.flatMap((look): BandPoint[] => {
    const base = kind === 'threshold' ? 0 : look.baseline.value;
    if (base === null) return [];
    const place = (v: number | null) => {
      if (v === null || !Number.isFinite(v)) return null;
      return kind === 'relative' ? base * (1 + v) : base + v;
    };
    return [{ at: Date.parse(look.at), low: place(look.low), high: place(look.high), limit: place(look.limit) }];
  });
}
