import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allOver,
  begin,
  fold,
  type Machine,
  mustEscalate,
  next,
  pauseMs,
  planeLost,
  retried,
  stateOf,
  superseded,
  whatNext,
  wholeMs,
} from './machine';
import type { RollbackState, RollbackStep, StepState, StepWork, TaskResult } from './model';

const start = Date.parse('2026-11-22T08:00:00Z');
const at = (ms: number) => new Date(start + ms);
const done: TaskResult = { kind: 'done', detail: 'ok' };
const wait: TaskResult = { kind: 'wait', detail: 'not yet', afterMs: 2_000 };
const failed = (retryAfterMs: number | null): TaskResult => ({
  kind: 'failed',
  detail: 'no',
  next: 'look',
  retryAfterMs,
});

const step = (id: string, needs: string[], work: StepWork, over: Partial<RollbackStep> = {}): RollbackStep => ({
  id,
  title: id,
  owner: null,
  expected: '',
  how: '',
  work,
  needs,
  state: 'pending',
  attempts: 0,
  startedAt: null,
  endedAt: null,
  dueAt: null,
  detail: '',
  next: '',
  ...over,
});
const check = { kind: 'check', check: { name: 'c' } } as unknown as StepWork;
const revert: StepWork = { kind: 'revert', migration: 'mig_1', name: 'm', how: 'sql' };
const person = (blocking: boolean): StepWork => ({ kind: 'person', who: '', blocking });

const steps = [
  step('restore', [], { kind: 'restore', plane: 'builtin' }),
  step('serve', ['restore'], { kind: 'serve' }),
  step('revert/m', ['serve'], revert),
  step('check/c', ['revert/m'], check),
  step('look', ['serve'], person(false)),
  step('read_back', ['check/c'], { kind: 'read_back', plane: 'builtin' }),
  step('exposure', ['serve'], { kind: 'exposure' }),
  step('criteria', ['exposure'], { kind: 'criteria' }),
];
const ids = steps.map((s) => s.id);
const machine = (states: Partial<Record<string, StepState>> = {}, over: Partial<Machine> = {}): Machine => ({
  steps: steps.map((s) => ({ ...s, state: states[s.id] ?? 'pending' })),
  deadlineAt: at(wholeMs),
  escalatedAt: null,
  ...over,
});
const all = (state: StepState): Record<string, StepState> => Object.fromEntries(ids.map((id) => [id, state]));
const of = (m: Machine, id: string) => m.steps.find((s) => s.id === id) as RollbackStep;
const run = (m: Machine, id: string, result: TaskResult, ms: number) => fold(begin(m, id, at(ms)), id, result, at(ms));

