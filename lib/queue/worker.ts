/**
 * The consumer's side; only `jobs/worker.ts` opens one. Delivery is at least once: a job may run twice at a time when
 * its worker stalls, so a handler decides by our tables, and its signal is aborted when the lock is lost.
 */
import { type Job, type Telemetry, UnrecoverableError } from 'bullmq';
import type { Log } from '@/lib/log';
import { type Backend, type BackendOptions, openBackend } from './backend';
import { type JobName, jobs } from './contract';
import { kept, within } from './queue';

export type Delivery = { id: string; name: string; data: unknown; attempt: number; signal: AbortSignal };
export type QueueWorker = { close: (withinMs: number) => Promise<void> };

/** What no retry can mend: the job fails at once. */
export class HopelessJob extends Error {}

const concurrency = 8;
/** Our jobs take seconds and may run twice, so waiting BullMQ's 30 s for a dead worker gains nothing. */
const defaultLockMs = 10_000;
/** Further off than this we would take living jobs from others, and begin too early or too late what has a time. */
const mostSkewMs = 2_000;
const defaultCheckEveryMs = 30_000;

/** A job that is woken by a cron, for as long as our tables say so. `key`: what it is for. */
type Wake = { key: string; job: JobName; cron: string; timeZone: string };
type Timetable = {
  /** all there are to be */
  wakes: () => Promise<Wake[]>;
  /** null: never again */
  nextAfter: (cron: string, timeZone: string, after: Date) => Date | null;
};

export async function openWorker(
  options: BackendOptions & {
    process: (delivery: Delivery) => Promise<void>;
    timetable?: Timetable;
    log: Pick<Log, 'info' | 'warn' | 'error' | 'debug'>;
    telemetry?: Telemetry;
    /** how long a job of a dead worker stays its own */
    lockMs?: number;
    /** how often our tables are asked which schedules there are to be, and our clock is held to the database's */
    checkEveryMs?: number;
  },
): Promise<QueueWorker> {
  const { log } = options;
  const backend = await openBackend(options, 'work');
  const { timetable } = options;
  // Times of a cron are ours, not those of BullMQ's own reading of it.
  const repeatStrategy = (after: number, { pattern = '', tz = '' }: { pattern?: string; tz?: string }) =>
    timetable?.nextAfter(pattern, tz, new Date(after))?.getTime();
  const settings = { repeatStrategy };
  let wrong = await clockFault(backend).catch(async (error) => {
    await backend.close();
    throw error;
  });
  if (wrong !== null) {
    await backend.close();
    throw new Error(wrong);
  }
  const queue = backend.openQueue({ telemetry: options.telemetry, settings });
  const never = new AbortController().signal;
  const worker = backend.openWorker(
    // Three parameters, written out: BullMQ makes a signal only for a processor that takes one.
    async (job: Job, _token?: string, signal?: AbortSignal) => {
      try {
        // What was fetched as the worker paused; our tables find it again.
        if (wrong !== null) throw new Error(wrong);
        await options.process({
          id: job.id ?? '',
          name: job.name,
          data: job.data,
          attempt: job.attemptsMade + 1,
          signal: signal ?? never,
        });
      } catch (error) {
        throw error instanceof HopelessJob ? new UnrecoverableError(error.message) : error;
      }
    },
    {
      concurrency,
      settings,
      telemetry: options.telemetry,
      // A job that takes its worker down with it must end some time; on PostgreSQL stalls alone never end it.
      maxStartedAttempts: 20,
      lockDuration: options.lockMs ?? defaultLockMs,
      stalledInterval: options.lockMs ?? defaultLockMs,
      ...kept,
    },
  );
  worker.on('lockRenewalFailed', (ids: string[]) => {
    for (const id of ids) worker.cancelJob(id, 'the lock was lost');
  });
  worker.on('error', (error) => log.warn({ err: error }, 'the queue had a problem'));
  queue.on('error', (error) => log.warn({ err: error }, 'the queue had a problem'));

  const minded = async () => {
    wrong = await clockFault(backend);
    await mind(worker, wrong, log);
  };
  const schedule = async () => {
    await minded().catch((error) => log.warn({ err: error }, 'the clock could not be checked'));
    await reconcile(queue, timetable).catch((error) => log.warn({ err: error }, 'schedules could not be checked'));
  };
  await schedule();
  const timer = setInterval(schedule, options.checkEveryMs ?? defaultCheckEveryMs);
  return {
    close: async (withinMs) => {
      clearInterval(timer);
      const closing = worker.close();
      await within(withinMs * 0.7, closing).catch(() => worker.cancelAllJobs('shutting down'));
      await within(withinMs * 0.2, closing).catch(() => log.warn('jobs were still running at the end'));
      await within(withinMs * 0.1, queue.close()).catch(() => {});
      await within(1_000, backend.close()).catch(() => {});
    },
  };
}

/** null: our clock and the database's are the same, near enough */
async function clockFault(backend: Backend): Promise<string | null> {
  const skewMs = await backend.skewMs();
  if (Math.abs(skewMs) <= mostSkewMs) return null;
  return `the clock of this machine is ${Math.round(skewMs)} ms off the database's; set it right`;
}

/** A clock that goes wrong later ends nothing that is under way; no more is begun until it is right again. */
async function mind(
  worker: ReturnType<Backend['openWorker']>,
  wrong: string | null,
  log: Pick<Log, 'info' | 'error'>,
): Promise<void> {
  if (wrong !== null && !worker.isPaused()) {
    log.error(`takes no more jobs: ${wrong}`);
    await worker.pause(true);
  } else if (wrong === null && worker.isPaused()) {
    worker.resume();
    log.info('takes jobs again: the clock is right');
  }
}

type Schedules = ReturnType<Awaited<ReturnType<typeof openBackend>>['openQueue']>;
type Repeat = { every: number } | { pattern: string; tz: string };

/**
 * Our tables say which schedules there are. Those that are gone (a flushed Redis, an emptied table) or that changed
 * come back, and so do those that are still there without the job that would make the next one: such a schedule stands
 * still for good. Those that nobody asks for any more go.
 */
async function reconcile(queue: Schedules, timetable?: Timetable): Promise<void> {
  const wanted = new Map<string, { name: JobName; repeat: Repeat }>();
  for (const name of Object.keys(jobs) as JobName[]) {
    const job = jobs[name];
    if ('everyMs' in job) wanted.set(name, { name, repeat: { every: job.everyMs } });
  }
  for (const { key, job, cron, timeZone } of (await timetable?.wakes()) ?? [])
    wanted.set(key, { name: job, repeat: { pattern: cron, tz: timeZone } });
  const found = new Map((await queue.getJobSchedulers()).map((s) => [s.key, s]));
  for (const [key, { name, repeat }] of wanted) {
    const known = found.get(key);
    if (known && isSame(known, repeat) && (await queue.getJob(`repeat:${key}:${known.next}`))) continue;
    const { attempts, backoffMs } = jobs[name];
    const opts = { attempts, backoff: { type: 'exponential', delay: backoffMs }, ...kept };
    await queue.upsertJobScheduler(key, repeat, { name, data: {}, opts });
  }
  for (const key of found.keys()) if (!wanted.has(key)) await queue.removeJobScheduler(key);
}

function isSame(known: { every?: number; pattern?: string; tz?: string }, repeat: Repeat): boolean {
  if ('every' in repeat) return Number(known.every) === repeat.every;
  return known.pattern === repeat.pattern && known.tz === repeat.tz;
}
