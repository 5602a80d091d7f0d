/** A run of a drill for whoever watches it: what is so, what ends it, where it stands, and what a person is asked. */
import Link from 'next/link';
import type { RunView } from '@/lib/drill/model';
import { Badge } from './badge';
import { Ago, Time, Until } from './clock.client';
import styles from './drill-run.module.css';
import { AbortRun } from './drill-run-abort.client';
import { type AskedProps, RunAsked, visibleLines } from './drill-run-asked';
import { isOver, runSentence, runStateWords, type TrackItem, trackOf } from './drill-run-reading';
import { levelWords } from './drill-words';
import { Icon } from './icon';
import { Announce } from './live.client';
import { Name, visible } from './name';

export function RunPanel({ run, verdict, barred }: AskedProps) {
  const sentence = runSentence(run);
  const asks = run.state === 'deciding' && run.drill.decision.by === 'person' && run.decision.askedAt !== null;
  return (
    <section className={styles.run} id="run" aria-labelledby="run-heading">
      <div className={styles.head} data-tone={sentence.tone}>
        <div>
          <h1 id="run-heading">
            <span className={styles.lead}>{sentence.lead}</span> <bdi>{visible(sentence.text)}</bdi>
          </h1>
          <p className={styles.since}>
            <Since run={run} ends={sentence.ends} />
          </p>
        </div>
        <Badge tone={runStateWords[run.state].tone}>{runStateWords[run.state].label}</Badge>
      </div>
      <Track items={trackOf(run)} />
      {run.drill.situation ? (
        <p className={styles.situation}>
          <strong>The situation.</strong> <bdi>{visibleLines(run.drill.situation)}</bdi>
        </p>
      ) : null}
      {asks || run.decision.answer !== null ? <RunAsked run={run} verdict={verdict} barred={barred} /> : null}
      <Facts run={run} />
      <Announce text={`${sentence.lead} ${sentence.text}`} />
    </section>
  );
}

function Since({ run, ends }: { run: RunView; ends: string }) {
  const { startedAt, endedAt, faultUntil } = run;
  const deadline = run.state === 'deciding' && run.decision.answer === null ? run.decision.deadlineAt : null;
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
      ) : (
        <>
          {ends ? ` · ${ends}` : ''}
          {deadline ? (
            <>
              {' The deadline is '}
              <Until at={deadline} />.
            </>
          ) : null}
          {faultUntil && run.rollbackId === null ? (
            <>
              {' The fault ends by itself at '}
              <Time at={faultUntil} grain="second" /> (<Until at={faultUntil} />
              ).
            </>
          ) : null}
        </>
      )}
    </>
  );
}

function Track({ items }: { items: TrackItem[] }) {
  return (
    <ol className={styles.track} aria-label="States">
      {items.map(({ state, at, since }, index) => (
        <li
          key={index === items.length - 1 ? 'end' : state}
          data-at={at}
          aria-current={at === 'here' ? 'step' : undefined}
        >
          <span>
            {at === 'past' ? <Icon name="check" size={11} /> : null}
            {at === 'fallen' ? <Icon name="stop" size={11} /> : null}
            {runStateWords[state].label}
          </span>
          <small>{since ? <Time at={since} grain="second" /> : at === 'ahead' ? 'ahead' : ''}</small>
        </li>
      ))}
    </ol>
  );
}

function Facts({ run }: { run: RunView }) {
  const { drill, undo, rolloutId, rollbackId } = run;
  return (
    <dl className={styles.facts}>
      <Fact name="Level">
        {levelWords[run.level].label}: {levelWords[run.level].says}
      </Fact>
      <Fact name="Undo">
        {undo ? (
          <>
            <bdi>{visible(undo.what)}</bdi>: {undo.state === 'done' ? 'done' : 'written down, not needed yet'}
            {undo.at ? (
              <>
                {' '}
                <Ago at={undo.at} />
              </>
            ) : null}
          </>
        ) : run.level === 'tabletop' ? (
          'nothing is touched'
        ) : (
          'not written down yet, so there is no fault'
        )}
      </Fact>
      <Fact name="The fault ends by itself">
        {run.faultUntil ? (
          <Time at={run.faultUntil} grain="second" />
        ) : drill.fault ? (
          `${drill.fault.expiresAfter} after it began`
        ) : (
          'there is none'
        )}
      </Fact>
      <Fact name="Touches">
        {drill.blast ? (
          <>
            <Name>{drill.blast.cohort}</Name>, {drill.blast.share} %, {drill.blast.minutes} min at most
          </>
        ) : run.level === 'tabletop' ? (
          'nobody'
        ) : (
          'simulated users only'
        )}
      </Fact>
      <Fact name="Control cohort">{drill.control ? <Name>{drill.control}</Name> : 'none is named'}</Fact>
      <Fact name="Aborted by itself">
        after {drill.abort.after}
        {drill.abort.errors === null ? '' : `, or ${drill.abort.errors} failed requests`}
        {drill.abort.checks.length > 0 ? `, or one of ${drill.abort.checks.length} checks` : ''}
      </Fact>
      <Fact name="Judged in">
        {rolloutId ? <Link href={`/rollouts/${rolloutId}`}>the shadow rollout</Link> : 'no shadow yet'}
      </Fact>
      <Fact name="Carried out by">
        {rollbackId ? <Link href={`/rollbacks/${rollbackId}`}>the rollback</Link> : 'no rollback yet'}
      </Fact>
      <Fact name="Owner">
        <Name>{drill.owner}</Name>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Sticks to the lower edge as long as there is something to end. */
export function RunBar({ run, allowed }: { run: RunView; allowed: boolean }) {
  if (isOver(run)) return null;
  return (
    <section className={styles.bar} aria-label="End the drill">
      <span>
        <strong>{runStateWords[run.state].label}</strong>
        {run.startedAt ? (
          <span className="quiet">
            {' · '}
            <Ago at={run.startedAt} suffix=" so far" />
          </span>
        ) : null}
      </span>
      {allowed ? <AbortRun id={run.id} /> : <span className="quiet">Whoever operates may abort it</span>}
    </section>
  );
}
