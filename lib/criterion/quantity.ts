/** Margins and thresholds as people write them, in the unit of the metric. Pure. */
import { BelayError } from '@/lib/errors';
import { unitRatio } from '@/lib/signal/unit';
import type { Margin } from './model';

const written = /^(-?\d+(?:\.\d+)?)\s*([^\d\s]*)$/;

/** `text` in `unit`; a bare number is taken as it stands. @throws BelayError bad_input where the units do not fit */
export function parseQuantity(text: string | number, unit: string, field = 'threshold'): number {
  if (typeof text === 'number') return text;
  const [, digits = '', from = ''] = written.exec(text.trim()) ?? [];
  if (digits === '') throw mismatch(field, `"${text}" is not a quantity`);
  if (from === '') return Number(digits);
  const ratio = unitRatio(from, unit);
  if (!ratio) throw mismatch(field, `"${text}" does not fit the unit "${unit}"`);
  return (Number(digits) * ratio.times) / ratio.over;
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
  const ratio = unitRatio(from, to);
  return ratio && ratio.times / ratio.over;
}

function mismatch(field: string, message: string): BelayError {
  return new BelayError('bad_input', `${field}: ${message}`, [{ field, message }]);
}
