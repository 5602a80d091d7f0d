/** A template's body, read as what it is. */
import { z } from 'zod';
import { criterionInput } from '@/lib/criterion/model';
import { drillInput } from '@/lib/drill/model';
import { BelayError, badInput } from '@/lib/errors';
import { parseInput } from '@/lib/input';
import { planInput } from '@/lib/rollout/model';
import { type RunbookStep, runbookSteps } from '@/lib/runbook/model';
import { faultsOf } from '@/lib/runbook/order';
import { postmortemBody, type TemplateKind } from './model';

/** Stands in for what a template leaves out, so that the rest is checked as it will be in a real plan. */
const anyRollout = {
  feature: 'YOUR-FEATURE',
  environment: 'YOUR-ENVIRONMENT',
  owner: 'YOUR-TEAM',
  baseline: 'YOUR-BASELINE',
  candidate: 'YOUR-CANDIDATE',
};
const { feature, environment, owner } = anyRollout;
const anyFeature = { feature, environment, owner };
const anObject = z.record(z.string(), z.unknown(), { error: 'must be an object' });
const criteria = z
  .array(criterionInput)
  .min(1)
  .max(50)
  .superRefine((list, issue) => {
    const names = list.map((criterion) => criterion.name);
    names.forEach((name, i) => {
      if (names.indexOf(name) !== i)
        issue.addIssue({ code: 'custom', path: [i, 'name'], message: `"${name}" is used twice` });
    });
  });
const longest = 256 * 1024;

/** @throws BelayError bad_input, with fields such as `body.stages[1].exposure.beta` */
export function checkBody(kind: TemplateKind, body: unknown): void {
  if (JSON.stringify(body ?? null).length > longest)
    throw badInput([{ field: 'body', message: `is longer than ${longest / 1024} KiB` }]);
  try {
    if (kind === 'plan') parseInput(planInput, { ...anyRollout, ...parseInput(anObject, body) });
    else if (kind === 'drill') parseInput(drillInput, { ...anyFeature, ...parseInput(anObject, body) });
    else if (kind === 'criteria') parseInput(criteria, body);
    else if (kind === 'postmortem') parseInput(postmortemBody, body);
    else checkSteps(parseInput(runbookSteps, body));
  } catch (error) {
    if (!(error instanceof BelayError)) throw error;
    throw badInput(error.fields.map(({ field, message }) => ({ field: inBody(field), message })));
  }
}

function checkSteps(steps: RunbookStep[]): void {
  const faults = faultsOf(steps);
  if (faults.length > 0)
    throw badInput(faults.map((f) => ({ ...f, field: f.field.replace(/^steps\.?/, '') || 'body' })));
}

const inBody = (field: string) => (field === 'body' ? field : `body${field.startsWith('[') ? '' : '.'}${field}`);
