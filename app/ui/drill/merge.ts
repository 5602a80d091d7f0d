/** Two who change a drill at once: what somebody else has changed meanwhile, beside one's own work. */
import { type Change, changesOf } from '@/lib/drill/changes';
import { drillIn, valueAt, withValues } from './text';

/** `mine`: one has changed it too, to this; it is kept. */
export type Theirs = Change & { mine?: { value: unknown } };

/** Three texts: what both began with, what stands there now, and what one is writing. */
export function theirsIn({ base, now, mine }: { base: string; now: string; mine: string }): Theirs[] {
  const [before, own] = [drillIn(base), drillIn(mine)];
  const touched = changesOf(before, own).map((change) => change.field);
  return changesOf(before, drillIn(now)).flatMap((change): Theirs[] => {
    const value = valueAt(own, change.field);
    if (changesOf(value, change.to).length === 0) return [];
    return [touched.some((field) => overlap(field, change.field)) ? { ...change, mine: { value } } : change];
  });
}

const overlap = (a: string, b: string): boolean => a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);

/** One's own text with what others have changed of the rest. */
export function takenIn(mine: string, theirs: Theirs[]): string {
  const free = theirs.filter((change) => change.mine === undefined);
  return withValues(mine, Object.fromEntries(free.map(({ field, to }) => [field, to])));
}
