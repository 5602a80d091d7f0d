/**
 * What a report is drafted from: read once, frozen, sealed by its hash. Nothing outside of it enters a draft, so the
 * same facts make the same report for ever. JSON only.
 */
import type { Excesses } from '@/lib/criterion/excess';
import type { Criterion } from '@/lib/criterion/model';
import type { RunView } from '@/lib/drill/model';
import type { EventView } from '@/lib/event/model';
import type { RollbackView } from '@/lib/rollback/model';
import type { DecisionView, Plan } from '@/lib/rollout/model';
import type { Finding } from '@/lib/signal/model';
import type { Comparison, SnapshotFact } from './evidence';
import type { Subject } from './model';

/** Grows with every change of shape; an older one is still read. */
export const factsFormat = 1;

/**
 * What one criterion counted in one cell of version, cohort and `stepMs`. `n`, `k` for shares, ratios and burn rates
 * (a ratio's `n` is below the line); `n`, `sum` for means; `over` per boundary for quantiles: how many of `n` lie
 * above each of `bounds`. Numbers are those of the roll-ups, not rounded.
 */
export type Cell = {
  at: number;
  version: string;
  cohort: string;
  n: number;
  k?: number;
  sum?: number;
  sum2?: number;
  over?: number[];
};
export type Measured = {
  criterion: Criterion;
  unit: string;
  stepMs: number;
  /** quantiles only: boundaries in the metric's unit, shared by all cells */
  bounds: number[] | null;
  cells: Cell[];
  /** null: the attributes could not be read any more */
  excess: Excesses | null;
  /** what `excess` was counted over: the harm, as far as its ends are known; else the whole stretch */
  excessOver: { from: string; to: string };
  /** why there is nothing; empty: there is */
  missing: string;
};

export type Facts = {
  format: typeof factsFormat;
  takenAt: string;
  subject: Subject;
  /** the stretch that is told of */
  from: string;
  to: string;
  baseline: string | null;
  candidate: string | null;
  plan: Plan | null;
  rollout: { id: string; startedAt: string | null; endedAt: string | null; state: string; owner: string } | null;
  rollback: RollbackView | null;
  run: RunView | null;
  decisions: DecisionView[];
  events: EventView[];
  snapshots: SnapshotFact[];
  comparison: Comparison | null;
  measured: Measured[];
  findings: Array<Omit<Finding, 'firstAt' | 'lastAt'> & { firstAt: string; lastAt: string }>;
  /** values of service.version (and the like) that telemetry showed for the first time within the stretch */
  deployments: Array<{ at: string; attribute: string; value: string; version: string | null }>;
  /** how the last proven rehearsal of the feature went; null: none was proven */
  lastDrill: {
    runId: string;
    endedAt: string;
    clocks: Array<{ name: string; ms: number | null; objectiveMs: number | null }>;
  } | null;
  /** objectives for the milestones, from the drill of the feature; null: nobody has set any */
  objectives: {
    detectMs: number | null;
    decideMs: number | null;
    actuateMs: number | null;
    propagateMs: number | null;
    recoverMs: number | null;
  } | null;
  /** why something that belongs here is not: said in the report */
  missing: string[];
};
