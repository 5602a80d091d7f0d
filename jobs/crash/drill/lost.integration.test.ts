/**
 * Workers that stand still in the middle of a drill for longer than their lease, and are woken when another one has
 * gone on: real processes, real leases. Each mostly waits, so some take their turns side by side.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { abortRun } from '@/lib/drill/run/run';
import type { DrillFailpoint } from '@/lib/failpoint';
import { type Bed, makeBed } from '../bed';
import { startWorker, type Worker } from '../child';
import { inLanes } from '../lanes';
import { standingSessionsEnd } from '../passing';
import type { DrillCase } from './case';
import { openWorld } from './run';
import { type DrillStage, prepareDrill } from './stage';
import { drillViolations } from './verify';

let bed: Bed;
beforeAll(async () => {
  bed = await makeBed();
});
afterAll(() => bed?.close());

/** `until`: where the one that takes over stands in its turn, with the run in its hands; null: it ends the run. */
type Lost = Pick<DrillCase, 'level' | 'backend'> & { at: DrillFailpoint; until: DrillFailpoint | null };
const cases: Lost[] = [
  // Proven would be what nobody has looked at since.
  { level: 'synthetic', backend: 'postgres', at: 'drill.prove.before_write', until: 'drill.prove.after_write' },
  // Real users would be harmed a second time.
  { level: 'fault', backend: 'redis', at: 'drill.inject.before_write', until: 'drill.inject.after_write' },
  // Flags would be turned that have been turned back.
  { level: 'synthetic', backend: 'postgres', at: 'drill.release.after_write', until: null },
  { level: 'synthetic', backend: 'redis', at: 'drill.order.before_write', until: null },
];
const withinMs = 120_000;

const stands = ({ pid }: Worker): boolean => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
};

/** All that a worker could have changed of the run and of what it exposes. How a rollback comes on is its own matter. */
async function everything({ database: { sql }, runId }: DrillStage): Promise<string[]> {
  const shadow = `drill/${runId}`;
  const all = await Promise.all([
    sql`select row_to_json(r)::text as row from drill_run r where id = ${runId}`,
    sql`select row_to_json(l)::text as row from drill_line l where run_id = ${runId} order by seq`,
    sql`select row_to_json(f)::text as row from drill_fault f where run_id = ${runId}`,
    sql`select kind, reason, data::text from event where kind like 'drill.%' order by seq`,
    sql`select id from rollout where environment = ${shadow} and state in ('running', 'held')`,
    sql`select revision, "values"::text from configuration_revision where environment = ${shadow} order by revision`,
    sql`select id from rollback order by id`,
    sql`select id, action from decision where action in ('start', 'roll_back') order by id`,
    sql`select person, role from drill_part where run_id = ${runId} order by person, role`,
    sql`select id, cause, digest from snapshot order by id`,
  ]);
  return all.map((rows) => JSON.stringify(rows));
}

/** What was not so. */
async function lostOnce(of: Lost, lane: number): Promise<string[]> {
  const { level, backend } = of;
  const stage = await prepareDrill(
    bed,
    { level, backend, course: 'asked', afterwards: 'ended', deaths: [of.at] },
    lane,
  );
  const world = openWorld(stage);
  const workers: Worker[] = [];
  const worker = (point: DrillFailpoint | null) => {
    const { databaseUrl, redisUrl } = stage;
    const started = startWorker({ databaseUrl, redisUrl, ...(point ? { failpoint: `${point}:1:stop` } : {}) });
    workers.push(started);
    return started;
  };
  const come = async (what: string, holds: () => boolean | Promise<boolean>) => {
    if (!(await world.until(async () => holds(), withinMs)))
      throw new Error(`${of.at}: it did not come to that: ${what}\n${workers.map((w) => w.output()).join('\n')}`);
  };
  try {
    const first = worker(of.at);
    await come('the first stands', () => stands(first));
    await standingSessionsEnd(stage.database.db);
    const second = worker(of.until);
    if (of.until === null) await ends(stage, come);
    else await come('the second stands', () => stands(second));
    await handsOff(stage);
    const before = await everything(stage);
    // It ends what it was at, in good order, and only then itself.
    const { signal } = await first.stop();
    const after = await everything(stage);
    const changed = after.filter((row, i) => row !== before[i]).map((row) => `${of.at}: changed to ${row}`);
    second.kill('SIGCONT');
    if (of.until !== null) await ends(stage, come);
    const violations = await drillViolations(stage, { touched: world.touched() });
    return [...(signal ? [`${of.at}: ended by ${signal}`] : []), ...changed, ...violations];
  } finally {
    for (const started of workers) if (started.over() === null) await started.stop();
    await stage.close();
  }
}

/** Whoever has the run ends it, and everything it exposed is taken back. */
async function ends(
  { ctx, runId, database: { sql } }: DrillStage,
  come: (what: string, holds: () => Promise<boolean>) => Promise<void>,
): Promise<void> {
  await come('another has it', async () => {
    const [row] = await sql`select attempts from drill_run where id = ${runId}`;
    return row?.attempts > 1;
  });
  await abortRun(ctx, runId, { reason: 'enough' });
  await come('it has ended', async () => {
    const [row] = await sql`
      select ended_at is not null and not exists (
        select from configuration_revision c where c.environment = ${`drill/${runId}`} and c.restored_from is null
          and c.values::text like '%belay.drill%' and not exists (
            select from configuration_revision d where d.environment = c.environment and d.revision > c.revision)
      ) as over from drill_run where id = ${runId}`;
    return row?.over === true;
  });
}

/** Woken, it may not take for itself what another has in hand: that one only stands still for the moment. */
async function handsOff({ runId, database: { sql } }: DrillStage): Promise<void> {
  await sql`update drill_run set lease_until = clock_timestamp() + interval '1 hour'
    where id = ${runId} and ended_at is null`;
}

test('a worker that stood still in a drill past its lease, and is woken, changes nothing', async () => {
  const found = await inLanes(cases, { lanes: 3, bed }, (_bed, of, lane) => lostOnce(of, lane));
  expect(found.flat()).toEqual([]);
}, 600_000);
