/**
 * The level without users: Belay's worker sends marked telemetry of simulated ones through the receiver's own function.
 * Which version each of them has is asked of the flags of the shadow, step by step, so a rollback shows in what is sent
 * because it works and for no other reason.
 *
 * What was sent is written down behind the sending, a few steps at a time and under the fence of the run. A crash in
 * between sends the same steps again: the same bytes, which the ledger knows, or, where the flags have changed
 * meanwhile, the same windows, which the fold counts once a stream.
 */
import { eq } from 'drizzle-orm';
import { series } from '@/drizzle/schema/signal';
import type { Db } from '@/lib/db';
import { BelayError } from '@/lib/errors';
import { reach } from '@/lib/failpoint';
import { evaluate } from '@/lib/feature/evaluate';
import type { FlagState } from '@/lib/feature/model';
import { loadFlagState } from '@/lib/feature/state';
import { openReceiver, type Receiver } from '@/lib/otlp/receive';
import type { Plan } from '@/lib/rollout/model';
import { needsWindows } from '@/lib/rollout/watch/windows';
import { freshness, getMapping } from '@/lib/signal/signal';
import { LostRun } from '../run/keep';
import { type RunHome, type RunRow, updateRun } from '../run/run-store';
import type { Level, Prepared } from './level';
import { type Mix, mixOf } from './mix';
import { audienceOf, drillActor, layOut, release, shadowRollout } from './shadow';
import { exportOf, onGrid, type Served, stepMs } from './traffic';

/** Before the release, so that what is known good has been measured: five windows of 30 s, of which three are needed. */
export const historyMs = 150_000;
/** After it, so that the candidate is seen to be healthy first: two bins, where rates compare after they have settled. */
const healthyMs = 20_000;
const settledMs = 80_000;
/** Steps between two notes of how far it has come; fewer than the fold remembers windows of a stream. */
const stepsAtOnce = 4;
/** A worker that was away for longer leaves a gap: nobody waits for traffic of an hour ago. */
const mostBehindMs = 10 * 60_000;

export type Sent = {
  sentUntil: Date;
  /** what the flags served whom at the end of it */
  served: Served[];
  /** requests of the candidate that failed */
  errors: number;
};

export const synthetic: Level = {
  prepare: prepareShadow,
  send: (home, run, until) => sendTraffic(home, run, { until }),
};

/** Asked once a second until it is ready. Each call goes on from what is there. */
export async function prepareShadow(home: RunHome, run: RunRow): Promise<Prepared> {
  const draft = await layOut(home, run);
  const of = { rolloutId: draft.id, shadow: draft.environment };
  const { sentUntil } = await sendTraffic(home, { ...run, rolloutId: draft.id }, { until: home.now() });
  if (draft.state === 'draft') {
    const measured = await foldedUntil(home.db, draft.environment, draft.featureKey);
    if (measured === null || measured.getTime() < sentUntil.getTime() - 2 * stepMs)
      return { ...of, ready: false, sentUntil, detail: 'Waits until what is known good has been measured' };
  }
  const row = await release(home, run, draft);
  const startedAt = row.startedAt ?? home.now();
  const seen = sentUntil.getTime() - startedAt.getTime();
  if (row.state !== 'running')
    return { ...of, ready: false, sentUntil, detail: `The rehearsed rollout is ${row.state} before the fault` };
  return seen >= (needsWindows(row.plan) ? settledMs : healthyMs)
    ? { ...of, ready: true, sentUntil, detail: `${row.plan.candidate} is exposed and healthy` }
    : { ...of, ready: false, sentUntil, detail: `${row.plan.candidate} is exposed; waits to see it healthy` };
}

async function foldedUntil(db: Db, environment: string, feature: string): Promise<Date | null> {
  return (await freshness(db, { environment, feature })).lastAt;
}

