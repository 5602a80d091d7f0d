/** What must be so of a drill in the end, whatever died where. Empty: it is. */
import { eq } from 'drizzle-orm';
import { snapshot } from '@/drizzle/schema/snapshot';
import { getRun } from '@/lib/drill/run/run';
import { verifyChain } from '@/lib/event/event';
import { stateDigest } from '@/lib/snapshot/compare';
import { presentState } from '@/lib/snapshot/present';
import type { DrillStage } from './stage';

type Say = (holds: boolean, what: string) => void;

export async function drillViolations(stage: DrillStage, seen: { touched: number }): Promise<string[]> {
  const found: string[] = [];
  const say: Say = (holds, what) => {
    if (!holds) found.push(what);
  };
  await endHolds(stage, say);
  await undoHolds(stage, say);
  await historyHolds(stage, say);
  await realHolds(stage, say);
  if (stage.of.level === 'synthetic') say(seen.touched === 0, `${seen.touched} real users were touched`);
  return found;
}

/** Whoever aborts gets it; what nobody ends goes on to the end of its course. */
async function endHolds({ ctx, runId, of }: DrillStage, say: Say): Promise<void> {
  const run = await getRun(ctx, runId);
  const wanted = of.afterwards === 'goes_on' && of.course === 'asked' ? 'restored' : 'aborted';
  say(run.state === wanted, `it ended ${run.state}: ${run.why}`);
  say(
    run.clocks.every((c) => c.state !== 'invalid'),
    `clocks: ${run.clocks.map((c) => `${c.name} ${c.state}`).join(', ')}`,
  );
  if (wanted === 'restored')
    say(
      run.clocks.every((c) => c.state === 'recorded'),
      `clocks: ${run.clocks.map((c) => `${c.name} ${c.state}`).join(', ')}`,
    );
  say(
    run.log.filter((l) => l.text.startsWith('Committed before any fault')).length <= 1,
    'the undo was written down twice',
  );
}

/** Nobody was exposed before it was written down, and it was done once if anybody was. */
async function undoHolds({ ctx, runId, feature, database: { sql } }: DrillStage, say: Say): Promise<void> {
  const run = await getRun(ctx, runId);
  const exposed = await sql`select what, undo from crash_exposed where run = ${runId}`;
  say(
    exposed.every((e) => e.undo === 'planned'),
    `exposed without an undo: ${JSON.stringify(exposed)}`,
  );
  const was = exposed.some((e) => e.what === 'rollout');
  const shadow = `drill/${runId}`;
  const [n] = await sql`
    select (select count(*)::int from rollback b join rollout r on r.id = b.rollout_id where r.environment = ${shadow}) as rollbacks,
           (select count(*)::int from decision d join rollout r on r.id = d.rollout_id
             where r.environment = ${shadow} and d.action = 'roll_back') as decided,
           (select count(*)::int from decision d join rollout r on r.id = d.rollout_id
             where r.environment = ${shadow} and d.action = 'start') as started,
           (select count(*)::int from rollout where environment = ${shadow}) as rollouts,
           (select count(*)::int from rollout where environment = ${shadow} and state in ('running', 'held')) as standing,
           (select count(*)::int from snapshot where environment = ${shadow} and cause = 'start') as recorded,
           (select count(*)::int from snapshot where environment = ${shadow} and cause = 'rollback') as before_undo,
           (select count(*)::int from snapshot where feature_key = ${feature} and environment = 'production' and cause = 'demand') as good,
           (select count(*)::int from configuration_revision where environment = ${shadow}
             and values::text like '%belay.drill%') as released,
           (select count(*)::int from configuration_revision where environment = ${shadow}
             and values::text not like '%belay.drill%') as restored`;
  const once = was ? 1 : 0;
  const { standing, rollouts, good, released, restored, ...counts } = { ...n } as Record<string, number>;
  for (const [what, times] of Object.entries(counts)) say(times === once, `${what}: ${times} times, not ${once}`);
  say(standing === 0, 'its rollout still stands');
  say((rollouts ?? 0) <= 1, `${rollouts} rollouts were laid out`);
  say((good ?? 0) === (run.knownGood === null ? 0 : 1), `what is known good was recorded ${good} times`);
  say((released ?? 0) <= once, `the configuration was released ${released} times`);
  say(restored === released, `the configuration was released ${released} times and restored ${restored} times`);
  say(run.undo === null || run.undo.state === 'done', `the undo is ${run.undo?.state}`);
  say(run.undo !== null || !was, 'there was no undo');
}

async function historyHolds({ ctx, runId, database }: DrillStage, say: Say): Promise<void> {
  const chain = await verifyChain(database.db);
  say(chain.ok, `the history is broken: ${JSON.stringify(chain)}`);
  const run = await getRun(ctx, runId);
  const rows = await database.sql`select kind, seq::int as seq from event where data->>'runId' = ${runId} order by seq`;
  const times = (kind: string) => rows.filter((r) => r.kind === `drill.${kind}`).length;
  const once = (kind: string, was: boolean) =>
    say(times(kind) === (was ? 1 : 0), `drill.${kind} stands ${times(kind)} times`);
  const recorded = (name: string) => run.clocks.some((c) => c.name === name && c.state === 'recorded');
  once('started', true);
  once('injected', run.faultUntil !== null);
  once('detected', recorded('detect'));
  once('decided', recorded('decide'));
  for (const end of ['restored', 'failed', 'aborted', 'interrupted']) once(end, run.state === end);
  say(
    run.log.every((_, i) => i === 0 || (run.log[i]?.at ?? '') >= (run.log[i - 1]?.at ?? '')),
    'its log goes back in time',
  );
}

/** The real environment is what was recorded before, and nobody in it is drilled any more. */
async function realHolds({ ctx, runId, feature, database: { db, sql }, shop }: DrillStage, say: Say): Promise<void> {
  const { candidates, harmed } = await shop.served(Date.now());
  say(candidates === 0 && harmed === 0, `${candidates} users are served the candidate, ${harmed} of them harmed`);
  const [left] = await sql`select count(*)::int as n from drill_fault`;
  say(left?.n === 0, 'a fault is still written down');
  const { knownGood } = await getRun(ctx, runId);
  if (knownGood === null) return;
  const [known] = await db.select({ digest: snapshot.digest }).from(snapshot).where(eq(snapshot.id, knownGood));
  const same = stateDigest(await presentState(db, feature, 'production')) === known?.digest;
  say(same, 'production is not what was recorded');
}
