/**
 * Everything that a report is drafted from, read once and in one moment of the database. Only what Belay recorded; what
 * had to be left out is said in `missing`.
 */
import type { Context } from '@/lib/context';
import { excessBy } from '@/lib/criterion/excess';
import { type Criterion, metricsOf } from '@/lib/criterion/model';
import type { Db, Tx } from '@/lib/db';
import type { Drill, RunView } from '@/lib/drill/model';
import { getRun } from '@/lib/drill/run/run';
import { storable } from '@/lib/event/canonical';
import type { RollbackView } from '@/lib/rollback/model';
import { getRollback } from '@/lib/rollback/rollback';
import { coarseEnough } from '@/lib/rollout/explain/excess';
import type { DecisionView, Plan, RolloutView } from '@/lib/rollout/model';
import { durationMs } from '@/lib/rollout/plan/duration';
import { decisionsOf, getRollout } from '@/lib/rollout/rollout';
import { type BinRow, type Finding, type Mapping, type Resolution, resolutions } from '@/lib/signal/model';
import { isSegmentAttribute } from '@/lib/signal/segment';
import { countSeries, findings, getMapping, readBins } from '@/lib/signal/signal';
import { compare } from '@/lib/snapshot/compare';
import { type Facts, factsFormat, type Measured } from '../facts';
import { momentsOf } from '../impact/milestones';
import type { MilestoneName, Subject } from '../model';
import { cellsOf } from './cells';
import { deploymentsSeen, drillObjectives, eventsOf, lastDrillOf, snapshotsOf, stateBefore } from './recorded';

const minute = 60_000;
/** Told before the first thing that is told of, so that what it was like before shows. */
const beforeMs = 15 * minute;
/** As long as late data is waited for. */
export const afterMs = 10 * minute;
/** Of a rollout that ran for longer only this much before its end is told, and what it was judged by. */
const longestMs = 6 * 3_600_000;
const most = { events: 1_000, decisions: 200, values: 40, deployments: 50, findings: 100, cells: 60_000 };

/** What a person named, where nothing else says what the stretch is. */
export type Named = { from: Date; to: Date };
type Home = Pick<Context, 'db' | 'now'>;

/** It may be seen by whoever may see the report. */
const reader = { kind: 'rule', id: 'postmortem', name: 'postmortem', environment: null } as const;

export async function gather(home: Home, subject: Subject, named: Named): Promise<Facts> {
  const now = home.now();
  const read = await home.db.transaction((tx) => readAll({ ...home, now: () => now, db: within(tx) }, subject, named), {
    isolationLevel: 'repeatable read',
    accessMode: 'read only',
  });
  // What is only computed keeps no transaction open.
  const counted = read.rows.map((of) => countedOf(of, read));
  const harm = harmOf({ ...read.facts, measured: counted });
  const measured = counted.map((of, i) => withExcess(of, read.rows[i], harm, read));
  return storable({ ...read.facts, measured });
}

/** From when the candidate was worse to when nobody was served it: before and after, it would only dilute the excess. */
function harmOf(facts: Facts): Measured['excessOver'] {
  const found = momentsOf(facts).milestones;
  const at = (name: MilestoneName) => found.find((m) => m.name === name)?.at;
  const from = at('onset') ?? facts.from;
  const to = at('propagated') ?? facts.to;
  return from < to ? { from, to } : { from: facts.from, to: facts.to };
}

/** Readers of roll-ups speak SQL beneath drizzle; here they do so in the transaction. */
function within(tx: Tx): Db {
  const { client } = (tx as unknown as { session: { client: Db['$client'] } }).session;
  return Object.assign(tx as unknown as Db, { $client: client });
}

type Read = { facts: Facts; rows: Rows[]; mapping: Mapping };
type Rows = { criterion: Criterion; rows: BinRow[]; resolution: Resolution };

