import { describe, expect, it } from 'vitest';
import { plain } from '@/app/ui/rollout/verdict-sentence';
import type { RollbackStep, RollbackView, StepWork } from '@/lib/rollback/model';
import { obstacleOf, proofsOf, rollbackSentence, timesOf, todoOf } from './reading';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 3, 0, seconds)).toISOString();
const check: StepWork = {
  kind: 'check',
  check: {
    kind: 'sql',
    name: 'no-orphans',
    database: 'orders',
    query: 'select 1',
    expect: 'no_rows',
    timeoutMs: 1000,
    onFailure: '',
  },
};

function step(id: string, work: StepWork, over: Partial<RollbackStep> = {}): RollbackStep {
  const blank = { owner: null, expected: '', how: '', needs: [], attempts: 1, dueAt: null, detail: '', next: '' };
  return { id, title: id, work, state: 'done', startedAt: at(0), endedAt: at(1), ...blank, ...over };
}

const steps = (over: Record<string, Partial<RollbackStep>> = {}): RollbackStep[] => [
  step('restore', { kind: 'restore', plane: 'builtin' }, { endedAt: at(1), ...over.restore }),
  step('serve', { kind: 'serve' }, { endedAt: at(2), ...over.serve }),
  step('revert/column', { kind: 'revert', migration: 'm', name: 'column', how: 'sql' }, over.revert),
  step('check/no-orphans', check, over.check),
  step('read_back', { kind: 'read_back', plane: 'builtin' }, over.read_back),
  step('exposure', { kind: 'exposure' }, over.exposure),
  step('criteria', { kind: 'criteria' }, over.criteria),
];

const rollback = (over: Partial<RollbackView> = {}): RollbackView => ({
  id: 'rbk_1',
  kind: 'rollback',
  rolloutId: 'rol_1',
  epoch: 2,
  feature: 'checkout',
  environment: 'production',
  state: 'verified',
  cohorts: [],
  target: 'snp_1',
  plane: 'builtin',
  fence: 1,
  runbook: { id: null, name: 'Belay’s own', version: 1 },
  steps: steps(),
  ticks: [],
  reason: 'errors',
  by: 'Ada',
  decidedAt: at(0),
  deadlineAt: at(50),
  escalatedAt: null,
  acknowledged: null,
  fallback: null,
  endedAt: at(42),
  attempts: 1,
  ...over,
});

const broken = {
  state: 'failed',
  detail: 'no-orphans does not hold: 3 rows where none may be',
  next: 'Ask payments',
  endedAt: null,
} as const;

describe('the sentence', () => {
  it('of a verified one says how long it took and what is proven', () => {
    const sentence = rollbackSentence(rollback());
    expect(plain(sentence)).toBe(
      'Verified after 42\u202fs: what is served reads back as ordered, telemetry shows it, every check holds and the criteria are back.',
    );
    expect(sentence).toMatchObject({ tone: 'good', rule: 'Served again 2\u202fs after the decision.' });
  });

  it('says that no check was declared, and what was left as it is', () => {
    const left = steps({ revert: { state: 'left' } }).filter((s) => s.work.kind !== 'check');
    const { text, rule } = rollbackSentence(rollback({ steps: left }));
    expect(text).not.toContain('check');
    expect(rule).toBe(
      'Served again 2\u202fs after the decision. No integrity check is declared, so none was made. Left as it is: revert/column.',
    );
  });

  it('of an unconfirmed one names what failed and what was seen, and claims only what is proven', () => {
    const failed = rollback({
      state: 'unconfirmed',
      endedAt: null,
      steps: steps({ check: broken, read_back: { state: 'pending' } }),
    });
    const sentence = rollbackSentence(failed);
    expect(plain(sentence)).toBe('Not confirmed: the check no-orphans failed: 3 rows where none may be.');
    expect(sentence.rule).toBe(
      'Served again 2\u202fs after the decision. Proven: telemetry shows it and the criteria are back.',
    );
    const unserved = rollback({ ...failed, steps: steps({ serve: { state: 'running' }, check: broken }) });
    expect(rollbackSentence(unserved).rule).toMatch(/^Not served again yet/);
    expect(sentence.tone).toBe('bad');
  });

  it('stays not confirmed when a person has taken it over', () => {
    const acknowledged = { by: 'Ada', at: at(60), reason: 'mending by hand' };
    const sentence = rollbackSentence(
      rollback({ state: 'unconfirmed', endedAt: null, acknowledged, steps: steps({ check: broken }) }),
    );
    expect(sentence.lead).toBe('Taken over by Ada,');
    expect(sentence.text).toMatch(/^and not confirmed: the check no-orphans failed/);
    expect(sentence.tone).toBe('warn');
  });

  it('of one that a later change has overtaken asks for nothing, and claims nothing', () => {
    const view = rollback({ state: 'unconfirmed', endedAt: at(90), steps: steps({ check: broken }) });
    expect(rollbackSentence(view)).toMatchObject({ lead: 'Overtaken:', tone: 'warn' });
    expect(todoOf(view)).toEqual([]);
  });

  it('of one under way says at which step it is', () => {
    const pending = { state: 'pending', startedAt: null, endedAt: null } as const;
    const under = steps({ serve: { state: 'running' }, revert: pending, check: pending, read_back: pending });
    const running = rollback({ state: 'calling', endedAt: null, steps: under });
    expect(plain(rollbackSentence(running))).toBe('Rolling back: step 4 of 7, not every process serves it yet.');
    expect(plain(rollbackSentence({ ...running, kind: 'restore' }))).toMatch(/^Restoring: /);
  });

  it('says when nobody is harmed any more, before it is proven', () => {
    const pending = { state: 'pending', startedAt: null, endedAt: null } as const;
    const verifying = rollback({ state: 'verifying', endedAt: null, steps: steps({ criteria: pending }) });
    expect(rollbackSentence(verifying)).toMatchObject({
      lead: 'Served again after 2\u202fs, not proven yet:',
      text: 'step 7 of 7, the criteria are not back yet.',
      tone: 'warn',
    });
    expect(rollbackSentence({ ...verifying, steps: steps({ criteria: pending, check: broken }) }).tone).toBe('bad');
  });

  it.each(steps().map((s) => [s.work.kind, s] as const))('knows what is not so at %s', (_kind, s) => {
    for (const state of ['failed', 'waiting', 'running', 'pending'] as const) {
      const { text } = rollbackSentence(
        rollback({ state: 'unconfirmed', endedAt: null, steps: [{ ...s, state, detail: 'seen so' }] }),
      );
      expect(text).toMatch(/\S.*: seen so\.$/);
    }
  });
});

