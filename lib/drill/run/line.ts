/** What people see of a run step by step, and who took part in it. In the transaction of what it tells of. */
import { eq, sql } from 'drizzle-orm';
import { drillLine, drillPart, drillRun } from '@/drizzle/schema/drill';
import type { Actor } from '@/lib/access/model';
import type { Tx } from '@/lib/db';
import { storable } from '@/lib/event/canonical';
import type { RunState } from '../model';

const longest = 2_000;

/** Lines are numbered without a gap: whoever writes one holds the run. */
export async function line(
  tx: Tx,
  now: Date,
  run: { id: string; state: RunState },
  text: string,
  data: Record<string, unknown> = {},
): Promise<void> {
  await tx.select({ id: drillRun.id }).from(drillRun).where(eq(drillRun.id, run.id)).for('update');
  const [last] = await tx
    .select({ seq: sql<number>`coalesce(max(${drillLine.seq}), -1)` })
    .from(drillLine)
    .where(eq(drillLine.runId, run.id));
  const said = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  await tx.insert(drillLine).values({
    runId: run.id,
    seq: (last?.seq ?? -1) + 1,
    at: now,
    state: run.state,
    ...storable({ text: said, data }),
  });
  await tx.execute(sql`select pg_notify('belay_tick', ${JSON.stringify({ rollouts: [], runs: [run.id] })})`);
}

/** Once each: what somebody did first counts. A rule is nobody. */
export async function partOf(
  tx: Tx,
  now: Date,
  runId: string,
  actor: Actor,
  role: (typeof drillPart.$inferInsert)['role'],
): Promise<void> {
  if (actor.kind === 'rule') return;
  await tx.insert(drillPart).values({ runId, person: actor.id, name: actor.name, role, at: now }).onConflictDoNothing();
}
