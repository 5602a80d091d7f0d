import { describe, expect, test } from 'vitest';
import { criterionRule, criterionScale, limitSentence } from '@/app/ui/criterion/effect';
import { visible } from '@/app/ui/text/name';
import { gateNext, gateSentence, outcomeNextWords, outcomeReasonWords } from '@/app/ui/text/words';
import { type CriterionOutcome, criterionInput, outcomeReasons } from '@/lib/criterion/model';
import { gateReasons, type RolloutView, type Verdict } from '@/lib/rollout/model';
import { plain, verdictSentence } from './verdict-sentence';

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
  [
    {
      verdict: verdict({
        kind: 'roll_back',
        reason: 'cohort_regressed',
        deciding: { criterion: 'errors', cohort: 'beta' },
      }),
    },
    'Take back treatment from beta: errors fails there, and the others go on.',
  ],
  [
    {
      state: 'held',
      verdict: verdict({
        reason: 'unknown_held',
        deciding: { criterion: 'errors', cohort: 'beta' },
        outcomes: [{ ...outcome, outcome: 'inconclusive', reason: 'stale' }],
      }),
    },
    'Held treatment at beta: errors has no answer: the newest data is too old.',
  ],
  [
    {
      state: 'held',
      heldReason: 'rollback_cap',
      verdict: verdict({
        kind: 'roll_back',
        reason: 'rollback_cap',
        deciding: { criterion: 'errors', cohort: 'beta' },
      }),
    },
    'Belay asks whether to roll back treatment from beta: errors fails in beta, and Belay has rolled back as often by itself as it may.',
  ],
  [
    { state: 'held', heldReason: 'rollback_cap', verdict: verdict({ kind: 'roll_back', reason: 'rollback_cap' }) },
    'Belay asks whether to roll back treatment from beta: the stage ran out of time, and Belay has rolled back as often by itself as it may.',
  ],
  [
    { state: 'held', heldReason: 'rollback_cap', verdict: verdict({ reason: 'rollback_cap' }) },
    'Held treatment at beta: Belay has asked whether to roll back; a person decides.',
  ],
  [
    { state: 'held', verdict: verdict({ reason: 'unknown_held' }) },
    'Held treatment at beta: a criterion had no answer. It has one again; a person resumes.',
  ],
  [
    {
      verdict: verdict({
        kind: 'widen',
        reason: 'gate_holds',
        outcomes: [{ ...outcome, cohort: null, outcome: 'inconclusive', reason: 'too_few' }],
      }),
    },
    'Widen treatment from beta to everyone: nothing fails, and the plan lets errors through without an answer.',
  ],
] as Array<[Partial<RolloutView>, string]>)('what is scoped or unknown is said: %#', (over, expected) => {
  expect(plain(verdictSentence(rollout(over), {}))).toBe(expected);
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

describe('where all together failed first', () => {
  const cohort = (name: string | null, n: number, bad: number, base = 0.01) =>
    ({ ...outcome, cohort: name, candidate: { n, value: bad }, baseline: { n, value: base } }) as CriterionOutcome;
  const sentence = (outcomes: CriterionOutcome[], over: Partial<CriterionOutcome> = {}, criterion = errors) =>
    verdictSentence(
      rollout({
        plan: { ...rollout({}).plan, criteria: [criterion] } as RolloutView['plan'],
        verdict: verdict({
          kind: 'roll_back',
          reason: 'guardrail_failed',
          deciding: { criterion: 'errors', cohort: null },
          outcomes: outcomes.map((o) => ({ ...o, ...over })),
        }),
      }),
      {},
    ).text;
  const all = cohort(null, 2000, 0.1);

  test.each([
    [
      'one cohort that has nearly all of the excess is named',
      [cohort('beta', 1000, 0.2), cohort('eu', 1000, 0.011)],
      ', nearly all of it in beta.',
    ],
    ['or most of it', [cohort('beta', 1000, 0.09), cohort('eu', 1000, 0.03)], ', most of it in beta.'],
    ['not where it is spread', [cohort('beta', 1000, 0.05), cohort('eu', 1000, 0.04)], 'errors fails.'],
    [
      'not where that cohort is nearly everybody',
      [cohort('beta', 9500, 0.05), cohort('eu', 500, 0.011)],
      'errors fails.',
    ],
    ['not of one cohort alone', [cohort('beta', 1000, 0.2)], 'errors fails.'],
    [
      'not where a cohort has no baseline',
      [cohort('beta', 1000, 0.2), { ...cohort('eu', 9, 0), baseline: null }],
      'errors fails.',
    ],
    [
      'points without a cohort are no place',
      [cohort('', 1000, 0.2), cohort('eu', 1000, 0.01), cohort('us', 1000, 0.01)],
      'errors fails.',
    ],
  ])('%s', (_, cohorts, ends) => {
    expect(sentence([all, ...cohorts])).toMatch(new RegExp(`${ends.replaceAll('.', '\\.')}$`));
  });
  test('less of what should be more is an excess too; a quantile is no sum over cohorts', () => {
    const cohorts = [all, cohort('beta', 1000, 0.5, 0.9), cohort('eu', 1000, 0.89, 0.9)];
    const better = criterionInput.parse({ ...errors, better: 'higher' });
    expect(sentence(cohorts, {}, better)).toContain(', nearly all of it in beta');
    const { of: _of, ...rest } = errors;
    const quantile = criterionInput.parse({ ...rest, measure: 'quantile', q: 0.9 });
    expect(sentence([all, cohort('beta', 1000, 0.2), cohort('eu', 1000, 0.01)], {}, quantile)).toMatch(
      /errors fails\.$/,
    );
  });
});

test('every reason says what it is and what to do next', () => {
  const sentences = [
    ...outcomeReasons.map((r) => outcomeNextWords[r]),
    ...gateReasons.map((reason) => gateNext({ reason, met: false, detail: {} })),
  ];
  for (const next of sentences) expect(next).toMatch(/^[A-Z].{10,160}\.$/);
  expect(new Set(outcomeReasons.map((r) => outcomeReasonWords[r])).size).toBe(outcomeReasons.length);
});
