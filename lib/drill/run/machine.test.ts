import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Evidence, folded, isEnd, next, type Run, type Task } from './machine';

const second = 1_000;
const at = (s: number) => new Date(Date.UTC(2026, 0, 1) + s * second);
const fresh: Run = {
  state: 'planned',
  level: 'synthetic',
  person: null,
  faultMs: 300 * second,
  abortAfterMs: 900 * second,
  startedAt: null,
  knownGood: null,
  undo: null,
  faultAt: null,
  faultUntil: null,
  sentUntil: null,
  askedAt: null,
  deadlineAt: null,
  answer: null,
  rollbackId: null,
  proof: null,
  stop: null,
};
const person = { deadlineMs: 60 * second, atDeadline: 'roll_back' as const };
const nothing: Evidence = {
  failingAt: null,
  order: null,
  switchedAt: null,
  goneAt: null,
  backAt: null,
  rollback: null,
  abort: null,
};
const under: Run = {
  ...fresh,
  state: 'detecting',
  startedAt: at(0),
  knownGood: 'snp_1',
  undo: 'planned',
  faultAt: at(60),
  faultUntil: at(360),
  sentUntil: at(99.5),
};
const deciding: Run = { ...under, state: 'deciding', person, askedAt: at(90), deadlineAt: at(150) };
const ordered: Run = { ...under, state: 'rolling_back', undo: 'done', rollbackId: 'rb_1' };
const order = { id: 'rb_1', at: at(98) };
const stop = { kind: 'aborted' as const, by: 'ada', why: 'enough', at: at(99).toISOString() };
const now = at(100);
const task = (of: Task) => ({ kind: 'task', task: of });
const leaves = (kind: string) =>
  expect.objectContaining({ task: { kind: 'stop', stop: expect.objectContaining({ kind, by: 'belay' }) } });
const end = (state: string) => expect.objectContaining({ kind: 'end', state });

