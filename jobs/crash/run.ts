/**
 * One run: a feature that is rolled back, a worker that is killed at a point of it, another that goes on, and what is so
 * in the end.
 */
import type { Failpoint } from '@/lib/failpoint';
import { retryRollback } from '@/lib/rollback/person';
import { perform } from '@/lib/rollout/rollout';
import type { Bed } from './bed';
import { startWorker, type Worker } from './child';
import { leasesRunOut, pass, rollbackRow, waitOf, waitsAreOver } from './passing';
import { environment, feature, prepare, type Stage } from './prepare';
import type { Scene } from './scene';
import { violationsOf } from './verify';

export type Outcome = {
  scene: Scene;
  /** where a worker died */
  reached: Failpoint[];
  violations: string[];
  tookMs: number;
};
export type Options = { realTime?: boolean };

const endsWithinMs = 240_000;
const realTimeMs = 400_000;
const lookEveryMs = 60;
/** A slow machine must not let the time of a proof pass so often that the rollback's own deadline does. */
const mostPasses = 2;
const reportEveryMs = 2_000;
/** Points after the last write are reached a moment after everything is as it should be. */
const momentMs = 3_000;

const reason = 'it is broken';
const idle = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function runOnce(bed: Bed, scene: Scene, lane: number, options: Options = {}): Promise<Outcome> {
  const began = Date.now();
  const stage = await prepare(bed, scene, lane);
  const world = openWorld(stage, options);
  const { databaseUrl, redisUrl } = stage;
  const reached: Failpoint[] = [];
  const violations: string[] = [];
  let worker: Worker | null = null;
  let decided = false;
  try {
    for (const { failpoint, nth } of scene.deaths) {
      worker = startWorker({ databaseUrl, redisUrl, failpoint: `${failpoint}:${nth}` });
      if (scene.decidedBy === 'person' && !decided) await perform(stage.ctx, stage.rolloutId, 'roll-back', { reason });
      decided = true;
      await world.until(worker, momentMs);
      const over = worker.over();
      // It has got to the end without coming there so often.
      if (!over) break;
      if (over.signal === 'SIGKILL') reached.push(failpoint);
      else violations.push(`the worker ended by itself: ${worker.output().slice(-500)}`);
      await world.afterDeath();
      worker = null;
    }
    worker ??= startWorker({ databaseUrl, redisUrl });
    await world.until(worker, 0);
    violations.push(...(await violationsOf(stage, { ordersBefore: world.ordersBefore, retries: world.retries() })));
    if (violations.length > 0) violations.push(...(await world.told()), ...said(worker));
    return { scene, reached, violations, tookMs: Date.now() - began };
  } finally {
    if (worker && worker.over() === null) await worker.stop();
    await stage.close();
  }
}

const said = (worker: Worker): string[] => (worker.output() === '' ? [] : [worker.output().slice(-1_500)]);

/** What goes on around the workers: the shop reports, time passes, the plane gets well, people try again. */
export function openWorld(stage: Stage, { realTime = false }: Options) {
  const { database, scene, plane, hooks, ctx } = stage;
  const ordersBefore = plane.ledger().filter((e) => e.by === 'belay').length;
  let retries = 0;
  let reportedAt = 0;
  let passedAt = -1;
  let writesAt = 0;
  const passed = new Map<string, number>();
  const { writes: writesBefore } = plane.seen();
  misbehave();

  function misbehave(): void {
    if (scene.trick === 'loses_the_answer') plane.play({ kind: 'resets', applies: true });
    if (scene.trick === 'fails_after_applying') plane.play({ kind: 'fails', status: 502, applies: true });
    if (scene.trick === 'says_yes_and_does_nothing') plane.play({ kind: 'says_yes_and_does_nothing' });
    for (const path of ['migration', 'call']) hooks.behave(path, { loses: scene.loses });
    hooks.behave('check', { denies: scene.checkDenies });
  }

  function behave(): void {
    plane.play(scene.planeLatencyMs > 0 ? { kind: 'slow', ms: scene.planeLatencyMs } : null, 'both');
  }

  async function look(): Promise<boolean> {
    const now = Date.now();
    if (now - reportedAt > reportEveryMs) {
      reportedAt = now;
      await stage.report({ at: now, bad: false, candidate: false });
    }
    if (plane.seen().writes > writesBefore && writesAt === 0) writesAt = now;
    if (writesAt > 0 && now - writesAt > 1_500) behave();
    const row = await rollbackRow(database.db);
    if (!row) return false;
    if (row.steps.some((s) => s.state === 'failed' && s.dueAt === null)) {
      retries++;
      passed.clear();
      await retryRollback(ctx, row.id, { reason: 'once more' });
    } else if (!realTime && row.attempts !== passedAt) {
      const { ms, proof } = waitOf(row, now);
      const passes = (proof && passed.get(proof)) ?? 0;
      if (ms > 0 && passes < mostPasses && (await pass(database.db, row, ms))) {
        passedAt = row.attempts;
        if (proof) passed.set(proof, passes + 1);
      }
    }
    if (!realTime) await waitsAreOver(database.db);
    return settled(stage);
  }

  return {
    ordersBefore,
    retries: () => retries,
    /** until the worker is dead, or everything is as it should be since so long */
    until: async (worker: Worker, since: number) => {
      const end = Date.now() + (realTime ? realTimeMs : endsWithinMs);
      let settledAt = 0;
      while (worker.over() === null && Date.now() < end) {
        if (!(await look())) settledAt = 0;
        else if (settledAt === 0) settledAt = Date.now();
        if (settledAt > 0 && Date.now() - settledAt >= since) return;
        await idle(lookEveryMs);
      }
    },
    afterDeath: async () => {
      behave();
      if (!realTime) await leasesRunOut(database.db);
    },
    told: async () => {
      const row = await rollbackRow(database.db);
      return (row?.steps ?? []).map((s) => `  ${s.id}: ${s.state}, ${s.attempts} tries: ${s.detail}`);
    },
  };
}

/** Verified, told, and nobody at work any more. */
async function settled({ database }: Stage): Promise<boolean> {
  const [row] = await database.sql`
    select (select state from rollback limit 1) as state,
           (select count(*)::int from notice where state = 'pending') as untold,
           (select state from rollout limit 1) as rollout,
           (select count(*)::int from plane_delivery where state = 'pending' and feature_key = ${feature} and environment = ${environment}) as undelivered`;
  return row?.state === 'verified' && row.untold === 0 && row.rollout === 'rolled_back' && row.undelivered === 0;
}
