/**
 * The world outside, for random histories of a rollback: a control plane, webhooks that revert and check, telemetry, and
 * people who meddle. Each keeps a ledger; what is really so is told by `truth`, whatever anybody answers.
 */

import type { Random } from '@/jobs/simulate/random';
import type { RollbackStep, TaskResult } from '@/lib/rollback/model';

export type Serving = 'target' | 'candidate' | 'other';
export type Order = { key: string; fence: number; state: Serving };
export type Manner =
  | 'honest'
  | 'says_yes_and_does_nothing'
  | 'flaps'
  | 'person_changes_it'
  | 'fails'
  | 'fails_after_doing'
  | 'refuses';
export type Truth = { read_back: boolean; exposure: boolean; criteria: boolean; checks: boolean };

export type World = {
  now: number;
  serving: Serving;
  since: number;
  fence: number;
  /** keys that were carried out */
  known: Set<string>;
  /** how often each key had an effect, at the plane or at a webhook */
  effects: Map<string, number>;
  /** reverts, in the order in which they took effect */
  reverted: string[];
  /** Belay's own orders for something else than the target that took effect after the decision */
  reexposed: number;
  migrations: string[];
  /** a person has broken the data by hand; the check says so until somebody mends it */
  broken: boolean;
  /** no telemetry arrives until then */
  silentUntil: number;
  /** the criteria are off for another reason until then */
  offUntil: number;
  /** how long clients go on with what they know */
  lagMs: number;
  healMs: number;
  manner: Manner;
  ticked: Set<string>;
};

/** What a plane reads back as is what it serves; it has no reason to say otherwise, and telemetry would tell. */
export function truth(world: World): Truth {
  const gone = world.serving !== 'candidate' && world.now >= world.since + world.lagMs;
  return {
    read_back: world.serving === 'target',
    exposure: gone,
    criteria: gone && world.now >= Math.max(world.since + world.lagMs + world.healMs, world.offUntil),
    checks: world.migrations.every((name) => world.reverted.includes(name)) && !world.broken,
  };
}

export function serve(world: World, state: Serving): void {
  if (world.serving === 'candidate' && state !== 'candidate') world.since = world.now;
  world.serving = state;
}

const effect = (world: World, key: string) => world.effects.set(key, (world.effects.get(key) ?? 0) + 1);

/** As `lib/plane/CONTRACT.md` has it. */
export function order(world: World, { key, fence, state }: Order): 'yes' | 'conflict' {
  if (world.known.has(key)) return 'yes';
  if (fence < world.fence) return 'conflict';
  if (world.manner === 'says_yes_and_does_nothing') return 'yes';
  if (state === 'candidate' && world.fence > 1) world.reexposed++;
  world.known.add(key);
  world.fence = fence;
  effect(world, key);
  serve(world, state);
  return 'yes';
}

/** What whoever is asked for a step answers, done by what is so there and then. */
export function handle(world: World, step: RollbackStep, key: string, fence: number, random: Random): TaskResult {
  const { work } = step;
  const is = truth(world);
  switch (work.kind) {
    case 'restore':
      return restored(world, key, fence, random);
    case 'revert':
      return revertedNow(world, work.name, key);
    case 'check':
      return is.checks ? done : { ...failed, retryAfterMs: random.uniform() < 0.7 ? 10_000 : null };
    case 'call':
      if (world.manner === 'fails') return failed;
      if (!world.known.has(key)) effect(world, key);
      world.known.add(key);
      return world.manner === 'fails_after_doing' ? failed : done;
    case 'read_back':
      if (world.manner === 'fails') return failed;
      return is.read_back ? done : { ...failed, retryAfterMs: 20_000 };
    case 'exposure':
      if (world.now < world.silentUntil) return wait(15_000);
      return is.exposure ? done : wait(15_000);
    case 'criteria':
      if (world.now < world.silentUntil) return wait(20_000);
      return is.criteria ? done : wait(20_000);
    case 'person':
      return world.ticked.has(step.id) ? done : wait(30_000);
    case 'serve':
      return is.read_back ? done : wait(1_000);
  }
}

const done: TaskResult = { kind: 'done', detail: '' };
const failed = { kind: 'failed' as const, detail: 'no', next: 'do something', retryAfterMs: 1_000 as number | null };
const wait = (afterMs: number): TaskResult => ({ kind: 'wait', detail: '', afterMs });

/** As a delivery does it: the order, and then what reads back; nothing is taken for done that was only answered. */
function restored(world: World, key: string, fence: number, random: Random): TaskResult {
  if (world.manner === 'fails') return wait(1_000);
  if (world.manner === 'refuses') return { ...failed, retryAfterMs: null };
  const before = world.serving;
  const fresh = !world.known.has(key);
  const said = order(world, { key, fence, state: 'target' });
  if (world.manner === 'fails_after_doing') return wait(1_000);
  if (said === 'conflict') return { ...failed, retryAfterMs: null };
  const reads = world.serving === 'target' && world.known.has(key);
  if (fresh && world.known.has(key)) {
    if (world.manner === 'flaps' && random.uniform() < 0.5) serve(world, before);
    if (world.manner === 'person_changes_it') serve(world, random.uniform() < 0.5 ? 'other' : 'candidate');
  }
  if (reads) return done;
  return world.known.has(key) ? { ...failed, retryAfterMs: null } : wait(1_000);
}

function revertedNow(world: World, name: string, key: string): TaskResult {
  if (world.manner === 'fails') return failed;
  if (!world.known.has(key)) {
    world.known.add(key);
    effect(world, key);
    world.reverted.push(name);
  }
  return world.manner === 'fails_after_doing' ? failed : done;
}