describe('what is next', () => {
  it.each<[string, Run, Partial<Evidence>, unknown]>([
    ['a planned one begins', fresh, {}, task({ kind: 'begin' })],
    [
      'what is known good is recorded first',
      { ...under, state: 'preparing', knownGood: null, undo: null },
      {},
      task({ kind: 'record' }),
    ],
    ['then the undo', { ...under, state: 'preparing', undo: null }, {}, task({ kind: 'plan_undo' })],
    [
      'and only then anything is exposed',
      { ...under, state: 'preparing', sentUntil: null },
      {},
      task({ kind: 'prepare' }),
    ],
    ['no undo, no fault', { ...under, state: 'injecting', undo: null }, {}, task({ kind: 'plan_undo' })],
    ['the fault comes after it', { ...under, state: 'injecting' }, {}, task({ kind: 'inject' })],
    ['telemetry goes on', { ...under, sentUntil: at(97) }, {}, task({ kind: 'send' })],
    ['and between it is waited', under, {}, { kind: 'wait', until: at(100.5) }],
    ['a failing verdict is noticed', under, { failingAt: at(97) }, task({ kind: 'detected' })],
    ['so is an order without one', under, { order, rollback: 'open' }, task({ kind: 'detected' })],
    ['a fault that nobody saw is a failure', { ...under, faultUntil: at(99) }, {}, leaves('failed')],
    ['that is undone', { ...under, stop: { ...stop, kind: 'failed' } }, {}, task({ kind: 'undo' })],
    ['and then has failed', { ...under, undo: 'done', stop: { ...stop, kind: 'failed' } }, {}, end('failed')],
    [
      'the plan decides by itself',
      { ...under, state: 'deciding' },
      { order, rollback: 'open' },
      task({ kind: 'ordered' }),
    ],
    ['a person is asked once', { ...deciding, askedAt: null, deadlineAt: null }, {}, task({ kind: 'ask' })],
    ['and waited for', deciding, {}, { kind: 'wait', until: at(100.5) }],
    ['the answer is carried out', { ...deciding, answer: 'roll_back' }, {}, task({ kind: 'order', by: 'person' })],
    ['once', { ...deciding, answer: 'roll_back' }, { order, rollback: 'open' }, task({ kind: 'ordered' })],
    ['holding is no rollback', { ...deciding, answer: 'hold' }, {}, leaves('failed')],
    ['aborting is not failing', { ...deciding, answer: 'abort' }, {}, leaves('aborted')],
    ['at the deadline: roll back', { ...deciding, deadlineAt: now }, {}, task({ kind: 'order', by: 'deadline' })],
    [
      'at the deadline: fail',
      { ...deciding, deadlineAt: now, person: { ...person, atDeadline: 'fail' } },
      {},
      leaves('failed'),
    ],
    [
      'at the deadline: abort',
      { ...deciding, deadlineAt: now, person: { ...person, atDeadline: 'abort' } },
      {},
      leaves('aborted'),
    ],
    ['switched', ordered, { order, rollback: 'open', switchedAt: now }, task({ kind: 'move', to: 'propagating' })],
    [
      'gone',
      { ...ordered, state: 'propagating' },
      { order, rollback: 'open', goneAt: now },
      task({ kind: 'move', to: 'verifying' }),
    ],
    [
      'verified is not enough',
      { ...ordered, state: 'verifying' },
      { order, rollback: 'verified' },
      task({ kind: 'prove' }),
    ],
    ['unconfirmed is looked at too', ordered, { order, rollback: 'unconfirmed' }, task({ kind: 'prove' })],
    ['a rollback that is gone proves nothing', ordered, {}, leaves('failed')],
    ['proven', { ...ordered, state: 'verifying', proof: { restored: true, detail: '' } }, {}, end('restored')],
    [
      'not proven is failed',
      { ...ordered, state: 'verifying', proof: { restored: false, detail: '' } },
      {},
      leaves('failed'),
    ],
    [
      'not known is not proven',
      { ...ordered, state: 'verifying', proof: { restored: null, detail: '' } },
      {},
      leaves('failed'),
    ],
    ['whoever stops it wins over a verdict', { ...under, stop }, { failingAt: at(97) }, task({ kind: 'undo' })],
    [
      'and over a proof',
      { ...ordered, state: 'verifying', stop, proof: { restored: true, detail: '' } },
      {},
      end('aborted'),
    ],
    [
      'real trouble is no failure',
      { ...under, undo: 'done', stop: { ...stop, kind: 'interrupted' } },
      {},
      end('interrupted'),
    ],
    [
      'its own condition stops it',
      under,
      { abort: 'too many errors' },
      task({ kind: 'stop', stop: { kind: 'aborted', by: 'belay', why: 'too many errors' } }),
    ],
    [
      'so does its time',
      { ...under, startedAt: at(-800) },
      {},
      expect.objectContaining({ task: expect.objectContaining({ kind: 'stop' }) }),
    ],
    [
      'before anything was touched it just ends',
      { ...under, state: 'preparing', undo: null, stop },
      {},
      end('aborted'),
    ],
    ['what has ended stays so', { ...under, state: 'restored', stop }, { abort: 'x' }, end('restored')],
  ])('%s', (_what, run, evidence, wanted) => {
    expect(next(run, { ...nothing, ...evidence }, now)).toEqual(wanted);
  });

  const table: Run = {
    ...fresh,
    level: 'tabletop',
    state: 'deciding',
    startedAt: at(0),
    knownGood: 'snp_1',
    person,
    askedAt: at(90),
    deadlineAt: at(150),
  };
  it.each<[string, Run, unknown]>([
    ['asks at once', { ...table, state: 'preparing' }, task({ kind: 'move', to: 'deciding' })],
    ['waits', table, { kind: 'wait', until: at(100.5) }],
    ['ends well when the rollback is named', { ...table, answer: 'roll_back' }, end('restored')],
    ['fails when it is not', { ...table, answer: 'hold' }, leaves('failed')],
    ['fails when nobody answers', { ...table, deadlineAt: now }, leaves('failed')],
    ['is stopped without anything to undo', { ...table, stop }, end('aborted')],
  ])('a tabletop %s', (_what, run, wanted) => {
    expect(next(run, nothing, now)).toEqual(wanted);
  });
});

it('a fault is armed once, and never without its undo', () => {
  const inject = (run: Run) => folded(run, { kind: 'inject' }, {}, nothing, now);
  expect(inject({ ...under, state: 'injecting', undo: null, faultAt: null }).faultAt).toBeNull();
  expect(inject({ ...under, state: 'injecting', undo: 'done', faultAt: null }).faultAt).toBeNull();
  expect(inject(under).faultAt).toEqual(at(60));
  const armed = inject({ ...under, state: 'injecting', faultAt: null });
  expect(armed).toMatchObject({ state: 'detecting', faultAt: now, faultUntil: at(400) });
});

/** A whole history: whatever is seen, whoever stops it, whenever it is looked at. */
type World = { evidence: Evidence; answer: Run['answer']; stop: Run['stop']; proof: boolean | null; passes: number };
type Told = { run: Run; tasks: Task[]; injectedWithout: boolean; undone: number; ended: boolean };