describe('stateOf', () => {
  it.each<[string, Partial<Record<string, StepState>>, RollbackState]>([
    ['nothing has begun', {}, 'intent'],
    ['the plane is asked', { restore: 'running' }, 'calling'],
    ['the plane is waited for', { restore: 'waiting' }, 'calling'],
    ['it is switched, and data has to follow', { restore: 'done' }, 'called'],
    ['served, data still to do', { restore: 'done', serve: 'done' }, 'called'],
    ['only proofs are left', { restore: 'done', serve: 'done', 'revert/m': 'done' }, 'verifying'],
    ['a revert that was declared to have no way back', { ...all('done'), 'revert/m': 'left' }, 'verified'],
    ['everything', all('done'), 'verified'],
    ['nobody waits for what holds nothing up', { ...all('done'), look: 'waiting' }, 'verified'],
    ['nobody minds what holds nothing up', { ...all('done'), look: 'failed' }, 'verified'],
    ['the target exposes it itself', { ...all('done'), exposure: 'left' }, 'verified'],
    ['a check that was left proves nothing', { ...all('done'), 'check/c': 'left' }, 'unconfirmed'],
    ['a read-back that was left proves nothing', { ...all('done'), read_back: 'left' }, 'unconfirmed'],
    ['criteria that were left prove nothing', { ...all('done'), criteria: 'left' }, 'unconfirmed'],
    ['a failed check', { ...all('done'), 'check/c': 'failed' }, 'unconfirmed'],
    ['a failed restore', { restore: 'failed' }, 'unconfirmed'],
    ['one proof is missing: read-back', { ...all('done'), read_back: 'waiting' }, 'verifying'],
    ['one proof is missing: exposure', { ...all('done'), exposure: 'waiting' }, 'verifying'],
    ['one proof is missing: criteria', { ...all('done'), criteria: 'waiting' }, 'verifying'],
    ['one proof is missing: a check', { ...all('done'), 'check/c': 'running' }, 'verifying'],
  ])('%s', (_what, states, state) => {
    expect(stateOf(machine(states), at(0))).toBe(state);
  });

  it('past its deadline nothing but proven counts', () => {
    const open = machine({ ...all('done'), criteria: 'waiting' });
    expect(stateOf(open, at(wholeMs - 1))).toBe('verifying');
    expect(stateOf(open, at(wholeMs))).toBe('unconfirmed');
    expect(stateOf(machine(all('done')), at(wholeMs))).toBe('verified');
  });

  it('once people were told it stays unconfirmed until it is proven', () => {
    const told = { escalatedAt: at(5) };
    expect(stateOf(machine({ restore: 'done' }, told), at(9))).toBe('unconfirmed');
    expect(stateOf(machine(all('done'), told), at(9))).toBe('verified');
    expect(mustEscalate(machine({ restore: 'failed' }, told), at(9))).toBe(false);
    expect(mustEscalate(machine({ restore: 'failed' }), at(9))).toBe(true);
  });
});

describe('next', () => {
  it('goes by need, and comes back to what is due', () => {
    let m = machine();
    const told: string[] = [];
    for (let ms = 0; ms < 100; ms++) {
      const due = next(m, at(ms));
      if (due.kind !== 'task') break;
      told.push(due.step.id);
      m = run(m, due.step.id, due.step.work.kind === 'person' ? wait : done, ms);
    }
    expect(told).toEqual(['restore', 'serve', 'revert/m', 'check/c', 'look', 'read_back', 'exposure', 'criteria']);
    expect(stateOf(m, at(200))).toBe('verified');
    expect(next(m, at(200))).toMatchObject({ kind: 'wait' });
  });

  it('waits until the first of what waits is due, or until people have to be told', () => {
    const m = run(machine(), 'restore', wait, 0);
    expect(next(m, at(1))).toEqual({ kind: 'wait', until: at(2_000) });
    expect(next(m, at(2_000))).toMatchObject({ kind: 'task', step: { id: 'restore' } });
    const rests = run(machine(), 'restore', failed(null), 0);
    expect(next(rests, at(1))).toEqual({ kind: 'wait', until: at(wholeMs) });
    expect(next({ ...rests, escalatedAt: at(1) }, at(2))).toEqual({ kind: 'wait', until: null });
  });

  it('what fails holds up what needs it and nothing else', () => {
    const m = run(machine({ restore: 'done', serve: 'done' }), 'revert/m', failed(null), 0);
    expect(next(m, at(1))).toMatchObject({ kind: 'task', step: { id: 'look' } });
    const after = ['look', 'exposure', 'criteria'].reduce((x, id) => run(x, id, done, 1), m);
    expect(next(after, at(2))).toMatchObject({ kind: 'wait' });
  });

  it('a step of a worker that is gone is begun again', () => {
    const m = begin(machine(), 'restore', at(0));
    expect(next(m, at(1))).toMatchObject({ kind: 'task', step: { id: 'restore', state: 'running' } });
    expect(of(begin(m, 'restore', at(1)), 'restore').attempts).toBe(2);
  });

  it('ends where everything is over', () => {
    expect(next(machine(all('done')), at(0))).toEqual({ kind: 'end' });
  });
});

