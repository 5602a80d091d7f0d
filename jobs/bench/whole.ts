/**
 * All of it: received, committed, folded and judged, by receiver, worker and PostgreSQL as in production, under the load
 * of `ingest` stamped with the time at which it is sent, with a rollout that is judged on it all along.
 */
import { gunzipSync } from 'node:zlib';
import type { Context } from '@/lib/context';
import { putFeature } from '@/lib/feature/feature';
import { createRollout, perform } from '@/lib/rollout/rollout';
import type { Figure } from './figure';
import { makeBodies, openSender, pointsPerRequest, sendAll } from './load';
import { cpuOf, median, openStage, type Stage } from './stage';

const instances = 50;
const warmTicks = 20;
const rounds = 9;
const ticks = 10;
const atOnce = 8;
/** About as fast as one receiver takes 50 requests. */
const stepMs = 100;

export async function whole(): Promise<Figure[]> {
  const stage = await openStage({ worker: true });
  try {
    const clock = { originMs: Date.now(), stepMs };
    const warm = makeBodies({ instances, ticks: warmTicks, clock });
    const bodies = Array.from({ length: rounds }, (_, i) =>
      makeBodies({ instances, ticks, fromTick: warmTicks + i * ticks, clock }),
    );
    await startRollout(stage, clock.originMs);
    const sender = openSender(stage.port, atOnce);
    await sendAll(sender, warm, atOnce);
    await folded(stage);
    const measured: Round[] = [];
    for (const some of bodies) measured.push(await measure(stage, some, () => sendAll(sender, some, atOnce)));
    sender.close();
    return figures(stage, measured);
  } finally {
    await stage.close();
  }
}

type Round = { receiver: number; worker: number; postgres: number; gunzip: number };

/** Gunzip is measured right before and after: what else the machine does then weighs on both alike. */
async function measure(stage: Stage, bodies: Buffer[], work: () => Promise<void>): Promise<Round> {
  const inflate = () => {
    for (const body of bodies) gunzipSync(body);
  };
  inflate();
  const first = cpuOf(inflate);
  const before = stage.cpu();
  await work();
  await folded(stage);
  const after = stage.cpu();
  return {
    receiver: after.receiver - before.receiver,
    worker: after.worker - before.worker,
    postgres: after.postgres - before.postgres,
    gunzip: (first + cpuOf(inflate)) / 2,
  };
}

async function figures(stage: Stage, measured: Round[]): Promise<Figure[]> {
  const before = stage.cpu();
  // The checkpoint that it owes, and its way out: once for all rounds, in production once every 30 s.
  const ending = (await stage.endWorker()) - before.worker + stage.cpu().postgres - before.postgres;
  const all = (r: Round) => r.receiver + r.worker + r.postgres + ending / measured.length;
  const times = (name: string, cpu: (r: Round) => number, target = ''): Figure => {
    return { name, value: median(measured.map((r) => cpu(r) / r.gunzip)), unit: '×', target };
  };
  const points = instances * ticks * pointsPerRequest;
  return [
    times('CPU to gunzipping the same bodies, all of it', all, '≤ 12'),
    times('  of it the receiver', (r) => r.receiver),
    times('  of it the worker, folding and judging', (r) => r.worker),
    times('  of it PostgreSQL', (r) => r.postgres),
    times("  of it the fold's checkpoint", () => ending / measured.length),
    { name: 'points a CPU-second, all of it', value: points / median(measured.map(all)), unit: 'points', target: '' },
    { name: 'looks meanwhile', value: await looks(stage), unit: 'looks', target: '' },
  ];
}

const plan = `
feature: new-checkout
environment: production
owner: bench
baseline: control
candidate: treatment
holdback: 10
stages:
  - { name: half, exposure: { "*": 50 }, minDuration: 24h }
criteria:
  - { name: p99, kind: guardrail, measure: quantile, q: 0.99, metric: http.server.request.duration, against: baseline,
      better: lower, margin: 10% }
  - { name: errors, kind: guardrail, measure: share, metric: http.server.request.duration,
      of: { http.response.status_code: 5xx }, against: baseline, better: lower, margin: 0.5pp }
  - { name: queue, kind: diagnostic, measure: value, metric: shop.queue.depth, against: baseline, better: lower,
      margin: 10% }
`;

async function startRollout(stage: Stage, atMs: number): Promise<void> {
  const ctx: Context = {
    db: stage.database.db,
    now: () => new Date(atMs),
    enqueue: async () => {},
    actor: { kind: 'rule', id: 'bench', name: 'bench', environment: null },
  };
  const versions = { control: false, treatment: true };
  await putFeature(ctx, { key: 'new-checkout', owner: 'bench', versions, baseline: 'control' });
  const { id } = await createRollout(ctx, plan);
  await perform(ctx, id, 'start', { reason: 'bench' });
}

async function folded({ database }: Stage): Promise<void> {
  for (;;) {
    const [row] = await database.sql<[{ left: number }]>`
      select count(*)::int as left from (select 1 from ledger_pending limit 1) p`;
    if (row.left === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function looks({ database }: Stage): Promise<number> {
  const [row] = await database.sql<[{ n: number }]>`select count(*)::int as n from look`;
  return row.n;
}
