/**
 * Attributes of simulated requests, from what criteria select: a pair of what a good request and a bad one carry. Pure.
 *
 * Every criterion asks something of both: `where` of all, and of those with an `of` that the bad ones are in it (better
 * lower) or out of it (better higher). Pairs are shared as far as the conditions allow; what contradicts gets a pair of
 * its own.
 */
import type { Criterion } from '@/lib/criterion/model';
import type { Where } from '@/lib/signal/model';
import { matchesWhere } from '@/lib/signal/where';

export type Scalars = Record<string, string | number | boolean>;
export type Profile = { good: Scalars; bad: Scalars };
type Asking = Pick<Criterion, 'where' | 'of' | 'better'>;
/** `not`: what must not match, as a whole. */
type Need = { must: Where; not: Where | null };
type Sheet = { attributes: Scalars; needs: Need[] };

export function profilesOf(criteria: readonly Asking[]): Profile[] {
  const sheets: Array<{ good: Sheet; bad: Sheet }> = [];
  for (const criterion of criteria) {
    const [good, bad] = [
      needOf(criterion, criterion.better === 'higher'),
      needOf(criterion, criterion.better === 'lower'),
    ];
    const at = sheets.findIndex((s) => join(s.good, good) && join(s.bad, bad));
    const before = at < 0 ? { good: blank, bad: blank } : (sheets[at] as { good: Sheet; bad: Sheet });
    // What contradicts itself (all of `where` is in `of`) has no other side.
    const own = {
      good: join(before.good, good) ?? blank,
      bad: join(before.bad, bad) ?? join(before.good, good) ?? blank,
    };
    if (at < 0) sheets.push(own);
    else sheets[at] = own;
  }
  if (sheets.length === 0) return [{ good: {}, bad: {} }];
  return sheets.map(({ good, bad }) => ({ good: good.attributes, bad: bad.attributes }));
}

const blank: Sheet = { attributes: {}, needs: [] };

function needOf({ where, of }: Asking, inside: boolean): Need {
  if (!of) return { must: where, not: null };
  return inside ? { must: { ...where, ...of }, not: null } : { must: where, not: of };
}

/** Null: the two contradict each other. */
function join(sheet: Sheet, need: Need): Sheet | null {
  const attributes = { ...sheet.attributes };
  for (const [key, wanted] of Object.entries(need.must))
    if (!Object.hasOwn(attributes, key)) attributes[key] = sampleOf(wanted);
  // Said outright rather than left away: what a service that works sends.
  for (const [key, wanted] of Object.entries(need.not ?? {}))
    if (!Object.hasOwn(attributes, key)) attributes[key] = otherThan(wanted);
  const needs = [...sheet.needs, need];
  const fits = needs.every(
    ({ must, not }) => matchesWhere(attributes, must) && !(not && matchesWhere(attributes, not)),
  );
  return fits ? { attributes, needs } : null;
}

type Wanted = Where[string];

function sampleOf(wanted: Wanted): string | number | boolean {
  const one = Array.isArray(wanted) ? (wanted[0] ?? 'drill') : wanted;
  return typeof one === 'string' && isClass(one) ? Number(one[0]) * 100 + 3 : one;
}

function otherThan(wanted: Wanted): string | number | boolean {
  const all = Array.isArray(wanted) ? wanted : [wanted];
  const candidates = [200, 500, !all.includes(true), 'drill', 'drill-other', 0, 1];
  const [first] = all;
  const alike = (value: unknown) => typeof value === typeof first || (typeof first === 'string' && isClass(first));
  const free = candidates.filter((value) => !matchesWhere({ at: value }, { at: wanted }));
  return free.find(alike) ?? free[0] ?? 'drill';
}

const isClass = (text: string) => /^[1-5]xx$/i.test(text);
