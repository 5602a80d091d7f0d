import type { Logger } from 'pino';
import type { Database } from '@/lib/db';
import type { Enqueue } from '@/lib/queue/contract';

export type Watch = { close: () => Promise<void> };
export type WatchOptions = {
  database: Database;
  url: string;
  now: () => Date;
  enqueue: Enqueue;
  log: Pick<Logger, 'info' | 'warn' | 'error' | 'debug'>;
};
export async function openWatch(_options: WatchOptions): Promise<Watch> {
  throw new Error('not written yet');
}
