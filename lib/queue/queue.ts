import type { Enqueue } from './contract';

export type QueueOptions = { databaseUrl: string; redisUrl?: string };
/** `check` answers whether the queue's backend answers now. */
export type Queue = { enqueue: Enqueue; check: () => Promise<boolean>; close: () => Promise<void> };

export function openQueue(_options: QueueOptions): Queue {
  throw new Error('not written yet');
}
