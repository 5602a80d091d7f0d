/**
 * The producer's side. Nothing is opened before the first use, and an enqueue neither fails nor delays its verb:
 * what the queue does not take in time, the sweep finds in our own tables.
 */
import type { Queue as BullQueue, Telemetry } from 'bullmq';
import { type Backend, type BackendOptions, openBackend } from './backend';
import { type Enqueue, jobs } from './contract';

export type QueueOptions = BackendOptions & {
  /** `bullmq-otel`, when tracing is on */
  telemetry?: Telemetry;
  /** told of what was not enqueued */
  onError?: (error: unknown) => void;
};
/** `check` answers whether the queue's backend answers now. */
export type Queue = { enqueue: Enqueue; check: () => Promise<boolean>; close: () => Promise<void> };

const enqueueWithinMs = 500;
const checkWithinMs = 2_000;
/** After a failure nobody waits for the backend again for so long. */
const againAfterMs = 2_000;

/** Kept a while for whoever looks for a reason. */
export const kept = {
  removeOnComplete: { age: 3_600, count: 1_000 },
  removeOnFail: { age: 7 * 86_400, count: 1_000 },
};

export function openQueue(options: QueueOptions): Queue {
  let opening: Promise<{ backend: Backend; queue: BullQueue }> | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;
  let closed = false;

  function open(): Promise<{ backend: Backend; queue: BullQueue }> {
    if (closed) return Promise.reject(new Error('the queue is closed'));
    if (!opening && performance.now() - failedAt < againAfterMs)
      return Promise.reject(new Error('the queue could not be reached a moment ago'));
    opening ??= openBackend(options, 'produce').then(
      (backend) => {
        const queue = backend.openQueue({ telemetry: options.telemetry });
        queue.on('error', (error) => options.onError?.(error));
        return { backend, queue };
      },
      (error) => {
        opening = undefined;
        failedAt = performance.now();
        throw error;
      },
    );
    return opening;
  }

  return {
    enqueue: async (name, payload) => {
      const { attempts, backoffMs } = jobs[name];
      const add = open().then(({ queue }) =>
        queue.add(name, payload, { attempts, backoff: { type: 'exponential', delay: backoffMs }, ...kept }),
      );
      await within(enqueueWithinMs, add).catch((error) => options.onError?.(error));
    },
    check: () =>
      within(
        checkWithinMs,
        open().then(({ backend }) => backend.ping()),
      ).then(
        () => true,
        () => false,
      ),
    close: async () => {
      closed = true;
      const opened = await opening?.catch(() => undefined);
      if (!opened) return;
      await within(checkWithinMs, opened.queue.close()).catch(() => {});
      await opened.backend.close();
    },
  };
}

/** The promise, or a rejection when it takes too long; what comes later is let go. */
export function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`took longer than ${ms} ms`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
