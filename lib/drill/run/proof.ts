/**
 * Whether a run came back to where it was. All of it or it is not proven: the rollback itself is verified, what is
 * served is what was recorded, the checks of what is known good hold, and the control cohort was never touched.
 */
import { and, desc, eq } from 'drizzle-orm';
import { rollback } from '@/drizzle/schema/rollback';
import { snapshot } from '@/drizzle/schema/snapshot';
import { metricsOf } from '@/lib/criterion/model';
import type { Db } from '@/lib/db';
import { runCheck } from '@/lib/migration/migration';
import type { Check } from '@/lib/migration/model';
import { rangeOf } from '@/lib/rollback/proof-range';
import type { Plan } from '@/lib/rollout/model';
import { readBins } from '@/lib/signal/signal';
import { compare, stateDigest } from '@/lib/snapshot/compare';
import type { SnapshotBody } from '@/lib/snapshot/model';
import { presentState } from '@/lib/snapshot/present';
import { proving, readStretch } from '@/lib/snapshot/reading';
import type { Part } from '../fault/level';
import { levelOf } from '../fault/levels';
import type { RunView } from '../model';
import { findShadowRollout } from './evidence';
import type { RunHome, RunRow } from './run-store';

export type Proof = NonNullable<RunView['proof']>;
export type Control = NonNullable<RunView['control']>;

export async function proveReturn(home: RunHome, row: RunRow): Promise<{ proof: Proof; control: Control | null }> {
  const control = await controlOf(home, row);
  const level = levelOf(row.level);
  const parts = [
    await rollbackPart(home.db, row),
    await statePart(home.db, row),
    ...(await checkParts(home, row)),
    ...(level?.prove ? [await level.prove(home, row)] : []),
    ...(control ? [{ ok: control.touched === false, detail: control.detail }] : []),
  ];
  const missing = parts.filter((part) => !part.ok);
  const detail = (missing.length > 0 ? missing : parts).map((part) => part.detail).join('. ');
  const differences = parts.flatMap((part) => part.differences ?? []);
  return { proof: { restored: missing.length === 0, detail, differences }, control };
}

async function rollbackPart(db: Db, row: RunRow): Promise<Part> {
  const [of] = await db
    .select()
    .from(rollback)
    .where(eq(rollback.id, row.rollbackId ?? ''));
  if (!of) return { ok: false, detail: 'There is no rollback to prove' };
  if (of.state === 'verified') return { ok: true, detail: 'The rollback is verified' };
  const open = of.steps.filter((s) => s.state !== 'done' && s.state !== 'left').map((s) => s.detail || s.title);
  return { ok: false, detail: `The rollback is not verified: ${open.join('; ') || of.state}` };
}

/** What was there before the rollout that was rehearsed with was started. */
async function recordedStart(db: Db, rolloutId: string): Promise<{ body: SnapshotBody; digest: string } | null> {
  const [row] = await db
    .select({ body: snapshot.body, digest: snapshot.digest })
    .from(snapshot)
    .where(and(eq(snapshot.rolloutId, rolloutId), eq(snapshot.cause, 'start')))
    .orderBy(desc(snapshot.takenAt))
    .limit(1);
  return row ?? null;
}

async function statePart(db: Db, row: RunRow): Promise<Part> {
  const recorded = row.rolloutId === null ? null : await recordedStart(db, row.rolloutId);
  if (!recorded || row.shadow === null) return { ok: false, detail: 'Nobody has recorded what there was before' };
  const present = await presentState(db, row.featureKey, row.shadow);
  if (stateDigest(present) === recorded.digest) return { ok: true, detail: 'What is served is what was recorded' };
  const differences = compare(recorded.body, present)
    .filter(({ part }) => part !== 'criteria')
    .map(({ path, from, to }) => ({ path, from, to }));
  const paths = differences.map((d) => d.path).join(', ');
  return {
    ok: false,
    detail: `What is served is not what was recorded: ${paths || 'its digest differs'}`,
    differences,
  };
}

