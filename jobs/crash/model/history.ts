/**
 * One random history of a rollback, drawn from a seed: workers that crash, stop and come back, a world that lies, loses
 * and repeats, people who meddle and people who help. Time is virtual. The history asks a store (of the model, or the
 * real one) and is told what came of it; the machine that it drives is the real one.
 *
 * Workers go the way of `rollback.ts`: claim, then begin, ask and keep, over and over, then release. Between any two of
 * these they may die, or stand still for longer than their lease.
 */

import { type Random, randomFrom } from '@/jobs/simulate/random';
import { begin, fold, type Machine, mustEscalate, next, retried, stateOf, verified } from '@/lib/rollback/machine';
import type { RollbackState, RollbackStep, TaskResult } from '@/lib/rollback/model';
import { type Plan, planOf } from './plan';
import { handle, order, serve, type Truth, truth, type World } from './world';

export const leaseMs = 15_000;
export const rollbackId = 'rb_model';
const fence = 2;
const timeoutMs = 10_000;

export type Held = { attempts: number };
export type Row = Machine & { state: RollbackState; attempts: number; ended: boolean };
/** What a history asks of the store. */
export type Ask =
  | { op: 'insert'; machine: Machine; state: RollbackState; now: number; dueAt: number }
  | { op: 'claim'; now: number }
  | { op: 'due'; now: number }
  | { op: 'renew'; held: Held; now: number }
  | { op: 'write'; held: Held; now: number; machine: Machine; state: RollbackState; ended: boolean }
  | { op: 'release'; held: Held; now: number; dueAt: number }
  /** a person's retry: takes it away from whoever works at it */
  | { op: 'retry'; now: number; deadlineAt: Date };
export type Answer = Row | boolean | null;

/** What is left out on purpose, to see that its absence is found. */
export type Mutant =
  | 'a_key_for_each_try'
  | 'tells_people_each_time'
  /** a step of this kind is taken for done without a look */
  | `blind:${'read_back' | 'exposure' | 'criteria' | 'check'}`;

export type Ended = {
  world: World;
  row: Row;
  plan: Plan;
  /** what was really so when it was written down as verified */
  verifiedAt: { at: number; truth: Truth; readings: Map<string, { at: number; ok: boolean }> } | null;
  faults: string[];
  retries: number;
  escalations: number;
  counts: { claims: number; writes: number; lost: number; crashes: number; stops: number; late: number };
};

type Call = { call: RollbackStep; attempt: number };
type Want = Ask | Call;
type Run = Generator<Want, void, unknown>;
/** `asks`: the number of the call that it waits for; 0: it waits for none, or stands still */
type Worker = { alive: boolean; run: Run | null; asks: number; held: Held | null };
type Event = { at: number; seq: number; do: () => Generator<Ask, void, Answer> | undefined };

export function* history(seed: number, mutant: Mutant | null = null): Generator<Ask, Ended, Answer> {
  const random = randomFrom(seed, 41);
  const plan = planOf(random);
  const sim = new Simulation(random, plan, mutant);
  return yield* sim.run();
}

class Simulation {
  readonly world: World;
  readonly faults: string[] = [];
  readonly counts = { claims: 0, writes: 0, lost: 0, crashes: 0, stops: 0, late: 0 };
  readonly readings = new Map<string, { at: number; ok: boolean }>();
  private readonly events: Event[] = [];
  private readonly workers: Worker[];
  private seq = 0;
  /** who claimed last, or null after a person has taken it away */
  private holder: Worker | null = null;
  private row: Row;
  private verifiedAt: Ended['verifiedAt'] = null;
  private retries = 0;
  private escalations = 0;
  private readonly blind: string | null;
  private wakeAt = Number.POSITIVE_INFINITY;
  private dueAt: number;
  private leaseUntil = 0;

  private readonly random: Random;
  private readonly plan: Plan;
  private readonly mutant: Mutant | null;

