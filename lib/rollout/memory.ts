/** What the leader keeps of a rollout between looks, and how it catches up with the bins. */
import type { Context } from '@/lib/context';
import type { BinRow } from '@/lib/signal/model';
import { readBins } from '@/lib/signal/signal';
import {
  binOf,
  close,
  enterStage,
  format,
  fromKept,
  type Judging,
  lateData,
  snapshotOf,
  startJudging,
  toKept,
} from './judging';
import type { Action, Verdict } from './model';
import { findJudgement, type Row, upsertJudgement } from './store';

/** A bin closes this long after its end, so that what was on its way is in it. */
const latenessMs = 5_000;
/** So far back data may still come in and be noticed. */
const rereadMs = 600_000;
const rereadEveryMs = 10_000;
const snapshotEveryMs = 60_000;
/** Points may be stamped a little ahead of our clock. */
const aheadMs = 300_000;

/** What the leader keeps of a rollout; lost with it and made again from the roll-ups. */
export type Memory = {
  judging: Judging | null;
  /** how it was up to `rereadMs` ago, oldest first */
  before: Judging[];
  epoch: number;
  rereadAt: number;
  last: { verdict: Verdict; withheld: Action | null; since: Date; writtenAt: number } | null;
};

export const newMemory = (): Memory => ({ judging: null, before: [], epoch: -1, rereadAt: 0, last: null });

export type Round = {
  ctx: Pick<Context, 'db' | 'now' | 'enqueue'>;
  /** told of a criterion that cannot be judged */
  trouble: (error: unknown, rollout: string, criterion: string) => void;
  automationStopped: boolean;
  /** data up to here is folded; later bins must not close yet */
  foldedUntil: number;
};

/** Absorbs what has closed and answers the rows that are open; late data goes back to before it and on from there. */
export async function catchUp(
  round: Round,
  row: Row,
  memory: Memory,
  at: { startedAt: Date; stageSince: Date; now: Date },
): Promise<{ judging: Judging; rows: BinRow[] }> {
  const { startedAt, stageSince, now } = at;
  memory.judging ??= await remember(round, row, memory, startedAt, stageSince);
  enterStage(memory.judging, stageSince);
  const { openFrom } = memory.judging;
  const reread = now.getTime() - memory.rereadAt >= rereadEveryMs;
  const from = reread ? Math.max(binOf(startedAt.getTime()), openFrom - rereadMs) : openFrom;
  let rows = await binsOf(round, row, from, now);
  if (reread) {
    memory.rereadAt = now.getTime();
    const late = memory.judging.criteria.some((c) => c.error !== null) ? 0 : lateData(memory.judging, rows, from);
    if (late !== null) {
      memory.before = memory.before.filter((b) => b.openFrom <= late);
      const back = memory.before.at(-1);
      memory.judging = back ? snapshotOf(back) : startJudging(row.plan, startedAt, stageSince);
      enterStage(memory.judging, stageSince);
      rows = await binsOf(round, row, memory.judging.openFrom, now);
    }
  }
  close(memory.judging, rows, Math.min(now.getTime(), round.foldedUntil) - latenessMs);
  await snapshot(round, row, memory, memory.judging);
  return { judging: memory.judging, rows };
}

/** From where the last leader left off, if it wrote something that can be read; else from the start. */
async function remember(round: Round, row: Row, memory: Memory, startedAt: Date, stageSince: Date): Promise<Judging> {
  const kept = await findJudgement(round.ctx.db, row.id, format);
  if (!kept) return startJudging(row.plan, startedAt, stageSince);
  const judging = fromKept(row.plan, kept);
  memory.before = [snapshotOf(judging)];
  return judging;
}

async function snapshot(round: Round, row: Row, memory: Memory, judging: Judging): Promise<void> {
  const newest = memory.before.at(-1)?.openFrom ?? 0;
  if (judging.openFrom - newest < snapshotEveryMs) return;
  memory.before.push(snapshotOf(judging));
  // One that is older than any late data is kept, here and for whoever leads next.
  while ((memory.before[1]?.openFrom ?? Number.POSITIVE_INFINITY) <= judging.openFrom - rereadMs) memory.before.shift();
  const oldest = memory.before[0];
  if (oldest) await upsertJudgement(round.ctx.db, row.id, format, new Date(oldest.openFrom), toKept(oldest));
}

function binsOf(round: Round, row: Row, from: number, now: Date) {
  return readBins(round.ctx.db, {
    environment: row.environment,
    feature: row.featureKey,
    metrics: [...new Set(row.plan.criteria.flatMap((c) => (c.per ? [c.metric, c.per] : [c.metric])))],
    versions: [row.plan.baseline, row.plan.candidate],
    from: new Date(from),
    to: new Date(now.getTime() + aheadMs),
    resolution: 10,
  });
}
