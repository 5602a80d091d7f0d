import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Actor, Role } from '@/lib/access/model';
import { audiencesOf, decide, isStale, needs, type PostmortemVerb, type Standing, sees, verbs } from './decide';
import { audienceRoles, type PostmortemState, postmortemStates } from './model';

const standing = (over: Partial<Standing> = {}): Standing => ({
  state: 'draft',
  version: 3,
  authors: ['otto'],
  reviews: [],
  ...over,
});
const review = (person: string, state: 'asked' | 'approved' | 'changes' = 'approved', changed: string[] = []) => ({
  person,
  state,
  changed,
});
const outcome = (verb: PostmortemVerb, over: Partial<Standing> = {}) => {
  const decision = decide(verb, standing(over));
  return decision.ok ? decision.to : null;
};

/** What each verb makes of each state; null: refused. */
const table: Record<PostmortemVerb, Record<PostmortemState, PostmortemState | null>> = {
  edit: { draft: 'draft', in_review: 'in_review', published: null, amended: null },
  redraft: { draft: 'draft', in_review: 'in_review', published: null, amended: null },
  ask_review: { draft: 'in_review', in_review: 'in_review', published: null, amended: null },
  review: { draft: null, in_review: 'in_review', published: null, amended: null },
  withdraw: { draft: null, in_review: 'draft', published: null, amended: null },
  publish: { draft: 'published', in_review: 'published', published: null, amended: null },
  amend: { draft: null, in_review: null, published: 'amended', amended: 'amended' },
  send: { draft: 'draft', in_review: 'in_review', published: 'published', amended: 'amended' },
  set_audience: { draft: 'draft', in_review: 'in_review', published: 'published', amended: 'amended' },
  comment: { draft: 'draft', in_review: 'in_review', published: 'published', amended: 'amended' },
  act: { draft: 'draft', in_review: 'in_review', published: 'published', amended: 'amended' },
};

describe('what a verb makes of a report', () => {
  test.each(verbs.flatMap((verb) => postmortemStates.map((state) => ({ verb, state, to: table[verb][state] }))))(
    '$verb of a $state is $to',
    ({ verb, state, to }) => expect(outcome(verb, { state })).toBe(to),
  );

  test('nothing is done to words before there are any', () => {
    const before = verbs.filter((verb) => outcome(verb, { version: null }) !== null);
    expect(before.sort()).toEqual(['act', 'comment', 'redraft', 'set_audience']);
  });
});

describe('publishing', () => {
  const inReview = (reviews: Standing['reviews'], authors = ['otto']) =>
    outcome('publish', { state: 'in_review', reviews, authors });
  test.each<[what: string, reviews: Standing['reviews'], authors: string[], to: PostmortemState | null]>([
    ['all have approved it', [review('ada'), review('abel')], ['otto'], 'published'],
    ['one has not answered', [review('ada'), review('abel', 'asked')], ['otto'], null],
    ['one asks for changes', [review('ada'), review('abel', 'changes')], ['otto'], null],
    [
      'one has approved what has changed since',
      [review('ada'), review('abel', 'approved', ['Summary'])],
      ['otto'],
      null,
    ],
    ['its only author approved it alone', [review('otto')], ['otto'], null],
    ['one of its authors approved it alone', [review('ada')], ['ada', 'otto'], null],
    ['an author and another have approved it', [review('otto'), review('ada')], ['otto'], 'published'],
    ['two authors have approved what the other wrote', [review('otto'), review('ada')], ['ada', 'otto'], 'published'],
  ])('where %s', (_what, reviews, authors, to) => expect(inReview(reviews, authors)).toBe(to));

  test('of a draft whose reviewers asked for changes waits for them', () => {
    expect(outcome('publish', { reviews: [review('ada', 'changes')] })).toBeNull();
    expect(outcome('publish', { reviews: [review('ada')] })).toBeNull();
  });

  test('never goes by without every reviewer, nor by its author alone', () => {
    const person = fc.constantFrom('otto', 'ada', 'abel');
    const one = fc.record({
      person,
      state: fc.constantFrom('asked', 'approved', 'changes'),
      changed: fc.subarray(['Summary', 'Links']),
    });
    const any = fc.record({
      state: fc.constantFrom(...postmortemStates),
      reviews: fc.uniqueArray(one, { selector: (r) => r.person, maxLength: 3 }) as fc.Arbitrary<Standing['reviews']>,
      authors: fc.uniqueArray(person),
    });
    fc.assert(
      fc.property(any, (of) => {
        if (outcome('publish', of) === null || of.reviews.length === 0) return;
        expect(of.state).toBe('in_review');
        expect(of.reviews.every((r) => r.state === 'approved' && !isStale(r))).toBe(true);
        const [only, ...others] = of.reviews;
        if (others.length === 0) expect(of.authors).not.toContain(only?.person);
      }),
    );
  });
});

describe('who sees what', () => {
  const person = (role: Role): Actor => ({ kind: 'person', id: 'p', name: 'p', role, environment: null });
  test.each<[Role, readonly string[]]>([
    ['viewer', ['viewer']],
    ['operator', ['viewer', 'operator']],
    ['approver', ['viewer', 'operator', 'approver']],
    ['admin', audienceRoles],
    ['ingest', ['viewer']],
  ])('%s sees what is for %j', (role, audiences) => expect(audiencesOf(person(role))).toEqual(audiences));

  test('a key sees its environment, loopback nothing, a rule everything', () => {
    const production = { audience: 'viewer', environment: 'production' } as const;
    const key = (environment: string | null): Actor => ({
      kind: 'key',
      id: 'k',
      name: 'k',
      role: 'admin',
      environment,
    });
    expect([key('production'), key(null), key('staging')].map((actor) => sees(actor, production))).toEqual([
      true,
      true,
      false,
    ]);
    expect(sees({ kind: 'loopback', id: 'loopback', name: 'loopback', environment: null }, production)).toBe(false);
    expect(sees({ kind: 'rule', id: 'r', name: 'r', environment: null }, { ...production, audience: 'admin' })).toBe(
      true,
    );
  });

  test('every verb needs more than looking', () => {
    expect(Object.keys(needs).sort()).toEqual([...verbs].sort());
    expect(Object.values(needs)).not.toContain('view');
  });
});
