/** One outcome worked out: the numbers, the formula, where it is from, and all of it to copy. */

import { boundWords, formulas, leaning, sources, workingJson, workingLines } from '@/app/ui/criterion/working';
import { CopyBlock } from '@/app/ui/text/copy.client';
import { formatNumber } from '@/lib/chart/format';
import type { Criterion, CriterionOutcome } from '@/lib/criterion/model';
import type { RolloutView } from '@/lib/rollout/model';
import styles from './working.module.css';

type Props = {
  rollout: RolloutView;
  criterion: Criterion;
  unit: string;
  at: string | null;
  /** the one that the row shows first */
  outcomes: CriterionOutcome[];
};

/** A page is drawn every second: it holds the numbers of so many cohorts of each criterion. */
const mostOthers = 4;

export function WorkingDetails({ outcomes, ...of }: Props) {
  const [first, ...rest] = outcomes;
  if (!first) return null;
  const others = rest.filter((o) => o.working !== null);
  return (
    <details className={styles.working}>
      <summary>How this was computed</summary>
      <div className={styles.body}>
        <Outcome outcome={first} {...of} />
        {others.slice(0, mostOthers).map((outcome) => (
          <details key={String(outcome.cohort)}>
            <summary>The same for {placeOf(outcome)}</summary>
            <Outcome outcome={outcome} {...of} />
          </details>
        ))}
        {others.length > mostOthers ? (
          <p className={styles.outcome}>
            {others.length - mostOthers} more cohorts: their numbers are in the verdict at the end of the page.
          </p>
        ) : null}
      </div>
    </details>
  );
}

const placeOf = ({ cohort }: CriterionOutcome): string =>
  cohort === null ? 'all together' : cohort === '' ? 'no cohort' : `the cohort ${cohort}`;

function Outcome({ outcome, rollout, criterion, unit, at }: Omit<Props, 'outcomes'> & { outcome: CriterionOutcome }) {
  const { working } = outcome;
  const { baseline, candidate } = rollout.plan;
  const json = workingJson({ rollout: { id: rollout.id, baseline, candidate }, criterion, unit, outcome, at });
  return (
    <div className={styles.outcome}>
      {working ? (
        <>
          <p>
            {evidenceSentence(criterion, outcome)} {stretchSentence(working)}
          </p>
          <dl className={styles.lines}>
            {workingLines(criterion, working).map((line) => (
              <div key={line.symbol}>
                <dt>
                  <var>{line.symbol}</var> {line.says}
                </dt>
                <dd>{line.value}</dd>
              </div>
            ))}
          </dl>
          <div className={styles.formulas}>
            {formulas(working).map((line) => (
              <code key={line}>{line}</code>
            ))}
          </div>
          <p>
            In code: <code>lib/stats/boundary.ts</code>. In print:{' '}
            {sources(working).map(({ says, href }, i) => (
              <span key={href}>
                {i > 0 ? '; ' : ''}
                <a href={href}>{says}</a>
              </span>
            ))}
            .
          </p>
        </>
      ) : (
        <p>There are no numbers behind this yet: nothing has been observed that could be compared.</p>
      )}
      <p>{boundWords(outcome)}</p>
      <CopyBlock label={`Everything to compute ${criterion.name} again, ${placeOf(outcome)}, as JSON`} text={json} />
    </div>
  );
}

function evidenceSentence(criterion: Criterion, outcome: CriterionOutcome): string {
  const { working } = outcome;
  if (!working) return '';
  const reached = working.needed > 0 ? working.exponent / working.needed : 0;
  const word = leaning(criterion, working) === 'failing' ? 'failing' : 'passing';
  const far = reached >= 1 ? 'all of' : `${formatNumber(Math.round(100 * reached))}\u202f% of`;
  return `The evidence for ${word} is ${far} what it takes.`;
}

function stretchSentence({ fromBin, bins }: { fromBin: number; bins: number }): string {
  if (fromBin === 0) return `It is that of all ${formatNumber(bins, 9)} closed bins so far, and of the one that fills.`;
  const last = `the last ${formatNumber(bins, 9)} closed bins`;
  return `It is that of ${last} (from number ${formatNumber(fromBin, 9)} on): of all stretches, the one that speaks most.`;
}
