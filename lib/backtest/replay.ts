/**
 * A recorded stretch, judged bin by bin through the code of the watch. At each closed bin stands the rollout as it
 * stood when the bin began; orders that fell into the bin hold from the next one on, as the looks that led to them
 * saw no more than that bin. Changes nothing but its own `Replay`; no I/O, no clock.
 */
import type { CriterionOutcome } from '@/lib/criterion/model';
import type { Decided } from '@/lib/rollout/decide';
import type { Action, DecisionView, Plan, RolloutState, VerdictReason } from '@/lib/rollout/model';
import { nextState } from '@/lib/rollout/transition';
import { judgeAt } from '@/lib/rollout/watch/judge-at';
import {
  binOf,
  close,
  enterStage,
  type Judging,
  type Looked,
  latenessMs,
  snapshotOf,
  startJudging,
} from '@/lib/rollout/watch/judging';
import { type StageWindow, windowsOf } from '@/lib/rollout/watch/windows';
import type { BinRow, Finding } from '@/lib/signal/model';
import type { BacktestMode, CurvePoint, Turn, Wait } from './model';

export type Place = {
  state: RolloutState;
  stage: number;
  stageSince: Date;
  heldReason: VerdictReason | null;
  withdrawn: string[];
};
/** Something that the backtest would have done, or that was done. */
export type Act = { kind: Action['kind']; at: number };

export type Course = {
  plan: Plan;
  mode: BacktestMode;
  /** first moment and end of the stretch, milliseconds */
  from: number;
  to: number;
  /** how long a bin is */
  width: number;
  /** what was done, oldest first; only what was acted on */
  orders: DecisionView[];
  /** stages whose leaving was approved, and when */
  approvals: Array<{ stage: number; at: number }>;
  findings: Finding[];
  switchable: boolean;
  /** cohorts that can be taken back alone */
  withdrawable: string[];
};

export type Replay = {
  course: Course;
  judging: Judging;
  place: Place;
  /** orders that are still to come */
  ahead: DecisionView[];
  /** newest bin that held anything */
  dataUntil: Date | null;
  looks: number;
  /** of the newest look */
  last: Turn | null;
  turns: Turn[];
  waits: Wait[];
  acts: Act[];
  first: Map<string, { criterion: string; cohort: string | null; failAt: number | null; passAt: number | null }>;
  curves: Map<string, Curve>;
  /** when each stage really began: telemetry is of what was exposed, whatever the replay would have exposed */
  windows: readonly StageWindow[];
  outcomes: CriterionOutcome[];
  /** outcomes of cohorts that were taken back, as they were then */
  parted: CriterionOutcome[];
  /** nothing is left to judge: the backtest would have ended the rollout */
  over: boolean;
};
type Curve = { byBucket: Map<number, CurvePoint>; turns: CurvePoint[]; outcome: string };

const mostTurns = 500;
/** Together at most 300 points a curve. */
const buckets = 250;
const mostCurveTurns = 50;

export function startReplay(course: Course): Replay {
  const begun: Place = {
    state: 'running',
    stage: 0,
    stageSince: new Date(course.from),
    heldReason: null,
    withdrawn: [],
  };
  const before = course.orders.filter((o) => Date.parse(o.at) <= course.from);
  let place = before.reduce((at, order) => afterOrder(at, order, { ...course, mode: 'as_happened' }), begun);
  // Before the stretch, whoever took a cohort back, it was gone.
  const gone = before.filter((o) => o.action === 'withdraw').flatMap((o) => o.cohorts);
  place = { ...place, withdrawn: union(place.withdrawn, gone) };
  const since = new Date(course.from);
  return {
    course,
    judging: startJudging(course.plan, since, place.stageSince, course.width, place.withdrawn),
    place,
    ahead: course.orders.slice(before.length),
    dataUntil: null,
    looks: 0,
    last: null,
    turns: [],
    waits: [],
    acts: [],
    first: new Map(),
    curves: new Map(),
    windows: windowsOf(course.orders),
    outcomes: [],
    parted: [],
    over: false,
  };
}

/**
 * Whether cohorts have left since the judging began: then the rest is judged again from the start of the stretch, as
 * the watch does, and whoever has the rows gives them to `judging` once more.
 */