async function readAll(home: Home, subject: Subject, named: Named): Promise<Read> {
  const ctx: Context = { ...home, enqueue: async () => {}, actor: reader };
  const about = await aboutOf(ctx, subject);
  const missing: string[] = [];
  const span = stretchOf(about, named, home.now(), missing);
  const environment = about.run?.shadow ?? subject.environment;
  const place = { feature: subject.feature, environment: subject.environment };
  const plan = about.rollout?.plan ?? null;
  const of = { feature: subject.feature, environment, rolloutId: about.rollout?.id ?? null };
  const told = await eventsOf(home.db, { ...of, ...span, runId: about.run?.id ?? null }, most.events);
  if (told.left > 0) missing.push(`The history holds ${told.left} more events of this stretch; the newest are told`);
  const { snapshots, comparison } = await statesOf(home.db, about, environment);
  const rows = plan ? await readRows(home.db, plan, { environment, ...span }, missing) : [];
  if (!plan) missing.push('No rollout says what is measured, so nothing is computed from telemetry');
  const objectives = about.run?.drill.objectives ?? (await drillObjectives(home.db, place));
  return {
    rows,
    mapping: await getMapping(ctx),
    facts: {
      format: factsFormat,
      takenAt: home.now().toISOString(),
      subject,
      from: span.from.toISOString(),
      to: span.to.toISOString(),
      baseline: plan?.baseline ?? null,
      candidate: plan?.candidate ?? null,
      plan,
      rollout: about.rollout && rolloutFact(about.rollout),
      rollback: about.rollback,
      run: about.run,
      decisions: cut(about.decisions, most.decisions, 'decisions', missing),
      events: told.events,
      snapshots,
      comparison,
      measured: [],
      findings: await findingsIn(home.db, { feature: subject.feature, environment }, span, missing),
      deployments: await deploymentsSeen(
        home.db,
        { environment, metrics: metricsOf(plan?.criteria ?? []), ...span },
        most.deployments,
      ),
      lastDrill: await lastDrillOf(home.db, place, new Date(about.rollback?.decidedAt ?? span.to)),
      objectives: objectives && objectivesOf(objectives),
      missing,
    },
  };
}

type About = {
  rollout: RolloutView | null;
  rollback: RollbackView | null;
  run: RunView | null;
  /** oldest first */
  decisions: DecisionView[];
};

async function aboutOf(ctx: Context, { kind, id, rolloutId }: Subject): Promise<About> {
  const run = kind === 'drill_run' && id !== null ? await getRun(ctx, id) : null;
  const rollbackId = kind === 'rollback' ? id : (run?.rollbackId ?? null);
  const rollback = rollbackId === null ? null : await getRollback(ctx, rollbackId);
  const of = rollback?.rolloutId ?? run?.rolloutId ?? rolloutId;
  const rollout = of === null ? null : await getRollout(ctx, of);
  const decisions = rollout ? await decisionsOf(ctx, rollout.id) : [];
  return { rollout, rollback, run, decisions: decisions.sort((a, b) => a.epoch - b.epoch || compared(a.at, b.at)) };
}

const compared = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** What a person named; else from before the rollout began, or some hours before it was taken back, to after its end. */
function stretchOf(about: About, named: Named, now: Date, missing: string[]): { from: Date; to: Date } {
  const { rollback, run, rollout } = about;
  const cutAt = (end: string | null) =>
    new Date(end === null ? now : Math.min(now.getTime(), Date.parse(end) + afterMs));
  if (!rollback && !run) return { from: named.from, to: new Date(Math.min(now.getTime(), named.to.getTime())) };
  if (run) {
    const from = Date.parse(run.startedAt ?? run.scheduledFor ?? now.toISOString()) - minute;
    return { from: new Date(from), to: cutAt(run.endedAt) };
  }
  const decidedAt = Date.parse(rollback?.decidedAt ?? now.toISOString());
  const startedAt = rollout?.startedAt ? Date.parse(rollout.startedAt) : decidedAt;
  const earliest = decidedAt - longestMs;
  if (startedAt < earliest)
    missing.push(
      `The rollout began at ${rollout?.startedAt}; what is counted begins ${longestMs / 3_600_000} hours before it was taken back`,
    );
  return { from: new Date(Math.max(startedAt, earliest) - beforeMs), to: cutAt(rollback?.endedAt ?? null) };
}

async function statesOf(
  db: Db,
  { rollback }: About,
  environment: string,
): Promise<Pick<Facts, 'snapshots' | 'comparison'>> {
  if (!rollback) return { snapshots: [], comparison: null };
  const at = new Date(rollback.decidedAt);
  const before = await stateBefore(db, { feature: rollback.feature, environment, at });
  const snapshots = await snapshotsOf(
    db,
    [rollback.target, before].flatMap((id) => id ?? []),
  );
  const from = snapshots.find(({ id }) => id === rollback.target);
  const to = snapshots.find(({ id }) => id === before);
  const comparison = from && to ? { from: from.id, to: to.id, differences: compare(from.body, to.body) } : null;
  return { snapshots, comparison };
}

