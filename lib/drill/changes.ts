/** What two states of a drill differ in, field by field. Safe in a browser. */

export type Change = { field: string; from: unknown; to: unknown };

/** By the names that whoever fills in a form knows: `objectives.detect`, `schedule.allowed`. Lists are one thing each. */
export function changesOf(from: unknown, to: unknown, field = ''): Change[] {
  if (!isObject(from) || !isObject(to)) return same(from, to) ? [] : [{ field, from, to }];
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  return keys.flatMap((key) => changesOf(from[key], to[key], field === '' ? key : `${field}.${key}`));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** Whatever the order of their keys; nothing said is nothing said. */
function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => same(one, b[i]));
  if (isObject(a) && isObject(b)) return changesOf(a, b).length === 0;
  return (a ?? null) === (b ?? null);
}
