/** What a person is asked in a run: what is known now, until when, and who may answer; then what was answered. */
import type { RunView } from '@/lib/drill/model';
import type { Verdict } from '@/lib/rollout/model';
import { OutcomeBadge } from './badge';
import { Ago, Until } from './clock.client';
import styles from './drill-run.module.css';
import { RunDecision } from './drill-run-decision.client';
import { answerWords, deadlineWords } from './drill-run-reading';
import { Name, visible } from './name';
import { verdictReasonWords } from './words';

export type AskedProps = {
  run: RunView;
  /** of the rollout in the shadow; null: none so far, or it is gone */
  verdict: Verdict | null;
  /** why this reader may not answer; null: may */
  barred: string | null;
};

/** Text of more lines than one keeps them. */
export const visibleLines = (text: string): string => text.split(/\r?\n/).map(visible).join('\n');

export function RunAsked({ run, verdict, barred }: AskedProps) {
  const { decision } = run;
  const asked = run.drill.decision;
  if (decision.answer !== null)
    return (
      <div className={styles.decision}>
        <h2>Answered: {answerWords[decision.answer]}</h2>
        <p>
          {decision.by ? <Name>{decision.by}</Name> : 'Somebody'} {decision.at ? <Ago at={decision.at} /> : null}
          {decision.note ? (
            <>
              : <bdi>{visible(decision.note)}</bdi>
            </>
          ) : null}
        </p>
        {decision.saw ? (
          <details>
            <summary>What was on the screen then</summary>
            <pre className="mono small">{visibleLines(JSON.stringify(decision.saw, null, 1))}</pre>
          </details>
        ) : null}
      </div>
    );
  return (
    <div className={styles.decision}>
      <h2>What is to be done?</h2>
      <Known verdict={verdict} tabletop={run.level === 'tabletop'} />
      {decision.deadlineAt && asked.by === 'person' ? (
        <p>
          The deadline is <Until at={decision.deadlineAt} />, {deadlineOf(run)}.
        </p>
      ) : null}
      {asked.by === 'person' && asked.notThese.length > 0 ? (
        <p className="quiet">
          May not answer this time: {asked.notThese.map(visible).join(', ')}. Somebody else is to learn it.
        </p>
      ) : null}
      {barred === null ? (
        <RunDecision id={run.id} saw={sawOf(run, verdict)} tabletop={run.level === 'tabletop'} />
      ) : (
        <p role="note">{barred}</p>
      )}
    </div>
  );
}

/** At a tabletop nothing can be rolled back by itself: silence has failed. */
function deadlineOf({ level, drill: { decision } }: RunView): string {
  if (decision.by !== 'person') return '';
  const { atDeadline } = decision;
  return deadlineWords[level === 'tabletop' && atDeadline === 'roll_back' ? 'fail' : atDeadline];
}

function Known({ verdict, tabletop }: { verdict: Verdict | null; tabletop: boolean }) {
  if (tabletop) return <p className="quiet">Known is what the situation says, and nothing else.</p>;
  if (!verdict) return <p className="quiet">The judge has said nothing so far.</p>;
  return (
    <div>
      <p>
        The judge: {verdictReasonWords[verdict.reason]}{' '}
        <span className="quiet">
          (<Ago at={verdict.at} />)
        </span>
      </p>
      <ul className={styles.known} aria-label="What is known now">
        {verdict.outcomes.map((of) => (
          <li key={`${of.criterion} ${of.cohort ?? ''}`}>
            <OutcomeBadge outcome={of.outcome} reason={of.reason} />
            <Name>{of.criterion}</Name>
            <span className="quiet">{of.cohort === null ? 'all cohorts together' : visible(of.cohort)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What is on the screen, as it is sent with the answer. */
function sawOf(run: RunView, verdict: Verdict | null): Record<string, unknown> {
  return {
    state: run.state,
    situation: run.drill.situation,
    reason: verdict?.reason ?? null,
    outcomes: verdict?.outcomes.map(({ criterion, cohort, outcome }) => ({ criterion, cohort, outcome })) ?? [],
    judgedAt: verdict?.at ?? null,
  };
}
