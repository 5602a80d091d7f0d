/** The backtest: reads what was recorded, a slice at a time, and judges it again. Writes nothing. */
import { setImmediate } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { feature } from '@/drizzle/schema/feature';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { metricsOf } from '@/lib/criterion/model';
import { BelayError, badInput } from '@/lib/errors';
import { history } from '@/lib/event/event';
import { cohortKeys } from '@/lib/feature/feature';
import type { RolloutView } from '@/lib/rollout/model';
import { parsePlan } from '@/lib/rollout/plan/plan';
import { decisionsOf, getRollout, listApprovals } from '@/lib/rollout/rollout';
import { binOf, close, latenessMs } from '@/lib/rollout/watch/judging';
import { getRetention } from '@/lib/signal/keep';
import type { BinRow, Resolution } from '@/lib/signal/model';
import { findings, readBins } from '@/lib/signal/signal';
import { type Asked, type Life, parseBacktest, resolutionFor, type Stretch, stretchOf } from './input';
import type { BacktestView } from './model';
import { type Course, hasParted, type Replay, replayBin, startReplay } from './replay';
import { selectFirstLooks } from './store';
import { viewOfReplay } from './view';

/** Bins of one read: an hour of 10 s, two weeks of an hour. */
const sliceBins = 360;
const longestMs = 60_000;
/** Others on this process get their turn this often. */
const turnMs = 20;
/** In one process; a third has to wait, so that the console stays at hand. */
const atOnce = 2;
let running = 0;

/** @throws BelayError bad_input naming the field; unavailable while others are at it */
export async function backtest(ctx: Context, rolloutId: string, input: unknown): Promise<BacktestView> {
  authorise(ctx.actor, 'view');
  const row = await getRollout(ctx, rolloutId);
  const asked = parseBacktest(parsePlan(row.plan), input);
  const now = ctx.now().getTime();
  const stretch = stretchOf(lifeOf(row), asked, now);
  const resolution = resolutionFor(stretch, await getRetention(ctx), now);
  if (running >= atOnce) throw new BelayError('unavailable', `${atOnce} backtests are under way; try again`);
  running++;
  try {
    return await run(ctx, row, asked, { ...stretch, resolution });
  } finally {
    running--;
  }
}

async function run(
  ctx: Context,
  row: RolloutView,
  asked: Asked,
  stretch: Stretch & { resolution: Resolution },
): Promise<BacktestView> {
  const { from, resolution } = stretch;
  const width = resolution * 1000;
  const to = Math.min(stretch.to, binOf(ctx.now().getTime() - latenessMs, width));
  if (from >= to)
    throw badInput([{ field: asked.to ? 'to' : 'from', message: `leaves no bin of ${resolution} s that is over` }]);
  const place = { environment: row.environment, feature: row.feature };
  const [decisions, approvals, found, [kind], live, stops, cohorts] = await Promise.all([
    decisionsOf(ctx, row.id),
    listApprovals(ctx, { rolloutId: row.id, state: 'approved' }),
    findings(ctx.db, place),
    ctx.db.select({ kind: feature.kind }).from(feature).where(eq(feature.key, row.feature)),
    selectFirstLooks(ctx.db, row.id, { from: new Date(binOf(from)), to: new Date(to + width) }),
    history(ctx, { kinds: ['automation.stopped', 'automation.resumed'], limit: 1000 }),
    cohortKeys(ctx.db),
  ]);
  decisions.reverse();
  const course: Course = {
    plan: asked.plan,
    mode: asked.mode,
    from,
    to,
    width,
    orders: decisions.filter((d) => d.acted),
    approvals: approvals.map((a) => ({ stage: a.stage, at: Date.parse(a.decidedAt ?? '') })),
    findings: found,
    switchable: kind?.kind === 'flag',
    withdrawable: [...cohorts].filter((cohort) => cohort !== '*'),
  };
  const replay = startReplay(course);
  course.to = await replayStretch(ctx, row, replay);
  return viewOfReplay(replay, {
    rolloutId: row.id,
    plan: asked.plan,
    edited: asked.edited,
    resolution,
    decisions,
    life: lifeOf(row),
    wanted: to,
    filling: to < stretch.to,
    automationStops: stoppedWithin(stops, from, to),
    live,
  });
}

function lifeOf({ startedAt, endedAt }: RolloutView): Life {
  const ms = (at: string | null) => (at === null ? null : Date.parse(at));
  return { from: ms(startedAt), to: ms(endedAt) };
}

/** Answers how far it came: to the end, unless it took too long. */
async function replayStretch(ctx: Context, row: RolloutView, replay: Replay): Promise<number> {
  const { to, width } = replay.course;
  const late = performance.now() + longestMs;
  for await (const { bin, rows } of recorded(ctx, row, replay.course, to)) {
    replayBin(replay, rows, bin);
    if (replay.over) break;
    if (hasParted(replay)) await judgeAgain(ctx, row, replay, { until: bin + width, late });
    if (performance.now() > late) return Math.min(to, bin + width);
  }
  return to;
}

/** All of the stretch so far, without the cohorts that have left; nothing is decided on the way. */
async function judgeAgain(
  ctx: Context,
  row: RolloutView,
  { judging, course }: Replay,
  by: { until: number; late: number },
): Promise<void> {
  for await (const { bin, rows } of recorded(ctx, row, course, by.until)) {
    close(judging, rows, bin + course.width);
    if (performance.now() > by.late) return;
  }
}

/** Bin by bin from the start of the stretch: read a slice at a time, and handed out so that others get their turn. */
async function* recorded(
  ctx: Context,
  row: RolloutView,
  course: Course,
  until: number,
): AsyncGenerator<{ bin: number; rows: BinRow[] }> {
  const { from, width } = course;
  const last = binOf(until - 1, width);
  let turn = performance.now();
  for (let slice = binOf(from, width); slice <= last; slice += sliceBins * width) {
    const end = Math.min(slice + sliceBins * width, last + width);
    const rows = await rowsOf(ctx, row, course, slice, end);
    let next = 0;
    for (let bin = slice; bin < end; bin += width) {
      const first = next;
      while (next < rows.length && (rows[next] as BinRow).at < bin + width) next++;
      yield { bin, rows: rows.slice(first, next) };
      if (performance.now() - turn < turnMs) continue;
      await setImmediate();
      turn = performance.now();
    }
  }
}

function rowsOf(ctx: Context, row: RolloutView, course: Course, from: number, to: number): Promise<BinRow[]> {
  const { criteria, baseline, candidate } = course.plan;
  return readBins(ctx.db, {
    environment: row.environment,
    feature: row.feature,
    metrics: metricsOf(criteria),
    versions: [baseline, candidate],
    from: new Date(from),
    to: new Date(to),
    resolution: (course.width / 1000) as Resolution,
  });
}

/** How often everything automatic was, or had been, stopped in a stretch. `events` come newest first. */
function stoppedWithin(events: Array<{ kind: string; at: string }>, from: number, to: number): number {
  const before = events.find((e) => Date.parse(e.at) <= from);
  const within = events.filter((e) => Date.parse(e.at) > from && Date.parse(e.at) < to);
  const stops = within.filter((e) => e.kind === 'automation.stopped').length;
  return stops + (before?.kind === 'automation.stopped' ? 1 : 0);
}
