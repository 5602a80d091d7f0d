/** The shapes that runbooks and templates answer with; tests hold real answers against them. */
import { z } from 'zod';
import { type RunbookOfFeature, type RunbookUsed, type RunbookView, runbookStep } from '@/lib/runbook/model';
import { type TemplateView, templateKinds } from '@/lib/template/model';

const instant = z.iso.datetime();
const own = z.string().nullable().meta({ description: 'null: the one that comes with Belay' });

export const runbookUsedView = z.object({
  id: own,
  name: z.string(),
  version: z.number().int().meta({ description: '0: the one that comes with Belay' }),
  steps: z.array(runbookStep),
}) satisfies z.ZodType<RunbookUsed>;

export const runbookView = runbookUsedView.extend({
  id: z.string(),
  feature: z.string(),
  reason: z.string(),
  by: z.string(),
  at: instant,
}) satisfies z.ZodType<RunbookView>;

export const runbookOfFeatureView = runbookUsedView.extend({
  feature: z.string(),
  owner: z.string(),
  reason: z.string().nullable(),
  by: z.string().nullable(),
  at: instant.nullable().meta({ description: 'of the newest version' }),
}) satisfies z.ZodType<RunbookOfFeature>;

export const templateView = z.object({
  id: z.string(),
  kind: z.enum(templateKinds),
  name: z.string(),
  description: z.string(),
  body: z.unknown().meta({ description: 'a plan without what is of one rollout, criteria, or steps' }),
  builtin: z.boolean().meta({ description: 'comes with Belay: cannot be changed, only copied' }),
  by: z.string(),
  at: instant.nullable(),
}) satisfies z.ZodType<TemplateView>;
