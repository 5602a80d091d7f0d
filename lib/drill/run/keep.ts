/** Writing down what came of a task: the run, its clocks, its line and its event, all of it or nothing. */
import type { Tx } from '@/lib/db';
import { record } from '@/lib/event/event';
import type { EventKind } from '@/lib/event/model';
import { reach } from '@/lib/failpoint';
import { clocksOf, type Instants } from '../learn/clocks';
import { instantsOf, machineOf } from './evidence';
import { line } from './line';
import { type Evidence, folded, type Result, type Run, type Task } from './machine';
import { lockRun, type RunHome, type RunRow, updateRun } from './run-store';
import { drillRule } from './undo';

/** Another worker has the run: nothing of what this one did is written. */
export class LostRun extends Error {}

export type Also = {
  set?: Partial<RunRow>;
  /** before the run itself is written, for what must be locked first */
  before?: (tx: Tx) => Promise<Partial<RunRow> | undefined>;
  beside?: (tx: Tx, now: Date, kept: RunRow) => Promise<void>;
  say?: string;
  data?: Record<string, unknown>;
  event?: EventKind;
};

export async function keep(
  home: RunHome,
  row: RunRow,
  done: { task: Task; evidence: Evidence; result?: Result },
  also: Also = {},
): Promise<RunRow> {
  const now = home.now();
  const { task, evidence } = done;
  reach(`drill.${task.kind}.before_write`);
  const kept = await home.db.transaction(async (tx) => {
    const added = { ...also.set, ...(await also.before?.(tx)) };
    const held = await lockRun(tx, row);
    if (!held) throw new LostRun(`another worker has the run ${row.id}`);
    // Whoever has stopped it or answered meanwhile is not overwritten.
    const seen = { ...row, stop: held.stop, decision: held.decision };
    const result = { ...done.result, ...(added.knownGood ? { snapshot: added.knownGood } : {}) };
    const after = folded(machineOf(seen), task, result, evidence, now);
    return write(tx, now, seen, { set: { ...changes(seen, after, task, now), ...added }, evidence, also });
  });
  reach(`drill.${task.kind}.after_write`);
  return kept;
}

async function write(
  tx: Tx,
  now: Date,
  row: RunRow,
  { set, evidence, also }: { set: Partial<RunRow>; evidence: Evidence; also: Also },
): Promise<RunRow> {
  const next = { ...row, ...set };
  const clocks = clocksOf({ level: row.level, objectives: row.spec.objectives }, shown(next, evidence), row.clocks);
  const kept = await updateRun(tx, row, { ...set, clocks });
  if (!kept) throw new LostRun(`another worker has the run ${row.id}`);
  await also.beside?.(tx, now, kept);
  if (also.say !== undefined) await line(tx, now, kept, also.say, also.data);
  if (also.event) await recordOf(tx, now, kept, { kind: also.event, reason: also.say ?? '', data: also.data ?? {} });
  return kept;
}

/** What is seen already but not yet gone by is not on the clocks: they follow the state. */
const reached = ['deciding', 'rolling_back', 'propagating', 'verifying'] as const;
export function shown(row: RunRow, evidence: Evidence): Instants {
  const at = instantsOf(row, evidence);
  const passed = row.proof ? 4 : reached.indexOf(row.state as (typeof reached)[number]);
  if (row.level === 'tabletop') return at;
  return {
    ...at,
    failingAt: passed >= 0 ? at.failingAt : null,
    decidedAt: passed >= 1 ? at.decidedAt : null,
    switchedAt: passed >= 2 ? at.switchedAt : null,
    goneAt: passed >= 3 ? at.goneAt : null,
    backAt: passed >= 4 ? at.backAt : null,
  };
}

export const recordOf = (
  tx: Tx,
  now: Date,
  row: RunRow,
  { kind, reason, data, actor = drillRule }: Parameters<typeof eventOf>[1] & { actor?: typeof drillRule },
) => record(tx, now, actor, eventOf(row, { kind, reason, data }));

function eventOf(row: RunRow, of: { kind: EventKind; reason: string; data: Record<string, unknown> }) {
  const { kind, reason, data } = of;
  return {
    kind,
    reason: reason.slice(0, 500),
    environment: row.environment,
    feature: row.featureKey,
    rolloutId: row.rolloutId,
    data: { runId: row.id, drillId: row.drillId, shadow: row.shadow, ...data },
  };
}

/** Only what the task is about: a stop and an answer are written by others meanwhile. */
function changes(row: RunRow, after: Run, task: Task, now: Date): Partial<RunRow> {
  const asked = { askedAt: iso(after.askedAt), deadlineAt: iso(after.deadlineAt) };
  return {
    state: after.state,
    ...(after.state === row.state ? {} : { stateSince: now }),
    startedAt: after.startedAt,
    knownGood: after.knownGood,
    faultAt: after.faultAt,
    faultUntil: after.faultUntil,
    sentUntil: after.sentUntil,
    rollbackId: after.rollbackId,
    ...(row.undo?.state === 'planned' && after.undo === 'done'
      ? { undo: { ...row.undo, state: 'done' as const, at: now.toISOString() } }
      : {}),
    ...(task.kind === 'ask' ? { decision: { ...row.decision, ...asked } } : {}),
    ...(after.stop !== null && row.stop === null ? { stop: after.stop } : {}),
  };
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
