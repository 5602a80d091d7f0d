/** One run of a drill: workers that are killed on its way, others that go on, and what is so in the end. */
import { abortRun, getRun } from '@/lib/drill/run/run';
import { leaseMs } from '@/lib/drill/run/run-store';
import type { DrillFailpoint } from '@/lib/failpoint';
import type { Bed } from '../bed';
import { startWorker, type Worker } from '../child';
import { leasesRunOut } from '../passing';
import type { DrillCase } from './case';
import { type DrillStage, prepareDrill } from './stage';
import { drillViolations } from './verify';

export type DrillOutcome = {
  of: DrillCase;
  /** where a worker died */
  reached: DrillFailpoint[];
  violations: string[];
  /** from the death until no real user is served anything but the baseline; null: nobody was */
  backMs: number | null;
  /** from the death until the run had ended */
  endedMs: number | null;
  tookMs: number;
};

const reachWithinMs = 400_000;
const endWithinMs = 300_000;
const graceMs = 10_000;
const lookEveryMs = 200;
const momentMs = 3_000;
const idle = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function drillOnce(bed: Bed, of: DrillCase, lane: number): Promise<DrillOutcome> {
  const began = Date.now();
  const stage = await prepareDrill(bed, of, lane);
  const world = openWorld(stage);
  const outcome: DrillOutcome = { of, reached: [], violations: [], backMs: null, endedMs: null, tookMs: 0 };
  let worker: Worker | null = null;
  try {
    for (const point of of.deaths) {
      worker = start(stage, point);
      await world.until(async () => worker?.over() !== null || (await world.over()), reachWithinMs);
      // After the last write it dies a moment after everything is over.
      await world.until(async () => worker?.over() !== null, momentMs);
      const over = worker.over();
      if (over === null) {
        // Armed it would still die, later.
        worker?.kill('SIGKILL');
        await worker?.ended;
        worker = null;
        break;
      }
      if (over.signal === 'SIGKILL') outcome.reached.push(point);
      else outcome.violations.push(`the worker ended by itself: ${worker.output().slice(-500)}`);
      worker = null;
      if (of.afterwards === 'goes_on') await leasesGone(stage);
    }
    if (of.afterwards === 'goes_on') worker ??= start(stage);
    else if (outcome.reached.length > 0) worker = await timed(stage, world, outcome);
    if (!(await world.until(world.over, endWithinMs))) outcome.violations.push('it never ended');
    outcome.violations.push(...(await drillViolations(stage, { touched: world.touched() })));
    if (outcome.violations.length > 0) outcome.violations.push(...(await told(stage, worker)));
    return { ...outcome, tookMs: Date.now() - began };
  } finally {
    if (worker && worker.over() === null) await worker.stop();
    await stage.close();
  }
}

type World = ReturnType<typeof openWorld>;

const start = ({ databaseUrl, redisUrl }: DrillStage, failpoint?: DrillFailpoint): Worker =>
  startWorker({ databaseUrl, redisUrl, ...(failpoint ? { failpoint } : {}) });

/** From the death on, on the real clock, with the leases of whoever died. */
async function timed(stage: DrillStage, world: World, outcome: DrillOutcome): Promise<Worker | null> {
  const { of, ctx, runId } = stage;
  const diedAt = Date.now();
  const before = await world.look();
  let worker: Worker | null = null;
  let mostMs = leaseMs + graceMs;
  if (of.afterwards === 'ended') {
    if (of.course === 'asked' || of.course === 'left')
      await abortRun(ctx, runId, { reason: 'enough' }).catch((error) => {
        if (error.code !== 'conflict') throw error;
      });
    worker = start(stage);
  } else mostMs = Date.parse((await getRun(ctx, runId)).faultUntil ?? '') - diedAt + graceMs;
  const back = await world.until(async () => (await world.look()) === 0, mostMs + 60_000);
  const backMs = Date.now() - diedAt;
  if (before > 0) outcome.backMs = backMs;
  if (before > 0 && (!back || backMs > mostMs))
    outcome.violations.push(`users were back after ${backMs} ms, not ${mostMs}`);
  // Nobody came: that users are back needs nobody. Whoever comes at last ends the run.
  if (worker === null) {
    await abortRun(ctx, runId, { reason: 'enough' });
    worker = start(stage);
  }
  await world.until(world.over, endWithinMs);
  outcome.endedMs = Date.now() - diedAt;
  return worker;
}

async function leasesGone({ database }: DrillStage): Promise<void> {
  await leasesRunOut(database.db);
  await database.sql`
    update drill_run set lease_until = null, due_at = clock_timestamp() where ended_at is null`;
}

async function told({ ctx, runId }: DrillStage, worker: Worker | null): Promise<string[]> {
  const { log } = await getRun(ctx, runId);
  const said = worker && worker.output() !== '' ? [worker.output().slice(-1_500)] : [];
  return [...log.map((line) => `  ${line.at} ${line.state}: ${line.text}`), ...said];
}

/** What goes on around the workers: users ask for their versions, and the shop reports what came of it. */
export function openWorld({ shop, of, ctx, runId }: DrillStage) {
  let reportedAt = 0;
  let most = 0;

  async function look(): Promise<number> {
    const now = Date.now();
    const { candidates } = await shop.served(now);
    most = Math.max(most, candidates);
    if (of.level === 'fault' && now - reportedAt > 2_000) {
      reportedAt = now;
      await shop.report(now);
    }
    return candidates;
  }

  const over = async () => (await getRun(ctx, runId)).endedAt !== null;
  return {
    look,
    over,
    touched: () => most,
    until: async (what: () => Promise<boolean>, withinMs: number): Promise<boolean> => {
      const end = Date.now() + withinMs;
      for (;;) {
        await look();
        if (await what()) return true;
        if (Date.now() > end) return false;
        await idle(lookEveryMs);
      }
    },
  };
}
