/**
 * The watch. Of all workers one leads, under a session advisory lock on a connection of its own: it folds what the
 * receivers committed, judges every rollout that is running or held, and acts. When it dies PostgreSQL frees the lock
 * and another worker goes on from the tables. Two leaders for a moment do no harm: the fold is fenced by its batch
 * number, verdicts and actions by the epoch.
 */
import { eq, inArray, sql } from 'drizzle-orm';
import postgres from 'postgres';
import { feature } from '@/drizzle/schema/feature';
import { rollout } from '@/drizzle/schema/rollout';
import type { Database } from '@/lib/db';
import { dueRuns, stepRun } from '@/lib/drill/run/run';
import { BelayError } from '@/lib/errors';
import { getAutomation } from '@/lib/event/setting';
import { cohortKeys } from '@/lib/feature/feature';
import { listen } from '@/lib/listen';
import type { Log } from '@/lib/log';
import type { Enclose } from '@/lib/notice/mailing';
import { deliverNotice, dueNotices } from '@/lib/notice/notice';
import { deliverPlane, dueDeliveries } from '@/lib/plane/delivery';
import type { Enqueue } from '@/lib/queue/contract';
import { dueRollbacks, stepRollback } from '@/lib/rollback/rollback';
import { type Fold, openFold } from '@/lib/signal/fold/fold';
import { readCapReached } from '../act/cap';
import type { Row } from '../store';
import { type Alarm, newAlarm, sleep } from './alarm';
import { judgeRollout, type Of } from './judged';
import { type Memory, newMemory, type Round } from './memory';

export type Watch = { leads: () => boolean; close: () => Promise<void> };
export type WatchOptions = {
  database: Database;
  url: string;
  now: () => Date;
  enqueue: Enqueue;
  log: Pick<Log, 'info' | 'warn' | 'error' | 'debug'>;
  /** How often it looks at what nothing has rung for; where `now` runs faster than the clock on the wall, more often. */
  lookEveryMs?: number;
  enclose?: Enclose;
};

/** Names the advisory lock of the leader. */
const leaderLock = 0x42454c57;
const tryLeadMs = 500;
/** Every live rollout is judged at least this often, and what is due is swept up; one with new data at most this often. */
const usualLookMs = 1_000;
const judgeTouchedMs = 250;
/** A bin is written once a step, so rows are let gather: the longer the more a step has to do, within what a verdict may wait. */
const foldEveryMs = 120;
const foldAtLeastEveryMs = 300;
const gatherTimes = 4;
const tickMs = 1_000;
/** So long after it was due a notice is taken for one that the queue has lost. */
const leftLyingMs = 10_000;
const rule = { kind: 'rule', id: 'rollback', name: 'rollback', environment: null } as const;

export async function openWatch(options: WatchOptions): Promise<Watch> {
  const alarm = newAlarm();
  let closed = false;
  let leads = false;
  const listening = listen({
    url: options.url,
    name: 'watch',
    channels: ['belay_ledger', 'belay_change'],
    onNotify: alarm.ring,
    onConnected: alarm.ring,
  });
  const life = (async () => {
    let told = false;
    const tell = (now: boolean) => {
      leads = now;
      if (now) told = false;
    };
    while (!closed) {
      try {
        await leadOnce(options, alarm, () => closed, tell);
      } catch (error) {
        const overtaken = error instanceof BelayError && error.code === 'conflict';
        // While the database is away this comes twice a second; once is enough.
        const level = told ? 'debug' : overtaken ? 'info' : 'error';
        options.log[level]({ err: error }, 'the watch lost its footing and tries again');
        told = true;
      }
      leads = false;
      if (!closed) await alarm.wait(tryLeadMs);
    }
  })();
  return {
    leads: () => leads,
    close: async () => {
      closed = true;
      alarm.ring();
      await listening.close();
      await life;
    },
  };
}

