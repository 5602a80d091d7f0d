/** What the leader keeps of a rollout between looks, and how it catches up with the bins. */
import type { Context } from '@/lib/context';
import { type CriterionOutcome, metricsOf } from '@/lib/criterion/model';
import type { BinRow, Finding, Freshness } from '@/lib/signal/model';
import { findings, freshness, readBins } from '@/lib/signal/signal';
import type { Action, Verdict } from '../model';
import { findJudgement, type Row, selectDecisions, upsertJudgement } from '../store';
import {
  binMs,
  binOf,
  close,
  enterStage,
  type Judging,
  lateData,
  latenessMs,
  snapshotOf,
  startJudging,
} from './judging';
import { format, fromKept, toKept } from './kept';
import { needsWindows, type StageWindow, windowsOf } from './windows';

/** So far back data may still come in and be noticed. */
const rereadMs = 600_000;
const rereadEveryMs = 5_000;
const rejudgeEveryMs = 60_000;
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
  /** start of the earliest bin that got data after it was out of reach of rereading, and is not judged again yet */
  lateFrom: number | null;
  rejudgedAt: number;
  /** outcomes of the cohorts that were taken back, as they were then, and of whom they are */
  parted: CriterionOutcome[];
  partedOf: string;
  /** when each stage began, as of epoch `windowsOf` */
  windows: StageWindow[];
  windowsOf: number;
  epoch: number;
  last: { verdict: Verdict; withheld: Action | null; since: Date; writtenAt: number } | null;
};

export const newMemory = (): Memory => ({
  judging: null,
  before: [],
  rows: [],
  health: null,
  rereadAt: 0,
  lateFrom: null,
  rejudgedAt: 0,
  parted: [],
  partedOf: '',
  windows: [],
  windowsOf: -1,
  epoch: -1,
  last: null,
});

export type Health = { findings: Finding[]; freshness: Freshness; readAt: number };

export type Round = {
  ctx: Pick<Context, 'db' | 'now' | 'enqueue'>;
  /** told of a criterion that cannot be judged */
  trouble: (error: unknown, rollout: string, criterion: string) => void;
  automationStopped: boolean;
  /** Belay has rolled back in an environment as often as it may by itself */
  capReached: (environment: string) => boolean;
  /** data up to here is folded; later bins must not close yet */
  foldedUntil: number;
};

type At = {
  startedAt: Date;
  stageSince: Date;
  now: Date;
  /** something was folded since the last look, and the start of the earliest bin that it went into */
  touched: boolean;
  lateFrom: number;
};

/** Absorbs what has closed and answers the rows that are open; late data goes back to before it and on from there. */
export async function catchUp(round: Round, row: Row, memory: Memory, at: At): Promise<Judging> {
  const { startedAt, stageSince, now } = at;
  if (memory.judging && memory.judging.without.join() !== row.withdrawn.join()) startAgain(row, memory, at);
  memory.judging ??= await remember(round, row, memory, at);
  goBackFor(row, memory, memory.judging, at);
  await recallWindows(round, row, memory);
  enterStage(memory.judging, stageSince, memory.windows);
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
      memory.judging = goBack(row, memory, late, at);
      enterStage(memory.judging, stageSince, memory.windows);
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

async function recallWindows(round: Round, row: Row, memory: Memory): Promise<void> {
  if (memory.windowsOf === row.epoch || !needsWindows(row.plan)) return;
  memory.windows = windowsOf(await selectDecisions(round.ctx.db, row.id));
  memory.windowsOf = row.epoch;
}

/** To the newest memory from before `late`, or to the start. */
function goBack(row: Row, memory: Memory, late: number, at: At): Judging {
  memory.before = memory.before.filter((b) => b.openFrom <= late);
  const back = memory.before.at(-1);
  return back ? snapshotOf(back) : startAgain(row, memory, at);
}

function startAgain(row: Row, memory: Memory, { startedAt, stageSince }: At): Judging {
  memory.before = [];
  memory.judging = startJudging(row.plan, startedAt, stageSince, binMs, row.withdrawn);
  return memory.judging;
}

/**
 * What comes in later than rereading reaches back: the fold tells. All bins from there on are judged again, at most
 * once a minute, for a sender that is always late would otherwise have everything judged again at every look.
 */
function goBackFor(row: Row, memory: Memory, judging: Judging, at: At): void {
  const late = binOf(Math.max(at.lateFrom, at.startedAt.getTime()));
  if (late < judging.openFrom - rereadMs) memory.lateFrom = Math.min(late, memory.lateFrom ?? late);
  const now = at.now.getTime();
  if (memory.lateFrom === null || now - memory.rejudgedAt < rejudgeEveryMs) return;
  memory.judging = goBack(row, memory, memory.lateFrom, at);
  memory.lateFrom = null;
  memory.rejudgedAt = now;
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
async function remember(round: Round, row: Row, memory: Memory, at: At): Promise<Judging> {
  const kept = await findJudgement(round.ctx.db, row.id, format);
  const judging = kept ? fromKept(row.plan, kept) : null;
  if (judging?.without.join() !== row.withdrawn.join()) return startAgain(row, memory, at);
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
  // Until late data is judged, whoever leads next must start from the roll-ups: the fold has removed what was kept.
  if (oldest && memory.lateFrom === null)
    await upsertJudgement(round.ctx.db, row.id, format, new Date(oldest.openFrom), toKept(oldest));
}

function binsOf(round: Round, row: Row, from: number, to: number): Promise<BinRow[]> {
  return readBins(round.ctx.db, {
    environment: row.environment,
    feature: row.featureKey,
    metrics: metricsOf(row.plan.criteria),
    versions: [row.plan.baseline, row.plan.candidate],
    from: new Date(from),
    to: new Date(to),
    resolution: 10,
  });
}
