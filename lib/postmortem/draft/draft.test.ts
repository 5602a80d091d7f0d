import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Criterion, criterionInput } from '@/lib/criterion/model';
import { type RunView, runStates } from '@/lib/drill/model';
import { canonicalJson } from '@/lib/event/canonical';
import { type EventView, eventKinds } from '@/lib/event/model';
import { type RollbackStep, type RollbackView, rollbackStates, stepStates } from '@/lib/rollback/model';
import { type DecisionView, planInput, type Verdict } from '@/lib/rollout/model';
import { redrafted, wordsOf } from '../document';
import type { Facts } from '../facts';
import type { Draft } from '../model';
import { draft } from './draft';
import { textOf } from './sentence';
import { dangling } from './sources';

const t0 = Date.parse('2026-11-22T12:00:00Z');
const iso = (seconds: number) => new Date(t0 + seconds * 1000).toISOString();
const hash = '0'.repeat(64);
const kept = { number: 1, hash };

const nasty = fc.oneof(
  fc.constantFrom(
    'eu',
    '',
    '\u202egnp.exe',
    '<script>alert(1)</script>',
    '](javascript:x)',
    '\u0000',
    'a/b',
    'budget',
    '*',
  ),
  fc.string({ maxLength: 12 }),
);
const pick = <T>(...of: T[]) => fc.constantFrom(...of);

const criteria: Criterion[] = [
  { name: 'errors', kind: 'guardrail', measure: 'share', metric: 'requests', of: { status: '5xx' }, better: 'lower' },
  { name: 'p99', kind: 'guardrail', measure: 'quantile', q: 0.99, metric: 'duration', better: 'lower', margin: '20ms' },
  { name: 'orders', kind: 'success', measure: 'ratio', metric: 'orders', per: 'visits', better: 'higher' },
  { name: 'basket', kind: 'diagnostic', measure: 'mean', metric: 'basket', better: 'higher' },
  {
    name: 'availability',
    kind: 'guardrail',
    measure: 'burn_rate',
    objective: 0.999,
    of: { status: '5xx' },
    metric: 'requests',
    better: 'lower',
  },
  { name: 'calls', kind: 'diagnostic', measure: 'rate', metric: 'calls', better: 'lower' },
].map((c) => criterionInput.parse(c));
const units: Record<string, string> = { p99: 'ms', basket: 'EUR' };
const plan = planInput.parse({
  feature: 'checkout',
  environment: 'production',
  owner: 'payments',
  baseline: 'control',
  candidate: 'treatment',
  stages: [
    { name: 'beta', exposure: { eu: 25 } },
    { name: 'all', exposure: { '*': 100 }, approval: true },
  ],
  criteria: criteria.map(({ windows: _w, ...c }) => (c.measure === 'burn_rate' ? c : c)),
});

const cell = fc.record({
  at: fc.integer({ min: -60, max: 90 }).map((step) => t0 + step * 10_000),
  version: pick('control', 'treatment', 'other'),
  cohort: nasty,
  n: fc.integer({ min: 0, max: 500 }),
  bad: fc.integer({ min: 0, max: 100 }),
});
const carries = fc.record({
  key: nasty,
  value: fc.option(nasty),
  baseline: fc.constant(null),
  candidate: fc.constant({ n: 10, y: 3 }),
  excess: fc.integer({ min: -5, max: 90 }),
  low: fc.constant(-1),
  high: fc.constant(99),
  share: fc.option(fc.double({ min: -0.2, max: 1.4, noNaN: true })),
  traffic: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  clear: fc.boolean(),
  newHere: fc.boolean(),
  goneHere: fc.boolean(),
  symptom: fc.boolean(),
  echoes: fc.constant(null),
});
const measured = (criterion: Criterion) =>
  fc
    .record({
      cells: fc.array(cell, { maxLength: 40 }),
      values: fc.array(carries, { maxLength: 5 }),
      total: fc.option(fc.integer({ min: -3, max: 100 })),
    })
    .map(({ cells, values, total }): Facts['measured'][number] => {
      const quantile = criterion.measure === 'quantile';
      return {
        criterion,
        unit: units[criterion.name] ?? '{request}',
        stepMs: 10_000,
        bounds: quantile ? [100, 250] : null,
        cells: cells.map(({ bad, ...c }) => ({
          ...c,
          ...(quantile
            ? { over: [Math.min(bad, c.n), Math.min(bad >> 1, c.n)] }
            : { k: Math.min(bad, c.n), sum: bad, sum2: bad }),
        })),
        excess:
          total === null
            ? null
            : {
                total: { excess: total, low: total - 2, high: total + 2, n: 50 },
                values,
                cohorts: values.map((v) => ({ ...v, key: 'cohort' })),
                keys: [],
              },
        excessOver: { from: new Date(0).toISOString(), to: new Date(1).toISOString() },
        missing: cells.length > 0 ? '' : 'No telemetry arrived in this stretch',
      };
    });

