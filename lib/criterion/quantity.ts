/** Margins and thresholds as people write them, in the unit of the metric. Pure. */
import { BelayError } from '@/lib/errors';
import type { Margin } from './model';

const scales: Record<string, { of: 'time' | 'bytes' | 'one'; factor: number }> = {
  ns: { of: 'time', factor: 1e-9 },
  us: { of: 'time', factor: 1e-6 },
  µs: { of: 'time', factor: 1e-6 },
  ms: { of: 'time', factor: 1e-3 },
  s: { of: 'time', factor: 1 },
  min: { of: 'time', factor: 60 },
  h: { of: 'time', factor: 3600 },
  d: { of: 'time', factor: 86400 },
  bit: { of: 'bytes', factor: 0.125 },
  By: { of: 'bytes', factor: 1 },
  kBy: { of: 'bytes', factor: 1e3 },
  MBy: { of: 'bytes', factor: 1e6 },
  GBy: { of: 'bytes', factor: 1e9 },
  KiBy: { of: 'bytes', factor: 1024 },
  MiBy: { of: 'bytes', factor: 1024 ** 2 },
  GiBy: { of: 'bytes', factor: 1024 ** 3 },
  '%': { of: 'one', factor: 0.01 },
  '1': { of: 'one', factor: 1 },
  '': { of: 'one', factor: 1 },
};

const written = /^(-?\d+(?:\.\d+)?)\s*([^\d\s]*)$/;

/** `{request}` is UCUM's comment on the unit 1. */
function bareUnit(unit: string): string {
  return unit.replace(/\{[^}]*\}/g, '');
}

/** `text` in `unit`; a bare number is taken as it stands. @throws BelayError bad_input where the units do not fit */
export function parseQuantity(text: string | number, unit: string, field = 'threshold'): number {
  if (typeof text === 'number') return text;
  const [, digits = '', from = ''] = written.exec(text.trim()) ?? [];
  if (digits === '') throw mismatch(field, `"${text}" is not a quantity`);
  if (from === '') return Number(digits);
  const to = scales[bareUnit(unit)];
  const given = scales[from];
  if (!given || !to || given.of !== to.of) throw mismatch(field, `"${text}" does not fit the unit "${unit}"`);
  return converted(Number(digits), given.factor, to.factor);
}

/** Dividing by a whole number is exact where multiplying by its reciprocal is not: 300 ms is 300/1000 s. */
function converted(value: number, from: number, to: number): number {
  return from < to ? (value / Math.round((to / from) * 1e9)) * 1e9 : value * (from / to);
}

/** `10%` is relative, `0.5pp` in share points, anything else absolute in `unit`. */
export function parseMargin(text: string | number, unit: string): Margin {
  if (typeof text === 'number') return { kind: 'absolute', value: text };
  const trimmed = text.trim();
  if (trimmed.endsWith('pp')) return { kind: 'points', value: Number(trimmed.slice(0, -2)) / 100 };
  if (trimmed.endsWith('%')) return { kind: 'relative', value: Number(trimmed.slice(0, -1)) / 100 };
  return { kind: 'absolute', value: parseQuantity(trimmed, unit, 'margin') };
}

/** What a value of unit `from` is multiplied with to be in `to`; null where no such number exists. */
export function unitFactor(from: string, to: string): number | null {
  if (from === to) return 1;
  const a = scales[bareUnit(from)];
  const b = scales[bareUnit(to)];
  return a && b && a.of === b.of ? converted(1, a.factor, b.factor) : null;
}

function mismatch(field: string, message: string): BelayError {
  return new BelayError('bad_input', `${field}: ${message}`, [{ field, message }]);
}