  constructor(random: Random, plan: Plan, mutant: Mutant | null) {
    this.random = random;
    this.plan = plan;
    this.mutant = mutant;
    this.world = plan.world;
    this.blind = mutant?.startsWith('blind:') ? mutant.slice('blind:'.length) : null;
    this.dueAt = plan.world.now + 1_500;
    this.workers = Array.from({ length: plan.workers }, () => ({ alive: true, run: null, asks: 0, held: null }));
    const machine = { steps: plan.steps, deadlineAt: plan.deadlineAt, escalatedAt: null };
    this.row = { ...machine, state: stateOf(machine, new Date(this.world.now)), attempts: 0, ended: false };
  }

  *run(): Generator<Ask, Ended, Answer> {
    const { world, plan } = this;
    const { steps, deadlineAt, escalatedAt, state } = this.row;
    yield { op: 'insert', machine: { steps, deadlineAt, escalatedAt }, state, now: world.now, dueAt: this.dueAt };
    for (const at of plan.deliveries) this.at(at, () => this.wake());
    for (const { at, what } of plan.meddling) this.at(at, () => this.meddle(what));
    this.wakeSoon(world.now + 1_500);
    while (this.events.length > 0 && !this.row.ended) {
      const event = this.pop();
      if (event.at > plan.endAt) break;
      world.now = Math.max(world.now, event.at);
      const doing = event.do();
      if (doing) yield* doing;
    }
    yield* this.afterwards();
    return this.ended();
  }

  /** Late and repeated deliveries, long after everything: they must change nothing. */
  private *afterwards(): Generator<Ask, void, Answer> {
    if (!this.row.ended) return;
    this.world.now += 60_000;
    const before = JSON.stringify([...this.world.effects]);
    for (let i = 0; i < 3; i++) yield* this.wake();
    for (let steps = 0; this.events.length > 0 && steps < 200; steps++) {
      const event = this.pop();
      this.world.now = Math.max(this.world.now, event.at);
      const doing = event.do();
      if (doing) yield* doing;
    }
    if (!this.row.ended) this.faults.push('what had ended began again');
    if (before !== JSON.stringify([...this.world.effects])) this.faults.push('something was done after the end');
  }

  private ended(): Ended {
    const { world, row, plan, faults, retries, escalations, counts, verifiedAt } = this;
    return { world, row, plan, faults, retries, escalations, counts, verifiedAt };
  }

  private at(at: number, what: Event['do']): void {
    this.events.push({ at, seq: this.seq++, do: what });
  }

  private pop(): Event {
    let first = 0;
    for (let i = 1; i < this.events.length; i++) {
      const [a, b] = [this.events[i] as Event, this.events[first] as Event];
      if (a.at < b.at || (a.at === b.at && a.seq < b.seq)) first = i;
    }
    const [event] = this.events.splice(first, 1);
    return event as Event;
  }

  private get faulty(): boolean {
    return this.world.now < this.plan.wellAt;
  }

  /** The sweep: some worker looks, soon after it is due. */
  private wakeSoon(at: number): void {
    const when = Math.max(at, this.world.now) + this.random.uniform() * 2_000;
    if (when >= this.wakeAt && this.wakeAt > this.world.now) return;
    this.wakeAt = when;
    this.at(when, () => this.wake());
  }

  private *wake(): Generator<Ask, void, Answer> {
    const idle = this.workers.filter((w) => w.alive && w.run === null);
    const worker = idle[Math.floor(this.random.uniform() * idle.length)];
    if (!worker) return this.row.ended ? undefined : this.wakeSoon(this.world.now + 1_000);
    const run = this.work();
    worker.run = run;
    yield* this.resume(worker, run, undefined);
  }

  /** Drives a worker until it has to wait for an answer, or ends. */
  private *resume(worker: Worker, run: Run, given: unknown): Generator<Ask, void, Answer> {
    let value = given;
    worker.asks = 0;
    while (worker.run === run) {
      if (this.faulty && this.random.uniform() < this.plan.crash) return this.crash(worker);
      if (this.faulty && this.random.uniform() < this.plan.stop) {
        this.counts.stops++;
        const later = value;
        this.wakeSoon(Math.max(this.dueAt, this.leaseUntil));
        return this.at(this.world.now + 1_000 + this.random.uniform() * 40_000, () => this.resume(worker, run, later));
      }
      const { done, value: want } = run.next(value);
      if (done || !want) {
        worker.run = null;
        return;
      }
      if ('call' in want) return this.call(worker, run, want);
      value = yield* this.ask(worker, want);
    }
  }

