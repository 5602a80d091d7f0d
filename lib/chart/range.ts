/** The time range of a page, as its URL says it. */

export const rangeKeys = ['30m', '1h', '6h', '24h', '7d'] as const;
export type RangeKey = (typeof rangeKeys)[number];
const lengths: Record<RangeKey, number> = {
  '30m': 30 * 60_000,
  '1h': 3600_000,
  '6h': 6 * 3600_000,
  '24h': 24 * 3600_000,
  '7d': 7 * 24 * 3600_000,
};

/** `live` moves with the clock; `frozen` shows the same thing to whoever opens the link, whenever. */
export type Range =
  | { kind: 'live'; key: RangeKey; from: number; to: number }
  | { kind: 'frozen'; from: number; to: number };

/** A time field may hold ISO 8601 or milliseconds. */
function instant(text: string | undefined): number | null {
  if (!text) return null;
  const at = /^\d{10,}$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isFinite(at) && Math.abs(at) < 8.64e15 ? at : null;
}

/** What cannot be read falls back to the default: a bad link still shows a page. */
export function parseRange(
  query: { range?: string; from?: string; to?: string },
  now: number,
  fallback: RangeKey = '1h',
): Range {
  const from = instant(query.from);
  const to = instant(query.to);
  if (from !== null && to !== null && from < to) return { kind: 'frozen', from, to };
  const key = rangeKeys.find((k) => k === query.range) ?? fallback;
  return { kind: 'live', key, from: now - lengths[key], to: now };
}

/** The shortest preset that shows all since `since`. */
export function rangeSince(since: number, now: number): RangeKey {
  return rangeKeys.find((key) => lengths[key] >= now - since) ?? '7d';
}
