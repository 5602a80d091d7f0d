/** A feature with a drill of it, brought as far as the case says; and a ledger of who was exposed under which undo. */
import { drillScene } from '@/e2e/drill-scene';
import type { Actor } from '@/lib/access/model';
import type { Context } from '@/lib/context';
import { type Database, openDatabase } from '@/lib/db';
import type { DrillInput, RunView } from '@/lib/drill/model';
import { evidenceOf } from '@/lib/drill/run/evidence';
import { abortRun, getRun, stepRun } from '@/lib/drill/run/run';
import { findRun } from '@/lib/drill/run/run-store';
import { putCohort } from '@/lib/feature/feature';
import { openQueue, type Queue } from '@/lib/queue/queue';
import type { Bed } from '../bed';
import { type DrillCase, type Level, type Prelude, preludeOf } from './case';
import { openShop, type Shop } from './shop';

const second = 1_000;
const admin: Actor = { kind: 'person', id: 'per_crash', name: 'Crash', role: 'admin', environment: null };

export type DrillStage = {
  of: DrillCase;
  databaseUrl: string;
  redisUrl: string | null;
  database: Database;
  /** on the real clock */
  ctx: Context;
  runId: string;
  feature: string;
  shop: Shop;
  close: () => Promise<void>;
};

/** So long it takes to get there on the clock of the prelude, at the least: it is to end now. */
const lasts: Record<Level, Record<Prelude, number>> = {
  synthetic: {
    none: 0,
    known: 0,
    injecting: 20,
    detecting: 20,
    failing: 40,
    deciding: 40,
    rolling_back: 40,
    proving: 150,
  },
  fault: {
    none: 0,
    known: 110,
    injecting: 150,
    detecting: 150,
    failing: 170,
    deciding: 170,
    rolling_back: 170,
    proving: 280,
  },
};

function drillOf({ level, course, afterwards }: DrillCase): Partial<DrillInput> {
  const atDeadline = course === 'left' ? 'abort' : 'roll_back';
  return {
    level,
    fault: { share: 50, status: 503, expiresAfter: afterwards === 'expires' ? '20s' : '30m' },
    ...(level === 'fault' ? { blast: { cohort: 'pro', share: 100, minutes: 60 } } : {}),
    abort: { after: '60m' },
    decision: { by: 'person', role: 'operator', deadline: '2s', atDeadline },
  };
}

export async function prepareDrill(bed: Bed, of: DrillCase, lane: number): Promise<DrillStage> {
  const name = `drill_${process.pid}_${lane}_${Date.now().toString(36)}`;
  const databaseUrl = await bed.makeDatabase(name);
  const redisUrl = of.backend === 'redis' ? await bed.lane(lane) : null;
  const database = openDatabase(databaseUrl, { name: 'crash', max: 3 });
  await keepLedger(database);
  const queue: Queue = openQueue({ databaseUrl, ...(redisUrl ? { redisUrl } : {}) });
  const ctx: Context = { db: database.db, now: () => new Date(), enqueue: queue.enqueue, actor: admin };
  const store = { database: () => database, context: (over: Partial<Context> = {}) => ({ ...ctx, ...over }) };
  const to = preludeOf(of);
  const from = Date.now() - lasts[of.level][to] * second;
  const scene = drillScene(store, from);
  const at = (over: Partial<Context> = {}) => scene.at({ enqueue: async () => {}, ...over });
  await putCohort(at(), { key: 'pro', rules: [{ attribute: 'plan', in: ['pro'] }] });
  const { id: runId, feature } = await scene.started(drillOf(of));
  const shop = openShop(database, feature, scene.now().getTime() - second);
  const stage = { of, databaseUrl, redisUrl, database, ctx, runId, feature, shop };
  await brought(stage, scene, to);
  await scene.close();
  const early = scene.now().getTime() - Date.now();
  if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
  if (of.course === 'aborted') await abortRun(ctx, runId, { reason: 'enough' });
  return {
    ...stage,
    close: async () => {
      await shop.close();
      await queue.close();
      await database.close();
      await bed.dropDatabase(name);
    },
  };
}

type Scene = ReturnType<typeof drillScene>;

/** By workers that die as they have got there, so that nothing after it is done. */
async function brought({ of, runId, shop, database }: Omit<DrillStage, 'close'>, scene: Scene, to: Prelude) {
  if (to === 'none') return;
  const there = async (run: RunView) => {
    if (to === 'known') return scene.now().getTime() - Date.parse(run.startedAt ?? '') >= 112 * second;
    if (to !== 'failing' && to !== 'proving') return run.state === to;
    const row = run.state === (to === 'failing' ? 'detecting' : 'verifying') ? await findRun(database.db, runId) : null;
    const seen = row && (await evidenceOf(database.db, row));
    return to === 'failing' ? (seen?.failingAt ?? null) !== null : seen?.rollback === 'verified';
  };
  for (let i = 0; i < 300; i++) {
    const run = await getRun(scene.at(), runId);
    if (run.endedAt !== null) throw new Error(`it ended on the way to ${to}: ${run.why}`);
    if (await there(run)) return;
    scene.pass(2);
    if (of.level === 'fault') await shop.report(scene.now().getTime());
    if (to === 'known' || to === 'failing') await stepRun(scene.home(), runId, 0);
    else await scene.dyingStep(runId, 1_000, there);
    await scene.judge();
  }
  throw new Error(`it never came to ${to}`);
}

/**
 * Kept by PostgreSQL itself, in the transaction that exposes somebody: whether an undo was written down then. Whatever
 * is rolled back has not been, so what stands here was.
 */
async function keepLedger({ sql }: Database): Promise<void> {
  await sql.unsafe(`
    create table crash_exposed (what text not null, run text not null, undo text, at timestamptz not null default clock_timestamp());
    create function crash_exposes() returns trigger language plpgsql as $$
    declare whose text;
    begin
      if tg_table_name = 'drill_fault' then
        if new.exposes then
          insert into crash_exposed (what, run, undo) select 'fault', new.run_id, undo->>'state' from drill_run where id = new.run_id;
        end if;
      elsif new.environment like 'drill/%' and new.state = 'running' and old.state is distinct from 'running' then
        whose := substr(new.environment, 7);
        insert into crash_exposed (what, run, undo) select 'rollout', whose, undo->>'state' from drill_run where id = whose;
      end if;
      return new;
    end $$;
    create trigger crash_fault after insert or update on drill_fault for each row execute function crash_exposes();
    create trigger crash_rollout after insert or update on rollout for each row execute function crash_exposes();
  `);
}
