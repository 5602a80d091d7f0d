/** Attribute conditions of criteria and charts. Pure. */
import type { Attributes, AttributeValue, Where } from './model';

type Wanted = string | number | boolean;

/** Every condition holds. An absent attribute meets none. */
export function matchesWhere(attributes: Attributes, where: Where | undefined): boolean {
  for (const key in where) {
    const wanted = where[key];
    const value = attributes[key];
    if (wanted === undefined) continue;
    if (value === undefined || value === null) return false;
    if (Array.isArray(wanted) ? !wanted.some((w) => matches(value, w)) : !matches(value, wanted)) return false;
  }
  return true;
}

/** `5xx` stands for 500 to 599; numbers and booleans equal their spelling, because SDKs differ on the type. */
function matches(value: AttributeValue, wanted: Wanted): boolean {
  if (Array.isArray(value)) return value.some((v) => matches(v, wanted));
  if (value === null || typeof value === 'object') return false;
  if (value === wanted) return true;
  const text = String(value);
  if (typeof wanted === 'string' && /^[1-5]xx$/i.test(wanted)) return /^[1-5]\d\d$/.test(text) && text[0] === wanted[0];
  return text === String(wanted);
}
