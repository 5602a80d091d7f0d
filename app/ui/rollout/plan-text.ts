/** A plan, or a part of one, as YAML text: read for the fields of a form, and changed without losing its comments. */
import { isMap, isScalar, isSeq, parseDocument, stringify, visit } from 'yaml';
import { fillIn, ownOfRollout, placeholders } from '@/lib/template/model';
import type { Policy } from './plan-policy.client';

const simple = ['feature', 'environment', 'owner', 'hypothesis', 'baseline', 'candidate', 'mode'] as const;
export type Simple = (typeof simple)[number];
export const isSimple = (field: string): field is Simple => (simple as readonly string[]).includes(field);

const lineWidth = 110;
export const yamlOf = (value: unknown): string => stringify(value, { lineWidth, aliasDuplicateObjects: false });

export function valuesOf(text: string): Record<Simple, string> {
  const empty = Object.fromEntries(simple.map((name) => [name, ''])) as Record<Simple, string>;
  const contents = parseDocument(text).contents;
  if (!isMap(contents)) return empty;
  for (const name of simple) empty[name] = String(contents.get(name) ?? '');
  return empty;
}

export function policyOf(text: string): Policy {
  const contents = parseDocument(text).contents;
  const plan = isMap(contents) ? (contents.toJSON() as Record<string, unknown>) : {};
  const unknown = plan.onUnknown;
  return {
    onRegression: String(plan.onRegression ?? ''),
    onRegressionScope: String(plan.onRegressionScope ?? ''),
    onUnknown: unknown !== null && typeof unknown === 'object' ? (unknown as Record<string, string>) : {},
  };
}

/** Changes keys of the text and leaves its comments; a text that is no YAML now is left alone. */
export function edited(text: string, changes: Record<string, unknown>): string {
  const document = parseDocument(text);
  if (document.errors.length > 0 || !isMap(document.contents)) return text;
  for (const [key, value] of Object.entries(changes)) {
    const [before, after] = [document.get(key, true), document.createNode(value)];
    if (isScalar(before) && isScalar(after)) after.comment = before.comment;
    document.set(key, after);
  }
  return document.toString({ lineWidth });
}

/** More criteria, each under a name that no other has. */
export function withCriteria(text: string, more: Array<{ name?: unknown }>): string {
  const document = parseDocument(text);
  if (document.errors.length > 0 || !isMap(document.contents)) return text;
  const criteria = document.contents.get('criteria');
  const names = isSeq(criteria) ? criteria.items.map((item) => (isMap(item) ? String(item.get('name')) : '')) : [];
  const added = more.map((criterion) => {
    const wished = String(criterion.name);
    let name = wished;
    for (let i = 2; names.includes(name); i++) name = `${wished} ${i}`;
    names.push(name);
    return { ...criterion, name };
  });
  if (isSeq(criteria)) for (const criterion of added) document.addIn(['criteria'], document.createNode(criterion));
  else document.set('criteria', document.createNode(added));
  return document.toString({ lineWidth });
}

/** The plan of a template for one rollout: what belongs to that one first, and what is there already filled in. */
export function planFrom(body: unknown, own: Record<string, string>, cohorts: string[]): string {
  const parts = body !== null && typeof body === 'object' ? body : {};
  const begin = Object.fromEntries(ownOfRollout.map((field) => [field, own[field] ?? '']));
  return filled(yamlOf({ ...begin, ...parts }), usual(cohorts));
}

/** Words to fill in that have an obvious answer here. */
export function usual(cohorts: string[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(placeholders).flatMap(([word, { usual: names = [] }]) => {
      const found = names.find((name) => cohorts.includes(name));
      return found === undefined ? [] : [[word, found]];
    }),
  );
}

/** Whatever is put in stays one word of the text, however it has to be quoted. */
export function filled(text: string, values: Record<string, string>): string {
  const document = parseDocument(text);
  if (document.errors.length > 0) return fillIn(text, values);
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string') node.value = fillIn(node.value, values);
    },
  });
  return document.toString({ lineWidth });
}
