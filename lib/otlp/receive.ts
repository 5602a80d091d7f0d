import type { Database } from '@/lib/db';

export type ReceiveRequest = {
  path: string;
  method: string;
  contentType?: string;
  contentEncoding?: string;
  body: Buffer | AsyncIterable<Buffer>;
  /** the key's environment; null: the resource says */
  environment: string | null;
};
export type ReceiveAnswer = { status: number; headers: Record<string, string>; body: Buffer };
export type Receiver = {
  receive(request: ReceiveRequest): Promise<ReceiveAnswer>;
  close(): Promise<void>;
};

export function openReceiver(_options: { database: Database; now: () => Date }): Receiver {
  throw new Error('not yet');
}
