/**
 * A report to try exports on: a rollback in which a third of the invoices failed. Every name in it can be another one.
 * Pure; only tests import it.
 */
import { type Criterion, criterionInput } from '@/lib/criterion/model';
import type { EventView } from '@/lib/event/model';
import type { RollbackStep } from '@/lib/rollback/model';
import { type DecisionView, planInput, type Verdict } from '@/lib/rollout/model';
import { draft } from './draft/draft';
import type { Cell, Facts } from './facts';
import type { Document, PostmortemView } from './model';
import { evidenceHash, sealedText } from './seal';

const t0 = Date.parse('2026-11-22T12:00:00Z');
const iso = (seconds: number): string => new Date(t0 + seconds * 1000).toISOString();

export type Names = {
  feature: string;
  environment: string;
  baseline: string;
  candidate: string;
  errors: string;
  slow: string;
  cohort: string;
  key: string;
  value: string;
  person: string;
  reason: string;
  title: string;
  written: string;
};
export const usualNames: Names = {
  feature: 'new-checkout',
  environment: 'production',
  baseline: 'control',
  candidate: 'treatment',
  errors: 'errors',
  slow: 'checkout p99',
  cohort: 'eu',
  key: 'payment.method',
  value: 'invoice',
  person: 'Ada Lovelace',
  reason: 'errors fails in eu: 8.6 % on treatment, 1 % on control',
  title: '',
  written: '',
};

const criteriaOf = ({ errors, slow }: Names): Criterion[] =>
  [
    {
      name: errors,
      kind: 'guardrail',
      measure: 'share',
      metric: 'http.server.request.duration',
      of: { 'http.response.status_code': '5xx' },
      better: 'lower',
      margin: '0.5pp',
    },
    {
      name: slow,
      kind: 'guardrail',
      measure: 'quantile',
      q: 0.99,
      metric: 'http.server.request.duration',
      better: 'lower',
      margin: '10%',
    },
    {
      name: 'orders',
      kind: 'success',
      measure: 'ratio',
      metric: 'shop.checkout.completed',
      per: 'shop.checkout.started',
      better: 'higher',
      margin: '1%',
    },
  ].map((c) => criterionInput.parse(c));

/** Even counts with a small ripple: nothing here is random. */
function cellsOf(names: Names, measure: Criterion['measure']): Cell[] {
  const out: Cell[] = [];
  for (let step = -18; step < 24; step++)
    for (const [c, cohort] of [names.cohort, 'us'].entries())
      for (const version of [names.baseline, names.candidate]) {
        const own = version === names.candidate;
        if (own && (step < -6 || step >= 10)) continue;
        const n = (own ? 60 : 240) - 20 * c + ((step + 18) % 5);
        const bad = own && c === 0 && step >= 2 ? 0.086 : 0.01;
        const at = t0 + step * 10_000;
        const counted = { at, version, cohort, n };
        if (measure === 'quantile') out.push({ ...counted, over: [Math.round(n * bad * 2), Math.round(n * bad)] });
        else if (measure === 'ratio') out.push({ ...counted, k: Math.round(n * (0.4 - bad)) });
        else out.push({ ...counted, k: Math.round(n * bad) + ((step + 18) % 3 === 0 ? 1 : 0) });
      }
  return out;
}

function verdictOf(names: Names): Verdict {
  const outcome = {
    criterion: names.errors,
    cohort: names.cohort,
    kind: 'guardrail',
    measure: 'share',
    outcome: 'fail',
    reason: 'decided',
    estimate: 0.076,
    low: 0.031,
    high: 0.12,
    limit: 0.005,
    baseline: { n: 1_680, value: 0.01 },
    candidate: { n: 420, value: 0.086 },
    progress: 1,
    moreSamples: null,
    alpha: 0.01,
    spent: 0,
    working: null,
    expectedAt: null,
  } as const;
  return {
    kind: 'roll_back',
    reason: 'guardrail_failed',
    deciding: { criterion: names.errors, cohort: names.cohort },
    gate: [],
    outcomes: [outcome],
    split: [],
    at: iso(70),
    dataUntil: iso(69),
    nextLookAt: iso(71),
  };
}

