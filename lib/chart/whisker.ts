/** An interval against its limit: the geometry of one row's picture, in shares of its width. */

export type WhiskerInput = {
  estimate: number | null;
  low: number | null;
  high: number | null;
  limit: number | null;
  better: 'lower' | 'higher';
  /** compared with a baseline (0 means no difference) or with a threshold */
  against: 'baseline' | 'threshold';
};

export type Whisker = {
  low: number;
  high: number;
  estimate: number | null;
  limit: number | null;
  zero: number | null;
  /** the interval goes on beyond the picture */
  cutLow: boolean;
  cutHigh: boolean;
  /** the side on which it would fail, from and to */
  bad: [number, number] | null;
};

/** Null when there is no interval: an unknown is not drawn as a wide one. */
export function whisker(input: WhiskerInput): Whisker | null {
  const { low, high, limit } = input;
  if (low === null || high === null || Number.isNaN(low) || Number.isNaN(high)) return null;
  const anchor = input.against === 'baseline' ? 0 : (limit ?? input.estimate ?? low);
  const reach = reachOf(input, anchor);
  const x = (value: number) => (value - anchor + reach) / (2 * reach);
  const clip = (value: number) => Math.min(1, Math.max(0, x(value)));
  return {
    low: clip(low),
    high: clip(high),
    estimate: input.estimate === null ? null : clip(input.estimate),
    limit: limit === null ? null : clip(limit),
    zero: input.against === 'baseline' ? 0.5 : null,
    cutLow: x(low) < 0,
    cutHigh: x(high) > 1,
    bad: limit === null ? null : input.better === 'lower' ? [clip(limit), 1] : [0, clip(limit)],
  };
}

/** Half the width: the limit always stands well inside, the interval fits up to eight times the limit. */
function reachOf(input: WhiskerInput, anchor: number): number {
  const finite = (v: number | null) => v !== null && Number.isFinite(v);
  const spans = [input.low, input.high, input.estimate].filter(finite).map((v) => Math.abs((v ?? 0) - anchor));
  const limit = Math.abs((input.limit ?? anchor) - anchor);
  const wish = Math.max(...spans, limit * 1.6, 0) * 1.12;
  const most =
    limit > 0
      ? limit * 8
      : input.against === 'threshold' && anchor !== 0
        ? Math.abs(anchor) * 2
        : Number.POSITIVE_INFINITY;
  return Math.min(wish, most) || 1;
}
