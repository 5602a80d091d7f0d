/** Numbers as people read them. Units are UCUM, as OpenTelemetry writes them. */
import type { Scale } from './model';

const seconds: Record<string, number> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600 };
const bytes: Record<string, number> = {
  By: 1,
  kBy: 1e3,
  KiBy: 1024,
  MBy: 1e6,
  MiBy: 1024 ** 2,
  GBy: 1e9,
  GiBy: 1024 ** 3,
};

/** @param measure a criterion's measure, or a series' */
export function scaleOf(measure: string, unit: string): Scale {
  if (measure === 'share' || measure === 'ratio') return { kind: 'share' };
  if (measure === 'rate') return { kind: 'rate' };
  if (measure === 'burn_rate') return { kind: 'plain', unit: '×' };
  if (measure === 'count') return { kind: 'plain', unit: '' };
  const perSecond = seconds[unit];
  if (perSecond !== undefined) return { kind: 'seconds', factor: perSecond };
  const perByte = bytes[unit];
  if (perByte !== undefined) return { kind: 'bytes', factor: perByte };
  return { kind: 'plain', unit: unit === '1' ? '' : unit.replace(/[{}]/g, '') };
}

/** By fraction digits, because making one costs far more than using it. */
const numbers = Array.from(
  { length: 10 },
  (_, maximumFractionDigits) => new Intl.NumberFormat('en-GB', { maximumFractionDigits }),
);

/** Three significant digits, never an exponent below a quadrillion, a real minus sign. */
export function formatNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return value > 0 ? '∞' : value < 0 ? '−∞' : '–';
  const size = Math.abs(value);
  if (size >= 1e15) return value.toExponential(2).replaceAll('-', '−');
  if (size !== 0 && size < 1e-6) return value.toExponential(1).replaceAll('-', '−');
  const whole = size === 0 ? 1 : Math.floor(Math.log10(size)) + 1;
  const fraction = size >= 10 ** digits ? 0 : Math.min(9, Math.max(0, digits - whole));
  const text = (numbers[fraction] as Intl.NumberFormat).format(value);
  return text === '-0' ? '0' : text.replace('-', '−');
}

function withUnit(value: number, unit: string, digits?: number): string {
  return unit ? `${formatNumber(value, digits)}\u202f${unit}` : formatNumber(value, digits);
}

function formatSeconds(value: number, digits?: number): string {
  const size = Math.abs(value);
  if (size === 0) return withUnit(0, 's');
  if (size < 1e-6) return withUnit(value * 1e9, 'ns', digits);
  if (size < 1e-3) return withUnit(value * 1e6, 'µs', digits);
  if (size < 1) return withUnit(value * 1e3, 'ms', digits);
  if (size < 120) return withUnit(value, 's', digits);
  return size < 7200 ? withUnit(value / 60, 'min', digits) : withUnit(value / 3600, 'h', digits);
}

function formatBytes(value: number, digits?: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, value === 0 ? 0 : Math.max(0, Math.floor(Math.log10(Math.abs(value)) / 3)));
  return withUnit(value / 1000 ** step, units[step] ?? 'B', digits);
}

export function formatValue(value: number | null, scale: Scale, digits?: number): string {
  if (value === null || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return formatNumber(value);
  switch (scale.kind) {
    case 'share':
      return withUnit(value * 100, '%', digits);
    case 'seconds':
      return formatSeconds(value * scale.factor, digits);
    case 'bytes':
      return formatBytes(value * scale.factor, digits);
    case 'rate':
      return withUnit(value, '/s', digits);
    case 'plain':
      return withUnit(value, scale.unit, digits);
  }
}

/** 12,345 below a hundred thousand, then 123k, 1.23M. */
export function formatCount(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) < 100_000) return formatNumber(Math.round(value), 15);
  const [size, unit] = value >= 1e9 ? [1e9, 'G'] : value >= 1e6 ? [1e6, 'M'] : [1e3, 'k'];
  return `${formatNumber(value / Number(size))}${unit}`;
}

/** `42 s`, `5 min`, `3 h 10 min`, `2 d 4 h`: two places at most. */
export function formatDuration(ms: number): string {
  const total = Math.max(0, Math.round(ms / 1000));
  if (total < 60) return `${total}\u202fs`;
  const places: Array<[number, string]> = [
    [Math.floor(total / 86_400), 'd'],
    [Math.floor((total % 86_400) / 3600), 'h'],
    [Math.floor((total % 3600) / 60), 'min'],
    [total % 60, 's'],
  ];
  const first = places.findIndex(([count]) => count > 0);
  return places
    .slice(first, first + 2)
    .filter(([count], index) => count > 0 && !(index === 1 && first === 2 && total >= 600))
    .map(([count, unit]) => `${count}\u202f${unit}`)
    .join(' ');
}

/** How long something took: `less than 1 ms`, `78 ms`, `4.2 s`, and from ten seconds on as `formatDuration`. */
export function formatTook(ms: number): string {
  if (ms < 1) return 'less than 1\u202fms';
  if (ms < 1_000) return `${Math.round(ms)}\u202fms`;
  return ms < 10_000 ? `${formatNumber(Math.round(ms / 100) / 10)}\u202fs` : formatDuration(ms);
}
