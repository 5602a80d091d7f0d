/** A burn rate of an objective of 99.9 %, for tests. */
import { type Criterion, type CriterionInput, criterionInput } from '@/lib/criterion/model';

export function burnCriterion(over: Partial<CriterionInput> = {}): Criterion {
  return criterionInput.parse({
    name: 'c',
    kind: 'guardrail',
    metric: 'm',
    measure: 'burn_rate',
    better: 'lower',
    of: { status: '5xx' },
    objective: 0.999,
    ...over,
  });
}
