import { badInput } from '@/lib/errors';

const hourMs = 3_600_000;
const longestMs = 400 * 24 * hourMs;

/** Half-open; the last hour unless said otherwise. */
export function period(query: { from?: Date; to?: Date }, now: Date): { from: Date; to: Date } {
  const to = query.to ?? now;
  const from = query.from ?? new Date(to.getTime() - hourMs);
  if (from >= to) throw badInput([{ field: 'from', message: 'is not before to' }]);
  if (to.getTime() - from.getTime() > longestMs)
    throw badInput([{ field: 'from', message: 'is more than 400 days before to' }]);
  return { from, to };
}
