/** Ledger rows become increases per series and time bucket, exactly once. */
import type { Database } from '@/lib/db';

export type FoldStep = {
  points: number;
  rows: number;
  /** pending ledger rows that are left, at most a step's worth counted */
  behind: number;
  touched: Array<{ environment: string; feature: string }>;
  /** time of the newest point of this step */
  until: Date | null;
};
export type Fold = {
  step(limit?: number): Promise<FoldStep>;
  checkpoint(): Promise<void>;
  close(): Promise<void>;
};

/** One leader at a time: the caller holds the lock. A second one is fenced off by the batch number. */
export async function openFold(_options: { database: Database; now: () => Date }): Promise<Fold> {
  throw new Error('not yet');
}