  private crash(worker: Worker): void {
    this.counts.crashes++;
    worker.alive = false;
    worker.run = null;
    this.wakeSoon(Math.max(this.dueAt, this.leaseUntil));
    this.at(this.world.now + 500 + this.random.uniform() * 5_000, () => {
      worker.alive = true;
      return undefined;
    });
  }

  private *ask(worker: Worker, ask: Ask): Generator<Ask, Answer, Answer> {
    const answer = yield ask;
    const { counts } = this;
    if (ask.op === 'due' && !answer && !this.row.ended) this.wakeSoon(Math.max(this.dueAt, this.leaseUntil));
    if (ask.op === 'claim' && answer !== null) {
      counts.claims++;
      if (this.row.ended) this.faults.push('what had ended was claimed');
      this.holder = worker;
      this.row = answer as Row;
      worker.held = { attempts: this.row.attempts };
      this.leaseUntil = this.world.now + leaseMs;
    }
    if (ask.op === 'write') {
      if (answer === null) counts.lost++;
      else this.written(worker, answer as Row);
    }
    if (ask.op === 'release' && answer) {
      this.dueAt = ask.dueAt;
      this.leaseUntil = 0;
      if (!this.row.ended) this.wakeSoon(ask.dueAt);
    }
    return answer;
  }

  private written(worker: Worker, row: Row): void {
    this.counts.writes++;
    if (this.holder !== worker) this.faults.push('who had lost the lease wrote');
    if (this.row.ended && !(row.ended && row.state === 'verified'))
      this.faults.push('what was verified is not any more');
    if (this.row.escalatedAt === null && row.escalatedAt !== null) this.escalations++;
    if (row.state === 'unconfirmed' && row.escalatedAt === null) this.faults.push('unconfirmed, and nobody was told');
    if (row.state === 'verified' && this.row.state !== 'verified')
      this.verifiedAt = { at: this.world.now, truth: truth(this.world), readings: new Map(this.readings) };
    this.row = row;
  }

  /** As `stepRollback` goes. */
  private *work(): Generator<Want, void, unknown> {
    const now = () => new Date(this.world.now);
    if (!(yield { op: 'due', now: this.world.now })) return;
    const claimed = (yield { op: 'claim', now: this.world.now }) as Row | null;
    if (!claimed) return;
    const held = { attempts: claimed.attempts };
    let row: Row | null = claimed;
    while (row) {
      const due = next(row, now());
      if (due.kind !== 'task') break;
      const begun: Machine = { ...begin(row, due.step.id, now()), escalatedAt: row.escalatedAt };
      row = (yield this.write(held, begun, row.state, false)) as Row | null;
      if (!row) return;
      const under = row.steps.find((s) => s.id === due.step.id) as RollbackStep;
      const result = (yield { call: under, attempt: under.attempts }) as TaskResult;
      row = (yield this.settle(held, fold(row, under.id, result, now()))) as Row | null;
    }
    if (row) row = (yield this.settle(held, row)) as Row | null;
    if (!row) return;
    const due = next(row, now());
    const dueAt = due.kind === 'wait' ? due.until : due.kind === 'task' ? now() : null;
    yield { op: 'release', held, now: this.world.now, dueAt: dueAt?.getTime() ?? this.world.now + 3_600_000 };
  }

  private write(held: Held, machine: Machine, state: RollbackState, ended: boolean): Ask {
    return { op: 'write', held, now: this.world.now, machine, state, ended };
  }

  private settle(held: Held, machine: Machine): Ask {
    const now = new Date(this.world.now);
    const state = stateOf(machine, now);
    const tell = this.mutant !== 'tells_people_each_time' ? mustEscalate(machine, now) : state === 'unconfirmed';
    const { steps, deadlineAt } = machine;
    const escalatedAt = tell ? now : machine.escalatedAt;
    if (this.mutant === 'tells_people_each_time' && tell && machine.escalatedAt !== null) this.escalations++;
    return this.write(held, { steps, deadlineAt, escalatedAt }, state, state === 'verified');
  }

