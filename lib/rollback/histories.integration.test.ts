/**
 * Some hundreds of the random histories (`histories.test.ts`) through the real store on PostgreSQL: whatever it answers,
 * the store of the model answers too. So what the twenty thousand show of the model holds for the SQL.
 */
import { beforeAll, expect, test } from 'vitest';
import { rollback } from '@/drizzle/schema/rollback';
import { testDatabase } from '@/e2e/database';
import { faultsOf } from '@/jobs/crash/model/faults';
import { type Answer, type Ask, history, leaseMs, type Row, retriedRow } from '@/jobs/crash/model/history';
import { modelStore } from '@/jobs/crash/model/store';
import { putFeature } from '@/lib/feature/feature';
import { stateOf } from './machine';
import { claim, type RollbackRow, renewLease, selectDue, takeAway, updateRollback } from './store';

const histories = 200;
const store = testDatabase();
const desired = { baseline: 'control', exposure: [], configuration: null, withdrawn: [] };

beforeAll(() =>
  putFeature(store.context(), {
    key: 'model',
    owner: 'o',
    versions: { control: 1, treatment: 2 },
    baseline: 'control',
  }),
);

const told = (row: RollbackRow | undefined): Row | null =>
  row
    ? {
        steps: row.steps,
        deadlineAt: row.deadlineAt,
        escalatedAt: row.escalatedAt,
        state: row.state,
        attempts: row.attempts,
        ended: row.endedAt !== null,
      }
    : null;

/** As `rollback.ts`, `keep.ts` and `person.ts` ask the store. Leases run on the database's clock: virtual time ends them. */
function realStore(id: string): (ask: Ask) => Promise<Answer> {
  const { db, sql } = store.database();
  let leaseUntil = 0;
  let row: Row | null = null;
  const at = (ms: number) => new Date(ms);
  const passed = async (now: number) => {
    if (leaseUntil === 0 || leaseUntil > now) return;
    leaseUntil = 0;
    await sql`update rollback set lease_until = clock_timestamp() - interval '1 second' where id = ${id}`;
  };
  return async (ask) => {
    if (ask.op !== 'insert') await passed(ask.now);
    switch (ask.op) {
      case 'insert':
        await db.insert(rollback).values({
          ...{ id, kind: 'restore', featureKey: 'model', environment: 'e', plane: 'pln_model', fence: 2, desired },
          ...{ revision: 0, runbookName: '', runbookVersion: 0, reason: '', createdBy: '' },
          ...{ state: ask.state, decidedAt: at(ask.now), dueAt: at(ask.dueAt), attempts: 0, ...ask.machine },
        });
        return true;
      case 'due':
        return (await selectDue(db, at(ask.now))).includes(id);
      case 'claim': {
        row = told(await claim(db, id));
        if (row) leaseUntil = ask.now + leaseMs;
        return row;
      }
      case 'renew': {
        const mine = await renewLease(db, { id, ...ask.held });
        if (mine) leaseUntil = ask.now + leaseMs;
        return mine;
      }
      case 'write': {
        const endedAt = ask.ended ? { endedAt: at(ask.now) } : {};
        const { steps, escalatedAt } = ask.machine;
        return told(
          await updateRollback(db, { id, ...ask.held }, { state: ask.state, steps, escalatedAt, ...endedAt }),
        );
      }
      case 'release': {
        const mine = await updateRollback(db, { id, ...ask.held }, { leaseUntil: null, dueAt: at(ask.dueAt) });
        if (mine) leaseUntil = 0;
        return mine !== undefined;
      }
      case 'retry':
        return db
          .transaction(async (tx) => {
            const held = await takeAway(tx, id);
            const machine = held && !held.endedAt && retriedRow(told(held) as Row, ask.now);
            // `retryRollback` throws there, and with it goes what was taken away.
            if (!machine) return tx.rollback();
            leaseUntil = 0;
            return told(
              await updateRollback(tx, held, { ...machine, state: stateOf(machine, at(ask.now)), dueAt: at(ask.now) }),
            );
          })
          .catch((error) => {
            if (error instanceof Error && error.name === 'TransactionRollbackError') return null;
            if (error instanceof Error && /rollback/i.test(error.message) && !('code' in error)) return null;
            throw error;
          });
    }
  };
}

test(`${histories} histories come to the same on PostgreSQL`, async () => {
  let asked = 0;
  for (let seed = 1; seed <= histories; seed++) {
    const run = history(seed);
    const [real, model] = [realStore(`rb_${seed}`), modelStore()];
    let step = run.next();
    while (!step.done) {
      const [answer, expected] = [await real(step.value), model(step.value)];
      if (JSON.stringify(sorted(answer)) !== JSON.stringify(sorted(expected)))
        expect(answer, `seed ${seed}, ask ${asked}: ${step.value.op}`).toEqual(expected);
      asked++;
      step = run.next(answer);
    }
    expect(faultsOf(step.value), `seed ${seed}`).toEqual([]);
    await store.database().sql`delete from rollback where id = ${`rb_${seed}`}`;
  }
  expect(asked).toBeGreaterThan(histories * 50);
}, 300_000);

/** jsonb keeps no order of keys. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  );
}