export function hasParted(replay: Replay): boolean {
  const { course, place, judging } = replay;
  if (judging.without.join() === place.withdrawn.join()) return false;
  const since = new Date(course.from);
  replay.judging = startJudging(course.plan, since, place.stageSince, course.width, place.withdrawn);
  enterStage(replay.judging, place.stageSince, replay.windows);
  return true;
}

/** The bin that starts at `bin`, with all of its rows; bins come in order of time and none is left out. */
export function replayBin(replay: Replay, rows: BinRow[], bin: number): void {
  const { course, judging, place } = replay;
  const end = bin + course.width;
  if (rows.length > 0) replay.dataUntil = new Date(end);
  const due = replay.ahead.filter((o) => Date.parse(o.at) < end);
  // Whoever leaves a stage within this bin counts it; whoever enters one counts from the next.
  const leaving = due.length > 0 ? snapshotOf(judging) : judging;
  enterStage(leaving, place.stageSince, replay.windows);
  close(leaving, rows, end);
  const now = new Date(end + latenessMs);
  const { decided, looked } = judgeAt(leaving, [], standingAt(replay, now));
  keep(replay, decided, looked, now);
  if (decided.action) act(replay, decided.action, decided.outcomes, now);
  if (due.length > 0) {
    replay.ahead = replay.ahead.slice(due.length);
    for (const order of due) {
      replay.place = afterOrder(replay.place, order, course);
      if (order.action === 'withdraw' && order.actor.kind !== 'rule') part(replay, order.cohorts, decided.outcomes);
    }
    enterStage(judging, replay.place.stageSince, replay.windows);
    close(judging, rows, end);
  }
  replay.over = replay.place.state !== 'running' && replay.place.state !== 'held';
}

function standingAt(replay: Replay, now: Date) {
  const { course, place } = replay;
  const at = now.getTime();
  return {
    ...place,
    // As decided it acts, whatever the mode of the rollout was.
    plan: course.mode === 'as_decided' ? { ...course.plan, mode: 'act' as const } : course.plan,
    startedAt: new Date(course.from),
    approved: course.approvals.some((a) => a.stage === place.stage && a.at <= at),
    automationStopped: false,
    switchable: course.switchable,
    withdrawable: course.withdrawable,
    parted: replay.parted,
    // Of a finding the first and the last time are known; in between it is taken to have gone on.
    findings: course.findings
      .filter((f) => f.firstAt.getTime() <= at)
      .map((f) => ({ ...f, lastAt: f.lastAt < now ? f.lastAt : now })),
    freshness: { lastAt: replay.dataUntil, receiverAliveAt: null },
    now,
  };
}

/** As it happened, stages and people's holds are as recorded; what a rule did is what the backtest stands in for. */
function afterOrder(place: Place, order: DecisionView, course: Course): Place {
  const at = new Date(order.at);
  if (course.mode === 'as_decided') {
    const state = order.actor.kind === 'rule' || order.action === 'start' ? null : nextState(place.state, order.action);
    if (state === null) return place;
    const last = course.plan.stages.length - 1;
    if (order.action === 'widen')
      return place.stage < last ? { ...place, stage: place.stage + 1, stageSince: at } : place;
    return moved({ ...place, state }, order.action, at);
  }
  switch (order.action) {
    case 'start':
    case 'widen':
      return { ...place, state: 'running', heldReason: null, stage: order.toStage, stageSince: at };
    case 'hold':
      return order.actor.kind === 'rule' ? place : { ...place, state: 'held', heldReason: 'held_by_person' };
    case 'resume':
      return { ...place, state: 'running', heldReason: null, stageSince: at };
    default:
      // The stretch may reach past the end of the rollout: it is judged as if it had gone on.
      return place;
  }
}

/** As decided, its own verdicts move it; as it happened, only its own holds and partings stay. */
function act(replay: Replay, action: Action, outcomes: CriterionOutcome[], now: Date): void {
  if (action.kind === 'withdraw') part(replay, action.cohorts, outcomes);
  else replay.place = afterAct(replay.place, action, replay.course, now);
}