function decisionsOf(names: Names): DecisionView[] {
  const shared = { rolloutId: 'rol_1', fromState: 'running', toState: 'running', acted: true } as const;
  return [
    {
      ...shared,
      cohorts: [],
      id: 'dec_1',
      epoch: 1,
      action: 'start',
      fromStage: -1,
      toStage: 0,
      actor: { kind: 'person', id: 'p', name: names.person },
      reason: 'the first stage',
      evidence: null,
      at: iso(-60),
    },
    {
      ...shared,
      cohorts: [],
      id: 'dec_2',
      epoch: 2,
      action: 'roll_back',
      toState: 'rolling_back',
      fromStage: 0,
      toStage: 0,
      actor: { kind: 'rule', id: 'guardrail', name: 'guardrail' },
      reason: names.reason,
      evidence: verdictOf(names),
      at: iso(70.4),
    },
  ];
}

function eventsOf(names: Names): EventView[] {
  const of = (seq: number, at: number, kind: EventView['kind'], reason: string, data = {}): EventView => ({
    seq,
    at: iso(at),
    kind,
    actor: { kind: 'rule', id: 'judge', name: kind === 'rollout.started' ? names.person : 'judge' },
    reason,
    environment: names.environment,
    feature: names.feature,
    rolloutId: 'rol_1',
    data,
    hash: String(seq).padStart(64, '0'),
  });
  return [
    of(101, -300, 'configuration.changed', `${names.key} is sent to the new billing`, {}),
    of(102, -60, 'rollout.started', 'stage beta', { epoch: 1, stage: { name: 'beta' } }),
    of(103, 70, 'verdict.changed', names.reason, { after: 'roll_back', reason: 'guardrail_failed' }),
    of(104, 70.4, 'rollout.rolling_back', names.reason, { epoch: 2, rollbackId: 'rbk_1' }),
    of(105, 160, 'rollback.verified', 'everybody is back on what was known to be good', { rollbackId: 'rbk_1' }),
  ];
}

function rollbackOf(names: Names): Facts['rollback'] {
  const step = (id: string, title: string, work: RollbackStep['work'], end: number): RollbackStep => ({
    ...{ id, title, work, owner: null, expected: '', how: '', needs: [], state: 'done', attempts: 1, detail: '' },
    ...{ startedAt: iso(70.4), endedAt: iso(end), dueAt: null, next: '' },
  });
  return {
    id: 'rbk_1',
    kind: 'rollback',
    rolloutId: 'rol_1',
    epoch: 2,
    feature: names.feature,
    environment: names.environment,
    state: 'verified',
    cohorts: [],
    target: 'snp_1',
    plane: 'builtin',
    fence: 1,
    runbook: { id: null, name: 'usual', version: 1 },
    steps: [
      step('1', 'Switch the flags back', { kind: 'restore', plane: 'builtin' }, 71.1),
      step('2', 'Nobody is exposed', { kind: 'exposure' }, 100),
      step('3', 'Criteria are back', { kind: 'criteria' }, 160),
    ],
    ticks: [],
    reason: names.reason,
    by: 'guardrail',
    decidedAt: iso(70.4),
    deadlineAt: iso(300),
    escalatedAt: null,
    acknowledged: null,
    fallback: null,
    endedAt: iso(160),
    attempts: 1,
  };
}