/** Whole steps up to `until`. The fault of the run says when the candidate misbehaves, unless `faulty` does. */
export async function sendTraffic(
  home: RunHome,
  run: RunRow,
  { until, faulty }: { until: Date; faulty?: boolean },
): Promise<Sent> {
  const row = await shadowRollout(home.db, run.id);
  if (!row) throw new Error(`the run ${run.id} has no shadow yet`);
  const state = await loadFlagState(home.db);
  const mapping = await getMapping({ ...home, actor: drillActor });
  const { served, mix } = await crowdOf(home.db, state, run, row);
  const end = onGrid(until.getTime());
  const begin = run.sentUntil?.getTime() ?? onGrid((run.startedAt ?? home.now()).getTime() - historyMs);
  let from = Math.max(begin, end - mostBehindMs);
  let errors = 0;
  while (from < end) {
    const steps = Array.from({ length: stepsAtOnce }, (_, i) => from + i * stepMs).filter((at) => at < end);
    const exports = steps.map((at) =>
      exportOf({
        run: run.id,
        feature: run.featureKey,
        candidate: row.plan.candidate,
        mix,
        mapping,
        served,
        from: at,
        faulty: faulty ?? isFaulty(run, at),
      }),
    );
    reach('drill.deliver.before_write');
    await Promise.all(exports.map(({ body }) => deliver(home, body)));
    reach('drill.deliver.after_write');
    from += steps.length * stepMs;
    errors += exports.reduce((n, e) => n + e.errors, 0);
    if (!(await updateRun(home.db, run, { sentUntil: new Date(from) })))
      throw new LostRun(`another worker has the run ${run.id}`);
  }
  return { sentUntil: new Date(Math.max(from, begin)), served, errors };
}

function isFaulty({ faultAt, faultUntil }: RunRow, from: number): boolean {
  if (faultAt === null || from + stepMs <= faultAt.getTime()) return false;
  return faultUntil === null || from < faultUntil.getTime();
}

type Row = NonNullable<Awaited<ReturnType<typeof shadowRollout>>>;

async function crowdOf(db: Db, state: FlagState, run: RunRow, row: Row): Promise<{ served: Served[]; mix: Mix }> {
  const { plan } = row;
  const { rehearsed, control } = audienceOf(state, plan, { run: run.id, rollout: row.id });
  const served = [rehearsed, ...(control ? [control] : [])].flatMap(({ cohort, users }) => {
    const versions = new Map<string, number>();
    for (const user of users) {
      const version = evaluate(state, plan.feature, plan.environment, user)?.version ?? plan.baseline;
      versions.set(version, (versions.get(version) ?? 0) + 1);
    }
    return [...versions].sort().map(([version, n]) => ({ cohort, version, users: n }));
  });
  const all = rehearsed.users.length;
  const candidates = Math.max(1, Math.round((all * exposedShare(plan)) / 100));
  return { served, mix: mixOf(plan.criteria, await unitsOf(db, run), { candidates, all }) };
}

function exposedShare(plan: Plan): number {
  return Math.min(100 - plan.holdback, Math.max(0, ...Object.values(plan.stages[0]?.exposure ?? {})));
}

/** As the service itself reports them. */
async function unitsOf(db: Db, run: RunRow): Promise<Map<string, string>> {
  const rows = await db
    .selectDistinct({ metric: series.metric, unit: series.unit, environment: series.environment })
    .from(series)
    .where(eq(series.feature, run.featureKey));
  return new Map(rows.filter((r) => r.environment === run.environment).map((r) => [r.metric, r.unit]));
}

/** One a pool, as long as it lives: it remembers streams, and keeps no timer alive. */
const receivers = new WeakMap<Db, Receiver>();

async function deliver(home: RunHome, body: Buffer): Promise<void> {
  let receiver = receivers.get(home.db);
  if (!receiver) {
    const database = { db: home.db, sql: home.db.$client, close: async () => {} };
    receiver = openReceiver({ database, now: home.now });
    receivers.set(home.db, receiver);
  }
  const answer = await receiver.receive({
    path: '/v1/metrics',
    method: 'POST',
    contentType: 'application/json',
    body,
    environment: null,
  });
  if (answer.status !== 200) throw new BelayError('unavailable', `The receiver answered ${answer.status}`);
}
