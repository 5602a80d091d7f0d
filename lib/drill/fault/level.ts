/**
 * What a level brings to a run; the engine (`execute.ts`) is the same for all. Everything here may be asked again after
 * a crash, with the run as it was before: it finds what it did and does it once. What it writes of the run it writes
 * with `updateRun(tx, run, …)`, so that whoever has lost the lease writes nothing.
 */
import type { Db, Tx } from '@/lib/db';
import type { Drill, RunView } from '../model';
import type { RunHome, RunRow } from '../run/run-store';

export type Prepared = {
  /** everything is exposed and healthy, and what is known good of the shadow has been measured: the fault may come */
  ready: boolean;
  rolloutId: string;
  shadow: string;
  /** marked telemetry has been sent up to here */
  sentUntil: Date;
  /** one plain sentence for the log of the run, of what it waits for or has come to */
  detail: string;
};

/** `errors`: requests of this stretch that failed; the engine adds them up for the budget. */
export type Sent = { sentUntil: Date; errors: number };

/** Of the proof that a run came back: one thing that must be so. */
export type Part = { ok: boolean; detail: string; differences?: NonNullable<RunView['proof']>['differences'] };

export type Level = {
  /** What the house has not been told that this level needs, in a sentence that says what to do. Null: nothing. */
  lacks?: (db: Db, drill: Drill) => Promise<string | null>;
  /** Part of the dry run: asks whatever it will need. Null: it is ready. */
  refuses?: (home: RunHome, run: RunRow) => Promise<string | null>;
  /** Called every two seconds until it is ready. The undo is committed already. */
  prepare: (home: RunHome, run: RunRow) => Promise<Prepared>;
  /** Sends from `run.sentUntil` to `until`; `run.faultAt` and `run.faultUntil` say when the candidate misbehaves. */
  send: (home: RunHome, run: RunRow, until: Date) => Promise<Sent>;
  /** With the fault, and with its undo, in the transaction that writes it down. Synthetic has none. */
  arm?: (tx: Tx, now: Date, run: RunRow) => Promise<void>;
  disarm?: (tx: Tx, now: Date, runId: string) => Promise<void>;
  /**
   * Makes what stands outside of the database do what the run says, as it is written down now: after every commit that
   * changes it, and as often as anybody likes.
   */
  outside?: (home: RunHome, run: RunRow) => Promise<void>;
  /** What else must be so, for a run to have come back to where it was. */
  prove?: (home: RunHome, run: RunRow) => Promise<Part>;
};
