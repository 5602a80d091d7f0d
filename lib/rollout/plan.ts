import type { Plan } from './model';

export function parsePlan(text: unknown): Plan {
  throw new Error(`not written yet ${text}`);
}
