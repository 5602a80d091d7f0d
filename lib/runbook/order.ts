/** What must be so of the steps of a runbook together. Pure. */
import type { FieldError } from '@/lib/errors';
import { fieldPath } from '@/lib/input';
import { type ProvingAct, provingActs, type RunbookStep } from './model';

const isProving = (act: string): act is ProvingAct => (provingActs as readonly string[]).includes(act);
/** What each looks at is only there once these have been done. */
const after: Partial<Record<ProvingAct, ProvingAct[]>> = {
  integrity: ['revert_migrations'],
  read_back: ['revert_migrations'],
  exposure: ['revert_migrations'],
  criteria: ['revert_migrations'],
};

export function faultsOf(steps: RunbookStep[]): FieldError[] {
  const at = new Map<ProvingAct, number>();
  const names = new Set<string>();
  const faults: FieldError[] = [];
  const say = (i: number, field: string, message: string) =>
    faults.push({ field: fieldPath(['steps', i, field]), message });
  steps.forEach((step, i) => {
    if (names.has(step.name)) say(i, 'name', `"${step.name}" is used twice`);
    names.add(step.name);
    if (!isProving(step.act)) return;
    if (at.has(step.act)) say(i, 'act', `${step.act} is there already: once is enough`);
    else at.set(step.act, i);
  });
  for (const act of provingActs)
    if (!at.has(act)) faults.push({ field: 'steps', message: `needs a step ${act}: without it nothing is proven` });
  // What harms ends first: nothing that could fail or wait may hold up the way back.
  const restore = at.get('restore') ?? 0;
  if (restore > 0) say(restore, 'act', 'restore must be the first step: nothing may hold it up');
  for (const [act, i] of at)
    for (const first of after[act] ?? [])
      if ((at.get(first) ?? -1) > i) say(i, 'act', `${act} must come after ${first}`);
  return faults;
}
