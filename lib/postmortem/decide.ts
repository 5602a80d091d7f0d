/**
 * Who may do what with a report, and what becomes of it. Pure.
 *
 *   draft ──reviewers asked──▶ in_review ──all approve, not its authors alone──▶ published ──amended, with a reason──▶ amended
 *     ▲ └──nobody was asked, an approver publishes──────────────────────────────────▲             ▲ └──again──┘
 *     └──changes asked, or taken back──┘
 *
 * Words change in `draft` and `in_review` only; an approval is of what was seen in one version, and counts as long as
 * that is what a reader sees. Comments and actions go on in every state.
 */
import type { Actor, Permission, Role } from '@/lib/access/model';
import { audienceRoles, type PostmortemState, type reviewStates } from './model';

export const verbs = [
  'edit',
  'redraft',
  'ask_review',
  'review',
  'withdraw',
  'publish',
  'amend',
  'send',
  'set_audience',
  'comment',
  'act',
] as const;
export type PostmortemVerb = (typeof verbs)[number];
export const needs: Record<PostmortemVerb, Permission> = {
  edit: 'operate',
  redraft: 'operate',
  ask_review: 'operate',
  review: 'approve',
  withdraw: 'operate',
  publish: 'approve',
  amend: 'approve',
  send: 'operate',
  set_audience: 'administer',
  comment: 'operate',
  act: 'operate',
};

type Audience = (typeof audienceRoles)[number];
type Review = {
  person: string;
  state: (typeof reviewStates)[number];
  /** what a reader sees that differs from the version that was looked at */
  changed: readonly string[];
};
export type Standing = {
  state: PostmortemState;
  /** null: nothing is drafted yet */
  version: number | null;
  /** who has changed its words */
  authors: readonly string[];
  reviews: readonly Review[];
};
export type Decision = { ok: true; to: PostmortemState } | { ok: false; why: string };

/** Audiences whose reports the actor sees; Belay's own rules see all. */
export function audiencesOf(actor: Actor): Audience[] {
  if (actor.kind === 'rule') return [...audienceRoles];
  if (actor.kind === 'loopback') return [];
  return audienceRoles.slice(0, audienceRoles.indexOf(seesAs(actor.role)) + 1);
}
const seesAs = (role: Role): Audience => (role === 'ingest' || role === 'evaluate' ? 'viewer' : role);

export function sees(actor: Actor, { audience, environment }: { audience: Audience; environment: string }): boolean {
  const here = actor.environment === null || actor.environment === environment;
  return here && audiencesOf(actor).includes(audience);
}

const refused = (why: string): Decision => ({ ok: false, why });
const to = (state: PostmortemState): Decision => ({ ok: true, to: state });
const isPublished = (state: PostmortemState): boolean => state === 'published' || state === 'amended';

export function decide(verb: PostmortemVerb, standing: Standing): Decision {
  const { state } = standing;
  if (verb === 'comment' || verb === 'act' || verb === 'set_audience') return to(state);
  if (verb === 'redraft')
    return isPublished(state) ? refused('It is published: it is not drafted any more') : to(state);
  if (standing.version === null) return refused('Nothing is drafted yet: wait a moment');
  if (verb === 'send') return to(state);
  if (verb === 'amend') return isPublished(state) ? to('amended') : refused(`It is ${words[state]}: edit it`);
  if (isPublished(state)) return refused(`It is ${words[state]}: amend it, and say why`);
  switch (verb) {
    case 'edit':
      return to(state);
    case 'ask_review':
      return to('in_review');
    case 'review':
      return state === 'in_review' ? to(state) : refused('Nobody has asked for a review');
    case 'withdraw':
      return state === 'in_review' ? to('draft') : refused('It is not in review');
    case 'publish':
      return publishing(standing);
  }
}

/** Changes that are asked for send it back. */
export const reviewed = (answer: 'approved' | 'changes'): PostmortemState =>
  answer === 'changes' ? 'draft' : 'in_review';

/** An approval of something else is none. */
export const isStale = ({ state, changed }: Pick<Review, 'state' | 'changed'>): boolean =>
  state !== 'asked' && changed.length > 0;

/** Whoever was asked has approved these very words, and nobody alone what they wrote. */
function publishing({ state, authors, reviews }: Standing): Decision {
  if (reviews.length === 0) return to('published');
  if (state === 'draft') return refused('Reviewers were asked: ask them again');
  const waits = reviews.filter((r) => r.state !== 'approved' || isStale(r));
  if (waits.length > 0) {
    const since = [...new Set(waits.flatMap((r) => (r.state === 'approved' ? r.changed : [])))];
    const who = `${waits.map(({ person }) => person).join(', ')} ${waits.length === 1 ? 'has' : 'have'}`;
    return refused(`${who} not approved this version${since.length > 0 ? `; changed since: ${since.join('; ')}` : ''}`);
  }
  const [only, ...others] = reviews;
  if (only && others.length === 0 && authors.includes(only.person))
    return refused(`${only.person} wrote it: somebody else has to approve it`);
  return to('published');
}

const words: Record<PostmortemState, string> = {
  draft: 'a draft',
  in_review: 'in review',
  published: 'published',
  amended: 'published and amended',
};