/** Waits until nobody else leads, then leads until the lock is lost. */
async function leadOnce(
  options: WatchOptions,
  alarm: Alarm,
  closed: () => boolean,
  tell: (leads: boolean) => void,
): Promise<void> {
  const session = postgres(options.url, {
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: 10,
    connection: { application_name: 'belay-watch-leader' },
    onnotice: () => {},
  });
  let fold: Fold | undefined;
  try {
    const pid = await takeLock(session, alarm, closed);
    if (pid === null) return;
    tell(true);
    options.log.info('this worker leads the watch');
    fold = await openFold({ database: options.database, now: options.now });
    await lead(options, fold, alarm, closed, async () => {
      // A new connection under the same pool would not hold the lock any more.
      const [still] = await session`select pg_backend_pid() as pid`;
      return still?.pid === pid;
    });
  } finally {
    await fold?.close().catch((error) => options.log.warn({ err: error }, 'the fold did not close'));
    await session.end({ timeout: 1 }).catch(() => {});
  }
}

/** By asking again and again: a backend that waits for a lock does not notice that its worker is gone. */
async function takeLock(session: postgres.Sql, alarm: Alarm, closed: () => boolean): Promise<number | null> {
  while (!closed()) {
    const [lock] = await session`select pg_try_advisory_lock(${leaderLock}) as held, pg_backend_pid() as pid`;
    if (lock?.held) return lock.pid;
    await alarm.pause(tryLeadMs);
  }
  return null;
}

async function lead(
  options: WatchOptions,
  fold: Fold,
  alarm: Alarm,
  closed: () => boolean,
  stillLeads: () => Promise<boolean>,
): Promise<void> {
  const desk: Desk = {
    memories: new Map(),
    touched: new Map(),
    ticked: new Set(),
    troubled: new Set(),
    foldedUntil: Number.POSITIVE_INFINITY,
  };
  const at = { fold: 0, all: 0, touched: 0, tick: 0, sweep: 0 };
  const { lookEveryMs = usualLookMs } = options;
  const running = new Map<string, Promise<void>>();
  while (!closed()) {
    at.fold = performance.now();
    const behind = await foldSome(fold, desk);
    const now = performance.now();
    const gatherMs = Math.min(foldAtLeastEveryMs, Math.max(foldEveryMs, gatherTimes * (now - at.fold)));
    const all = now - at.all >= lookEveryMs;
    if (all || (desk.touched.size > 0 && now - at.touched >= judgeTouchedMs)) {
      if (all && !(await stillLeads())) return;
      await judgeLive(options, desk, all);
      at.touched = performance.now();
      if (all) at.all = at.touched;
    }
    if (now - at.tick >= tickMs && desk.ticked.size > 0) {
      at.tick = now;
      await tick(options, desk);
    }
    if (now - at.sweep >= lookEveryMs) {
      at.sweep = now;
      await sweep(options, running);
    }
    if (behind > 0) continue;
    const nextMs = desk.touched.size > 0 ? judgeTouchedMs - (performance.now() - at.touched) : Number.POSITIVE_INFINITY;
    await alarm.wait(Math.max(0, Math.min(nextMs, lookEveryMs - (performance.now() - at.all))));
    await sleep(gatherMs - (performance.now() - at.fold));
  }
  await Promise.all(running.values());
}

type Desk = {
  memories: Map<string, Memory>;
  /** environment and feature of what was folded since it was judged, and the start of the earliest bin */
  touched: Map<string, number>;
  /** rollouts with something new for the pages */
  ticked: Set<string>;
  /** criteria whose trouble has been logged */
  troubled: Set<string>;
  foldedUntil: number;
};
const deskKey = (environment: string, featureKey: string) => `${environment}\u0000${featureKey}`;

async function foldSome(fold: Fold, desk: Desk): Promise<number> {
  const step = await fold.step();
  for (const t of step.touched) {
    const key = deskKey(t.environment, t.feature);
    desk.touched.set(key, Math.min(t.from.getTime(), desk.touched.get(key) ?? Number.POSITIVE_INFINITY));
  }
  // With more to fold, bins close by the data; without, by the clock.
  desk.foldedUntil = step.behind > 0 ? (step.until?.getTime() ?? desk.foldedUntil) : Number.POSITIVE_INFINITY;
  return step.behind;
}

