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
  | { kind: 'live'; key: RangeKey | 'all'; from: number; to: number }
  | { kind: 'frozen'; from: number; to: number };

/** A time field may hold ISO 8601 or milliseconds. */
function instant(text: string | undefined): number | null {
  if (!text) return null;
  const at = /^\d{10,}$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isFinite(at) && Math.abs(at) < 8.64e15 ? at : null;
}

/**
 * What cannot be read falls back to the default: a bad link still shows a page.
 * @param whole what `all` means on this page, and then also the default
 */
export function parseRange(
  query: { range?: string; from?: string; to?: string },
  now: number,
  fallback: RangeKey = '1h',
  whole: { from: number; to: number } | null = null,
): Range {
  const from = instant(query.from);
  const to = instant(query.to);
  if (from !== null && to !== null && from < to) return { kind: 'frozen', from, to };
  const named = rangeKeys.find((k) => k === query.range);
  if (whole && !named) return { kind: 'live', key: 'all', ...whole };
  const key = named ?? fallback;
  return { kind: 'live', key, from: now - lengths[key], to: now };
}

/** All of something that began, and perhaps ended, with a little room on either side. */
export function wholeOf(began: number, ended: number | null, now: number): { from: number; to: number } {
  const least = 3 * 60_000;
  const last = ended ?? now;
  const room = Math.max(15_000, (last - began) * 0.03);
  const to = ended === null ? now : Math.min(now, ended + Math.max(2 * 60_000, (ended - began) * 0.25));
  return { from: Math.min(began - room, to - least), to };
}
