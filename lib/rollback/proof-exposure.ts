/** The step that shows from telemetry that nobody is served what was taken back. */
import { and, eq } from 'drizzle-orm';
import { feature, override } from '@/drizzle/schema/feature';
import type { rollback } from '@/drizzle/schema/rollback';
import { series } from '@/drizzle/schema/signal';
import { metricsOf } from '@/lib/criterion/model';
import type { Db } from '@/lib/db';
import type { Plan } from '@/lib/rollout/model';
import { readBins } from '@/lib/signal/signal';
import { binMs } from '@/lib/snapshot/windows';
import type { TaskResult } from './model';
import { exposureGone, firstWhole, lateMs, type Proof } from './proof';
import { planOf } from './proof-plan';

type Row = typeof rollback.$inferSelect;

/** Past this people are told; looking goes on. */
const goneWithinMs = 120_000;
const againMs = 2_000;
/** So far back it is looked for what is seen of late. */
const lookBackBins = 12;

export async function proveExposure(db: Db, now: Date, row: Row): Promise<TaskResult> {
  const plan = await planOf(db, row);
  const unwanted = await unwantedOf(db, row, plan);
  if (unwanted.length === 0)
    return { kind: 'left', detail: 'What is served again includes every version: there is none to be gone' };
  const servedAt = servedSince(row);
  const seen = await readBins(db, {
    environment: row.environment,
    feature: row.featureKey,
    metrics: plan ? metricsOf(plan.criteria) : await everyMetric(db, row),
    from: new Date(Math.max(servedAt, now.getTime() - lookBackBins * binMs)),
    to: now,
    resolution: 10,
  });
  const concerned = row.cohorts.length > 0 ? seen.filter((b) => row.cohorts.includes(b.cohort)) : seen;
  const proof = exposureGone(
    concerned.map((b) => ({ at: b.at, version: b.version, n: b.aggregate.n })),
    unwanted,
    servedAt,
    now.getTime(),
  );
  return resultOf(proof, { db, row, unwanted, servedAt, now: now.getTime() });
}

/** Where no rollout has said by which telemetry the feature is seen. */
async function everyMetric(db: Db, row: Row): Promise<string[]> {
  const rows = await db
    .selectDistinct({ metric: series.metric })
    .from(series)
    .where(and(eq(series.environment, row.environment), eq(series.feature, row.featureKey)));
  return rows.map((r) => r.metric);
}

/** When everybody served the restored state: the end of the last step that changes what is served. */
export function servedSince(row: Pick<Row, 'steps' | 'decidedAt'>): number {
  const ends = row.steps
    .filter((s) => s.work.kind === 'serve' || s.work.kind === 'restore')
    .map((s) => (s.endedAt === null ? 0 : Date.parse(s.endedAt)));
  return Math.max(row.decidedAt.getTime(), ...ends);
}

/**
 * A rollback takes its candidate back. A restore takes back whatever its target does not serve; versions that users
 * were set to one by one are theirs.
 */
async function unwantedOf(db: Db, row: Row, plan: Plan | null): Promise<string[]> {
  const { baseline, exposure } = row.desired;
  const served = new Set([baseline, ...exposure.filter((e) => e.share > 0).map((e) => e.version)]);
  if (row.cohorts.length > 0) return plan ? [plan.candidate] : [];
  if (row.rolloutId !== null && plan) return served.has(plan.candidate) ? [] : [plan.candidate];
  const [of] = await db.select({ versions: feature.versions }).from(feature).where(eq(feature.key, row.featureKey));
  const users = await usersOn(db, row);
  return Object.keys(of?.versions ?? {}).filter((v) => !served.has(v) && !users.has(v));
}

/** Versions that single users are set to, and how many of them. */
async function usersOn(db: Db, row: Row): Promise<Map<string, number>> {
  const rows = await db
    .select({ version: override.version, environment: override.environment })
    .from(override)
    .where(and(eq(override.featureKey, row.featureKey), eq(override.scope, 'user'), eq(override.effect, 'serve')));
  const users = new Map<string, number>();
  for (const { version, environment } of rows)
    if (version !== null && (environment === null || environment === row.environment))
      users.set(version, (users.get(version) ?? 0) + 1);
  return users;
}

type Seeing = { db: Db; row: Row; unwanted: string[]; servedAt: number; now: number };

async function resultOf(proof: Proof, { db, row, unwanted, servedAt, now }: Seeing): Promise<TaskResult> {
  const whom = `${unwanted.join(', ')}${row.cohorts.length > 0 ? ` in ${row.cohorts.join(', ')}` : ''}`;
  const late = now - servedAt > goneWithinMs;
  switch (proof.kind) {
    case 'gone':
      return { kind: 'done', detail: `Telemetry shows no ${whom} any more` };
    case 'too_early': {
      const readableAt = firstWhole(servedAt) + binMs + lateMs;
      return {
        kind: 'wait',
        detail: 'Waits for ten whole seconds of telemetry after the switch',
        afterMs: Math.max(250, readableAt - now),
      };
    }
    case 'no_telemetry': {
      const detail = `No telemetry shows that ${whom} is gone: nothing has arrived since`;
      const next = 'Find out why no telemetry arrives, or look for yourself and acknowledge that nobody is served it';
      return late
        ? { kind: 'failed', detail, next, retryAfterMs: againMs }
        : { kind: 'wait', detail: 'Waits for telemetry: silence proves nothing', afterMs: againMs };
    }
    case 'still_seen': {
      const detail = `Telemetry still shows ${whom}: ${proof.n} observations in 10 s`;
      if (!late) return { kind: 'wait', detail, afterMs: againMs };
      return { kind: 'failed', detail, next: await whyStillSeen(db, row, unwanted), retryAfterMs: againMs };
    }
  }
}

async function whyStillSeen(db: Db, row: Row, unwanted: string[]): Promise<string> {
  const users = await usersOn(db, row);
  const set = unwanted.reduce((n, version) => n + (users.get(version) ?? 0), 0);
  if (set > 0)
    return `${set === 1 ? 'One user is' : `${set} users are`} set to it one by one, which a rollback leaves alone: take that off, or acknowledge`;
  return 'Find out who still serves it: a process that does not ask Belay, an old cache, clients that have not come back';
}
