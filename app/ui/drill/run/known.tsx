/** What is known of a run when somebody has to decide, and, afterwards, what was on the screen then. */

import { OutcomeBadge } from '@/app/ui/page/badge';
import { outcomeNumbers } from '@/app/ui/rollout/verdict-sentence';
import { Ago } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { outcomeWords, verdictReasonWords } from '@/app/ui/text/words';
import { type Criterion, type CriterionOutcome, outcomes } from '@/lib/criterion/model';
import { type RunView, unnamedControl } from '@/lib/drill/model';
import type { Verdict } from '@/lib/rollout/model';
import styles from './run.module.css';

/** Of the rollout in the shadow. */
export type Judged = { verdict: Verdict; criteria: readonly Criterion[]; units: Record<string, string> };

/**
 * What is worst first. A control cohort has no candidate, so that it has no data says nothing; and where one cohort is
 * left, all of them together say the same again.
 */
function tellingOf(run: RunView, { outcomes: all }: Verdict): CriterionOutcome[] {
  const rank = (of: CriterionOutcome) => ['fail', 'no_data', 'inconclusive', 'pass'].indexOf(of.outcome);
  const { control, blast } = run.drill;
  const untouched = control ?? (blast?.cohort === unnamedControl ? null : unnamedControl);
  const telling = all.filter((of) => of.cohort === null || of.cohort !== untouched);
  const again = (of: CriterionOutcome) => {
    const cohorts = telling.filter((o) => o.criterion === of.criterion && o.cohort !== null);
    return of.cohort === null && cohorts.length === 1 && cohorts[0]?.outcome === of.outcome;
  };
  return telling.filter((of) => !again(of)).toSorted((a, b) => rank(a) - rank(b));
}

function numbersOf({ criteria, units }: Judged, outcome: CriterionOutcome): string {
  const criterion = criteria.find((c) => c.name === outcome.criterion);
  return criterion ? outcomeNumbers(criterion, outcome, units[criterion.metric] ?? '') : '';
}

export function Known({ run, judged }: { run: RunView; judged: Judged | null }) {
  if (run.level === 'tabletop') return <p className="quiet">Known is what the situation says, and nothing else.</p>;
  if (!judged) return <p className="quiet">The judge has said nothing so far.</p>;
  const { verdict } = judged;
  return (
    <div>
      <p>
        The judge: {verdictReasonWords[verdict.reason]}{' '}
        <span className="quiet">
          (<Ago at={verdict.at} />)
        </span>
      </p>
      <ul className={styles.known} aria-label="What is known now">
        {tellingOf(run, verdict).map((of) => (
          <li key={`${of.criterion} ${of.cohort ?? ''}`}>
            <OutcomeBadge outcome={of.outcome} reason={of.reason} />
            <span>
              <Name>{of.criterion}</Name> <span className="quiet">{whose(of.cohort)}</span>
            </span>
            {of.outcome === 'fail' ? <span className={styles.numbers}>{numbersOf(judged, of)}</span> : null}
          </li>
        ))}
      </ul>
    </div>
  );
}

const whose = (cohort: string | null): string => (cohort === null ? 'all cohorts together' : visible(cohort));

/** What is on the screen, as it is sent with the answer. */
export function sawOf(run: RunView, judged: Judged | null): Record<string, unknown> {
  const { verdict } = judged ?? {};
  return {
    state: run.state,
    situation: run.drill.situation,
    reason: verdict?.reason ?? null,
    outcomes: judged
      ? tellingOf(run, judged.verdict).map((of) => ({
          criterion: of.criterion,
          cohort: of.cohort,
          outcome: of.outcome,
          numbers: numbersOf(judged, of),
        }))
      : [],
    judgedAt: verdict?.at ?? null,
  };
}

type Seen = { criterion: string; cohort: string | null; outcome: (typeof outcomes)[number]; numbers?: string };

/** Whoever answers through the API may say anything: what is not known here is left out. */
export function seenOf(saw: Record<string, unknown>): Seen[] {
  const known: readonly unknown[] = outcomes;
  const isSeen = (of: unknown): of is Seen => {
    if (of === null || typeof of !== 'object') return false;
    const { criterion, cohort, outcome } = of as Record<string, unknown>;
    return typeof criterion === 'string' && (cohort === null || typeof cohort === 'string') && known.includes(outcome);
  };
  return Array.isArray(saw.outcomes) ? saw.outcomes.filter(isSeen) : [];
}

export function Saw({ saw }: { saw: Record<string, unknown> }) {
  const seen = seenOf(saw);
  if (seen.length === 0) return null;
  return (
    <details>
      <summary>What was on the screen then</summary>
      <ul className={styles.known}>
        {seen.map(({ criterion, cohort, outcome, numbers }) => (
          <li key={`${criterion} ${cohort ?? ''}`}>
            <strong>{outcomeWords[outcome].label}</strong>
            <span>
              <Name>{criterion}</Name> <span className="quiet">{whose(cohort)}</span>
            </span>
            {outcome === 'fail' && typeof numbers === 'string' ? (
              <span className={styles.numbers}>{visible(numbers)}</span>
            ) : null}
          </li>
        ))}
      </ul>
    </details>
  );
}
