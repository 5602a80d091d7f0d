/** Shares the rollouts of all cases out to threads, and says on standard error how far that is. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Case } from './cases';
import type { Ran } from './run';
import type { Answer, Order } from './worker';

/** Which case (its number in `cases`), and how many rollouts of it. */
export type Wanted = { index: number; given: Case; rollouts: number };
type Pile = Wanted & { next: number; runs: Ran[]; tookMs: number };

const firstPart = 4;
const partMs = 2_000;
const tellMs = 10_000;

/** Every rollout has its own number, so neither threads nor parts change what is drawn. */
export async function simulate(
  wanted: Wanted[],
  seed: number,
  finished: (done: Wanted, runs: Ran[]) => void,
): Promise<void> {
  const piles = wanted.map((w): Pile => ({ ...w, next: 0, runs: [], tookMs: 0 }));
  const threads = availableParallelism();
  const started = Date.now();
  const telling = setInterval(() => process.stderr.write(`${progress(piles, threads, started)}\n`), tellMs);
  const answered = ({ case: index, runs, tookMs }: Answer) => {
    const pile = piles.find((p) => p.index === index) as Pile;
    pile.runs.push(...runs);
    pile.tookMs += tookMs;
    if (pile.runs.length < pile.rollouts) return;
    finished(pile, pile.runs);
    pile.runs = new Array(pile.rollouts);
  };
  try {
    await Promise.all(Array.from({ length: threads }, () => thread(() => nextOrder(piles, seed), answered)));
  } finally {
    clearInterval(telling);
  }
}

/** A few of every case first, which tells how long each takes; then case by case in parts of some seconds. */
function nextOrder(piles: Pile[], seed: number): Order | null {
  const pile = piles.find((p) => p.next === 0) ?? piles.find((p) => p.next < p.rollouts);
  if (!pile) return null;
  const perRollout = pile.tookMs / Math.max(1, pile.runs.length);
  const size = pile.next === 0 || perRollout === 0 ? firstPart : Math.ceil(partMs / perRollout);
  const from = pile.next;
  pile.next = Math.min(pile.rollouts, from + Math.max(1, size));
  return { case: pile.index, seed, from, to: pile.next };
}

function thread(next: () => Order | null, answered: (answer: Answer) => void): Promise<void> {
  const worker = new Worker(new URL('./start.mjs', import.meta.url));
  return new Promise((done, failed) => {
    const take = () => {
      const order = next();
      if (order) worker.postMessage(order);
      else worker.terminate().then(() => done(), failed);
    };
    worker.on('message', (answer: Answer) => {
      answered(answer);
      take();
    });
    worker.on('error', failed);
    take();
  });
}

function progress(piles: Pile[], threads: number, started: number): string {
  const total = piles.reduce((sum, p) => sum + p.rollouts, 0);
  const done = piles.reduce((sum, p) => sum + p.runs.length, 0);
  const elapsed = `${minutes(Date.now() - started)} gone`;
  if (piles.some((p) => p.runs.length === 0))
    return `${done} of ${total} rollouts, ${elapsed}, time left not known yet`;
  const leftMs = piles.reduce((ms, p) => ms + (p.tookMs / p.runs.length) * (p.rollouts - p.runs.length), 0) / threads;
  const now = piles.find((p) => p.runs.length < p.rollouts);
  return `${done} of ${total} rollouts, ${elapsed}, about ${minutes(leftMs)} left; now ${now?.given.name ?? 'done'}`;
}

function minutes(ms: number): string {
  return ms < 90_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}