  /** The request is on its way whatever becomes of who sent it; the answer finds them, or nobody. */
  private call(worker: Worker, run: Run, { call: step, attempt }: Call): void {
    const { random, world, plan } = this;
    const key = `${rollbackId}/${step.id}${this.mutant === 'a_key_for_each_try' ? `/${attempt}` : ''}`;
    const answer = (after: number, result: TaskResult) =>
      this.at(world.now + after, () => this.resume(worker, run, result));
    const asks = ++this.seq;
    worker.asks = asks;
    this.at(world.now + leaseMs / 3, () => this.renew(worker, run, asks));
    const slow = () => random.uniform() * (this.faulty && random.uniform() < plan.slow ? 30_000 : 400);
    const arrive = (told: (result: TaskResult) => void) => () => {
      told(this.asked(step, key));
      return undefined;
    };
    if (this.faulty && random.uniform() < plan.loses) {
      // Nobody hears of it.
      answer(timeoutMs, unheard);
      return;
    }
    const there = slow();
    const lost = this.faulty && random.uniform() < plan.loses;
    this.at(
      world.now + there,
      arrive((result) => (lost ? answer(timeoutMs, unheard) : answer(slow(), result))),
    );
    // The network says it once more, some time.
    if (random.uniform() < plan.repeats)
      this.at(
        world.now + there + random.uniform() * 120_000,
        arrive(() => {}),
      );
  }

  /** While it waits for the answer; who stands still renews nothing. */
  private *renew(worker: Worker, run: Run, asks: number): Generator<Ask, void, Answer> {
    if (worker.run !== run || worker.asks !== asks || worker.held === null) return;
    if (!(yield { op: 'renew', held: worker.held, now: this.world.now })) return;
    if (this.holder !== worker) this.faults.push('who had lost the lease renewed it');
    this.leaseUntil = this.world.now + leaseMs;
    this.at(this.world.now + leaseMs / 3, () => this.renew(worker, run, asks));
  }

  private asked(step: RollbackStep, key: string): TaskResult {
    const { world } = this;
    const kind = step.work.kind;
    if (this.row.ended) this.counts.late++;
    const is = truth(world);
    let result = handle(world, step, key, fence, this.random);
    if (kind === this.blind) result = { kind: 'done', detail: '' };
    if (
      result.kind === 'done' &&
      (kind === 'read_back' || kind === 'exposure' || kind === 'criteria' || kind === 'check')
    )
      this.readings.set(step.id, { at: world.now, ok: is[kind === 'check' ? 'checks' : kind] });
    return result;
  }

  /** People, and what comes late from before the decision. */
  private *meddle(what: Plan['meddling'][number]['what']): Generator<Ask, void, Answer> {
    const { world } = this;
    if (this.row.ended) return;
    switch (what) {
      case 'late_start':
        // The order to expose the candidate, sent before the decision, arrives once more.
        order(world, { key: 'order/1', fence: 1, state: 'candidate' });
        return;
      case 'changes_plane':
        serve(world, this.random.uniform() < 0.5 ? 'other' : 'candidate');
        return;
      case 'breaks_data':
        world.broken = true;
        return;
      case 'ticks':
        for (const step of this.row.steps) if (step.work.kind === 'person') world.ticked.add(step.id);
        return;
      case 'retries':
        return yield* this.retry();
      case 'behaves':
        world.manner = 'honest';
        return;
      case 'mends':
        world.broken = false;
        if (world.serving !== 'target') serve(world, 'target');
        for (const step of this.row.steps) if (step.work.kind === 'person') world.ticked.add(step.id);
        return yield* this.retry();
    }
  }

  private *retry(): Generator<Ask, void, Answer> {
    const { world } = this;
    const row = (yield {
      op: 'retry',
      now: world.now,
      deadlineAt: retried(this.row, new Date(world.now)).deadlineAt,
    }) as Row | null;
    if (!row) return;
    this.retries++;
    this.holder = null;
    this.row = row;
    this.dueAt = world.now;
    this.leaseUntil = 0;
    this.wakeSoon(world.now);
  }
}

const unheard: TaskResult = { kind: 'wait', detail: 'no answer', afterMs: 1_000 };

/** For a store: a person's retry, or nothing where there is nothing to retry. */
export const retriedRow = (row: Row, now: number): Machine | null =>
  verified(row.steps) ? null : retried(row, new Date(now));
