/** A plan from outside: YAML or JSON text, or a value that was parsed already. */
import { badInput } from '@/lib/errors';
import { parseInput } from '@/lib/input';
import { readYaml } from '@/lib/yaml';
import { type Plan, planInput } from '../model';

const longestText = 256 * 1024;

/** @throws BelayError bad_input, with fields such as `stages[1].exposure.beta` */
export function parsePlan(input: unknown): Plan {
  return parseInput(planInput, typeof input === 'string' ? readText(input) : input);
}

function readText(text: string): unknown {
  if (text.length > longestText)
    throw badInput([{ field: 'plan', message: `is longer than ${longestText / 1024} KiB` }]);
  if (text.trim() === '') throw badInput([{ field: 'plan', message: 'is empty' }]);
  return readYaml(text, 'plan');
}
