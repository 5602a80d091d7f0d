/**
 * How often Belay may roll back by itself: so many times in a window and environment, then it holds and asks. What
 * counts are the decisions themselves, so a crash forgets nothing and nothing is counted that did not happen.
 *
 * The count is exact however many guardrails fail at once: whoever is about to roll back asks within its transaction
 * and under a lock of the environment, and so sees every decision before its own. A look asks without the lock, to
 * say so in the verdict; where the two differ the look comes again and sees what is.
 */
import { and, count, eq, gt, sql } from 'drizzle-orm';
import { event } from '@/drizzle/schema/event';
import { decision, rollout } from '@/drizzle/schema/rollout';
import { authorise } from '@/lib/access/authorise';
import type { Actor } from '@/lib/access/model';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { isDrillEnvironment } from '@/lib/drill/model';
import { record } from '@/lib/event/event';
import { changeSetting, getSetting } from '@/lib/event/setting';
import { parseInput } from '@/lib/input';
import { tell } from '@/lib/notice/notice';
import { type RollbackCap, rollbackCapInput } from '../model';
import type { Row } from '../store';

const settingName = 'rollback_cap';
/** Names the advisory locks, one an environment. */
const capLock = 0x42454c52;

async function readCap(db: Db | Tx): Promise<RollbackCap> {
  return rollbackCapInput.parse(await getSetting(db, settingName, {}));
}

/**
 * Whether one more may be rolled back by itself now. Holds the environment until the transaction ends: ask before
 * anything else in it is locked, and only for a roll_back or withdraw of a rule.
 */
export async function mayRollBackByItself(tx: Tx, now: Date, environment: string): Promise<boolean> {
  // A rehearsal rolls back once, and hurts nobody.
  if (isDrillEnvironment(environment)) return true;
  await tx.execute(sql`select pg_advisory_xact_lock(${capLock}, hashtext(${environment}))`);
  const cap = await readCap(tx);
  const used = await countSince(tx, new Date(now.getTime() - cap.windowMinutes * 60_000));
  return (used.get(environment) ?? 0) < cap.max;
}

/** Of every environment at once, for a round of looks. */
export async function readCapReached(db: Db, now: Date): Promise<(environment: string) => boolean> {
  const cap = await readCap(db);
  const used = await countSince(db, new Date(now.getTime() - cap.windowMinutes * 60_000));
  return (environment) => !isDrillEnvironment(environment) && (used.get(environment) ?? 0) >= cap.max;
}

async function countSince(db: Db | Tx, since: Date): Promise<Map<string, number>> {
  const rows = await db
    .select({ environment: rollout.environment, n: count() })
    .from(decision)
    .innerJoin(rollout, eq(rollout.id, decision.rolloutId))
    // Written out, as in the index that is made for it.
    .where(
      and(
        sql`${decision.acted} and ${decision.actorKind} = 'rule' and ${decision.action} in ('roll_back', 'withdraw')`,
        gt(decision.at, since),
      ),
    )
    .groupBy(rollout.environment);
  return new Map(rows.map((row) => [row.environment, row.n]));
}

/** Where everything fails at once nobody reads a hundred messages: the overview lists what waits. */
const mostAsked = 3;
const askedWithinMs = 10 * 60_000;
const others = 'What else fails within ten minutes is only asked for on the overview. ';

/**
 * In the transaction that holds a rollout for the cap: says so for good, and asks people. That it is held has been
 * recorded by then, so that the history is this transaction's alone and what it counts there is exact.
 */
export async function tellCapReached(tx: Tx, now: Date, actor: Actor, row: Row, reason: string): Promise<void> {
  const cap = await readCap(tx);
  const asked = await countAsked(tx, row.environment, new Date(now.getTime() - askedWithinMs));
  if (asked < mostAsked)
    await tell(tx, now, {
      kind: 'rollback_cap_reached',
      title: `${row.featureKey} in ${row.environment}: roll back? Belay asks`,
      text: `${reason}. ${capSentence(cap)}`,
      next: `${asked === mostAsked - 1 ? others : ''}Roll back, or resume if it is no harm.`,
      environment: row.environment,
      feature: row.featureKey,
      rolloutId: row.id,
      rollbackId: null,
      path: `/rollouts/${row.id}`,
    });
  await record(tx, now, actor, {
    kind: 'rollback.cap_reached',
    reason: capSentence(cap),
    environment: row.environment,
    feature: row.featureKey,
    rolloutId: row.id,
    data: { ...cap, told: asked < mostAsked },
  });
}

async function countAsked(tx: Tx, environment: string, since: Date): Promise<number> {
  const [row] = await tx
    .select({ n: count() })
    .from(event)
    .where(
      and(
        gt(event.at, since),
        eq(event.kind, 'rollback.cap_reached'),
        eq(event.environment, environment),
        sql`${event.data}->>'told' = 'true'`,
      ),
    );
  return row?.n ?? 0;
}

export function capSentence({ max, windowMinutes }: RollbackCap): string {
  if (max === 0) return 'Belay may roll back nothing by itself, so a person decides';
  const times = max === 1 ? 'once' : max === 2 ? 'twice' : `${max} times`;
  return `Belay has rolled back ${times} by itself within ${windowWords(windowMinutes)}, as often as it may; a person decides`;
}

export function windowWords(minutes: number): string {
  const [n, unit] = minutes % 60 === 0 ? [minutes / 60, 'hour'] : [minutes, 'minute'];
  return n === 1 ? `the last ${unit}` : `the last ${n} ${unit}s`;
}

export async function getRollbackCap(ctx: Context): Promise<RollbackCap> {
  authorise(ctx.actor, 'view');
  return readCap(ctx.db);
}

export async function putRollbackCap(ctx: Context, input: unknown): Promise<RollbackCap> {
  authorise(ctx.actor, 'administer', null);
  const cap = parseInput(rollbackCapInput, input);
  await changeSetting(ctx, {
    name: settingName,
    read: readCap,
    after: cap,
    says: () =>
      `Belay may roll back ${cap.max} times by itself within ${windowWords(cap.windowMinutes)} of an environment`,
  });
  return cap;
}
