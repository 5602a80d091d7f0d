/**
 * Time that passes for a rollback and nobody else: what it remembers moves into the past, where the shop's telemetry
 * lies already. So a run need not sit through the minutes that the proofs ask for, nor through the lease of a process
 * that is certainly dead. `npm run crash -- --real-time` sits through all of it.
 */
import { asc } from 'drizzle-orm';
import { rollback } from '@/drizzle/schema/rollback';
import type { Db } from '@/lib/db';
import type { RollbackStep } from '@/lib/rollback/model';

export type RollbackRow = typeof rollback.$inferSelect;

const second = 1_000;
/** The first whole bin after the switch, and until it is complete. */
const exposureMs = 30 * second;
/** Two windows, and until they are complete. */
const criteriaMs = 80 * second;

export async function rollbackRow(db: Db): Promise<RollbackRow | undefined> {
  const [row] = await db.select().from(rollback).orderBy(asc(rollback.decidedAt)).limit(1);
  return row;
}

/** `proof`: the time that a proof asks for, which has to pass once; whatever else it needs is telemetry. */
export type Wait = { ms: number; proof: 'exposure' | 'criteria' | null };
const noWait: Wait = { ms: 0, proof: null };

/** Nothing, while somebody works at it, or while there is something to do without waiting. */
export function waitOf(row: RollbackRow, now: number): Wait {
  if (row.leaseUntil !== null && row.leaseUntil.getTime() > now) return noWait;
  const over = (id: string) => row.steps.some((s) => s.id === id && (s.state === 'done' || s.state === 'left'));
  const open = row.steps.filter((s) => !over(s.id) && s.needs.every(over));
  if (open.some((s) => s.state === 'pending' || s.state === 'running')) return noWait;
  const due = open
    .filter((s) => s.dueAt !== null && s.work.kind !== 'exposure' && s.work.kind !== 'criteria')
    .map((s) => Date.parse(s.dueAt ?? '') - now);
  if (due.length > 0) return { ms: Math.max(0, Math.min(...due)), proof: null };
  if (open.some((s) => s.work.kind === 'exposure')) return { ms: exposureMs, proof: 'exposure' };
  return open.some((s) => s.work.kind === 'criteria') ? { ms: criteriaMs, proof: 'criteria' } : noWait;
}

/** false: somebody was faster */
export async function pass(db: Db, row: RollbackRow, ms: number): Promise<boolean> {
  const sql = db.$client;
  const earlier = (at: string | null) => at && new Date(Date.parse(at) - ms).toISOString();
  const steps = row.steps.map(
    (s): RollbackStep => ({
      ...s,
      startedAt: earlier(s.startedAt),
      endedAt: earlier(s.endedAt),
      dueAt: earlier(s.dueAt),
    }),
  );
  const by = `${ms} milliseconds`;
  const moved = await sql`
    update rollback set steps = ${JSON.stringify(steps)}::jsonb, decided_at = decided_at - ${by}::interval,
      deadline_at = deadline_at - ${by}::interval, escalated_at = escalated_at - ${by}::interval,
      due_at = least(due_at, clock_timestamp())
    where id = ${row.id} and attempts = ${row.attempts} and (lease_until is null or lease_until < clock_timestamp())`;
  return moved.count > 0;
}

/** What a dead process held is free: its leases have run out. */
export async function leasesRunOut(db: Db): Promise<void> {
  const sql = db.$client;
  for (const table of ['rollback', 'plane_delivery', 'migration_step', 'notice'])
    await sql`
      update ${sql(table)} set lease_until = clock_timestamp() - interval '1 second', due_at = least(due_at, clock_timestamp())
      where lease_until > clock_timestamp()`;
}

/**
 * Whoever stands still in the middle of a transaction is cut off. PostgreSQL does it by itself after half a minute
 * (`drizzle/guards.sql`); between two messages of one statement, where a process may be stopped too, it does not.
 */
export async function standingSessionsEnd(db: Db): Promise<void> {
  await db.$client`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name like 'belay-%' and application_name <> 'belay-crash'
      and xact_start is not null and wait_event = 'ClientRead'`;
}

/** Orders and notices that wait for their next try are due. */
export async function waitsAreOver(db: Db): Promise<void> {
  const sql = db.$client;
  await sql`update plane_delivery set due_at = clock_timestamp() where state = 'pending' and due_at > clock_timestamp()`;
  await sql`update notice set due_at = clock_timestamp() where state = 'pending' and due_at > clock_timestamp()`;
}
