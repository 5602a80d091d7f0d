import { describe, expect, test } from 'vitest';
import { draftUpdate, type StatusFacts } from './draft-update';
import { moments } from './model';

const facts = (over: Partial<StatusFacts> = {}): StatusFacts => ({
  feature: 'new-checkout',
  environment: 'production',
  event: { seq: 12, at: '2026-11-22T10:00:00.000Z', reason: 'http.errors of beta rose' },
  candidate: 'treatment',
  baseline: 'control',
  stage: { name: 'Inner ring', number: 2, of: 3 },
  exposure: { insiders: 100, beta: 25, eu: 0 },
  cohorts: [],
  measured: true,
  decided: null,
  incident: { reason: 'Cards of <b>Acme</b> are refused', by: 'Ada', minutes: 42 },
  drill: { undone: true },
  report: null,
  ...over,
});
const told = moments.filter((moment) => moment !== 'written');

describe('inside the organisation', () => {
  test('a beginning says what, where, how far, what users notice and when there will be news', () => {
    expect(draftUpdate('started', facts())).toEqual({
      moment: 'started',
      headline: '“treatment” of new-checkout has begun to be rolled out in production, stage “Inner ring” (2 of 3).',
      text: [
        '“treatment” of new-checkout has begun to be rolled out in production, stage “Inner ring” (2 of 3).',
        'It reaches up to 100 % of “insiders”, 25 % of “beta”.',
        'Those users may notice the new version; all others notice nothing.',
        'We will write again when it goes further, or stops.',
      ].join('\n'),
      publicText: [
        'We have begun to introduce a change, for some of our users first.',
        'If you are not among them, nothing changes for you.',
        'We will write again on this page.',
      ].join('\n'),
      standing: 'in_progress',
      nextAt: null,
      draftedFrom: [12],
    });
  });

  test('a rollback says why in the words of who decided it, and promises news in half an hour', () => {
    const { text, nextAt, standing } = draftUpdate('rolled_back', facts());
    expect(text).toContain('is being taken back in production: everybody gets “control” again.');
    expect(text).toContain('Why: http.errors of beta rose.');
    expect(nextAt).toBe('2026-11-22T10:30:00.000Z');
    expect(standing).toBe('returning');
  });

  test('a proven return says how long it took, from both events', () => {
    const decided = { seq: 9, at: '2026-11-22T09:55:40.000Z' };
    const { headline, draftedFrom } = draftUpdate('return_proven', facts({ decided }));
    expect(headline).toBe(
      'Everybody is back on “control” in production, and that is proven, 4 minutes after it was decided.',
    );
    expect(draftedFrom).toEqual([9, 12]);
  });

  test('who was taken back from is named, and the others are not forgotten', () => {
    const of = facts({ cohorts: ['eu', 'beta'] });
    expect(draftUpdate('partly_rolled_back', of).headline).toBe(
      '“treatment” of new-checkout is being taken back from “eu” and “beta” in production; for others the rollout goes on.',
    );
    expect(draftUpdate('return_proven', of)).toMatchObject({
      headline: '“eu” and “beta” are back on “control” in production, and that is proven.',
      standing: 'in_progress',
    });
    expect(draftUpdate('finished', of).headline).toContain('all get now, but for “eu” and “beta”');
  });

  test('a published report is told with its figures where it may be read, and without them where not', () => {
    const report = { title: 'Checkout was slow', impact: ['Failed requests: 120 (90 to 150).'] };
    expect(draftUpdate('published', facts({ report })).text).toContain('Failed requests: 120 (90 to 150).');
    expect(draftUpdate('published', facts()).text).toMatch(
      /^The report of what happened to new-checkout in production/,
    );
  });

  test('nothing is said that is not known', () => {
    const { text } = draftUpdate(
      'rolled_back',
      facts({
        candidate: null,
        baseline: null,
        stage: null,
        event: { seq: 1, at: '2026-11-22T10:00:00.000Z', reason: ' ' },
      }),
    );
    expect(text).toContain(
      'new-checkout is being taken back in production: everybody gets what they had before again.',
    );
    expect(text).not.toMatch(/Why:|null|undefined|“”/);
  });
});

describe('an incident that a person has marked', () => {
  test.each([
    ['marked', 'Something is wrong with new-checkout in production: Cards of <b>Acme</b> are refused.'],
    ['goes_on', 'The incident of new-checkout in production still goes on, after 42 minutes.'],
    ['ended', 'The incident of new-checkout in production is over, after 42 minutes.'],
  ] as const)('%s says what is wrong, and for how long', (moment, headline) => {
    const drafted = draftUpdate(moment, facts());
    expect(drafted.headline).toBe(headline);
    expect(drafted.text).toContain('Cards of <b>Acme</b> are refused.');
    expect(drafted.nextAt).toBe(moment === 'ended' ? null : '2026-11-22T10:30:00.000Z');
  });
  test.each([
    [0, 'after less than a minute'],
    [1, 'after 1 minute.'],
    [119, 'after 119 minutes'],
    [120, 'after 2 hours'],
  ])('%s minutes', (minutes, said) => {
    const incident = { reason: 'r', by: 'Ada', minutes };
    expect(draftUpdate('ended', facts({ incident })).headline).toContain(said);
  });
});

test('a failed rehearsal has no words for strangers, and says of the undo only what is known', () => {
  expect(draftUpdate('drill_failed', facts())).toMatchObject({ publicText: '', standing: 'over' });
  expect(draftUpdate('drill_failed', facts()).text).toContain('what it had changed is as it was');
  expect(draftUpdate('drill_failed', facts({ drill: { undone: false } })).text).not.toContain('as it was');
});

describe('for strangers', () => {
  test.each(told.filter((moment) => moment !== 'drill_failed'))('%s names nothing internal', (moment) => {
    const report = { title: 'Secret title', impact: ['Secret metric: 3.'] };
    const { publicText } = draftUpdate(moment, facts({ cohorts: ['beta'], report }));
    expect(publicText).not.toMatch(/checkout|production|treatment|control|Acme|Ada|insiders|beta|ring|http|Secret|\d/i);
    expect(publicText.length).toBeGreaterThan(40);
  });

  test('a problem is claimed only where one was measured', () => {
    expect(draftUpdate('rolled_back', facts()).publicText).toContain('We noticed a problem');
    expect(draftUpdate('rolled_back', facts({ measured: false })).publicText).not.toContain('problem');
  });

  test('all users are not called some of them', () => {
    expect(draftUpdate('started', facts({ exposure: { '*': 100 } })).publicText).toContain('for all of our users');
  });
});

test('hostile names stay one harmless line of bounded length', () => {
  const evil = `a\u0000b\u202e\u2066\n<script>\u2028${'x'.repeat(5_000)}`;
  for (const moment of told) {
    const drafted = draftUpdate(
      moment,
      facts({
        feature: evil,
        environment: evil,
        candidate: evil,
        baseline: evil,
        stage: { name: evil, number: 1, of: 1 },
        exposure: Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`${evil}${i}`, 5])),
        cohorts: Array.from({ length: 500 }, () => evil),
        incident: { reason: evil, by: evil, minutes: 1 },
        event: { seq: 1, at: '2026-11-22T10:00:00.000Z', reason: evil },
        report: { title: evil, impact: [] },
      }),
    );
    for (const text of [drafted.text, drafted.publicText, drafted.headline]) {
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(text.length).toBeLessThan(4_000);
    }
    expect(drafted.headline).not.toContain('\n');
  }
});
