/** What is drawn for a history before it begins. */

import type { Random } from '@/jobs/simulate/random';
import { wholeMs } from '@/lib/rollback/machine';
import type { RollbackStep } from '@/lib/rollback/model';
import { stepsOf } from '@/lib/rollback/steps';
import { defaultRunbook } from '@/lib/runbook/default';
import type { RunbookStep } from '@/lib/runbook/model';
import type { Manner, World } from './world';

const meddlings = ['late_start', 'changes_plane', 'breaks_data', 'ticks', 'retries', 'behaves', 'mends'] as const;

export type Plan = {
  steps: RollbackStep[];
  world: World;
  deadlineAt: Date;
  workers: number;
  /** of each thing that a worker does, until the world is well again */
  crash: number;
  stop: number;
  loses: number;
  slow: number;
  repeats: number;
  /** when the queue wakes somebody: too often, too late, or not at all */
  deliveries: number[];
  meddling: Array<{ at: number; what: (typeof meddlings)[number] }>;
  /** from then on nothing goes wrong any more */
  wellAt: number;
  /** somebody does what there is to do, afterwards, until it is verified */
  helped: boolean;
  endAt: number;
};

const begins = Date.UTC(2026, 10, 22, 10);
const minute = 60_000;

export function planOf(random: Random): Plan {
  const chance = (p: number) => random.uniform() < p;
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random.uniform() * of.length)] as T;
  const between = (low: number, high: number) => low + random.uniform() * (high - low);
  const migrations = Array.from({ length: Math.floor(between(0, 4)) }, (_, i) => `m${i + 1}`);
  const steps = stepsOf({
    runbook: { steps: runbookOf(chance) },
    plane: 'pln_model',
    builtin: false,
    switchable: true,
    reverts: migrations.map((name) => ({ id: name, name, owner: 'o', how: 'webhook' as const })).reverse(),
    checks: migrations.slice(0, 2).map((name) => ({ check: checkOf(name), owner: null })),
  });
  const wellAt = begins + between(5_000, chance(0.2) ? 20 * minute : 3 * minute);
  // The whole has fifteen minutes from the decision, or from the last time that people try again.
  const endAt = wellAt + 22 * minute;
  const helped = chance(0.6);
  const manners: Manner[] = [
    'says_yes_and_does_nothing',
    'flaps',
    'person_changes_it',
    'fails',
    'fails_after_doing',
    'refuses',
  ];
  const meddling = Array.from({ length: Math.floor(between(0, 6)) }, () => ({
    at: begins + random.uniform() * (wellAt - begins),
    what: pick(meddlings),
  }));
  meddling.push({ at: wellAt, what: 'behaves' });
  if (helped) for (const after of [1, 3, 6]) meddling.push({ at: wellAt + after * minute, what: 'mends' });
  return {
    steps,
    deadlineAt: new Date(begins + wholeMs),
    workers: 1 + Math.floor(between(0, 4)),
    crash: pick([0, 0.01, 0.05, 0.2]),
    stop: pick([0, 0, 0.02, 0.1]),
    loses: pick([0, 0.1, 0.4]),
    slow: pick([0, 0.1, 0.5]),
    repeats: pick([0, 0.2, 0.8]),
    deliveries: Array.from({ length: Math.floor(between(0, 8)) }, () => begins + random.uniform() * 2 * minute),
    meddling,
    wellAt,
    helped,
    endAt,
    world: {
      now: begins,
      serving: 'candidate',
      since: begins,
      fence: 1,
      known: new Set(chance(0.5) ? ['order/1'] : []),
      effects: new Map(),
      reverted: [],
      reexposed: 0,
      migrations,
      broken: false,
      silentUntil: chance(0.15) ? begins + random.uniform() * (wellAt - begins) : 0,
      offUntil: chance(0.15) ? begins + random.uniform() * (wellAt - begins) : 0,
      lagMs: between(0, 20_000),
      healMs: between(0, 30_000),
      manner: chance(0.4) ? 'honest' : pick(manners),
      ticked: new Set(),
    },
  };
}

function runbookOf(chance: (p: number) => boolean): RunbookStep[] {
  const base = { title: 't', expected: '', how: '' };
  const call: RunbookStep = { ...base, act: 'call', name: 'purge', webhook: 'w', body: {}, timeoutMs: 1_000 };
  const person: RunbookStep = { ...base, act: 'person', name: 'look', who: '', blocking: chance(0.6) };
  return defaultRunbook.steps.flatMap((step) => [
    ...(step.act === 'read_back' && chance(0.3) ? [call] : []),
    ...(step.act === 'integrity' && chance(0.2) ? [person] : []),
    step,
  ]);
}

const checkOf = (name: string) => ({
  kind: 'webhook' as const,
  name,
  webhook: 'w',
  body: {},
  timeoutMs: 1_000,
  onFailure: '',
});
