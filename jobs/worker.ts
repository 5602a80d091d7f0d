/**
 * The worker process: the watch, and BullMQ's jobs. The watch does not need the queue, so rollouts are judged and
 * rolled back while the queue is away; the queue is tried again until it is there.
 */
import { BullMQOtel } from 'bullmq-otel';
import { getConfig } from '@/lib/config';
import { openDatabase } from '@/lib/db';
import { drillWakes, wakeAfter } from '@/lib/drill/schedule/wakes';
import { arm } from '@/lib/failpoint';
import { openLog } from '@/lib/log';
import { enclosed } from '@/lib/postmortem/hand-out/copy';
import { openQueue } from '@/lib/queue/queue';
import { openWorker, type QueueWorker } from '@/lib/queue/worker';
import { openWatch } from '@/lib/rollout/watch/watch';
import { startTracing } from '@/lib/telemetry';
import { handlersFor } from './handlers';
import { runWith } from './run';

const closeWithinMs = 4_000;
const queueAgainMs = 2_000;

const config = getConfig();
const log = openLog('worker', { level: config.LOG_LEVEL });

async function main(): Promise<void> {
  const databaseUrl = config.DATABASE_URL;
  if (!databaseUrl) throw new Error('DATABASE_URL is not set: start Belay with npm start');
  if (config.BELAY_FAILPOINT) {
    arm(config.BELAY_FAILPOINT);
    log.warn({ at: config.BELAY_FAILPOINT }, 'will be killed there, as BELAY_FAILPOINT says: a test, never production');
  }
  const tracing = await startTracing('belay-worker', config);
  const telemetry = tracing ? new BullMQOtel({ tracerName: 'belay' }) : undefined;
  const backend = { databaseUrl, redisUrl: config.REDIS_URL, telemetry };
  const database = openDatabase(databaseUrl, { name: 'worker', max: 10 });
  const now = () => new Date();
  const queue = openQueue({
    ...backend,
    onError: (error) => log.warn({ err: error }, 'not enqueued; the sweep will find it'),
  });
  const seams = { db: database.db, now, enqueue: queue.enqueue };
  const watch = await openWatch({ database, url: databaseUrl, now, enqueue: queue.enqueue, log, enclose: enclosed });

  let worker: QueueWorker | undefined;
  let closing = false;
  const connect = async () => {
    const process = runWith(handlersFor(seams), log);
    const timetable = { wakes: () => drillWakes(database.db), nextAfter: wakeAfter };
    while (!closing && !worker) {
      try {
        worker = await openWorker({ ...backend, process, timetable, log });
        log.info({ backend: config.REDIS_URL ? 'redis' : 'postgres' }, 'takes jobs');
      } catch (error) {
        log.error({ err: error }, 'the queue cannot be reached; trying again');
        await new Promise((resolve) => setTimeout(resolve, queueAgainMs));
      }
    }
  };
  const connecting = connect();

  const close = async (signal: string) => {
    if (closing) return;
    closing = true;
    log.info({ signal }, 'closes');
    setTimeout(() => process.exit(1), closeWithinMs + 800).unref();
    await Promise.all([watch.close(), worker?.close(closeWithinMs)]);
    await queue.close();
    await database.close();
    await tracing?.close().catch(() => {});
    process.exit(0);
  };
  process.on('SIGTERM', () => void close('SIGTERM'));
  process.on('SIGINT', () => void close('SIGINT'));
  // The supervisor is gone: nobody would stop us any more.
  process.on('disconnect', () => void close('disconnect'));
  await Promise.race([connecting, new Promise((resolve) => setTimeout(resolve, 1_000))]);
  log.info('ready');
  process.send?.('ready');
}

main().catch((error) => {
  log.fatal({ err: error }, 'the worker cannot start');
  process.exit(1);
});
