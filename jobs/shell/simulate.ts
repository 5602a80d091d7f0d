/**
 * `npm run simulate [-- --quick] [--seed N] [--rollouts N] [--only TEXT] [--out FOLDER]`: judges simulated rollouts and
 * prints how often the judge is wrong and how fast it is right. The same seed gives the same table. Ends with 1 when a
 * case misses what it must reach.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { cases } from '../simulate/cases';
import { curveSvg } from '../simulate/curve';
import type { Ran } from '../simulate/run';
import { assess, tally } from '../simulate/tally';
import type { Answer, Order } from '../simulate/worker';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    rollouts: { type: 'string' },
    only: { type: 'string' },
    out: { type: 'string' },
  },
});
const seed = Number(options.seed);
const chunk = 25;

function rolloutsOf(full: number): number {
  if (options.rollouts) return Number(options.rollouts);
  return options.quick ? Math.min(200, full) : full;
}

function orders(): Order[] {
  const out: Order[] = [];
  for (const [index, given] of cases.entries()) {
    if (options.only && !given.name.includes(options.only)) continue;
    const total = rolloutsOf(given.must.rollouts);
    for (let from = 0; from < total; from += chunk)
      out.push({ case: index, seed, from, to: Math.min(total, from + chunk) });
  }
  return out;
}

/** Every thread takes the next order when it has answered one. */
async function work(todo: Order[], told: (answer: Answer) => void): Promise<void> {
  const threads = Math.min(2, availableParallelism());
  let next = 0;
  await Promise.all(
    Array.from({ length: threads }, () => {
      const worker = new Worker(new URL('../simulate/start.mjs', import.meta.url));
      return new Promise<void>((done, failed) => {
        const take = () => {
          const order = todo[next++];
          if (order) worker.postMessage(order);
          else worker.terminate().then(() => done(), failed);
        };
        worker.on('message', (answer: Answer) => {
          told(answer);
          take();
        });
        worker.on('error', failed);
        take();
      });
    }),
  );
}

const runs = new Map<number, Ran[]>();
const todo = orders();
let done = 0;
const started = Date.now();
await work(todo, (answer) => {
  runs.set(answer.case, [...(runs.get(answer.case) ?? []), ...answer.runs]);
  done++;
  const leftS = Math.round(((Date.now() - started) / done / 1000) * (todo.length - done));
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${todo.length} parts, about ${leftS} s left   `);
  else if (done % 100 === 0) process.stderr.write(`${done} of ${todo.length} parts, about ${leftS} s left\n`);
});
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');

if (options.out) mkdirSync(options.out, { recursive: true });
let missed = 0;
let looks = 0;
console.log('| case | must | is | |\n|---|---|---|---|');
for (const [index, all] of [...runs].sort(([a], [b]) => a - b)) {
  const given = cases[index];
  if (!given) continue;
  const sum = tally(given, all);
  looks += sum.looks;
  const { good, need, got } = assess(given, sum);
  if (!good) missed++;
  console.log(`| ${given.name} | ${need} | ${got} | ${good ? 'ok' : 'MISSED'} |`);
  if (options.out && given.must.kind !== 'quiet') {
    const name = given.name.replace(/[^a-z0-9]+/gi, '-').toLowerCase();
    writeFileSync(join(options.out, `${name}.svg`), curveSvg(given.name, sum, given.looks - given.healthy));
  }
}
const cpu = process.cpuUsage();
const aSecond = Math.round(looks / ((cpu.user + cpu.system) / 1e6)).toLocaleString('en');
console.log(
  `\nseed ${seed}; α = 1 %; ${looks.toLocaleString('en')} looks, ${aSecond} a CPU-second with drawing the data.`,
);
process.exitCode = missed > 0 ? 1 : 0;