const stepWork: fc.Arbitrary<RollbackStep['work']> = pick<RollbackStep['work']>(
  { kind: 'restore', plane: 'builtin' },
  { kind: 'serve' },
  { kind: 'revert', migration: 'm', name: 'orders', how: 'sql' },
  { kind: 'person', who: 'ada', blocking: true },
  { kind: 'exposure' },
  { kind: 'criteria' },
  { kind: 'read_back', plane: 'builtin' },
);
const steps = fc
  .array(
    fc.record({ work: stepWork, state: pick(...stepStates), ended: fc.integer({ min: 60, max: 400 }), detail: nasty }),
    { maxLength: 6 },
  )
  .map((all) =>
    all.map(
      ({ work, state, ended, detail }, i): RollbackStep => ({
        id: `step-${i}`,
        title: `Step ${i}`,
        owner: null,
        expected: '',
        how: '',
        work,
        needs: [],
        state,
        attempts: 1,
        startedAt: iso(60),
        endedAt: state === 'done' ? iso(ended) : null,
        dueAt: null,
        detail,
        next: '',
      }),
    ),
  );
const rollback = fc
  .record({
    state: pick(...rollbackStates),
    steps,
    cohorts: fc.array(nasty, { maxLength: 2 }),
    escalated: fc.boolean(),
    taken: fc.boolean(),
  })
  .map(
    ({ state, steps: all, cohorts, escalated, taken }): RollbackView => ({
      id: 'rbk_1',
      kind: 'rollback',
      rolloutId: 'rol_1',
      epoch: 3,
      feature: 'checkout',
      environment: 'production',
      state,
      cohorts,
      target: 'snp_1',
      plane: 'builtin',
      fence: 1,
      runbook: { id: null, name: 'usual', version: 1 },
      steps: all,
      ticks: [],
      reason: 'errors fails in eu',
      by: 'guardrail',
      decidedAt: iso(60),
      deadlineAt: iso(300),
      escalatedAt: escalated ? iso(300) : null,
      acknowledged: taken ? { by: 'ada', at: iso(310), reason: 'looked myself' } : null,
      fallback: null,
      endedAt: state === 'verified' ? iso(200) : null,
      attempts: 1,
    }),
  );

const verdict = fc
  .record({
    criterion: pick(...criteria.map((c) => c.name)),
    cohort: fc.option(nasty),
    failing: fc.boolean(),
    value: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  })
  .map(
    ({ criterion, cohort, failing, value }): Verdict => ({
      kind: failing ? 'roll_back' : 'hold',
      reason: failing ? 'guardrail_failed' : 'gate_waits',
      deciding: failing ? { criterion, cohort } : null,
      gate: [],
      outcomes: [
        {
          criterion,
          cohort,
          kind: 'guardrail',
          measure: 'share',
          outcome: failing ? 'fail' : 'pass',
          reason: 'decided',
          estimate: 0.1,
          low: 0.05,
          high: 0.15,
          limit: 0.01,
          baseline: { n: 100, value: 0.01 },
          candidate: { n: 100, value },
          progress: 1,
          moreSamples: null,
          alpha: 0.01,
          spent: 0,
          working: null,
          expectedAt: null,
        },
      ],
      split: [],
      at: iso(59),
      dataUntil: iso(58),
      nextLookAt: iso(61),
    }),
  );
const decision = fc.record({
  action: pick<DecisionView['action']>('start', 'widen', 'hold', 'roll_back', 'withdraw'),
  epoch: fc.integer({ min: 1, max: 3 }),
  rule: fc.boolean(),
  evidence: fc.option(verdict),
  acted: fc.boolean(),
  stage: fc.integer({ min: -1, max: 1 }),
  at: fc.integer({ min: -100, max: 100 }),
});
const event = fc.record({
  kind: pick(...eventKinds),
  at: fc.integer({ min: -1_000, max: 900 }),
  reason: nasty,
  rule: fc.boolean(),
  data: pick<Record<string, unknown>>(
    {},
    { rollbackId: 'rbk_1', epoch: 3 },
    { stage: { name: 'beta' } },
    { after: 'roll_back', cohorts: ['eu', 7] },
    { stage: null, excess: {} },
  ),
});

