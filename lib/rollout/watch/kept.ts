/** What is kept of a judging for whoever leads next: plain data. Pure. */
import type { JudgeState } from '@/lib/criterion/judge';
import type { Plan } from '../model';
import { binMs, type Counts, type CriterionJudging, type Judging, type Recent } from './judging';

/** Of this code's memory; a change of it, or of the judge's state, makes a new number. */
export const format = 6;
type Kept = {
  without: string[];
  openFrom: number;
  stageFrom: number;
  criteria: Array<{
    state: JudgeState | null;
    counts: Array<[string, Counts]>;
    reports: CriterionJudging['reports'];
    recent: Recent;
  }>;
  sums: Array<[number, number]>;
};

export function toKept(judging: Judging): Kept {
  const { without, openFrom, stageFrom } = judging;
  const criteria = judging.criteria.map(({ state, counts, reports, recent }) => {
    return { state, counts: [...counts], reports, recent };
  });
  return { without, openFrom, stageFrom, criteria, sums: [...judging.sums] };
}

export function fromKept(plan: Plan, kept: unknown): Judging {
  const { without, openFrom, stageFrom, criteria, sums } = kept as Kept;
  return {
    plan,
    width: binMs,
    without,
    windows: [],
    openFrom,
    stageFrom,
    criteria: plan.criteria.map((criterion, i) => {
      const { state, counts, reports, recent } = criteria[i] as Kept['criteria'][number];
      return { criterion, state, error: null, counts: new Map(counts), reports, recent };
    }),
    sums: new Map(sums),
  };
}
