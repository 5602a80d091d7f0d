/** What people give a report: opened, edited, reviewed, published. Safe in a browser. */
import { z } from 'zod';
import { audienceRoles, curationInput, sectionNames } from './model';

export const openInput = z.strictObject({
  feature: z.string().min(1).max(100),
  environment: z.string().trim().min(1).max(100),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  title: z.string().trim().min(1).max(200).optional(),
  rollout: z
    .string()
    .max(100)
    .optional()
    .meta({ description: 'left out: the one of the feature that ran in the stretch' }),
  template: z.string().max(100).optional().meta({ description: 'id of a template of the kind postmortem' }),
});
/** Only what a browser opens and a reader can see through. */
const linkUrl = z
  .string()
  .trim()
  .max(2000)
  .refine((v) => URL.canParse(v) && /^https?:$/.test(new URL(v).protocol), 'must be an http or https address')
  .refine((v) => !URL.canParse(v) || !(new URL(v).username || new URL(v).password), 'must hold no user and password');
export const linkInput = z.strictObject({ title: z.string().trim().min(1).max(200), url: linkUrl });
export const editInput = z.strictObject({
  /** the revision that was edited; an edit of an older one is refused */
  basedOn: z.number().int().min(0),
  title: z.string().trim().min(1).max(200).optional(),
  sections: z
    .partialRecord(
      z.enum(sectionNames),
      z.strictObject({
        text: z.string().max(50_000).optional(),
        struck: z.array(z.string().max(200)).max(500).optional(),
      }),
    )
    .optional(),
  curate: z.array(curationInput).max(200).optional(),
  links: z
    .strictObject({
      add: z.array(linkInput).max(50).default([]),
      remove: z.array(z.string().max(100)).max(50).default([]),
    })
    .optional(),
  audience: z.enum(audienceRoles).optional(),
});
/** A change of what is published: sealed anew at once, under a reason. */
export const amendInput = editInput.omit({ audience: true }).extend({
  reason: z.string().trim().min(1, 'say why').max(500),
});
export const publishInput = z.strictObject({
  version: z.number().int().min(1).meta({ description: 'the version that was read; another is refused' }),
  note: z.string().trim().max(500).default(''),
});
export const askReviewInput = z.strictObject({
  reviewers: z.array(z.string().trim().min(1).max(200)).min(1, 'name who is asked').max(20),
  note: z.string().trim().max(2000).default(''),
});
export const reviewInput = z.strictObject({
  state: z.enum(['approved', 'changes']),
  version: z.number().int().min(1).meta({ description: 'the version that was read; another is refused' }),
  note: z.string().trim().max(4000).default(''),
});
export const startFromInput = z.strictObject({
  basedOn: z.number().int().min(0),
  template: z.string().min(1).max(100),
});

const templateId = z.string().min(1).max(100).nullable();
/** What reports that Belay opens by itself start from; null: from none. */
export const openingTemplateInput = z.strictObject({
  template: templateId.default(null).meta({ description: 'id of a template of the kind postmortem; null: none' }),
  environments: z
    .record(z.string().min(1).max(100), templateId)
    .default({})
    .meta({ description: 'instead of it, by environment; null: none there' }),
});
export type OpeningTemplate = z.output<typeof openingTemplateInput>;