const facts: fc.Arbitrary<Facts> = fc
  .record({
    kind: pick<Facts['subject']['kind']>('rollback', 'rollback', 'drill_run', 'stretch'),
    measured: fc.tuple(...criteria.map(measured)),
    watched: fc.integer({ min: 0, max: criteria.length }),
    rollback: fc.option(rollback, { freq: 5 }),
    decisions: fc.array(decision, { maxLength: 5 }),
    events: fc.array(event, { maxLength: 12 }),
    planned: fc.boolean(),
    drilled: fc.option(fc.integer({ min: 0, max: 90 })),
    timed: fc.boolean(),
    runState: pick(...runStates),
    metric: nasty,
  })
  .map((of): Facts => {
    const run = of.kind === 'drill_run' ? runOf(of.runState) : null;
    const subject = {
      kind: of.kind,
      id: of.kind === 'stretch' ? null : 'x',
      feature: 'checkout',
      environment: 'production',
      rolloutId: 'rol_1',
    };
    return {
      format: 1,
      takenAt: iso(900),
      subject,
      from: iso(-900),
      to: iso(900),
      baseline: of.planned ? 'control' : null,
      candidate: of.planned ? 'treatment' : null,
      plan: of.planned ? plan : null,
      rollout: of.planned
        ? { id: 'rol_1', startedAt: iso(-60), endedAt: null, state: 'rolled_back', owner: 'payments' }
        : null,
      rollback: of.kind === 'stretch' ? null : of.rollback,
      run,
      decisions: of.decisions.map(
        (d, i): DecisionView => ({
          id: `dec_${i}`,
          rolloutId: 'rol_1',
          epoch: d.epoch,
          action: d.action,
          fromState: 'running',
          toState: 'running',
          fromStage: d.stage,
          toStage: d.stage,
          cohorts: [],
          actor: d.rule
            ? { kind: 'rule', id: 'guardrail', name: 'guardrail' }
            : { kind: 'person', id: 'p', name: 'Ada\u202e' },
          reason: 'because',
          evidence: d.evidence,
          acted: d.acted,
          at: iso(d.at),
        }),
      ),
      events: of.events.map(
        (e, i): EventView => ({
          seq: 10 + i,
          at: iso(e.at),
          kind: e.kind,
          actor: e.rule ? { kind: 'rule', id: 'judge', name: 'judge' } : { kind: 'person', id: 'p', name: 'Ada' },
          reason: e.reason,
          environment: 'production',
          feature: 'checkout',
          rolloutId: 'rol_1',
          data: e.data,
          hash,
        }),
      ),
      snapshots: [],
      comparison: of.planned ? { from: 'snp_1', to: 'snp_2', differences: [] } : null,
      measured: of.planned ? of.measured.slice(0, of.watched) : [],
      findings: [
        {
          kind: 'overflow',
          environment: 'production',
          feature: 'checkout',
          metric: of.metric,
          detail: of.metric,
          firstAt: iso(1),
          lastAt: iso(2),
          count: 1,
        },
      ],
      deployments: [{ at: iso(-30), attribute: 'service.version', value: of.metric, version: null }],
      lastDrill:
        of.drilled === null
          ? null
          : {
              runId: 'run_0',
              endedAt: iso(-86_400 * of.drilled),
              clocks: [{ name: 'detect', ms: 40_000, objectiveMs: of.timed ? 30_000 : null }],
            },
      objectives: of.timed
        ? { detectMs: 10_000, decideMs: 1_000, actuateMs: null, propagateMs: 60_000, recoverMs: null }
        : null,
      missing: of.planned ? [] : ['No rollout says what is measured'],
    };
  });

