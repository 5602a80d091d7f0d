/**
 * Twenty thousand random histories of the machine against a model of the world (`jobs/crash/model`). A history that
 * shows a fault is named by its seed, and `replay(seed)` is that history again. The guards are taken out one by one at
 * the end, to see that their absence is found.
 */
import { expect, test } from 'vitest';
import { faultsOf } from '@/jobs/crash/model/faults';
import { type Ended, history, type Mutant } from '@/jobs/crash/model/history';
import { modelStore, type StoreMutant } from '@/jobs/crash/model/store';

const histories = 20_000;

function replay(seed: number, mutants: { machine?: Mutant; store?: StoreMutant } = {}): Ended {
  const run = history(seed, mutants.machine);
  const store = modelStore(mutants.store);
  let step = run.next();
  while (!step.done) step = run.next(store(step.value));
  return step.value;
}

function replayMany(count: number, mutants: Parameters<typeof replay>[1] = {}) {
  const broken: string[] = [];
  const total = { verified: 0, unconfirmed: 0, crashes: 0, stops: 0, lost: 0, late: 0, retries: 0 };
  for (let seed = 1; seed <= count; seed++) {
    const ended = replay(seed, mutants);
    const faults = faultsOf(ended);
    if (faults.length > 0) broken.push(`seed ${seed}: ${faults.join('; ')}`);
    total[ended.row.state === 'verified' ? 'verified' : 'unconfirmed']++;
    for (const name of ['crashes', 'stops', 'lost', 'late'] as const) total[name] += ended.counts[name];
    total.retries += ended.retries;
  }
  return { broken, total };
}

test(`${histories} random histories break nothing`, () => {
  const { broken, total } = replayMany(histories);
  expect(broken.slice(0, 10), `${broken.length} histories`).toEqual([]);
  // Histories in which nothing went wrong would show nothing.
  for (const [name, times] of Object.entries(total)) expect(times, name).toBeGreaterThan(histories / 20);
}, 120_000);

test('the same seed is the same history', () => {
  const told = (seed: number) => JSON.stringify(replay(seed), (_, v) => (v instanceof Map ? [...v] : v));
  expect(told(7)).toBe(told(7));
  expect(told(7)).not.toBe(told(8));
});

test.each<[string, Parameters<typeof replay>[1], RegExp]>([
  ['who lost the lease may write', { store: 'no_fence' }, /who had lost the lease wrote/],
  ['what has ended may be claimed', { store: 'no_end' }, /what had ended was claimed/],
  ['each try has a key of its own', { machine: 'a_key_for_each_try' }, /was done under two keys/],
  ['people are told each time', { machine: 'tells_people_each_time' }, /people were told/],
  ['the plane is not read back', { machine: 'blind:read_back' }, /read_back was never seen to hold/],
  ['exposure is not looked at', { machine: 'blind:exposure' }, /exposure was never seen to hold/],
  ['criteria are not looked at', { machine: 'blind:criteria' }, /criteria was never seen to hold/],
  ['checks are not asked', { machine: 'blind:check' }, /check\/m1 was never seen to hold/],
])('it is found when %s', (_what, mutants, fault) => {
  const { broken } = replayMany(400, mutants);
  expect(broken.some((told) => fault.test(told))).toBe(true);
});
