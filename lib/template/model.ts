/** What people start from: plans, sets of criteria, runbooks. Safe in a browser. */
import { z } from 'zod';

export const templateKinds = ['plan', 'criteria', 'runbook'] as const;
export type TemplateKind = (typeof templateKinds)[number];

export const templateInput = z.strictObject({
  kind: z.enum(templateKinds),
  name: z.string().trim().min(1).max(200),
  description: z.string().trim().max(2000).default(''),
  /** a plan, a list of criteria, or the steps of a runbook; checked as what it is */
  body: z.unknown(),
});

export type TemplateView = {
  id: string;
  kind: TemplateKind;
  name: string;
  description: string;
  body: unknown;
  /** true: it comes with Belay and cannot be changed, only copied */
  builtin: boolean;
  by: string;
  at: string | null;
};
