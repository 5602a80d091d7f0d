/** A run of a drill for whoever watches it: what is so, what comes next, where it stands, and what a person is asked. */

import { Announce } from '@/app/ui/frame/live.client';
import { Icon } from '@/app/ui/icon';
import { Ago, Time, Until } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import type { RunView } from '@/lib/drill/model';
import { AbortRun } from './abort.client';
import { type AskedProps, isAsked, questionId, RunAsked, visibleLines } from './asked';
import { Elapsed } from './clock.client';
import { isOver, runSentence, runStateWords, stateLabel, type TrackItem, trackOf } from './reading';
import styles from './run.module.css';

export function RunPanel({ run, judged, barred }: AskedProps) {
  const sentence = runSentence(run);
  return (
    <section className={styles.run} id="run" aria-labelledby="run-heading">
      <div className={`toned ${styles.head}`} data-tone={sentence.tone}>
        <div>
          <h1 id="run-heading">
            <span className={styles.lead}>{sentence.lead}</span> <bdi>{visible(sentence.text)}</bdi>
          </h1>
          <p className={styles.next}>
            {sentence.ends}
            <Deadlines run={run} />
          </p>
          <p className={styles.since}>
            <Since run={run} />
          </p>
        </div>
        {run.startedAt ? (
          <p className={styles.whole}>
            <Elapsed from={run.startedAt} to={run.endedAt} />
            <span>{isOver(run) ? 'in all' : 'so far'}</span>
          </p>
        ) : null}
      </div>
      <Track items={trackOf(run)} level={run.level} />
      {run.drill.situation ? (
        <p className={styles.situation}>
          <strong>The situation.</strong> <bdi>{visibleLines(run.drill.situation)}</bdi>
        </p>
      ) : null}
      {isAsked(run) || run.decision.answer !== null ? <RunAsked run={run} judged={judged} barred={barred} /> : null}
      <Announce text={`${sentence.lead} ${sentence.text}`} />
    </section>
  );
}

function Since({ run }: { run: RunView }) {
  const { startedAt, endedAt } = run;
  return (
    <>
      {startedAt ? (
        <>
          Started <Time at={startedAt} grain="second" /> (<Ago at={startedAt} />)
        </>
      ) : (
        'Not started yet'
      )}
      {run.trigger === 'schedule' ? ' by its schedule' : ' by '}
      {run.trigger === 'schedule' ? null : <Name>{run.by}</Name>}
      {endedAt ? (
        <>
          {' · ended '}
          <Time at={endedAt} grain="second" /> (<Ago at={endedAt} />)
        </>
      ) : null}
    </>
  );
}

/** What ends by itself, and when. */
function Deadlines({ run }: { run: RunView }) {
  if (isOver(run)) return null;
  const deadline = run.state === 'deciding' && run.decision.answer === null ? run.decision.deadlineAt : null;
  return (
    <>
      {deadline ? (
        <>
          {' The deadline is '}
          <Until at={deadline} />.
        </>
      ) : null}
      {run.faultUntil && run.undo?.state !== 'done' ? (
        <>
          {' The fault ends by itself at '}
          <Time at={run.faultUntil} grain="second" /> (<Until at={run.faultUntil} />
          ).
        </>
      ) : null}
    </>
  );
}

function Track({ items, level }: { items: TrackItem[]; level: RunView['level'] }) {
  return (
    <ol className={styles.track} aria-label="States">
      {items.map(({ state, at, since }, index) => (
        <li
          key={index === items.length - 1 ? 'end' : state}
          data-at={at}
          data-state={at === 'here' ? state : undefined}
          aria-current={at === 'here' ? 'step' : undefined}
        >
          <span>
            {at === 'past' ? <Icon name="check" size={11} /> : null}
            {at === 'fallen' ? <Icon name="stop" size={11} /> : null}
            {stateLabel(state, level)}
          </span>
          <small>{since ? <Time at={since} grain="second" /> : trackWords[at]}</small>
        </li>
      ))}
    </ol>
  );
}

const trackWords: Record<TrackItem['at'], string> = {
  past: '',
  here: '',
  fallen: '',
  ahead: 'ahead',
  never: 'not reached',
};

/** Sticks to the lower edge as long as there is something to end. */
export function RunBar({ run, allowed }: { run: RunView; allowed: boolean }) {
  if (isOver(run)) return null;
  const ending = run.stop !== null;
  return (
    <section className={styles.bar} aria-label="End the drill">
      <span>
        <strong>{ending ? 'Ending' : runStateWords[run.state].label}</strong>
        {run.startedAt ? (
          <span className="quiet">
            {' · '}
            <Elapsed from={run.startedAt} to={null} />
          </span>
        ) : null}
        <span className={`quiet small ${styles.wide}`}>
          {ending ? 'What it did is being undone' : 'Aborting undoes what it did, then ends it'}
        </span>
      </span>
      <div className="row">
        {!ending && isAsked(run) ? (
          <a className="button" href={`#${questionId}`}>
            Answer
          </a>
        ) : null}
        {ending ? null : allowed ? (
          <AbortRun id={run.id} />
        ) : (
          <span className="quiet">Whoever operates may abort it</span>
        )}
      </div>
    </section>
  );
}
