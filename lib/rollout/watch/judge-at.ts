/** One look, from the bins to what is to be done. The watch and the backtest both go through here and nowhere else. Pure. */
import type { CriterionOutcome } from '@/lib/criterion/model';
import type { BinRow } from '@/lib/signal/model';
import { type Decided, decide, type Evidence } from '../decide';
import { type Health, outcomesOf, splitOf, stageSamples } from './evidence';
import { type Judging, type Looked, lookNow } from './judging';

type Given = 'outcomes' | 'stageSamples' | 'split' | 'dataUntil';
/** Where the rollout stands, and what is known of its telemetry besides the bins. */
export type Standing = Omit<Evidence, Given> &
  Pick<Health, 'findings' | 'freshness' | 'startedAt'> & {
    /** outcomes of the cohorts that were taken back, as they were then: shown, and counted no more */
    parted?: CriterionOutcome[];
  };

/** `rows`: the bins that are still open. Changes nothing. */
export function judgeAt(judging: Judging, rows: BinRow[], at: Standing): { decided: Decided; looked: Looked[] } {
  const { findings, freshness, startedAt, parted = [], ...standing } = at;
  const { plan, stage, now, withdrawn } = standing;
  const dataUntil = freshness.lastAt;
  const looked = lookNow(judging, rows, dataUntil?.getTime() ?? now.getTime());
  const health = { findings, freshness, startedAt, now };
  const decided = decide({
    ...standing,
    outcomes: [...outcomesOf(looked, health), ...parted],
    stageSamples: stageSamples(looked),
    split: splitOf(plan, stage, looked, withdrawn),
    dataUntil,
  });
  return { decided, looked };
}
