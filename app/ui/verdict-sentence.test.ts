import { expect, test } from 'vitest';
import { type CriterionOutcome, criterionInput } from '@/lib/criterion/model';
import type { RolloutView, Verdict } from '@/lib/rollout/model';
import { criterionRule, criterionScale, limitSentence } from './effect';
import { visible } from './name';
import { plain, verdictSentence } from './verdict-sentence';
import { gateSentence } from './words';

const errors = criterionInput.parse({
  name: 'errors',
  kind: 'guardrail',
  measure: 'share',
  metric: 'http.server.request.duration',
  of: { 'http.response.status_code': '5xx' },
  better: 'lower',
  margin: '0.5pp',
});
const outcome = {
  criterion: 'errors',
  cohort: 'beta',
  outcome: 'fail',
  reason: 'decided',
  estimate: 0.03,
  low: 0.021,
  high: 0.039,
  limit: 0.005,
  baseline: { n: 1000, value: 0.01, k: 10 },
  candidate: { n: 1000, value: 0.042, k: 42 },
} as CriterionOutcome;
const verdict = (over: Partial<Verdict>): Verdict =>
  ({
    kind: 'hold',
    reason: 'gate_waits',
    deciding: null,
    gate: [],
    outcomes: [outcome],
    split: [],
    ...over,
  }) as Verdict;
const rollout = (over: Partial<RolloutView>): RolloutView =>
  ({
    state: 'running',
    mode: 'act',
    stage: 1,
    plan: {
      baseline: 'control',
      candidate: 'treatment',
      stages: [{ name: 'internal' }, { name: 'beta' }, { name: 'everyone' }],
      criteria: [errors],
    },
    verdict: null,
    ...over,
  }) as unknown as RolloutView;
const failed = verdict({
  kind: 'roll_back',
  reason: 'guardrail_failed',
  deciding: { criterion: 'errors', cohort: 'beta' },
});

test.each([
  [rollout({ state: 'draft' }), 'Draft – nobody is served treatment until it is started.'],
  [rollout({}), 'Watching treatment, before the first look.'],
  [rollout({ verdict: failed }), 'Roll back treatment from beta: errors fails in beta.'],
  [rollout({ verdict: failed, mode: 'observe' }), 'Would roll back treatment from beta: errors fails in beta.'],
  [
    rollout({ verdict: verdict({ kind: 'widen', reason: 'gate_holds' }) }),
    'Widen treatment from beta to everyone: every guardrail and success criterion passes.',
  ],
  [
    rollout({ stage: 2, verdict: verdict({ kind: 'widen', reason: 'finished' }) }),
    'Ready to complete treatment: every guardrail and success criterion passes.',
  ],
  [
    rollout({
      verdict: verdict({ gate: [{ reason: 'min_samples', met: false, detail: { n: 500, needed: 2000 } }] }),
    }),
    'Hold treatment at beta: not enough samples yet: 500 of 2,000.',
  ],
  [
    rollout({ state: 'held', verdict: verdict({ reason: 'held_by_person' }) }),
    'Held treatment at beta: a person put it on hold.',
  ],
  [rollout({ state: 'completed', verdict: failed }), 'Completed – treatment is the baseline for everyone.'],
])('%#: one sentence says what and why', (given, text) => {
  expect(plain(verdictSentence(given, {}))).toBe(text);
});

test('after a rollback the sentence is about what led to it, not about what was measured since', () => {
  const after = rollout({ state: 'rolled_back', verdict: verdict({ reason: 'finished' }) });
  const sentence = verdictSentence(after, { 'http.server.request.duration': 's' }, failed);
  expect(plain(sentence)).toBe('Rolled back treatment to control: errors failed in beta.');
  expect(sentence.rule).toBe(
    '4.2\u202f% against 1\u202f%, allowed at most 0.5\u202fpp above the baseline; the interval runs from +2.1\u202fpp to +3.9\u202fpp',
  );
});

test('rules and limits read as sentences', () => {
  expect(criterionRule(errors)).toBe('share of http.server.request.duration with http.response.status_code is 5xx');
  expect(limitSentence({ ...errors, margin: 0, better: 'higher' })).toBe('not below the baseline');
  expect(limitSentence({ ...errors, against: { threshold: '300ms' } })).toBe('at most 300ms');
  expect(criterionScale({ ...errors, margin: '10%' }, 's').difference(-0.1)).toBe('−10\u202f%');
  expect(criterionScale({ ...errors, measure: 'quantile', margin: '20ms' }, 's').difference(0.02)).toBe('+20\u202fms');
});

test('a gate line names what it waits for', () => {
  const item = { reason: 'criterion_no_data', met: false, detail: { count: 2, criteria: 'a, b' } } as const;
  expect(gateSentence(item)).toBe('a, b have no data');
  expect(gateSentence({ ...item, met: true })).toBe('Every criterion has data');
});

test('control and direction characters are made visible', () => {
  expect(visible('a\u0000b\nc')).toBe('a\u2400b\u240ac');
  expect(visible('\u202eevil\u2066')).toBe('\ufffdevil\ufffd');
  expect(visible('çalışma – 開発')).toBe('çalışma – 開発');
});

test('hostile names are cut and shown in the sentence, never obeyed', () => {
  const evil = rollout({ state: 'draft' });
  evil.plan.candidate = `\u202e${'v'.repeat(100)}`;
  expect(plain(verdictSentence(evil, {}))).toBe(
    `Draft – nobody is served \ufffd${'v'.repeat(46)}… until it is started.`,
  );
});
