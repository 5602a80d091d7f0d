/** What tests of drills need around them: a clock of their own, a judge, drills, and workers that die. */
import { inArray } from 'drizzle-orm';
import { rollout } from '@/drizzle/schema/rollout';
import { requestsPlan } from '@/jobs/bench/requests';
import type { Context } from '@/lib/context';
import type { Db } from '@/lib/db';
import { createDrill, putDrillLimit } from '@/lib/drill/drill';
import type { DrillInput, RunState, RunView } from '@/lib/drill/model';
import { getRun, startRun, stepRun } from '@/lib/drill/run/run';
import { putCohort, putFeature } from '@/lib/feature/feature';
import { createRollout } from '@/lib/rollout/rollout';
import { judgeRollout } from '@/lib/rollout/watch/judged';
import { type Memory, newMemory } from '@/lib/rollout/watch/memory';
import { type Fold, openFold } from '@/lib/signal/fold/fold';
import type { testDatabase } from './database';

const second = 1_000;

/** `from`: left out, an hour ago: what is sent lies in the past of the real clock too. */
export function drillScene(
  store: Pick<ReturnType<typeof testDatabase>, 'database' | 'context'>,
  from = Date.now() - 3_600 * second,
) {
  let clock = Math.floor(from / 30_000) * 30_000;
  let features = 0;
  let fold: Fold | undefined;
  const memories = new Map<string, Memory>();
  const now = () => new Date(clock);
  const at = (over: Partial<Context> = {}) => store.context({ now, ...over });
  const home = (db: Db = store.database().db) => ({ db, now, enqueue: async () => {} });

  /** Everything that has been sent counts, and every live rollout is judged, as the watch would. */
  async function judge(): Promise<void> {
    fold ??= await openFold({ database: store.database(), now });
    while ((await fold.step()).behind > 0);
    const { db } = store.database();
    const live = await db
      .select()
      .from(rollout)
      .where(inArray(rollout.state, ['running', 'held']));
    const trouble = (error: unknown) => {
      throw error;
    };
    const ctx = { db, now, enqueue: async () => {} };
    const house = { automationStopped: false, capReached: () => false, foldedUntil: Number.POSITIVE_INFINITY };
    const of = { switchable: true, touched: true, lateFrom: Number.POSITIVE_INFINITY, withdrawable: [] };
    for (const row of live) {
      const memory = memories.get(row.id) ?? newMemory();
      memories.set(row.id, memory);
      await judgeRollout({ ctx, trouble, ...house }, row, of, memory);
    }
  }

  const pass = (seconds: number) => {
    clock += seconds * second;
  };

  /** A feature with a plan that was never started: there is nobody to hurt. */
  async function feature(): Promise<string> {
    const key = `drilled-${++features}`;
    await putFeature(at(), { key, owner: 'o', versions: { control: false, treatment: true }, baseline: 'control' });
    await putCohort(at(), { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] });
    await createRollout(at(), requestsPlan(key));
    await putDrillLimit(at(), { max: 100 });
    return key;
  }

  async function planned(over: Partial<DrillInput> = {}): Promise<{ drillId: string; feature: string }> {
    const key = over.feature ?? (await feature());
    const { id } = await createDrill(at(), {
      name: `Drill of ${key}`,
      feature: key,
      environment: 'production',
      owner: 'payments',
      control: 'beta',
      ...(over.level === 'tabletop' ? {} : { fault: { share: 50, expiresAfter: '10m' } }),
      ...over,
    });
    return { drillId: id, feature: key };
  }

  async function started(over: Partial<DrillInput> = {}): Promise<{ id: string; feature: string }> {
    const { drillId, feature } = await planned(over);
    const { id } = await startRun(at(), drillId, { reason: 'a test' });
    return { id, feature };
  }

  /** Steps and judges, some seconds each, until it is so; `step`: by whom. */
  async function until(
    id: string,
    what: (run: RunView) => boolean,
    step: (id: string) => Promise<unknown> = (runId) => stepRun(home(), runId, 0),
  ): Promise<RunView> {
    let seen = await getRun(at(), id);
    for (let i = 0; i < 200 && !what(seen); i++) {
      await step(id);
      await judge();
      pass(seen.state === 'preparing' ? 2 : 4);
      seen = await getRun(at(), id);
    }
    if (!what(seen))
      throw new Error(`it did not come to that: ${JSON.stringify({ ...seen, drill: undefined }, null, 1)}`);
    return seen;
  }

  /**
   * A worker that is killed after so many writes, or by the one that brings the run into a state, or to where it is so:
   * that one has committed, and nothing it does after it reaches the database. Its lease has run out.
   */
  async function dyingStep(
    id: string,
    writes: number,
    when: RunState | ((run: RunView) => Promise<boolean>) | null = null,
  ): Promise<void> {
    const { db } = store.database();
    const dies = async () => {
      if (when === null) return false;
      const run = await getRun(at(), id);
      return typeof when === 'string' ? run.state === when : when(run);
    };
    await stepRun(home(mortal(db, writes, dies)), id, 0).catch((error) => {
      if (!(error instanceof Killed) && !(error?.cause instanceof Killed)) throw error;
    });
    await store.database().sql`update drill_run set lease_until = null, due_at = ${now().toISOString()}::timestamptz
      where id = ${id}`;
    await store.database().sql`update rollback set lease_until = null where lease_until is not null`;
  }

  const close = () => fold?.close();
  return { at, home, now, judge, pass, feature, planned, started, until, dyingStep, close };
}

class Killed extends Error {}
const writing = new Set<PropertyKey>(['transaction', 'update', 'insert', 'delete', 'execute']);

/** The raw client too (the receiver's, say): who is dead reaches nothing. */
function mortal(db: Db, writes: number, dies: () => Promise<boolean>): Db {
  let left = writes;
  const alive = () => {
    if (left <= 0) throw new Killed('killed');
  };
  const client = new Proxy(db.$client, {
    apply(target, self, args) {
      alive();
      return Reflect.apply(target, self, args);
    },
    get(target, name) {
      alive();
      return Reflect.get(target, name);
    },
  });
  return new Proxy(db, {
    get(target, name) {
      if (name === '$client') return client;
      const value = Reflect.get(target, name);
      if (typeof value !== 'function') {
        alive();
        return value;
      }
      return (...args: unknown[]) => {
        alive();
        if (writing.has(name)) left--;
        const done = value.apply(target, args);
        if (name !== 'transaction') return done;
        return done.then(async (result: unknown) => {
          if (await dies()) left = 0;
          return result;
        });
      };
    },
  });
}
