/** Input from outside, parsed: what is wrong is said by field, with a path such as `stages[1].exposure.beta`. */
import type { z } from 'zod';
import { badInput, type FieldError } from './errors';

export function fieldPath(path: ReadonlyArray<PropertyKey>): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? String(step) : `.${String(step)}`;
  }
  return text === '' ? 'body' : text;
}

/** PostgreSQL can keep neither NUL nor half a surrogate pair. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what is looked for
const unstorable = /\u0000|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

const deepest = 64;

function unstorableAt(value: unknown, path: PropertyKey[] = []): FieldError[] {
  if (path.length > deepest) return [{ field: fieldPath(path.slice(0, 3)), message: 'is nested too deeply' }];
  if (typeof value === 'string')
    return unstorable.test(value) ? [{ field: fieldPath(path), message: 'holds a character that cannot be kept' }] : [];
  if (value === null || typeof value !== 'object') return [];
  const entries: Array<[PropertyKey, unknown]> = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, inner]) =>
    typeof key === 'string' && unstorable.test(key)
      ? [{ field: fieldPath(path), message: 'has a name with a character that cannot be kept' }]
      : unstorableAt(inner, [...path, key]),
  );
}

/** @throws BelayError bad_input naming every field that is wrong */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const bad = unstorableAt(input);
  if (bad.length > 0) throw badInput(bad);
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw badInput(
    parsed.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ field: fieldPath([...issue.path, key]), message: 'is not known here' }))
        : [{ field: fieldPath(issue.path), message: inWords(issue) }],
    ),
  );
}

/** What the schema has no words of its own for: what is not there, or is a text that is empty, is missing. */
function inWords(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && /^Invalid input: .* received undefined$/.test(issue.message)) return 'is needed';
  const empty = issue.code === 'too_small' && issue.origin === 'string' && issue.minimum === 1;
  return empty && issue.message.startsWith('Too small') ? 'is needed' : issue.message;
}
