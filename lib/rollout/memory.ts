/** What the leader keeps of a rollout between looks, and how it catches up with the bins. */
import type { Context } from '@/lib/context';
import type { BinRow, Finding, Freshness } from '@/lib/signal/model';
import { findings, freshness, readBins } from '@/lib/signal/signal';
import {
  binOf,
  close,
  enterStage,
  format,
  fromKept,
  type Judging,
  lateData,
  latenessMs,
  snapshotOf,
  startJudging,
  toKept,
} from './judging';
import type { Action, Verdict } from './model';
import { findJudgement, type Row, upsertJudgement } from './store';

/** So far back data may still come in and be noticed. */
const rereadMs = 600_000;
const rereadEveryMs = 5_000;
const snapshotEveryMs = 60_000;
/** Points may be stamped a little ahead of our clock. */
const aheadMs = 300_000;
const healthEveryMs = 2_000;
const sliceMs = 3_600_000;

/** What the leader keeps of a rollout; lost with it and made again from the roll-ups. */
export type Memory = {
  judging: Judging | null;
  /** how it was up to `rereadMs` ago, oldest first */
  before: Judging[];
  /** bins from `judging.openFrom` on, as they were when something was last folded */
  rows: BinRow[];
  health: Health | null;
  rereadAt: number;
  epoch: number;
  last: { verdict: Verdict; withheld: Action | null; since: Date; writtenAt: number } | null;
};

export const newMemory = (): Memory => ({
  judging: null,
  before: [],
  rows: [],
  health: null,
  rereadAt: 0,
  epoch: -1,
  last: null,
});

export type Health = { findings: Finding[]; freshness: Freshness; readAt: number };

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
  at: { startedAt: Date; stageSince: Date; now: Date; touched: boolean },
): Promise<Judging> {
  const { startedAt, stageSince, now } = at;
  memory.judging ??= await remember(round, row, memory, startedAt, stageSince);
  enterStage(memory.judging, stageSince);
  const ahead = now.getTime() + aheadMs;
  const closeBefore = Math.min(now.getTime(), round.foldedUntil) - latenessMs;
  await absorbBacklog(round, row, memory.judging, closeBefore);
  const { openFrom } = memory.judging;
  const reread = now.getTime() - memory.rereadAt >= rereadEveryMs;
  const from = reread ? Math.max(binOf(startedAt.getTime()), openFrom - rereadMs) : openFrom;
  let rows = reread || at.touched ? await binsOf(round, row, from, ahead) : memory.rows;
  if (reread) {
    memory.rereadAt = now.getTime();
    const late = memory.judging.criteria.some((c) => c.error !== null) ? 0 : lateData(memory.judging, rows, from);
    if (late !== null) {
      memory.before = memory.before.filter((b) => b.openFrom <= late);
      const back = memory.before.at(-1);
      memory.judging = back ? snapshotOf(back) : startJudging(row.plan, startedAt, stageSince);
      enterStage(memory.judging, stageSince);
      await absorbBacklog(round, row, memory.judging, closeBefore);
      rows = await binsOf(round, row, memory.judging.openFrom, ahead);
    }
  }
  close(memory.judging, rows, closeBefore);
  const { openFrom: open } = memory.judging;
  memory.rows = rows.filter((r) => r.at >= open);
  await snapshot(round, row, memory, memory.judging);
  return memory.judging;
}

/** What a new leader has to read of a long rollout, an hour at a time: little memory, and others get their turn. */
async function absorbBacklog(round: Round, row: Row, judging: Judging, closeBefore: number): Promise<void> {
  while (closeBefore - judging.openFrom > 2 * sliceMs) {
    const until = judging.openFrom + sliceMs;
    close(judging, await binsOf(round, row, judging.openFrom, until), until);
  }
}

/** What is known of the telemetry itself; without news of the fold it is not asked for at every look. */
export async function healthOf(round: Round, row: Row, memory: Memory, touched: boolean): Promise<Health> {
  const now = round.ctx.now().getTime();
  if (memory.health && !touched && now - memory.health.readAt < healthEveryMs) return memory.health;
  const of = { environment: row.environment, feature: row.featureKey };
  const [found, fresh] = await Promise.all([findings(round.ctx.db, of), freshness(round.ctx.db, of)]);
  memory.health = { findings: found, freshness: fresh, readAt: now };
  return memory.health;
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

function binsOf(round: Round, row: Row, from: number, to: number): Promise<BinRow[]> {
  return readBins(round.ctx.db, {
    environment: row.environment,
    feature: row.featureKey,
    metrics: [...new Set(row.plan.criteria.flatMap((c) => (c.per ? [c.metric, c.per] : [c.metric])))],
    versions: [row.plan.baseline, row.plan.candidate],
    from: new Date(from),
    to: new Date(to),
    resolution: 10,
  });
}
