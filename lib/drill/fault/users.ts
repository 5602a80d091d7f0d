/** Simulated users: contexts that a cohort's rules take in, spread evenly over the places of a rollout's split. Pure. */
import { inCohort } from '@/lib/feature/cohort-rule';
import { bucketOf } from '@/lib/feature/evaluate';
import type { Cohort, CohortRule, EvaluationContext } from '@/lib/feature/model';

type Rules = Cohort['rules'];

/**
 * So many users who are in `inside` (null: in nothing in particular) and in none of `outside`; null where nobody can
 * be made up who is. Of n users one stands in each n-th of the split, so that the planned share is the seen one.
 */
export function usersOf(of: {
  name: string;
  rolloutId: string;
  count: number;
  inside: Rules | null;
  outside: Rules[];
}): EvaluationContext[] | null {
  const traits = traitsFor(of.inside, of.outside);
  if (!traits) return null;
  const places = new Array<EvaluationContext | undefined>(of.count);
  // A collector of coupons needs n·ln n draws; far beyond that the keys are not free to be chosen.
  const most = of.count * (Math.log(of.count + 1) + 30);
  for (let i = 0, left = of.count; i < most && left > 0; i++) {
    const targetingKey = keyFor(traits, `${of.name}-${i}`);
    const place = Math.min(of.count - 1, Math.floor((bucketOf(of.rolloutId, targetingKey) / 100) * of.count));
    if (places[place]) continue;
    const context = { ...traits, targetingKey };
    if (!fits(context, of.inside, of.outside)) return null;
    places[place] = context;
    left--;
  }
  const users = places.filter((user) => user !== undefined);
  return users.length > 0 ? users : null;
}

const fits = (context: EvaluationContext, inside: Rules | null, outside: Rules[]) =>
  (inside === null || inCohort(inside, context)) && !outside.some((rules) => inCohort(rules, context));

/** Any one rule is enough; whoever is in nothing in particular may have to say so, where a rule asks for an absence. */
function traitsFor(inside: Rules | null, outside: Rules[]): EvaluationContext | null {
  const own = inside === null || inside === '*' ? [{}] : inside.map(contextOf);
  const rest = outside.flatMap((rules) =>
    rules === '*' ? [] : rules.map(({ attribute }) => ({ [attribute]: 'drill' })),
  );
  const tried = [...own, ...own.flatMap((context) => rest.map((other) => ({ ...other, ...context })))];
  return tried.find((context) => fits({ targetingKey: 'drill', ...context }, inside, outside)) ?? null;
}

function contextOf(rule: CohortRule): EvaluationContext {
  if (rule.exists === false) return {};
  return { [rule.attribute]: valueFor(rule) };
}

function valueFor({ in: among, startsWith, endsWith, greaterThan, lessThan }: CohortRule): unknown {
  if (among?.[0] !== undefined) return among[0];
  if (startsWith !== undefined || endsWith !== undefined) return `${startsWith ?? ''}drill${endsWith ?? ''}`;
  if (greaterThan !== undefined && lessThan !== undefined) return (greaterThan + lessThan) / 2;
  if (greaterThan !== undefined) return greaterThan + 1;
  return lessThan !== undefined ? lessThan - 1 : 'drill';
}

/** Where the rules ask for a targeting key its prefix stays; a rule that names the keys leaves one user only. */
function keyFor(traits: EvaluationContext, name: string): string {
  const asked = traits.targetingKey;
  if (asked === undefined) return name;
  return asked.includes('drill') ? asked.replace('drill', name) : asked;
}