export function exampleFacts(names: Names = usualNames): Facts {
  const criteria = criteriaOf(names);
  const carried = (key: string, value: string | null, share: number) => ({
    ...{
      key,
      value,
      baseline: null,
      candidate: { n: 105, y: 30 },
      excess: 30 * share,
      low: 12 * share,
      high: 44 * share,
    },
    ...{ share, traffic: share / 4, clear: share > 0.5, newHere: false, goneHere: false, symptom: false, echoes: null },
  });
  return {
    format: 1,
    takenAt: iso(240),
    subject: {
      kind: 'rollback',
      id: 'rbk_1',
      feature: names.feature,
      environment: names.environment,
      rolloutId: 'rol_1',
    },
    from: iso(-180),
    to: iso(240),
    baseline: names.baseline,
    candidate: names.candidate,
    plan: planInput.parse({
      feature: 'checkout',
      environment: 'production',
      owner: 'payments',
      baseline: 'control',
      candidate: 'treatment',
      stages: [{ name: 'beta', exposure: { eu: 25 } }],
      criteria: criteriaOf({ ...names, errors: 'errors', slow: 'p99' }),
    }),
    rollout: { id: 'rol_1', startedAt: iso(-60), endedAt: iso(160), state: 'rolled_back', owner: names.person },
    rollback: rollbackOf(names),
    run: null,
    decisions: decisionsOf(names),
    events: eventsOf(names),
    snapshots: [],
    comparison: { from: 'snp_1', to: 'snp_2', differences: [] },
    measured: criteria.map((criterion) => ({
      criterion,
      unit: criterion.measure === 'quantile' ? 'ms' : '{request}',
      stepMs: 10_000,
      bounds: criterion.measure === 'quantile' ? [250, 500] : null,
      cells: cellsOf(names, criterion.measure),
      excess:
        criterion.measure === 'share'
          ? {
              total: { excess: 30, low: 18, high: 43, n: 470 },
              values: [carried(names.key, names.value, 0.96), carried(names.key, null, 0.04)],
              cohorts: [carried('cohort', names.cohort, 1)],
              keys: [names.key],
            }
          : null,
      excessOver: { from: iso(-240), to: iso(160) },
      missing: '',
    })),
    findings: [],
    deployments: [{ at: iso(-240), attribute: 'service.version', value: names.value, version: names.candidate }],
    lastDrill: {
      runId: 'run_0',
      endedAt: iso(-400_000),
      clocks: [{ name: 'detect', ms: 40_000, objectiveMs: 60_000 }],
    },
    objectives: {
      detectMs: 60_000,
      decideMs: 1_000,
      actuateMs: 2_000,
      propagateMs: 20_000,
      recoverMs: null,
    },
    missing: [],
  };
}

export function exampleView(names: Names = usualNames, facts: Facts = exampleFacts(names)): PostmortemView {
  const hash = evidenceHash(sealedText(facts));
  const drafted = draft(facts, { number: 1, hash });
  const trace = { by: names.person, madeAt: iso(4_000), reason: names.reason };
  const [first] = drafted.timeline;
  const document: Document = {
    title: names.title || drafted.title,
    draft: drafted,
    written: { factors: { text: names.written, struck: [] }, summary: { text: names.written, struck: [] } },
    curations: [
      { kind: 'add', id: 'cur_1', at: iso(40), text: names.reason, ...trace },
      ...(first ? [{ kind: 'correct' as const, id: 'cur_2', entry: first.id, text: names.value, ...trace }] : []),
      { kind: 'hide', id: 'cur_3', entry: 'event/9', ...trace },
    ],
    links: [
      { id: 'lnk_1', title: names.value, url: 'https://example.com/board?a=1&b=2', by: names.person, at: iso(0) },
    ],
  };
  const action = { id: 'act_1', postmortemId: 'pm_1', postmortemTitle: document.title, feature: names.feature };
  return {
    id: 'pm_1',
    title: document.title,
    subject: facts.subject,
    state: 'published',
    from: facts.from,
    to: facts.to,
    summary: '',
    openActions: 1,
    overdueActions: 1,
    createdAt: iso(75),
    publishedAt: iso(5_000),
    revision: 3,
    audience: 'viewer',
    document,
    settling: false,
    seal: { state: 'intact', detail: '2 versions and 1 piece of evidence are what was sealed', checkedAt: iso(6_000) },
    reviews: [
      {
        person: names.person,
        state: 'approved',
        note: names.reason,
        at: iso(4_500),
        version: 2,
        changed: [],
        stale: false,
      },
    ],
    comments: [],
    actions: [
      {
        ...action,
        title: `Test ${names.value} before widening`,
        detail: names.reason,
        type: 'prevent',
        owner: names.person,
        dueOn: '2026-11-29',
        priority: 'high',
        state: 'open',
        overdue: true,
        revision: 1,
        tracking: null,
        tracker: null,
        createdBy: names.person,
        createdAt: iso(4_000),
        closedAt: null,
        closedBy: null,
      },
    ],
    versions: [
      { number: 1, state: 'draft', hash: '1'.repeat(64), evidence: 1, by: 'Belay', at: iso(75), note: '' },
      {
        number: 2,
        state: 'published',
        hash: '2'.repeat(64),
        evidence: 1,
        by: names.person,
        at: iso(5_000),
        note: names.reason,
      },
    ],
    related: [],
  };
}