function runOf(state: RunView['state']): RunView {
  const clock = {
    name: 'detect',
    state: 'recorded',
    from: iso(0),
    to: iso(50),
    ms: 50_000,
    objectiveMs: 30_000,
    met: false,
    corrected: null,
  } as const;
  return {
    id: 'run_1',
    drillId: 'drl_1',
    name: 'Weekly',
    feature: 'checkout',
    environment: 'production',
    level: 'synthetic',
    drill: { fault: { share: 40, status: 503 } } as unknown as RunView['drill'],
    state,
    trigger: 'schedule',
    by: 'schedule',
    shadow: 'drill/run_1',
    rolloutId: null,
    rollbackId: null,
    knownGood: null,
    undo: { what: 'the fault', state: 'done', at: iso(70) },
    faultUntil: null,
    decision: { askedAt: null, deadlineAt: null, answer: null, by: null, at: null, saw: null, note: '' },
    clocks: [clock],
    stop: null,
    control: { cohort: 'us', touched: true, detail: '' },
    proof: { restored: false, detail: 'criteria did not come back', differences: [] },
    log: [{ at: iso(0), state, text: 'The fault begins', data: {} }],
    why: 'Nobody decided in time',
    scheduledFor: null,
    startedAt: iso(-5),
    endedAt: iso(120),
  };
}

const every = (d: Draft) => Object.values(d.sections).flatMap(({ sentences }) => sentences);

describe('whatever was recorded', () => {
  test('every sentence, figure, entry and cause has a source, and each source is there', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const made = draft(given, kept);
        for (const s of every(made)) {
          const sources = s.spans.flatMap((span) => span.sources);
          expect([s.id, sources.length > 0]).toEqual([s.id, true]);
          expect([s.id, dangling(sources, given, made.figures)]).toEqual([s.id, []]);
        }
        for (const of of [...made.figures, ...made.timeline, ...made.candidates, ...made.changes])
          expect([of, of.sources.length > 0, dangling(of.sources, given, made.figures)]).toEqual([of, true, []]);
        for (const m of made.milestones) expect(dangling(m.sources, given, made.figures)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('names are unique, the order is that of time, and no text can turn round or hide what is beside it', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const made = draft(given, kept);
        for (const of of [every(made), made.figures, made.timeline]) {
          const ids = of.map(({ id }) => id);
          expect(ids).toEqual([...new Set(ids)]);
        }
        const times = made.timeline.map(({ at }) => Date.parse(at));
        expect(times).toEqual([...times].sort((a, b) => a - b));
        const texts = [
          made.title,
          ...every(made).map(textOf),
          ...made.timeline.flatMap(({ text, who }) => [text, who]),
        ];
        for (const text of [...texts, ...made.changes.map((c) => c.text)]) {
          expect(text).not.toMatch(/[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u);
          expect(text).not.toMatch(/NaN|undefined|\[object|Infinity|null/);
        }
        expect(made.sections.summary.sentences.length).toBeLessThanOrEqual(8);
      }),
      { numRuns: 200 },
    );
  });

  test('the same facts make the same report, in whatever order their keys come', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const again = JSON.parse(canonicalJson(given)) as Facts;
        expect(canonicalJson(draft(again, kept))).toBe(canonicalJson(draft(given, kept)));
      }),
      { numRuns: 50 },
    );
  });
});

describe('a redraft', () => {
  const [one, two] = fc.sample(facts, { numRuns: 2, seed: 7 }) as [Facts, Facts];
  const first = redrafted(null, draft(one, kept));

  test('replaces the draft and nothing that a person wrote', () => {
    const written = { summary: { text: 'We broke it.', struck: ['summary/what'] } };
    const curation = {
      kind: 'hide',
      entry: 'event/10',
      reason: 'noise',
      id: 'cur_1',
      by: 'Ada',
      madeAt: iso(1000),
    } as const;
    const link = { id: 'lnk_1', title: 'Chat', url: 'https://example.test', by: 'Ada', at: iso(1000) };
    const edited = { ...first, written, curations: [curation], links: [link] };
    const next = redrafted(edited, draft(two, { number: 2, hash }));
    expect(next).toMatchObject({ written, curations: [curation], links: [link] });
    expect(next.draft.evidence.number).toBe(2);
  });

  test('renames what nobody has named', () => {
    const next = draft(two, { number: 2, hash });
    expect(redrafted(first, { ...next, title: 'New' }).title).toBe('New');
    expect(redrafted({ ...first, title: 'The Friday one' }, { ...next, title: 'New' }).title).toBe('The Friday one');
  });

  test('is found by what was written and by what is not struck out', () => {
    const [sentence] = first.draft.sections.evidence.sentences;
    if (!sentence) throw new Error('every report says what was read');
    const words = (struck: string[]) => wordsOf({ ...first, written: { evidence: { text: 'Lorem', struck } } });
    expect(words([])).toContain(textOf(sentence));
    expect(words([sentence.id])).not.toContain(textOf(sentence));
    expect(words([sentence.id])).toContain('Lorem');
  });
});
