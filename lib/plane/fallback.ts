/**
 * What is tried once when a plane stays unconfirmed: another plane, or another version. It is a way to limit the harm
 * while people are called, never a proof: the rollback stays unconfirmed whatever comes of it. The intent is written
 * before the call, so that a crash leaves word of it; the same key then has one effect.
 */
import { and, eq } from 'drizzle-orm';
import { rollback } from '@/drizzle/schema/rollback';
import { rollout } from '@/drizzle/schema/rollout';
import type { Context } from '@/lib/context';
import { BelayError } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { setOverride } from '@/lib/feature/override';
import type { DeliveryHome } from './delivery';
import type { Order, PlaneState, Written } from './model';
import { outsidePlane } from './open';
import { findPlane, type PlaneRow } from './store';

type Row = typeof rollback.$inferSelect;
type Tried = NonNullable<Row['fallback']>;
export type FallbackHome = DeliveryHome & Pick<Context, 'enqueue'>;

const rule = { kind: 'rule', id: 'rollback', name: 'rollback', environment: null } as const;
const underway = 'It is being tried';

/** null: none is declared, or it may not be tried; else what was tried and what came of it */
export async function tryFallback(home: FallbackHome, row: Row): Promise<Tried | null> {
  if (row.endedAt || (row.fallback && row.fallback.detail !== underway)) return row.fallback;
  const declared = await findPlane(home.db, row.plane);
  const way = declared && (await wayOf(home, row, declared));
  if (!way) return null;
  const begun: Tried = row.fallback ?? { what: way.what, detail: underway, at: home.now().toISOString() };
  if (!(await keep(home, row, begun))) return null;
  const detail = await way.go();
  const tried = { ...begun, detail };
  const kept = await home.db.transaction(async (tx) => {
    const [still] = await tx
      .update(rollback)
      .set({ fallback: tried })
      .where(and(eq(rollback.id, row.id), eq(rollback.attempts, row.attempts)))
      .returning({ id: rollback.id });
    if (!still) return false;
    await record(tx, home.now(), rule, {
      kind: 'rollback.fallback_tried',
      reason: `${way.what}: ${detail}`,
      environment: row.environment,
      feature: row.featureKey,
      rolloutId: row.rolloutId,
      data: { rollbackId: row.id, ...tried },
    });
    return true;
  });
  return kept ? tried : null;
}

async function keep(home: FallbackHome, row: Row, fallback: Tried): Promise<boolean> {
  const [kept] = await home.db
    .update(rollback)
    .set({ fallback })
    .where(and(eq(rollback.id, row.id), eq(rollback.attempts, row.attempts)))
    .returning({ id: rollback.id });
  return kept !== undefined;
}

type Way = { what: string; go: () => Promise<string> };

async function wayOf(home: FallbackHome, row: Row, plane: PlaneRow): Promise<Way | null> {
  const key = `${row.id}/fallback`;
  const order = (desired: PlaneState): Order => {
    return { feature: row.featureKey, environment: row.environment, desired, fence: row.fence, key };
  };
  if (plane.fallbackPlane !== null) {
    const other = await findPlane(home.db, plane.fallbackPlane);
    const outside = other && outsidePlane(home, other);
    if (other && outside) {
      const go = async () => saidOf(await outside.write(order(row.desired)));
      return { what: `${other.name} was asked to serve what ${plane.name} does not confirm`, go };
    }
  }
  const version = plane.fallbackVersion;
  // Nothing automatic serves again what is being taken back, or takes from all what some cohorts are to lose.
  if (version === null || row.cohorts.length > 0 || (await candidateOf(home, row)) === version) return null;
  const what = `Everybody is to be served ${version} instead`;
  const outside = outsidePlane(home, plane);
  if (!outside) return { what, go: () => serveBuiltin(home, row, version) };
  const desired = { ...row.desired, baseline: version, exposure: [], withdrawn: [] };
  return { what, go: async () => saidOf(await outside.write(order(desired))) };
}

async function candidateOf(home: FallbackHome, row: Row): Promise<string | null> {
  if (row.rolloutId === null) return null;
  const [of] = await home.db.select({ plan: rollout.plan }).from(rollout).where(eq(rollout.id, row.rolloutId));
  return of?.plan.candidate ?? null;
}

async function serveBuiltin(home: FallbackHome, row: Row, version: string): Promise<string> {
  const reason = `The rollback ${row.id} is not confirmed`;
  const to = { scope: 'environment', value: row.environment, effect: 'serve', version, reason };
  try {
    await setOverride({ ...home, actor: rule }, row.featureKey, to);
    return 'an override serves it; that proves nothing, look at the telemetry';
  } catch (error) {
    if (error instanceof BelayError) return `it cannot be served: ${error.message}`;
    throw error;
  }
}

function saidOf(written: Written): string {
  if (written.kind === 'accepted') return 'it reads back as ordered; that is no proof that the rollback has worked';
  return `that did not do either: ${written.why}`;
}