/** So often is asked what only does not answer at the moment. */
const tries = 4;
const longestPauseMs = 2_000;

async function checkParts(home: RunHome, row: RunRow): Promise<Part[]> {
  const parts: Part[] = [];
  for (const check of row.spec.knownGood.checks) parts.push(await askCheck(home, row, check, 'after'));
  return parts;
}

/** `when`: the same question is asked before and after, under a key of its own. */
export async function askCheck(home: RunHome, row: RunRow, check: Check, when: string): Promise<Part> {
  for (let n = 1; ; n++) {
    const key = `${row.id}/${when}/${check.name}/${row.attempts}/${n}`;
    const asked = await runCheck(home, check, { key, fence: row.attempts, owner: row.spec.owner });
    if (asked.kind === 'done' || asked.kind === 'left') return { ok: true, detail: asked.detail };
    if (asked.kind === 'failed' || n === tries) return { ok: false, detail: asked.detail };
    await new Promise((resolve) => setTimeout(resolve, Math.min(longestPauseMs, asked.afterMs)));
  }
}

/** Null: none was named. `touched: null`: nothing was heard of it, which proves nothing. */
async function controlOf(home: RunHome, row: RunRow): Promise<Control | null> {
  const { control: cohort } = row.spec;
  if (cohort === null) return null;
  const rollout = await findShadowRollout(home.db, row);
  if (!rollout || row.faultAt === null || row.shadow === null)
    return { cohort, touched: null, detail: `Nothing was heard of the control cohort ${cohort}` };
  const { plan } = rollout;
  const to = home.now();
  const bins = await readBins(home.db, {
    environment: row.shadow,
    feature: row.featureKey,
    metrics: metricsOf(plan.criteria),
    from: new Date(Math.min(row.faultAt.getTime(), (rollout.startedAt ?? row.faultAt).getTime())),
    to,
    resolution: 10,
  });
  const seen = (version: string) =>
    bins.filter((b) => b.cohort === cohort && b.version === version).reduce((n, b) => n + b.aggregate.n, 0);
  const touched = seen(plan.candidate);
  if (touched > 0)
    return {
      cohort,
      touched: true,
      detail: `The control cohort ${cohort} was served ${plan.candidate} ${touched} times`,
    };
  if (seen(plan.baseline) === 0)
    return { cohort, touched: null, detail: `Nothing was heard of the control cohort ${cohort}` };
  const worse = await worseIn(home.db, row, { cohort, plan, to });
  return worse.length > 0
    ? { cohort, touched: true, detail: `In the control cohort ${cohort} ${worse.join(', ')} got worse` }
    : { cohort, touched: false, detail: `The control cohort ${cohort} stayed on ${plan.baseline} and was not touched` };
}

/** Criteria that measured worse of the baseline in the cohort than they had before the fault. */
async function worseIn(db: Db, row: RunRow, of: { cohort: string; plan: Plan; to: Date }): Promise<string[]> {
  const { cohort, plan, to } = of;
  const recorded = row.rolloutId === null ? null : await recordedStart(db, row.rolloutId);
  const during = await readStretch(db, {
    feature: row.featureKey,
    environment: row.shadow ?? '',
    plan,
    version: plan.baseline,
    from: row.faultAt?.getTime() ?? to.getTime(),
    to: to.getTime(),
  });
  return proving(plan).flatMap((criterion) => {
    // How many there are a second says nothing of how they fare: users come and go between versions.
    if (criterion.measure === 'rate') return [];
    const mine = (r: { criterion: string; cohort: string | null }) =>
      r.criterion === criterion.name && r.cohort === cohort;
    const range = rangeOf(criterion, recorded?.body.criteria.find(mine), '');
    const value = during.find(mine)?.value ?? null;
    if (!range || value === null) return [];
    const worse = criterion.better === 'lower' ? value > range.worst : value < range.worst;
    return worse ? [criterion.name] : [];
  });
}
