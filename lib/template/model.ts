/** What people start from: plans, sets of criteria, runbooks, drills, post-mortems. Safe in a browser. */
import { z } from 'zod';
import { sectionNames } from '@/lib/postmortem/model';

export const templateKinds = ['plan', 'criteria', 'runbook', 'drill', 'postmortem'] as const;
export type TemplateKind = (typeof templateKinds)[number];

const texts = {
  name: z.string().trim().min(1).max(200),
  description: z.string().trim().max(2000).default(''),
};

export const templateInput = z
  .strictObject({
    kind: z.enum(templateKinds),
    ...texts,
    body: z.unknown().optional().meta({
      description:
        'a plan that may leave feature, environment, owner and versions out; criteria; steps; a drill; the sections of a post-mortem',
    }),
    from: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'instead of a body: the id of the rollout, runbook or drill that it is taken from' }),
  })
  .refine((t) => (t.body === undefined) !== (t.from === undefined), {
    path: ['body'],
    message: 'is needed, or from: one of the two',
  });
/** A template stays of its kind. */
export const templateChange = z.strictObject({ ...texts, body: z.unknown() });

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

/** Of a post-mortem: Markdown by section, which stands where people will write theirs. */
export const postmortemBody = z.strictObject({
  sections: z
    .partialRecord(z.enum(sectionNames), z.string().trim().min(1).max(10_000))
    .refine((sections) => Object.keys(sections).length > 0, 'must have at least one section'),
});
export type PostmortemBody = z.output<typeof postmortemBody>;

/** What a plan says of one rollout, and a template of many leaves out. */
export const ownOfRollout = ['feature', 'environment', 'owner', 'baseline', 'candidate'] as const;
/** The same of a drill. */
export const ownOfDrill = ['feature', 'environment', 'owner', 'rollout', 'runbook'] as const;

/**
 * A word that stands for what nobody but its user knows. It is written so that it fits wherever it may stand: in the
 * key of a cohort, in SQL, in a sentence.
 */
const placeholder = /\bYOUR(?:[-_][A-Z0-9]+)+\b/g;

/** Each once, in the order in which they come. */
export function placeholdersIn(text: string): string[] {
  return [...new Set(text.match(placeholder) ?? [])];
}

export function fillIn(text: string, values: Record<string, string>): string {
  return text.replace(placeholder, (word) => values[word] ?? word);
}

/** What each stands for; `usual`: taken where it is there. */
export type Placeholder = { says: string; of: 'cohort' | 'metric' | 'other'; usual?: string[] };
export const placeholders: Record<string, Placeholder> = {
  'YOUR-INTERNAL-COHORT': {
    says: 'the cohort of your own people',
    of: 'cohort',
    usual: ['internal', 'staff', 'employees'],
  },
  'YOUR-BETA-COHORT': {
    says: 'the cohort of users who asked to see things early',
    of: 'cohort',
    usual: ['beta', 'early', 'canary'],
  },
  'YOUR-FIRST-REGION-COHORT': { says: 'the cohort of the region that goes first: the smallest', of: 'cohort' },
  'YOUR-SECOND-REGION-COHORT': { says: 'the cohort of the region that goes second', of: 'cohort' },
  'YOUR-THIRD-REGION-COHORT': { says: 'the cohort of the region that goes last: the largest', of: 'cohort' },
  'YOUR-ROUTE': { says: 'the value of http.route that the feature is about, such as /checkout', of: 'other' },
  'YOUR-ATTEMPT-METRIC': { says: 'the counter of attempts, such as shop.checkout.started', of: 'metric' },
  'YOUR-SUCCESS-METRIC': { says: 'the counter of successes, such as shop.checkout.completed', of: 'metric' },
  'YOUR-FAILURE-METRIC': { says: 'the counter of failed payments, such as shop.payment.failed', of: 'metric' },
  'YOUR-VALUE-METRIC': { says: 'the histogram of what one success is worth, such as shop.order.value', of: 'metric' },
  'YOUR-LAG-METRIC': { says: 'the gauge of messages that wait, such as kafka.consumer_group.lag', of: 'metric' },
  'YOUR-PROCESSED-METRIC': { says: 'the counter of messages that were processed', of: 'metric' },
  'YOUR-QUEUE': { says: 'the value of messaging.destination.name of the queue', of: 'other' },
  'YOUR-DATABASE': { says: 'the name of a database that is registered in the settings', of: 'other' },
  YOUR_TABLE: { says: 'the table that changes', of: 'other' },
  YOUR_OLD_COLUMN: { says: 'the column that is read today', of: 'other' },
  YOUR_NEW_COLUMN: { says: 'the column that the candidate reads', of: 'other' },
  'YOUR-BACKFILL-WEBHOOK': { says: 'the name of a registered webhook that starts your backfill job', of: 'other' },
  'YOUR-PURGE-WEBHOOK': { says: 'the name of a registered webhook that purges your application cache', of: 'other' },
  'YOUR-CDN-WEBHOOK': { says: 'the name of a registered webhook that purges your CDN', of: 'other' },
  'YOUR-REPAIR-WEBHOOK': { says: 'the name of a registered webhook that starts your repair job', of: 'other' },
  'YOUR-TEAM': { says: 'who owns it, by team or role', of: 'other' },
  'YOUR-SUPPORT-TEAM': { says: 'who answers your users', of: 'other' },
  'YOUR-PAYMENTS-TEAM': { says: 'who may look into payments and refund them', of: 'other' },
  'YOUR-CHANNEL': { says: 'where your incidents are talked about', of: 'other' },
  'YOUR-TRAFFIC-TOOL': { says: 'what switches traffic: your service mesh, load balancer or flag vendor', of: 'other' },
};
