/** Post-mortems: opened, drafted again, edited, reviewed, published, compared, searched, counted over time. */
import { z } from 'zod';
import { forms } from '@/lib/postmortem/hand-out/form';
import {
  amendInput,
  askReviewInput,
  editInput,
  openInput,
  openingTemplateInput,
  publishInput,
  reviewInput,
  startFromInput,
} from '@/lib/postmortem/input-model';
import { commentInput, postmortemStates } from '@/lib/postmortem/model';
import { list, text, whole } from '../query';
import {
  commentView,
  evidenceView,
  postmortemLine,
  postmortemView,
  trendsView,
  versionComparisonView,
  wholeVersionView,
} from '../views/postmortems';
import { anything, type Operation } from './operation';

const flag = z.enum(['true', 'false']);
const number = (description: string) => whole(1, 1_000_000).meta({ description });

export const postmortemOperations = {
  listPostmortems: {
    method: 'GET',
    path: '/postmortems',
    summary: 'Post-mortems, newest first; with q, best first. Those for a higher role are not there',
    permission: 'view',
    query: z.strictObject({
      feature: text.optional(),
      environment: text.optional(),
      state: list(z.enum(postmortemStates)).optional(),
      subject: text.optional().meta({ description: 'id of a rollback, a run of a drill, or a rollout' }),
      q: z
        .string()
        .max(500)
        .optional()
        .meta({ description: 'words, "a phrase", or, -without; in reports and their action items' }),
      openActions: flag.optional(),
      before: text.optional().meta({ description: 'id of the last one seen' }),
      limit: whole(1, 500).optional(),
    }),
    answers: z.array(postmortemLine),
  },
  openPostmortem: {
    method: 'POST',
    path: '/postmortems',
    summary: 'Open a post-mortem over a stretch of time; it is drafted within the minute',
    permission: 'operate',
    input: anything,
    accepts: openInput.meta({
      examples: [
        {
          feature: 'new-checkout',
          environment: 'production',
          from: '2026-11-20T09:00:00Z',
          to: '2026-11-20T10:30:00Z',
          title: 'Checkout was slow on Friday morning',
          template: 'postmortem-standard',
        },
      ],
    }),
    idempotent: true,
    answers: postmortemView,
    status: 201,
  },
  postmortemTrends: {
    method: 'GET',
    path: '/postmortems/trends',
    summary: 'By month and feature: change-failure rate, medians of the clocks, repeated causes, actions done in time',
    permission: 'view',
    query: z.strictObject({
      months: whole(1, 36).optional().meta({ description: 'left out: 12' }),
      feature: text.optional(),
      environment: text.optional(),
    }),
    answers: trendsView,
  },
  getPostmortem: {
    method: 'GET',
    path: '/postmortems/{id}',
    summary:
      'One post-mortem, whole, with what its seals say; 404 also for whoever may not see it. Accept: text/markdown or text/csv for the report to hand out',
    permission: 'view',
    query: z.strictObject({
      as: z.enum(forms).optional().meta({ description: 'as a file; before Accept; json: with its evidence' }),
      zone: z
        .string()
        .max(64)
        .optional()
        .meta({ description: 'of the times in Markdown, such as Europe/Berlin; left out: UTC' }),
    }),
    answers: postmortemView,
  },
  editPostmortem: {
    method: 'PUT',
    path: '/postmortems/{id}',
    summary:
      'Change words, timeline, links or audience; what is left out stays, an edit of an older revision is refused',
    permission: 'operate',
    input: anything,
    accepts: editInput.meta({
      examples: [
        {
          basedOn: 3,
          sections: { factors: { text: 'The cache key did not hold the currency.', struck: ['factors/drill'] } },
          curate: [{ kind: 'hide', entry: 'event/123', reason: 'It is of another feature' }],
          links: { add: [{ title: 'The thread', url: 'https://chat.example.com/t/42' }], remove: [] },
        },
      ],
    }),
    answers: postmortemView,
  },
  redraftPostmortem: {
    method: 'POST',
    path: '/postmortems/{id}/redraft',
    summary: 'Draft it again from what is recorded now; nothing that a person wrote is touched',
    permission: 'operate',
    idempotent: true,
    answers: postmortemView,
  },
  startPostmortemFrom: {
    method: 'POST',
    path: '/postmortems/{id}/start-from',
    summary: 'Put the words of a template where nobody has written anything yet',
    permission: 'operate',
    input: anything,
    accepts: startFromInput.meta({ examples: [{ basedOn: 0, template: 'postmortem-short' }] }),
    idempotent: true,
    answers: postmortemView,
  },
  askReview: {
    method: 'POST',
    path: '/postmortems/{id}/ask-review',
    summary: 'Ask people who may approve for a review',
    permission: 'operate',
    input: anything,
    accepts: askReviewInput.meta({ examples: [{ reviewers: ['ada'], note: 'Is the cause deep enough?' }] }),
    idempotent: true,
    answers: postmortemView,
  },
  reviewPostmortem: {
    method: 'POST',
    path: '/postmortems/{id}/review',
    summary: 'Approve the version that was read, or ask for changes, which makes it a draft again',
    permission: 'approve',
    input: anything,
    accepts: reviewInput.meta({ examples: [{ state: 'changes', version: 4, note: 'The impact leaves out refunds' }] }),
    idempotent: true,
    answers: postmortemView,
  },
  withdrawReview: {
    method: 'POST',
    path: '/postmortems/{id}/withdraw',
    summary: 'Take it back from review; who has not answered is asked no more',
    permission: 'operate',
    idempotent: true,
    answers: postmortemView,
  },
  publishPostmortem: {
    method: 'POST',
    path: '/postmortems/{id}/publish',
    summary: 'Publish and seal the version that was read; whoever was asked must have approved it',
    permission: 'approve',
    input: anything,
    accepts: publishInput.meta({ examples: [{ version: 5, note: 'Read in the review of the week' }] }),
    idempotent: true,
    answers: postmortemView,
  },
  amendPostmortem: {
    method: 'POST',
    path: '/postmortems/{id}/amend',
    summary: 'Change what is published, under a reason; the versions before it stay',
    permission: 'approve',
    input: anything,
    accepts: amendInput.meta({
      examples: [
        { basedOn: 4, reason: 'Refunds were counted later', sections: { impact: { text: '212 refunds, EUR 9 400.' } } },
      ],
    }),
    idempotent: true,
    answers: postmortemView,
  },
  commentPostmortem: {
    method: 'POST',
    path: '/postmortems/{id}/comments',
    summary: 'Comment on a section',
    permission: 'operate',
    input: anything,
    accepts: commentInput.meta({ examples: [{ section: 'causes', text: 'Why did the canary not show it?' }] }),
    idempotent: true,
    answers: commentView,
    status: 201,
  },
  resolveComment: {
    method: 'POST',
    path: '/postmortems/{id}/comments/{comment}/resolve',
    summary: 'Settle a comment',
    permission: 'operate',
    idempotent: true,
    answers: commentView,
  },
  comparePostmortem: {
    method: 'GET',
    path: '/postmortems/{id}/compare',
    summary: 'What changed between two versions, section by section',
    permission: 'view',
    query: z.strictObject({ from: number('the older version'), to: number('the newer version') }),
    answers: versionComparisonView,
  },
  getPostmortemVersion: {
    method: 'GET',
    path: '/postmortems/{id}/versions/{number}',
    summary: 'One version, as it was sealed',
    permission: 'view',
    answers: wholeVersionView,
  },
  getPostmortemEvidence: {
    method: 'GET',
    path: '/postmortems/{id}/evidence/{number}',
    summary: 'What a draft was made from, as the text that its hash is of',
    permission: 'view',
    answers: evidenceView,
  },
  getPostmortemTemplate: {
    method: 'GET',
    path: '/settings/postmortem-template',
    summary: 'The template of reports that Belay opens by itself',
    permission: 'view',
    answers: openingTemplateInput,
  },
  putPostmortemTemplate: {
    method: 'PUT',
    path: '/settings/postmortem-template',
    summary: 'Choose the template of reports that Belay opens by itself, overall and by environment; null: none',
    permission: 'administer',
    input: anything,
    accepts: openingTemplateInput.meta({
      examples: [{ template: 'postmortem-standard', environments: { staging: null } }],
    }),
    answers: openingTemplateInput,
  },
} as const satisfies Record<string, Operation>;
