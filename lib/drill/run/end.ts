/** The end of a run: what it came to, for good, with everything that somebody needs who was not there. */
import { asc, eq } from 'drizzle-orm';
import { drillPart } from '@/drizzle/schema/drill';
import { rollback } from '@/drizzle/schema/rollback';
import type { Tx } from '@/lib/db';
import type { EventKind } from '@/lib/event/model';
import { tell } from '@/lib/notice/notice';
import { levelOf } from '../fault/levels';
import { clocksOf } from '../learn/clocks';
import { failingSince } from './evidence';
import { LostRun, recordOf, shown } from './keep';
import { line } from './line';
import type { EndState, Evidence } from './machine';
import { lockRun, type RunHome, type RunRow, selectLines, updateRun } from './run-store';

const eventOf: Record<EndState, EventKind> = {
  restored: 'drill.restored',
  failed: 'drill.failed',
  aborted: 'drill.aborted',
  interrupted: 'drill.interrupted',
};
const said: Record<EndState, string> = {
  restored: 'Restored, and proven',
  failed: 'Failed',
  aborted: 'Aborted',
  interrupted: 'Interrupted',
};

/** Null: somebody has stopped it in this very moment, and that counts. */
export async function endRun(
  home: RunHome,
  row: RunRow,
  end: { state: EndState; why: string },
  evidence: Evidence,
): Promise<RunRow | null> {
  const ended = await writeEnd(home, row, end, evidence);
  if (ended) await levelOf(row.level)?.outside?.(home, ended);
  return ended;
}

async function writeEnd(
  home: RunHome,
  row: RunRow,
  end: { state: EndState; why: string },
  evidence: Evidence,
): Promise<RunRow | null> {
  const now = home.now();
  return home.db.transaction(async (tx) => {
    const held = await lockRun(tx, row);
    if (!held) throw new LostRun(`another worker has the run ${row.id}`);
    if (held.stop !== null && held.stop.kind !== end.state) return null;
    const kept = await updateRun(tx, row, {
      state: end.state,
      stateSince: now,
      why: end.why,
      endedAt: now,
      clocks: clocksOf({ level: row.level, objectives: row.spec.objectives }, shown(row, evidence), row.clocks),
      leaseUntil: null,
    });
    if (!kept) throw new LostRun(`another worker has the run ${row.id}`);
    await levelOf(row.level)?.disarm?.(tx, now, row.id);
    const text = `${said[end.state]}: ${end.why}`;
    await line(tx, now, kept, text);
    if (end.state === 'failed') await tellFailed(tx, now, kept);
    const data =
      end.state === 'failed' ? await wholeStory(tx, kept) : { clocks: kept.clocks, by: kept.stop?.by ?? null };
    await recordOf(tx, now, kept, { kind: eventOf[end.state], reason: text, data });
    return kept;
  });
}

async function tellFailed(tx: Tx, now: Date, row: RunRow): Promise<void> {
  await tell(tx, now, {
    kind: 'drill_failed',
    title: `The drill “${row.spec.name}” of ${row.featureKey} in ${row.environment} failed`,
    text: row.why,
    next: 'Look at the run: had it been real, the rollback would not have done.',
    environment: row.environment,
    feature: row.featureKey,
    rolloutId: row.rolloutId,
    rollbackId: row.rollbackId,
    path: `/drills/runs/${row.id}`,
  });
}

/** What a post-mortem is written from: the shadow and its telemetry are dropped one day, the history is not. */
async function wholeStory(tx: Tx, row: RunRow): Promise<Record<string, unknown>> {
  const failing = await failingSince(tx, row);
  const [rolledBack] = await tx
    .select({ state: rollback.state, steps: rollback.steps, decidedAt: rollback.decidedAt, reason: rollback.reason })
    .from(rollback)
    .where(eq(rollback.id, row.rollbackId ?? ''));
  const people = await tx.select().from(drillPart).where(eq(drillPart.runId, row.id)).orderBy(asc(drillPart.at));
  return {
    why: row.why,
    spec: row.spec,
    trigger: row.trigger,
    by: row.createdBy,
    knownGood: row.knownGood,
    undo: row.undo,
    fault: {
      from: row.faultAt?.toISOString() ?? null,
      until: row.faultUntil?.toISOString() ?? null,
      errors: row.errors,
    },
    clocks: row.clocks,
    decision: row.decision,
    control: row.control,
    proof: row.proof,
    verdict: failing && {
      at: failing.at.toISOString(),
      deciding: failing.verdict.deciding,
      outcomes: failing.verdict.outcomes,
    },
    rollback: rolledBack
      ? {
          id: row.rollbackId,
          state: rolledBack.state,
          decidedAt: rolledBack.decidedAt.toISOString(),
          reason: rolledBack.reason,
          steps: rolledBack.steps.map(({ id, title, state, startedAt, endedAt, detail }) => ({
            id,
            title,
            state,
            startedAt,
            endedAt,
            detail,
          })),
        }
      : null,
    people: people.map(({ person, name, role, at }) => ({ person, name, role, at: at.toISOString() })),
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
    log: await selectLines(tx, row.id),
  };
}
