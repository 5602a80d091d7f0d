/** Domains and ticks. */
import { formatTime, type Zone, zoneShiftMs } from './time';

/** A step of 1, 2 or 5 times a power of ten that cuts `span` into at most `count` parts. */
export function niceStep(span: number, count: number): number {
  if (!(span > 0)) return 1;
  const raw = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const lead = raw / power;
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power;
}

/**
 * The domain of a value axis: covers every value given, starts at zero unless that would hide the difference
 * (values all within the upper third), and ends on ticks.
 */
export function valueDomain(values: number[], count = 4): { low: number; high: number; ticks: number[] } {
  const finite = values.filter((v) => Number.isFinite(v));
  if (finite.length === 0) return { low: 0, high: 1, ticks: [0, 1] };
  let low = Math.min(...finite);
  let high = Math.max(...finite);
  if (low >= 0 && low < high * (2 / 3)) low = 0;
  // Differences that rounding could have made are none.
  const size = Math.max(Math.abs(high), Math.abs(low));
  if (high - low <= Math.max(size * 1e-9, 1e-200)) {
    const room = size > 1e-100 ? size * 0.1 : 1;
    high += room;
    low = low === 0 ? 0 : low - room;
  }
  const step = niceStep(high - low, count);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const ticks: number[] = [];
  // Multiplying beats adding: 0.1 + 0.2 would print its error.
  for (let i = first; i <= last; i++) ticks.push(Number((i * step).toPrecision(12)));
  return { low: first * step, high: last * step, ticks };
}

const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800];

/** Round times in the reader's zone, at most `count` of them. */
export function timeTicks(
  from: number,
  to: number,
  zone: Zone,
  count: number,
): Array<{ value: number; label: string }> {
  const spanSeconds = (to - from) / 1000;
  const step = (steps.find((s) => spanSeconds / s <= count) ?? 604_800) * 1000;
  const shift = zoneShiftMs(from, zone);
  const ticks: Array<{ value: number; label: string }> = [];
  for (let at = Math.ceil((from + shift) / step) * step - shift; at <= to; at += step) {
    ticks.push({
      value: at,
      label: formatTime(at, zone, step >= 86_400_000 ? 'day' : step < 60_000 ? 'second' : 'minute'),
    });
  }
  return ticks;
}
