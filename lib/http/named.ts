import { badInput } from '@/lib/errors';

/** The body of `PUT …/{key}`: it may leave its key out, but not name another. What is no object goes on to be refused. */
export function named(key: string, input: unknown): unknown {
  if (input === null || typeof input !== 'object' || Array.isArray(input)) return input;
  const given = (input as { key?: unknown }).key;
  if (given !== undefined && given !== key)
    throw badInput([{ field: 'key', message: `is not ${key}, as the address says` }]);
  return { ...input, key };
}
