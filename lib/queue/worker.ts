/**
 * The consumer's side; only `jobs/worker.ts` opens one. Delivery is at least once: a job may run twice at a time when
 * its worker stalls, so a handler decides by our tables, and its signal is aborted when the lock is lost.
 */
import { type Job, type Telemetry, UnrecoverableError } from 'bullmq';
import type { Log } from '@/lib/log';
import { type BackendOptions, openBackend } from './backend';
import { type JobName, jobs } from './contract';
import { kept, within } from './queue';

export type Delivery = { id: string; name: string; data: unknown; attempt: number; signal: AbortSignal };
export type QueueWorker = { close: (withinMs: number) => Promise<void> };

/** What no retry can mend: the job fails at once. */
export class HopelessJob extends Error {}

const concurrency = 8;
/** Our jobs take seconds and may run twice, so waiting BullMQ's 30 s for a dead worker gains nothing. */
const defaultLockMs = 10_000;
/** BullMQ's PostgreSQL locks are told by our clock; further off than this we would take living jobs from others. */
const mostSkewMs = 2_000;
const reconcileEveryMs = 30_000;

export async function openWorker(
  options: BackendOptions & {
    process: (delivery: Delivery) => Promise<void>;
    log: Pick<Log, 'info' | 'warn' | 'error' | 'debug'>;
    telemetry?: Telemetry;
    /** how long a job of a dead worker stays its own */
    lockMs?: number;
  },
): Promise<QueueWorker> {
  const { log } = options;
  const backend = await openBackend(options, 'work');
  const skewMs = await backend.skewMs();
  if (Math.abs(skewMs) > mostSkewMs) {
    await backend.close();
    throw new Error(`the clock of this machine is ${Math.round(skewMs)} ms off the database's; set it right`);
  }
  const queue = backend.openQueue({ telemetry: options.telemetry });
  const never = new AbortController().signal;
  const worker = backend.openWorker(
    // Three parameters, written out: BullMQ makes a signal only for a processor that takes one.
    async (job: Job, _token?: string, signal?: AbortSignal) => {
      try {
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

  const schedule = () => reconcile(queue).catch((error) => log.warn({ err: error }, 'schedules could not be checked'));
  await schedule();
  const timer = setInterval(schedule, reconcileEveryMs);
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

type Schedules = ReturnType<Awaited<ReturnType<typeof openBackend>>['openQueue']>;

/**
 * Schedules that are gone (a flushed Redis, an emptied table) or that changed come back, and so do those that are still
 * there without the job that would make the next one: such a schedule stands still for good.
 */
async function reconcile(queue: Schedules): Promise<void> {
  const found = new Map((await queue.getJobSchedulers()).map((s) => [s.key, s]));
  for (const name of Object.keys(jobs) as JobName[]) {
    const job = jobs[name];
    const known = found.get(name);
    if (!('everyMs' in job)) continue;
    if (Number(known?.every) === job.everyMs && (await queue.getJob(`repeat:${name}:${known?.next}`))) continue;
    await queue.upsertJobScheduler(
      name,
      { every: job.everyMs },
      {
        name,
        data: {},
        opts: { attempts: job.attempts, backoff: { type: 'exponential', delay: job.backoffMs }, ...kept },
      },
    );
  }
}