async function judgeLive(options: WatchOptions, desk: Desk, all: boolean): Promise<void> {
  const { db } = options.database;
  const [live, automation, capReached] = await Promise.all([
    db
      .select({ row: rollout, kind: feature.kind })
      .from(rollout)
      .innerJoin(feature, eq(feature.key, rollout.featureKey))
      .where(inArray(rollout.state, ['running', 'held'])),
    getAutomation(db),
    readCapReached(db, options.now()),
  ]);
  const touched = desk.touched;
  desk.touched = new Map();
  const ids = new Set(live.map((l) => l.row.id));
  for (const id of desk.memories.keys()) if (!ids.has(id)) desk.memories.delete(id);
  const due = live.filter((l) => all || touched.has(deskKey(l.row.environment, l.row.featureKey)));
  // Only plans that let cohorts leave need to know which of them the flags can tell from others.
  const known = due.some((l) => l.row.plan.onRegressionScope === 'cohort') ? await cohortKeys(db) : new Set<string>();
  known.delete('*');
  await Promise.all(
    due.map((l) => {
      const earliest = touched.get(deskKey(l.row.environment, l.row.featureKey));
      const of = {
        switchable: l.kind === 'flag',
        touched: earliest !== undefined,
        lateFrom: earliest ?? Number.POSITIVE_INFINITY,
        withdrawable: [...known],
      };
      return judgeSafely(options, desk, l.row, of, { automationStopped: automation.stopped, capReached });
    }),
  );
}

/** One rollout in trouble stops no other: it is logged, forgotten and judged afresh from the roll-ups next time. */
async function judgeSafely(
  options: WatchOptions,
  desk: Desk,
  row: Row,
  of: Of,
  house: Pick<Round, 'automationStopped' | 'capReached'>,
): Promise<void> {
  const memory = desk.memories.get(row.id) ?? newMemory();
  desk.memories.set(row.id, memory);
  try {
    const ctx = { db: options.database.db, now: options.now, enqueue: options.enqueue };
    const trouble = (error: unknown, rolloutId: string, criterion: string) => {
      if (desk.troubled.has(`${rolloutId} ${criterion}`)) return;
      desk.troubled.add(`${rolloutId} ${criterion}`);
      options.log.error({ err: error, rollout: rolloutId, criterion }, 'a criterion cannot be judged');
    };
    const round = { ctx, trouble, ...house, foldedUntil: desk.foldedUntil };
    const { written } = await judgeRollout(round, row, of, memory);
    if (written) desk.ticked.add(row.id);
  } catch (error) {
    desk.memories.delete(row.id);
    options.log.error({ err: error, rollout: row.id }, 'a rollout could not be judged');
  }
}

async function tick(options: WatchOptions, desk: Desk): Promise<void> {
  const payload = JSON.stringify({ rollouts: [...desk.ticked].slice(0, 100) });
  desk.ticked.clear();
  await options.database.db.execute(sql`select pg_notify('belay_tick', ${payload})`);
}

/** Rollbacks, drills and orders to planes that nobody is at go on from here, beside the watch and never in its way. */
async function sweep(options: WatchOptions, running: Map<string, Promise<void>>): Promise<void> {
  const { db } = options.database;
  const ctx = { db, now: options.now, enqueue: options.enqueue, actor: rule };
  const begin = (id: string, work: () => Promise<unknown>, trouble: string) => {
    if (running.has(id)) return;
    const done = work()
      .then(() => {})
      .catch((error) => options.log.error({ err: error, id }, trouble))
      .finally(() => running.delete(id));
    running.set(id, done);
  };
  for (const id of await dueRollbacks(db, options.now()))
    begin(id, () => stepRollback(ctx, id), 'a rollback could not be carried on');
  for (const of of await dueDeliveries(db, options.now())) {
    const deliver = () => deliverPlane({ db, now: options.now }, of);
    begin(`${of.feature} ${of.environment}`, deliver, 'an order to a control plane could not be delivered');
  }
  for (const id of await dueRuns(db, options.now()))
    begin(id, () => stepRun(ctx, id), 'a drill could not be carried on');
  // People are told without the queue too; while it works, its job comes first.
  for (const id of await dueNotices(db, new Date(options.now().getTime() - leftLyingMs)))
    begin(id, () => deliverNotice({ ...options, db }, id), 'a notice could not be sent');
}
