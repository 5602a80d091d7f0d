/** The only wrapper round a job: parse its payload, one span, a log of its own, and which errors no retry can mend. */

import { BelayError } from '@/lib/errors';
import type { Log } from '@/lib/log';
import { type JobName, type JobPayload, jobs } from '@/lib/queue/contract';
import { type Delivery, HopelessJob } from '@/lib/queue/worker';
import { spanned } from '@/lib/telemetry';

export type Run = { log: Log; signal: AbortSignal; attempt: number };
export type Handlers = { [N in JobName]: (payload: JobPayload<N>, run: Run) => Promise<void> };

const hopeless: ReadonlyArray<BelayError['code']> = ['bad_input', 'not_found', 'unsupported', 'too_large'];

export function runWith(handlers: Handlers, log: Log): (delivery: Delivery) => Promise<void> {
  return (delivery) =>
    spanned(`job ${delivery.name}`, { 'belay.job.name': delivery.name, 'belay.job.id': delivery.id }, async () => {
      const scoped = log.child({ job: delivery.name, jobId: delivery.id, attempt: delivery.attempt });
      try {
        await dispatch(handlers, delivery, { log: scoped, signal: delivery.signal, attempt: delivery.attempt });
      } catch (error) {
        scoped.error({ err: error }, 'a job failed');
        if (error instanceof BelayError && hopeless.includes(error.code)) throw new HopelessJob(error.message);
        throw error;
      }
    });
}

async function dispatch(handlers: Handlers, delivery: Delivery, run: Run): Promise<void> {
  if (!isJob(delivery.name)) throw new HopelessJob(`there is no job ${delivery.name}`);
  await call(handlers, delivery.name, delivery.data, run);
}

async function call<N extends JobName>(handlers: Handlers, name: N, data: unknown, run: Run): Promise<void> {
  const parsed = jobs[name].payload.safeParse(data);
  if (!parsed.success) throw new HopelessJob(`the payload of ${name} is not valid: ${parsed.error.issues[0]?.message}`);
  await handlers[name](parsed.data as JobPayload<N>, run);
}

const isJob = (name: string): name is JobName => Object.hasOwn(jobs, name);