/** As fine as is kept and as many cells allow: ten seconds, else minutes, else hours, said where it is not the finest. */
async function readRows(
  db: Db,
  plan: Plan,
  { environment, from, to }: { environment: string; from: Date; to: Date },
  missing: string[],
): Promise<Rows[]> {
  const rows: Rows[] = [];
  for (const criterion of plan.criteria) {
    const query = {
      environment,
      feature: plan.feature,
      metrics: metricsOf([criterion]),
      versions: [plan.baseline, plan.candidate],
    };
    const series = await countSeries(db, query);
    const span = { from: from.getTime(), to: to.getTime() };
    const fits = coarseEnough(span, series);
    if (fits.resolution > 10)
      missing.push(`${criterion.name} is counted in steps of ${fits.resolution} s: finer would be too many cells`);
    if (fits.from > span.from)
      missing.push(
        `${criterion.name} is counted from ${new Date(fits.from).toISOString()}: more would be too many cells`,
      );
    const found = await readBins(db, { ...query, from: new Date(fits.from), to, resolution: fits.resolution });
    rows.push({ criterion, rows: found, resolution: fits.resolution });
  }
  return rows;
}

function countedOf({ criterion, rows, resolution }: Rows, { facts, rows: { length } }: Read): Measured {
  const cap = Math.floor(most.cells / length);
  const steps = resolutions.filter((step) => step >= resolution).map((step) => step * 1000);
  let stepMs = steps[0] ?? resolution * 1000;
  let found = cellsOf(criterion, rows, stepMs);
  for (const coarser of steps.slice(1)) {
    if (found.cells.length <= cap) break;
    stepMs = coarser;
    found = cellsOf(criterion, rows, stepMs);
  }
  const { unit, bounds, cells } = found;
  if (stepMs > resolution * 1000)
    facts.missing.push(`${criterion.name} is kept in steps of ${stepMs / 1000} s: finer would be too many cells`);
  if (cells.length > cap) facts.missing.push(`${criterion.name} has ${cells.length} cells; the newest ${cap} are kept`);
  return {
    criterion,
    unit,
    stepMs,
    bounds,
    cells: cells.slice(-cap),
    excess: null,
    excessOver: { from: facts.from, to: facts.to },
    missing: cells.length > 0 ? '' : `No telemetry of ${criterion.metric} arrived in this stretch`,
  };
}

function withExcess(
  measured: Measured,
  counted: Rows | undefined,
  over: Measured['excessOver'],
  { facts: { baseline, candidate, missing }, mapping }: Read,
): Measured {
  if (!counted || baseline === null || candidate === null) return measured;
  const { criterion } = measured;
  const [from, to] = [Date.parse(over.from), Date.parse(over.to)];
  const all = excessBy(
    criterion,
    // The bin in which it began has begun before.
    counted.rows.filter(({ at }) => at + counted.resolution * 1000 > from && at < to),
    { baseline, candidate },
    { exclude: (key) => isSegmentAttribute(key, mapping) },
  );
  if (all.values.length > most.values)
    missing.push(
      `${criterion.name} has ${all.values.length} attribute values; the ${most.values} that carry most are kept`,
    );
  return { ...measured, excess: { ...all, values: all.values.slice(0, most.values) }, excessOver: over };
}

function cut<T>(all: T[], size: number, what: string, missing: string[]): T[] {
  if (all.length > size) missing.push(`There are ${all.length} ${what}; the newest ${size} are told`);
  return all.slice(-size);
}

async function findingsIn(
  db: Db,
  of: { feature: string; environment: string },
  span: { from: Date; to: Date },
  missing: string[],
): Promise<Facts['findings']> {
  const found = await findings(db, of);
  const within = found.filter(({ firstAt, lastAt }) => lastAt >= span.from && firstAt <= span.to);
  return cut(within.reverse(), most.findings, 'findings about telemetry', missing).map(dated);
}

const dated = ({ firstAt, lastAt, ...rest }: Finding) => {
  return { ...rest, firstAt: firstAt.toISOString(), lastAt: lastAt.toISOString() };
};

const rolloutFact = ({ id, startedAt, endedAt, state, owner }: RolloutView): NonNullable<Facts['rollout']> => {
  return { id, startedAt, endedAt, state, owner };
};

function objectivesOf(of: Drill['objectives']): NonNullable<Facts['objectives']> {
  const ms = (text: string | null) => (text === null ? null : durationMs(text));
  return {
    detectMs: ms(of.detect),
    decideMs: ms(of.decide),
    actuateMs: ms(of.actuate),
    propagateMs: ms(of.propagate),
    recoverMs: ms(of.recover),
  };
}