function part(replay: Replay, cohorts: string[], outcomes: CriterionOutcome[]): void {
  replay.place = { ...replay.place, withdrawn: union(replay.place.withdrawn, cohorts) };
  const theirs = outcomes.filter((o) => o.cohort !== null && cohorts.includes(o.cohort));
  replay.parted = [...replay.parted.filter((o) => !cohorts.includes(o.cohort ?? '')), ...theirs];
}

const union = (some: string[], more: string[]) => [...new Set([...some, ...more])];

function afterAct(place: Place, action: Action, course: Course, now: Date): Place {
  if (action.kind === 'hold') return { ...place, state: 'held', heldReason: action.reason };
  if (course.mode === 'as_happened') return place;
  const state = nextState(place.state, action.kind);
  if (state === null) return place;
  if (action.kind === 'widen') return { ...place, state, stage: action.toStage, stageSince: now };
  return moved({ ...place, state }, action.kind, now);
}

function moved(place: Place, kind: Action['kind'], at: Date): Place {
  if (kind === 'resume') return { ...place, heldReason: null, stageSince: at };
  return kind === 'hold' ? { ...place, heldReason: 'held_by_person' } : place;
}

function keep(replay: Replay, decided: Decided, looked: Looked[], now: Date): void {
  const { kind, reason, deciding, outcomes } = decided;
  const { stage } = replay.place;
  const action = (decided.action ?? decided.withheld)?.kind ?? null;
  const turn: Turn = { at: now.toISOString(), stage, kind, reason, deciding, action };
  const before = replay.last;
  const anew = action !== null && (action !== before?.action || stage !== before.stage);
  if (anew) replay.acts.push({ kind: action, at: now.getTime() });
  const turned = kind !== before?.kind || reason !== before.reason;
  if ((turned || anew) && replay.turns.length < mostTurns) replay.turns.push(turn);
  replay.last = turn;
  const unmet = reason === 'gate_waits' ? decided.gate.filter((g) => !g.met).map((g) => g.reason) : [];
  if ((replay.waits.at(-1)?.unmet ?? []).join() !== unmet.join() && replay.waits.length < mostTurns)
    replay.waits.push({ at: turn.at, stage, unmet });
  replay.looks++;
  replay.outcomes = outcomes;
  keepFirst(replay, outcomes, now.getTime());
  for (const { criterion } of looked) {
    const overall = outcomes.find((o) => o.criterion === criterion.name && o.cohort === null);
    if (overall) keepPoint(replay, overall, now);
  }
}

function keepFirst(replay: Replay, outcomes: CriterionOutcome[], now: number): void {
  for (const { criterion, cohort, outcome } of outcomes) {
    const key = JSON.stringify([criterion, cohort]);
    let first = replay.first.get(key);
    if (!first) {
      first = { criterion, cohort, failAt: null, passAt: null };
      replay.first.set(key, first);
    }
    if (outcome === 'fail') first.failAt ??= now;
    if (outcome === 'pass') first.passAt ??= now;
  }
}

/** The newest look of each bucket, for a look says all that came before it, and those at which the outcome turned. */
function keepPoint(replay: Replay, o: CriterionOutcome, now: Date): void {
  const { from, to, width } = replay.course;
  const curve: Curve = replay.curves.get(o.criterion) ?? { byBucket: new Map(), turns: [], outcome: '' };
  replay.curves.set(o.criterion, curve);
  const point = {
    at: now.toISOString(),
    estimate: finite(o.estimate),
    low: finite(o.low),
    high: finite(o.high),
    limit: finite(o.limit),
    outcome: o.outcome,
  };
  const span = Math.max(width, to - binOf(from, width)) / buckets;
  curve.byBucket.set(Math.floor((now.getTime() - from) / span), point);
  if (curve.outcome !== o.outcome && curve.turns.length < mostCurveTurns) curve.turns.push(point);
  curve.outcome = o.outcome;
}

export function pointsOf(curve: Curve): CurvePoint[] {
  const points = new Map([...curve.byBucket.values(), ...curve.turns].map((p) => [p.at, p]));
  return [...points.values()].sort((a, b) => (a.at < b.at ? -1 : 1));
}

export const finite = (value: number | null | undefined): number | null =>
  value !== null && value !== undefined && Number.isFinite(value) ? value : null;
