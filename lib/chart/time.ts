/** Instants as people read them, in a zone that is always named. */

/** `UTC` or an IANA name such as `Europe/Berlin`. */
export type Zone = string;

/** The zone if this runtime knows it, else UTC: a cookie may say anything. */
export function knownZone(name: string | undefined): Zone {
  if (!name || name.length > 64) return 'UTC';
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return 'UTC';
  }
}

/** Making one costs a hundred times what using it does, and a crosshair over twelve charts reads twelve clocks a frame. */
const clocks = new Map<Zone, Intl.DateTimeFormat>();
/** One name can be written in many ways. */
const mostClocks = 100;

function clockOf(zone: Zone): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known) return known;
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  if (clocks.size >= mostClocks) clocks.clear();
  clocks.set(zone, clock);
  return clock;
}

function parts(at: number, zone: Zone): Record<string, string> {
  return Object.fromEntries(
    clockOf(zone)
      .formatToParts(at)
      .map((p) => [p.type, p.value]),
  );
}

/** What the zone's clock shows less UTC. */
export function zoneShiftMs(at: number, zone: Zone): number {
  const p = parts(at, zone);
  const shown = Date.UTC(
    Number(p.year),
    Number(p.month) - 1,
    Number(p.day),
    Number(p.hour),
    Number(p.minute),
    Number(p.second),
  );
  return shown - Math.floor(at / 1000) * 1000;
}

/** `UTC`, `UTC+01:00` */
export function zoneOffset(at: number, zone: Zone): string {
  const minutes = Math.round(zoneShiftMs(at, zone) / 60_000);
  if (minutes === 0) return 'UTC';
  const size = Math.abs(minutes);
  const two = (n: number) => String(n).padStart(2, '0');
  return `UTC${minutes < 0 ? '−' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** ISO order, so that times sort as they read: `2026-11-22 04:26:34`. */
export function formatTime(at: number, zone: Zone, grain: 'day' | 'minute' | 'second' | 'full' = 'full'): string {
  const p = parts(at, zone);
  if (grain === 'day') return `${p.month}-${p.day}`;
  if (grain === 'minute') return `${p.hour}:${p.minute}`;
  if (grain === 'second') return `${p.hour}:${p.minute}:${p.second}`;
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second}`;
}
