/**
 * Whether an evaluation context is in a cohort. Pure. Only own properties are read, so that `constructor` or
 * `__proto__` is an attribute like any other: absent unless sent. An absent attribute matches nothing but `exists: false`.
 */
import type { Cohort, CohortRule, EvaluationContext } from './model';

export function inCohort(rules: Cohort['rules'], context: EvaluationContext): boolean {
  return rules === '*' || rules.some((rule) => matches(rule, context));
}

function matches(rule: CohortRule, context: EvaluationContext): boolean {
  const found = attributeOf(context, rule.attribute);
  const present = found !== undefined && found !== null;
  if (rule.exists !== undefined && rule.exists !== present) return false;
  if (!present) return rule.exists === false && onlyAsksExists(rule);
  // A list, such as `groups`, is in a cohort when any of its elements is.
  const values = Array.isArray(found) ? found : [found];
  const { in: among, notIn, startsWith, endsWith, greaterThan, lessThan } = rule;
  return (
    (among === undefined || values.some((v) => isOneOf(v, among))) &&
    (notIn === undefined || !values.some((v) => isOneOf(v, notIn))) &&
    (startsWith === undefined || values.some((v) => typeof v === 'string' && v.startsWith(startsWith))) &&
    (endsWith === undefined || values.some((v) => typeof v === 'string' && v.endsWith(endsWith))) &&
    (greaterThan === undefined || values.some((v) => typeof v === 'number' && v > greaterThan)) &&
    (lessThan === undefined || values.some((v) => typeof v === 'number' && v < lessThan))
  );
}

function onlyAsksExists(rule: CohortRule): boolean {
  return Object.keys(rule).every(
    (k) => k === 'attribute' || k === 'exists' || rule[k as keyof CohortRule] === undefined,
  );
}

/** Services send the same fact as a number or as text; both mean it. */
function isOneOf(value: unknown, among: ReadonlyArray<string | number | boolean>): boolean {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return false;
  return among.some((a) => a === value || String(a) === String(value));
}

/** The attribute of that very name, else the dotted path through nested objects. */
export function attributeOf(context: Record<string, unknown>, name: string): unknown {
  if (Object.hasOwn(context, name)) return context[name];
  if (!name.includes('.')) return undefined;
  let at: unknown = context;
  for (const step of name.split('.')) {
    if (at === null || typeof at !== 'object' || Array.isArray(at) || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string, unknown>)[step];
  }
  return at;
}
