/**
 * From a person's decision to the baseline served, and to the proof: receivers and worker as processes of their own on a
 * PostgreSQL of their own with `fsync` on, and a control plane of somebody else that is read back.
 *
 * The flip is fast; the proof is not, and cannot be: telemetry is looked at in whole bins of 10 s, from 2 s after the
 * switch and until 5 s after their end, and the criteria in two windows of 30 s after that. So whole verification takes a
 * minute and a half at the least, whatever the machine.
 */
import { openPlane } from '@/jobs/crash/plane';
import { startReceiver } from '@/jobs/receiver/process';
import type { Context } from '@/lib/context';
import { putFeature } from '@/lib/feature/feature';
import { openReceiver } from '@/lib/otlp/receive';
import { openQueue } from '@/lib/queue/queue';
import { createRollout, perform } from '@/lib/rollout/rollout';
import type { Figure } from './figure';
import { requestsBody, requestsPlan } from './requests';
import { median, openStage, type Stage } from './stage';

const runs = 3;
const flipsInRun = 20;
const proofs = 5;
const environment = 'production';
const second = 1_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

type Bench = { stage: Stage; ctx: Context; ports: number[]; planeId: string; close: () => Promise<void> };

export async function benchRollback(): Promise<Figure[]> {
  const bench = await openBench();
  try {
    const served: number[][] = [];
    const readBack: number[][] = [];
    for (let run = 0; run < runs; run++) {
      served.push(await flips(bench, `served-${run}`, 'builtin', waitForReceivers));
      readBack.push(await flips(bench, `plane-${run}`, bench.planeId, waitForPlane));
    }
    const proven = await provenAtOnce(bench);
    return [
      ...figures('decision → every listener serves the baseline', served, '≤ 2,000'),
      ...figures('decision → an outside plane reads back as wanted', readBack, ''),
      ...figures('decision → verified: read back, exposure, criteria', [proven], '', proofs),
      { name: '  of it waited for whole bins and windows, at the least', value: 82 * second, unit: 'ms', target: '' },
    ];
  } finally {
    await bench.close();
  }
}

function figures(name: string, all: number[][], target: string, each = flipsInRun): Figure[] {
  const at = (values: number[], q: number) =>
    values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.ceil(q * values.length) - 1)] ?? 0;
  const of = all.length === 1 ? `of ${each}` : `of ${each}, median of ${all.length} runs`;
  return [0.5, 0.99].map((q) => ({
    name: `${name}, p${q * 100} ${of}`,
    value: Math.round(median(all.map((values) => at(values, q)))),
    unit: 'ms',
    target,
  }));
}

/** One after the other; in milliseconds. */
async function flips(
  bench: Bench,
  name: string,
  plane: string,
  wait: (bench: Bench, feature: string) => Promise<void>,
): Promise<number[]> {
  const took: number[] = [];
  for (let i = 0; i < flipsInRun; i++) {
    const feature = `${name}-${i}`;
    const id = await exposed(bench, feature, plane);
    const began = performance.now();
    const ordered = perform(bench.ctx, id, 'roll-back', { reason: 'bench' });
    await wait(bench, feature);
    took.push(performance.now() - began);
    await ordered;
  }
  return took;
}

async function exposed({ ctx, stage, ports }: Bench, feature: string, plane: string): Promise<string> {
  const versions = { control: false, treatment: true };
  await putFeature(ctx, { key: feature, owner: 'bench', versions, baseline: 'control', plane });
  const { id } = await createRollout(ctx, requestsPlan(feature).replace('minSamples: 1000', 'minDuration: 1h'));
  await perform(ctx, id, 'start', { reason: 'bench' });
  if (plane !== 'builtin') await confirmed(stage, feature);
  else for (const port of ports) while ((await versionAt(port, feature)) !== 'treatment') await pause(2);
  return id;
}

/** Somebody who is among the exposed half. */
const users = Array.from({ length: 40 }, (_, i) => `user-${i}`);
async function versionAt(port: number, feature: string): Promise<string> {
  const seen = await Promise.all(
    users.slice(0, 12).map(async (targetingKey) => {
      const answer = await fetch(`http://127.0.0.1:${port}/ofrep/v1/evaluate/flags/${feature}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ context: { targetingKey } }),
      });
      return ((await answer.json()) as { variant: string }).variant;
    }),
  );
  return seen.includes('treatment') ? 'treatment' : 'control';
}

async function waitForReceivers({ ports }: Bench, feature: string): Promise<void> {
  await Promise.all(
    ports.map(async (port) => {
      while ((await versionAt(port, feature)) !== 'control') await pause(2);
    }),
  );
}

async function waitForPlane({ stage }: Bench, feature: string): Promise<void> {
  for (;;) {
    const [row] = await stage.database.sql`select steps from rollback where feature_key = ${feature}`;
    const steps = (row?.steps ?? []) as Array<{ id: string; state: string }>;
    if (steps.some((s) => s.id === 'restore' && s.state === 'done')) return;
    await pause(5);
  }
}

async function confirmed({ database }: Stage, feature: string): Promise<void> {
  for (;;) {
    const [row] = await database.sql`select state from plane_delivery where feature_key = ${feature}`;
    if (row?.state === 'confirmed') return;
    await pause(10);
  }
}

/** Rolled back all at once, with telemetry of the baseline going on, in real time. */
async function provenAtOnce(bench: Bench): Promise<number[]> {
  const { stage, ctx, planeId } = bench;
  const receiver = openReceiver({ database: stage.database, now: () => new Date() });
  const features = Array.from({ length: proofs }, (_, i) => `proof-${i}`);
  const report = async (at: number) => {
    for (const feature of features) {
      const traffic = [{ version: 'control', cohort: 'eu', ok: 495, bad: 5 }];
      const body = requestsBody({ feature, environment, at, overMs: second, traffic });
      await receiver.receive({
        path: '/v1/metrics',
        method: 'POST',
        contentType: 'application/json',
        environment: null,
        body,
      });
    }
  };
  const now = Date.now();
  for (let at = now - 300 * second; at < now; at += 10 * second) await report(at);
  await pause(2 * second);
  const ids = await Promise.all(features.map((feature) => exposed(bench, feature, planeId)));
  let over = false;
  const shop = (async () => {
    while (!over) {
      await report(Date.now());
      await pause(second);
    }
  })();
  const took = await Promise.all(
    ids.map(async (id) => {
      const began = performance.now();
      await perform(ctx, id, 'roll-back', { reason: 'bench' });
      for (;;) {
        const [row] = await stage.database.sql`select state from rollback where rollout_id = ${id}`;
        if (row?.state === 'verified') return performance.now() - began;
        if (performance.now() - began > 300 * second) throw new Error(`the rollback is ${row?.state} after 5 minutes`);
        await pause(100);
      }
    }),
  );
  over = true;
  await shop;
  await receiver.close();
  return took;
}

async function openBench(): Promise<Bench> {
  const stage = await openStage({ worker: true });
  const another = await startReceiver({ databaseUrl: stage.databaseUrl });
  const queue = openQueue({ databaseUrl: stage.databaseUrl });
  const ctx: Context = {
    db: stage.database.db,
    now: () => new Date(),
    enqueue: queue.enqueue,
    // By themselves rules may roll back a few times an hour.
    actor: { kind: 'person', id: 'per_bench', name: 'bench', role: 'admin', environment: null },
  };
  const { plane, planeId } = await openPlane(ctx);
  return {
    ...{ stage, ctx, planeId, ports: [stage.port, another.port] },
    close: async () => {
      await queue.close();
      await another.end('SIGTERM');
      await stage.close();
      await plane.close();
    },
  };
}
