/** What one version of a runbook says otherwise than the one before it. Pure; steps are the same by their name. */
import type { RunbookStep } from './model';

export type Change = { field: string; before: string; after: string };
export type Difference =
  | { kind: 'added' | 'moved'; name: string; title: string /** null: it is the first */; after: string | null }
  | { kind: 'removed'; name: string; title: string }
  | { kind: 'changed'; name: string; title: string; changes: Change[] };

/** In the order of the newer one; what is gone comes last. */
export function differences(before: RunbookStep[], after: RunbookStep[]): Difference[] {
  const old = new Map(before.map((step) => [step.name, step]));
  const kept = inPlace(
    before.map((step) => step.name),
    after.map((step) => step.name),
  );
  const found = after.flatMap((step, i): Difference[] => {
    const { name, title } = step;
    const was = old.get(name);
    const place = { name, title, after: after[i - 1]?.title ?? null };
    if (!was) return [{ kind: 'added', ...place }];
    const changes = changesOf(was, step);
    return [
      ...(kept.has(name) ? [] : [{ kind: 'moved' as const, ...place }]),
      ...(changes.length > 0 ? [{ kind: 'changed' as const, name, title, changes }] : []),
    ];
  });
  const names = new Set(after.map((step) => step.name));
  const gone = before.filter((step) => !names.has(step.name));
  return [...found, ...gone.map(({ name, title }) => ({ kind: 'removed' as const, name, title }))];
}

/** The longest row of names that stand in the same order in both: as few as possible have moved. */
function inPlace(a: string[], b: string[]): Set<string> {
  const best = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number) => best[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      (best[i] ?? [])[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const same = new Set<string>();
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      same.add(a[i] ?? '');
      i++;
      j++;
    } else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return same;
}

function changesOf(before: RunbookStep, after: RunbookStep): Change[] {
  const [a, b] = [leaves(before), leaves(after)];
  return [...new Set([...a.keys(), ...b.keys()])]
    .map((field) => ({ field, before: a.get(field) ?? '', after: b.get(field) ?? '' }))
    .filter((change) => change.before !== change.after);
}

/** `check.query` → its text */
function leaves(value: object, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, inner] of Object.entries(value)) {
    const field = path === '' ? key : `${path}.${key}`;
    if (inner !== null && typeof inner === 'object' && !Array.isArray(inner))
      for (const [deeper, text] of leaves(inner, field)) found.set(deeper, text);
    else found.set(field, typeof inner === 'string' ? inner : JSON.stringify(inner));
  }
  return found;
}
