/**
 * Wall clocks. A *wall* is what a clock on the wall shows, in milliseconds as if it showed UTC, so that days and
 * weekdays of it are plain arithmetic.
 *
 * The instant of a wall is the first at which the clock shows it or something later. So a time that a day does not
 * have is the first instant after the gap, one that a day has twice is the first of the two, and a later wall never
 * has an earlier instant.
 */
const hourMs = 3_600_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    const two = '2-digit';
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
    });
    formats.set(zone, format);
  }
  return format;
}

/** Names of the IANA database only: an offset such as +01:00 is none, for it knows no summer time. */
export function isZone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

export function wallOf(zone: string, instant: number): number {
  const at: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(instant)) at[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = at;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((instant % 1000) + 1000) % 1000);
}

export function instantOf(zone: string, wall: number): number {
  // No zone is further from UTC than 12 h behind or 14 h ahead, and none changes twice in a day.
  let before = wall - 15 * hourMs;
  let after = wall + 13 * hourMs;
  const earlier = offsetAt(zone, before);
  const later = offsetAt(zone, after);
  if (earlier === later) return wall - earlier;
  const shown = [wall - earlier, wall - later].filter((instant) => wallOf(zone, instant) === wall);
  if (shown.length > 0) return Math.min(...shown);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (wallOf(zone, middle) >= wall) after = middle;
    else before = middle;
  }
  return after;
}

/** How far the clock is ahead of UTC. */
export function offsetAt(zone: string, instant: number): number {
  return wallOf(zone, instant) - instant;
}

/** The first instant after `from` at which the clock of the zone is set to something else; null: none within the days. */
export function nextChange(zone: string, from: number, days: number): number | null {
  const step = 24 * hourMs;
  for (let day = 0; day < days; day++) {
    let before = from + day * step;
    let after = before + step;
    const offset = offsetAt(zone, before);
    if (offsetAt(zone, after) === offset) continue;
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (offsetAt(zone, middle) === offset) before = middle;
      else after = middle;
    }
    return after;
  }
  return null;
}

/** `2026-10-25T02:30+02:00`: what the clock shows, and how far it is ahead. */
export function wallText(zone: string, instant: number): string {
  const offset = offsetAt(zone, instant);
  const minutes = Math.abs(Math.round(offset / 60_000));
  const two = (n: number) => String(n).padStart(2, '0');
  const shown = new Date(instant + offset).toISOString().slice(0, 16);
  return `${shown}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