describe('fold', () => {
  it('an answer to what is not under way changes nothing', () => {
    const m = run(machine(), 'restore', done, 0);
    expect(fold(m, 'restore', failed(null), at(1))).toEqual(m);
    expect(fold(m, 'serve', done, at(1))).toEqual(m);
    expect(fold(m, 'nobody', done, at(1))).toEqual(m);
    expect(begin(m, 'restore', at(1))).toEqual(m);
    expect(begin(m, 'criteria', at(1))).toEqual(m);
  });

  it.each([
    ['serve', 10_000, { restore: 'done' }],
    ['exposure', 120_000, { restore: 'done', serve: 'done' }],
    ['restore', 120_000, {}],
  ] as const)('%s counts as failed once it has waited too long, and goes on', (id, patience, states) => {
    const first = run(machine(states), id, wait, 0);
    expect(of(run(first, id, wait, patience), id)).toMatchObject({ state: 'waiting', next: '' });
    const late = run(first, id, wait, patience + 1);
    expect(of(late, id)).toMatchObject({ state: 'failed', dueAt: at(patience + 2_001).toISOString() });
    expect(of(late, id).next).not.toBe('');
    expect(stateOf(late, at(patience + 1))).toBe('unconfirmed');
    expect(of(run(late, id, done, patience + 5_000), id)).toMatchObject({ state: 'done', next: '' });
  });

  it('pauses grow and are capped, whatever is asked for', () => {
    expect([1, 2, 3, 4, 5, 6, 50].map(pauseMs)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    const due = (result: TaskResult, tries: number) => {
      let m = machine();
      for (let i = 0; i < tries; i++) m = run(m, 'restore', result, i * 60_000);
      return Date.parse(of(m, 'restore').dueAt ?? '') - start - (tries - 1) * 60_000;
    };
    expect(due(failed(0), 1)).toBe(1_000);
    expect(due(failed(5_000), 1)).toBe(5_000);
    expect(due(failed(0), 9)).toBe(30_000);
    expect(due(failed(3_600_000), 1)).toBe(30_000);
    expect(due({ ...wait, afterMs: -5 } as TaskResult, 1)).toBe(100);
  });
});

describe('what people do', () => {
  it('a retry begins anew what failed or was not proven, with new patience, and tells people again', () => {
    const m = machine(
      { ...all('done'), 'revert/m': 'left', 'check/c': 'failed', read_back: 'left' },
      { escalatedAt: at(1) },
    );
    const again = retried(m, at(1_000));
    expect(again.steps.filter((s) => s.state === 'pending').map((s) => s.id)).toEqual(['check/c', 'read_back']);
    expect(again).toMatchObject({ escalatedAt: null, deadlineAt: at(1_000 + wholeMs) });
    expect(stateOf(again, at(1_000))).toBe('verifying');
  });

  it('what does not read back is restored again', () => {
    const again = retried(machine({ ...all('done'), read_back: 'failed' }), at(0));
    expect(again.steps.filter((s) => s.state === 'pending').map((s) => s.id)).toEqual(['restore', 'read_back']);
    expect(stateOf(again, at(0))).toBe('intent');
  });

  it('what to do now: of what failed, before what waits', () => {
    const m = machine({ restore: 'done', serve: 'waiting' });
    expect(whatNext(m)).toContain('serve');
    expect(whatNext(run(machine(), 'restore', failed(null), 0))).toBe('look');
    expect(whatNext(machine(all('done')))).toBe('');
  });

  it('what a later change has overtaken is not shown any more; data goes on', () => {
    const m = superseded(machine({ restore: 'done', serve: 'waiting' }), 'x', at(0));
    expect(m.steps.filter((s) => s.state === 'left').map((s) => s.id)).toEqual([
      'serve',
      'read_back',
      'exposure',
      'criteria',
    ]);
    expect(next(m, at(0))).toMatchObject({ kind: 'task', step: { id: 'revert/m' } });
    expect(stateOf(m, at(0))).toBe('unconfirmed');
    expect([allOver(m), allOver(['revert/m', 'check/c'].reduce((x, id) => run(x, id, done, 0), m))]).toEqual([
      false,
      true,
    ]);
  });

  it('the fallback is for a plane that does not do, not for data', () => {
    expect(planeLost(machine({ restore: 'failed' }))).toBe(true);
    expect(planeLost(machine({ read_back: 'failed' }))).toBe(true);
    expect(planeLost(machine({ 'check/c': 'failed', exposure: 'failed', serve: 'failed' }))).toBe(false);
  });
});

const result: fc.Arbitrary<TaskResult> = fc.oneof(
  fc.constant(done),
  fc.constant<TaskResult>({ kind: 'left', detail: '' }),
  fc.nat(50_000).map((afterMs): TaskResult => ({ kind: 'wait', detail: '', afterMs })),
  fc.option(fc.nat(50_000)).map(failed),
);
const move = fc.record({
  what: fc.constantFrom('begin', 'fold', 'retry', 'supersede'),
  id: fc.constantFrom(...ids),
  result,
  afterMs: fc.nat(60_000),
  due: fc.boolean(),
});

/** Whatever is called in whatever order, at whatever time. */
function play(
  moves: Array<typeof move extends fc.Arbitrary<infer M> ? M : never>,
  seen: (m: Machine, now: Date) => void,
) {
  let m = machine();
  let ms = 0;
  for (const { what, id, result, afterMs, due } of moves) {
    ms += afterMs;
    const wanted = next(m, at(ms));
    const which = due && wanted.kind === 'task' ? wanted.step.id : id;
    if (what === 'begin') m = begin(m, which, at(ms));
    if (what === 'fold') m = fold(begin(m, which, at(ms)), which, result, at(ms));
    if (what === 'retry') m = retried(m, at(ms));
    if (what === 'supersede') m = superseded(m, 'x', at(ms));
    if (mustEscalate(m, at(ms))) m = { ...m, escalatedAt: at(ms) };
    seen(m, at(ms));
  }
}

describe('in any order', () => {
  it('nothing begins before what it needs is over, nor before it is due', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        let m = machine();
        let ms = 0;
        for (const { id, result, afterMs, what } of moves) {
          ms += afterMs;
          const before = m;
          m = begin(before, id, at(ms));
          if (m.steps.some((s, i) => s.attempts > (before.steps[i]?.attempts ?? 0))) {
            const begun = of(before, id);
            for (const need of begun.needs) expect(['done', 'left']).toContain(of(before, need).state);
            expect(Date.parse(begun.dueAt ?? '1970-01-01')).toBeLessThanOrEqual(start + ms);
            expect(['done', 'left']).not.toContain(begun.state);
          }
          if (what !== 'begin') m = fold(m, id, result, at(ms));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('verified is said only with all four proofs, and then nothing that was needed is open', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 80 }), (moves) => {
        play(moves, (m, now) => {
          if (stateOf(m, now) !== 'verified') return;
          for (const id of ['read_back', 'criteria', 'check/c']) expect(of(m, id).state).toBe('done');
          for (const s of m.steps) if (s.id !== 'look') expect(['done', 'left']).toContain(s.state);
        });
      }),
      { numRuns: 500 },
    );
  });

  it('there is always a time to look again, unless it rests with people who know', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        play(moves, (m, now) => {
          const due = next(m, now);
          if (due.kind !== 'wait' || due.until !== null) return;
          expect(stateOf(m, now) === 'verified' || m.escalatedAt !== null).toBe(true);
        });
      }),
    );
  });

  it('it never waits longer than half a minute for what is tried by itself', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        play(moves, (m, now) => {
          for (const s of m.steps)
            if (s.dueAt !== null && Date.parse(s.dueAt) > now.getTime())
              expect(Date.parse(s.dueAt) - now.getTime()).toBeLessThanOrEqual(30_000);
        });
      }),
    );
  });
});
