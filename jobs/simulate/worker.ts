/** A thread of the simulation: judges the rollouts it is told to, answers what came of them. */
import { parentPort } from 'node:worker_threads';
import { cases } from './cases';
import { type Ran, runOne } from './run';

export type Order = { case: number; seed: number; from: number; to: number };
export type Answer = { case: number; runs: Ran[]; tookMs: number };

parentPort?.on('message', (order: Order) => {
  const given = cases[order.case];
  const runs: Ran[] = [];
  const started = performance.now();
  for (let i = order.from; given && i < order.to; i++) runs.push(runOne(given, order.seed, i));
  parentPort?.postMessage({ case: order.case, runs, tookMs: performance.now() - started } satisfies Answer);
});
