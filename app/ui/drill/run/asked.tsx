/** What a person is asked in a run: what is known now, until when, and who may answer; then what was answered. */

import { Ago, Until } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import type { RunView } from '@/lib/drill/model';
import { RunDecision } from './decision.client';
import { type Judged, Known, Saw, sawOf } from './known';
import { answerWords, deadlineWords } from './reading';
import styles from './run.module.css';

export type AskedProps = {
  run: RunView;
  /** null: nothing so far, or the shadow is gone */
  judged: Judged | null;
  /** why this reader may not answer; null: may */
  barred: string | null;
};

/** Text of more lines than one keeps them. */
export const visibleLines = (text: string): string => text.split(/\r?\n/).map(visible).join('\n');

/** Where the bar of a run leads while somebody is asked. */
export const questionId = 'question';
export const isAsked = ({ state, drill, decision }: RunView): boolean =>
  state === 'deciding' && drill.decision.by === 'person' && decision.askedAt !== null && decision.answer === null;

export function RunAsked({ run, judged, barred }: AskedProps) {
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
        {decision.saw ? <Saw saw={decision.saw} /> : null}
      </div>
    );
  return (
    <div className={styles.decision} id={questionId}>
      <h2>What is to be done?</h2>
      <Known run={run} judged={judged} />
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
        <RunDecision id={run.id} saw={sawOf(run, judged)} tabletop={run.level === 'tabletop'} />
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
