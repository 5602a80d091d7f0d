/** Between an instant and what a field for date and time shows in a zone. Pure. */
import { formatTime, type Zone, zoneShiftMs } from '@/lib/chart/time';

/** `2026-11-22T14:03:00` */
export const wallInZone = (at: string, zone: Zone): string => formatTime(Date.parse(at), zone).replace(' ', 'T');

/** Null: no time. Where a clock goes back and shows it twice, the second; where it skips it, an hour on. */
export function isoInZone(wall: string, zone: Zone): string | null {
  const shown = Date.parse(`${wall}Z`);
  if (Number.isNaN(shown)) return null;
  const guess = shown - zoneShiftMs(shown, zone);
  return new Date(shown - zoneShiftMs(guess, zone)).toISOString();
}