describe('what is proven', () => {
  it('is never proven by silence', () => {
    const kinds = (view: RollbackView) => Object.fromEntries(proofsOf(view).map((p) => [p.kind, p.state]));
    expect(kinds(rollback())).toEqual({
      read_back: 'proven',
      exposure: 'proven',
      integrity: 'proven',
      criteria: 'proven',
    });
    expect(kinds(rollback({ steps: [] }))).toEqual({
      read_back: 'none',
      exposure: 'none',
      integrity: 'none',
      criteria: 'none',
    });
    const mixed = steps({ exposure: { state: 'left' }, criteria: { state: 'waiting' }, check: broken });
    expect(kinds(rollback({ steps: [...mixed, step('check/other', check)] }))).toEqual({
      read_back: 'proven',
      exposure: 'left',
      integrity: 'failed',
      criteria: 'open',
    });
  });
});

it('what to do names the worst first, and nothing once it is over', () => {
  const waiting = steps({ criteria: { state: 'waiting', next: 'Wait' }, check: broken });
  const view = rollback({
    state: 'unconfirmed',
    endedAt: null,
    steps: [waiting.at(-1) ?? step('', check), ...waiting.slice(0, -1)],
  });
  expect(todoOf(view).map(({ text, grave, title }) => [text, grave, title])).toEqual([
    ['Ask payments', true, 'check/no-orphans'],
    ['Wait', false, 'criteria'],
  ]);
  const named = steps({ check: { ...broken, owner: 'payments', next: 'Ask payments about check/no-orphans' } });
  expect(todoOf({ ...view, steps: named })[0]).toMatchObject({ title: null, owner: null });
  expect(todoOf({ ...view, state: 'verified' })).toEqual([]);
});

it('what holds nothing up is not in the way', () => {
  const tell = step('tell', { kind: 'person', who: '', blocking: false }, { state: 'waiting' });
  expect(obstacleOf({ steps: [tell, ...steps()] })).toBeNull();
  const must = { ...tell, work: { kind: 'person', who: '', blocking: true } as const };
  expect(obstacleOf({ steps: [must, ...steps()] })?.id).toBe('tell');
});

it('times run from the decision', () => {
  expect(timesOf(rollback())).toEqual({ servedMs: 2_000, verifiedMs: 42_000 });
  expect(timesOf(rollback({ state: 'unconfirmed', steps: steps({ serve: { state: 'running' } }) }))).toEqual({
    servedMs: null,
    verifiedMs: null,
  });
  const outside = steps().filter((s) => s.work.kind !== 'serve');
  expect(timesOf(rollback({ steps: outside })).servedMs).toBe(1_000);
});
