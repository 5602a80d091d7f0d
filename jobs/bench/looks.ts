/** How fast the judge is: closing a bin and looking at what is known, alone, on data drawn beforehand. */

import { type Random, randomFrom } from '@/jobs/simulate/random';
import { absorb, type JudgeState, look, startJudge } from '@/lib/criterion/judge';
import { type Arm, type Bin, type CriterionInput, criterionInput } from '@/lib/criterion/model';
import type { Figure } from './figure';
import { median } from './stage';

const requests = 500;
const looksEach = 240;
const runs = 7;
/** A month of bins of ten seconds. */
const month = 250_000;
const early = 1_000;
const window = 4_000;

type Kind = { name: string; criterion: Partial<CriterionInput>; draw: (r: Random) => Arm; rollouts: number };
const quantile: Partial<CriterionInput> = { measure: 'quantile', q: 0.99 };
const kinds: Record<'share' | 'explicit' | 'exponential', Kind> = {
  share: { name: 'share', criterion: { measure: 'share', of: { status: '5xx' } }, draw: errors, rollouts: 60 },
  explicit: { name: 'quantile, 14 buckets', criterion: quantile, draw: latencies, rollouts: 12 },
  exponential: { name: 'quantile, exponential', criterion: quantile, draw: fineLatencies, rollouts: 12 },
};

export async function benchLooks(): Promise<Figure[]> {
  const { share, explicit, exponential } = kinds;
  return [
    { name: `looks, ${share.name}`, value: looksPerSecond(share), unit: 'a CPU-second', target: '≥ 50,000' },
    { name: `looks, ${explicit.name}`, value: looksPerSecond(explicit), unit: 'a CPU-second', target: '≥ 5,000' },
    { name: `looks, ${exponential.name}`, value: looksPerSecond(exponential), unit: 'a CPU-second', target: '≥ 5,000' },
    { name: 'cost of a look after a month, share', value: afterAMonth(share), unit: 'of one after 1,000', target: '' },
  ];
}

function looksPerSecond(kind: Kind): number {
  const bins = drawn(kind, kind.rollouts * looksEach, 1);
  const rates: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const before = process.cpuUsage();
    for (let rollout = 0; rollout < kind.rollouts; rollout++)
      judged(started(kind), bins.slice(rollout * looksEach, (rollout + 1) * looksEach), true);
    const { user, system } = process.cpuUsage(before);
    // The first run is for the compiler.
    if (run > 0) rates.push((kind.rollouts * looksEach) / ((user + system) / 1e6));
  }
  return median(rates);
}

/** Both windows are run in turns, so a busy machine slows both. */
function afterAMonth(kind: Kind): number {
  const bins = drawn(kind, window, 2);
  const begun = judged(started(kind), repeated(bins, early), false);
  const long = judged(begun, repeated(bins, month - early), false);
  const ratios: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const cost = [begun, long].map((state) => {
      const before = process.cpuUsage();
      // A window short enough that the younger stays young.
      for (let i = 0; i < 16; i++) judged(state, bins.slice(i * 250, (i + 1) * 250), true);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    });
    if (run > 0) ratios.push((cost[1] as number) / (cost[0] as number));
  }
  return median(ratios);
}

function* repeated(bins: Array<Map<string, Bin>>, count: number): Generator<Map<string, Bin>> {
  for (let i = 0; i < count; i++) yield bins[i % bins.length] as Map<string, Bin>;
}

function judged(from: JudgeState, bins: Iterable<Map<string, Bin>>, looking: boolean): JudgeState {
  let state = from;
  for (const bin of bins) {
    state = absorb(state, bin);
    if (looking && look(state).overall.outcome === 'no_data') throw new Error('nothing was judged');
  }
  return state;
}

function started({ name, criterion }: Kind): JudgeState {
  const input = { name, kind: 'guardrail', metric: 'metric', measure: 'share', better: 'lower', ...criterion } as const;
  return startJudge(criterionInput.parse(input), { alpha: 0.01, unit: 's' });
}

function drawn({ draw }: Kind, count: number, seed: number): Array<Map<string, Bin>> {
  const r = randomFrom(seed, 0);
  return Array.from({ length: count }, () => new Map([['', { at: '', baseline: draw(r), candidate: draw(r) }]]));
}

function errors(r: Random): Arm {
  return { n: requests, k: r.binomial(requests, 0.01) };
}

const bounds = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500];
function latencies(r: Random): Arm {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  for (let i = 0; i < requests; i++) {
    const value = 120 * Math.exp(0.6 * r.normal());
    let at = 0;
    while (at < bounds.length && value > (bounds[at] as number)) at++;
    counts[at] = (counts[at] as number) + 1;
  }
  return { bounds, counts };
}

const scale = 3;
function fineLatencies(r: Random): Arm {
  const at = Array.from(
    { length: requests },
    () => Math.ceil(Math.log2(120 * Math.exp(0.6 * r.normal())) * 2 ** scale) - 1,
  );
  const offset = Math.min(...at);
  const counts = new Array<number>(Math.max(...at) - offset + 1).fill(0);
  for (const i of at) counts[i - offset] = (counts[i - offset] as number) + 1;
  return { scale, zeroCount: 0, offset, counts };
}