function live(start: Run, worlds: World[]): Told {
  let run = start;
  let clock = at(0);
  const told: Told = { run, tasks: [], injectedWithout: false, undone: 0, ended: false };
  for (const world of worlds) {
    clock = new Date(clock.getTime() + world.passes);
    if (!isEnd(run.state)) {
      run = { ...run, stop: run.stop ?? world.stop };
      if (run.askedAt) run = { ...run, answer: run.answer ?? world.answer };
    }
    const due = next(run, world.evidence, clock);
    if (due.kind === 'wait') {
      expect(due.until.getTime()).toBeGreaterThan(clock.getTime());
      continue;
    }
    if (due.kind === 'end') {
      if (!isEnd(run.state)) {
        // Nothing that was injected is left behind.
        if (run.faultAt) expect(run.undo).toBe('done');
        expect(run.undo).not.toBe('planned');
        // Whoever has left never comes to another end, though the undo looks like the rollback.
        if (run.stop) expect(due.state).toBe(run.stop.kind);
        if (told.tasks.some((t) => t.kind === 'undo')) expect(due.state).not.toBe('restored');
        if (due.state === 'interrupted') expect(run.stop?.kind).toBe('interrupted');
        if (due.state === 'restored' && run.level !== 'tabletop') expect(run.proof?.restored).toBe(true);
        run = { ...run, state: due.state };
        told.ended = true;
      } else expect(due.state).toBe(run.state);
      continue;
    }
    // A stop allows nothing else any more.
    if (run.stop) expect(due.task.kind).toBe('undo');
    const before = run;
    run = folded(
      run,
      due.task,
      { snapshot: 'snp', ready: true, sentUntil: clock, proof: { restored: world.proof, detail: '' } },
      world.evidence,
      clock,
    );
    told.tasks.push(due.task);
    if (before.faultAt === null && run.faultAt !== null && before.undo !== 'planned') told.injectedWithout = true;
    if (before.undo !== 'done' && run.undo === 'done') told.undone++;
  }
  return { ...told, run };
}

const evidence: fc.Arbitrary<Evidence> = fc.record({
  failingAt: fc.option(fc.constant(at(5))),
  order: fc.option(fc.constant(order)),
  switchedAt: fc.option(fc.constant(at(6))),
  goneAt: fc.option(fc.constant(at(7))),
  backAt: fc.option(fc.constant(at(8))),
  rollback: fc.constantFrom<Evidence['rollback']>(null, 'open', 'open', 'verified', 'unconfirmed'),
  abort: fc.constantFrom(null, null, null, null, null, 'too many errors'),
});
const world: fc.Arbitrary<World> = fc.record({
  evidence,
  answer: fc.constantFrom<Run['answer']>(null, null, 'roll_back', 'hold', 'abort'),
  stop: fc.oneof(
    { weight: 12, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom<Run['stop']>(stop, { ...stop, kind: 'interrupted' }) },
  ),
  proof: fc.constantFrom(true, true, false, null),
  passes: fc.integer({ min: 0, max: 40_000 }),
});
const starts: fc.Arbitrary<Run> = fc
  .record({
    level: fc.constantFrom<Run['level']>('synthetic', 'synthetic', 'fault', 'tabletop'),
    person: fc.option(
      fc.record({
        deadlineMs: fc.constant(60_000),
        atDeadline: fc.constantFrom('roll_back' as const, 'fail' as const, 'abort' as const),
      }),
    ),
  })
  .map((of) => ({ ...fresh, ...of }));

describe('whatever happens', () => {
  it('nothing is injected without a committed undo, and whatever ends has it done exactly once', () => {
    let injected = 0;
    fc.assert(
      fc.property(starts, fc.array(world, { minLength: 10, maxLength: 60 }), (start, worlds) => {
        const told = live(start, worlds);
        expect(told.injectedWithout).toBe(false);
        expect(told.undone).toBeLessThanOrEqual(1);
        if (told.ended && told.run.faultAt) expect(told.undone).toBe(1);
        if (told.run.faultAt) injected++;
        const planned = told.tasks.findIndex((t) => t.kind === 'plan_undo');
        const began = told.tasks.findIndex((t) => t.kind === 'inject');
        if (began >= 0) expect(planned).toBeLessThan(began);
      }),
      { numRuns: 2_000 },
    );
    // The property would say nothing if it never came to that.
    expect(injected).toBeGreaterThan(100);
  });

  it('it ends: by its proof, by a stop, or by its time', () => {
    fc.assert(
      fc.property(starts, fc.array(world, { maxLength: 40 }), (start, worlds) => {
        const quiet = { evidence: nothing, answer: null, stop: null, proof: null, passes: 20_000 };
        expect(isEnd(live(start, [...worlds, ...Array(120).fill(quiet)]).run.state)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
