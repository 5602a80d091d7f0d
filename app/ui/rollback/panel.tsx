/** A rollback for whoever is on call: what is so, what to do, what is proven, then every step. One for all pages. */
import Link from 'next/link';
import { Announce } from '@/app/ui/frame/live.client';
import { Icon, type IconName } from '@/app/ui/icon';
import { Badge } from '@/app/ui/page/badge';
import { Fact } from '@/app/ui/page/fact';
import { plain } from '@/app/ui/rollout/verdict-sentence';
import { Ago, Time, Until } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { formatTook } from '@/lib/chart/format';
import type { RollbackCallView, RollbackView } from '@/lib/rollback/model';
import type { SnapshotView } from '@/lib/snapshot/model';
import { RollbackActions } from './actions.client';
import { RollbackCalls } from './calls';
import { overtaken, type Proof, proofsOf, rollbackSentence, timesOf, todoOf } from './reading';
import styles from './rollback.module.css';
import { RollbackSteps } from './steps';
import { causeWords, proofStateWords, proofWords, rollbackStateWords } from './words';

export type RollbackPanelProps = {
  rollback: RollbackView;
  /** what it restores, where it could be read */
  target: SnapshotView | null;
  /** null: not shown here */
  calls: RollbackCallView[] | null;
  /** may act on it */
  allowed: boolean;
  /** h1 on its own page, h2 on the verdict page */
  heading: 'h1' | 'h2';
};

export function RollbackPanel(props: RollbackPanelProps) {
  const { rollback, allowed, heading: Heading } = props;
  const sentence = rollbackSentence(rollback);
  const todo = todoOf(rollback);
  const settled = rollback.steps.every((step) => step.state === 'done' || step.state === 'left');
  const course = (
    <>
      <RollbackSteps rollback={rollback} allowed={allowed} />
      <Facts {...props} />
    </>
  );
  return (
    <section className={styles.rollback} id="rollback" aria-labelledby="rollback-heading">
      <div className={`toned ${styles.head}`} data-tone={sentence.tone}>
        <span className={styles.glyph}>
          <Icon name={glyphOf(rollback)} size={22} />
        </span>
        <div className={styles.words}>
          <Heading id="rollback-heading">
            <span className={styles.lead}>{visible(sentence.lead)}</span> <bdi>{visible(sentence.text)}</bdi>
          </Heading>
          {sentence.rule ? <p className={styles.rule}>{visible(sentence.rule)}</p> : null}
          <p className={styles.since}>
            <Since rollback={rollback} />
          </p>
        </div>
        <StateBadge rollback={rollback} />
      </div>
      {todo.length > 0 ? (
        <div className={styles.todo} data-grave={todo.some((item) => item.grave) || undefined}>
          <h3>{rollback.acknowledged ? 'What is left to do' : 'What to do now'}</h3>
          <ol>
            {todo.map((item) => (
              <li key={item.step}>
                <bdi>{visible(item.text)}</bdi>
                {item.title ? <span className="quiet"> · {visible(item.title)}</span> : null}
                {item.owner ? (
                  <span className="quiet">
                    {' · owner '}
                    <Name>{item.owner}</Name>
                  </span>
                ) : null}
              </li>
            ))}
          </ol>
        </div>
      ) : null}
      {rollback.fallback ? (
        <p className={styles.note}>
          <Icon name="alert" /> The fallback was tried <Ago at={rollback.fallback.at} />:{' '}
          <bdi>{visible(rollback.fallback.what)}</bdi>. {visible(rollback.fallback.detail)}
        </p>
      ) : null}
      {allowed ? <RollbackActions id={rollback.id} offers={offersOf(rollback)} /> : null}
      <Proofs rollback={rollback} />
      {rollback.state === 'verified' && settled && Heading === 'h2' ? (
        // What is proven and asks for nothing need not push the criteria off the verdict page.
        <details className={styles.course}>
          <summary>All {rollback.steps.length} steps, with what was seen and how long each took</summary>
          {course}
        </details>
      ) : (
        course
      )}
      {props.calls ? <RollbackCalls calls={props.calls} /> : null}
      <Announce text={plain(sentence)} />
    </section>
  );
}

function StateBadge({ rollback }: { rollback: RollbackView }) {
  const { tone, label } = rollbackStateWords[rollback.state];
  return overtaken(rollback) ? <Badge tone="plain">Overtaken</Badge> : <Badge tone={tone}>{label}</Badge>;
}

function glyphOf(rollback: RollbackView): IconName {
  if (rollback.state === 'verified') return 'pass';
  if (rollback.acknowledged || overtaken(rollback)) return 'hold';
  return rollback.state === 'unconfirmed' ? 'alert' : 'roll_back';
}

/** What has failed can be tried again; what is not confirmed can be taken over; what is over is over. */
function offersOf(rollback: RollbackView): { retry: boolean; takeOver: boolean } {
  const over = rollback.state === 'verified' || overtaken(rollback);
  const unconfirmed = !over && rollback.state === 'unconfirmed';
  return {
    retry: !over && (unconfirmed || rollback.steps.some((s) => s.state === 'failed')),
    takeOver: unconfirmed && rollback.acknowledged === null,
  };
}

function Since({ rollback }: { rollback: RollbackView }) {
  const { acknowledged, escalatedAt } = rollback;
  return (
    <>
      Decided <Time at={rollback.decidedAt} /> (<Ago at={rollback.decidedAt} />) by <Name>{rollback.by}</Name>
      {rollback.reason ? (
        <>
          : <bdi>{visible(rollback.reason)}</bdi>
        </>
      ) : null}
      {rollback.cohorts.length > 0 ? ` · only for ${rollback.cohorts.map(visible).join(', ')}` : ''}
      {escalatedAt && rollback.state === 'unconfirmed' ? (
        <>
          {' · not confirmed since '}
          <Time at={escalatedAt} grain="second" /> (<Ago at={escalatedAt} />)
        </>
      ) : null}
      {acknowledged ? (
        <>
          {' · taken over '}
          <Ago at={acknowledged.at} />: <bdi>{visible(acknowledged.reason)}</bdi>
        </>
      ) : null}
    </>
  );
}

const proofIcons: Record<Proof['state'], IconName> = {
  proven: 'pass',
  open: 'clock',
  failed: 'fail',
  left: 'no_data',
  none: 'minus',
};

function Proofs({ rollback }: { rollback: RollbackView }) {
  return (
    <ul className={styles.proofs} aria-label="What is proven">
      {proofsOf(rollback).map((proof) => (
        <li key={proof.kind} data-state={proof.state}>
          <span className={styles.what}>
            <Icon name={proofIcons[proof.state]} /> {proofWords[proof.kind]}
          </span>
          <span className={styles.state}>{proofStateWords[proof.state]}</span>
        </li>
      ))}
    </ul>
  );
}

function Facts({ rollback, target, heading }: RollbackPanelProps) {
  const times = timesOf(rollback);
  const over = rollback.state === 'verified' || rollback.acknowledged !== null;
  return (
    <dl className={styles.facts}>
      <Fact name="Decision to served">{times.servedMs === null ? 'not yet' : formatTook(times.servedMs)}</Fact>
      <Fact name="Decision to verified">
        {times.verifiedMs === null ? 'not verified' : formatTook(times.verifiedMs)}
      </Fact>
      <Fact name={over ? 'Deadline was' : 'People are told'}>
        {over || rollback.escalatedAt ? <Time at={rollback.deadlineAt} /> : <Until at={rollback.deadlineAt} />}
      </Fact>
      <Fact name="Goes back to">
        {rollback.target ? (
          <Link
            href={`/features/${encodeURIComponent(rollback.feature)}?env=${encodeURIComponent(rollback.environment)}#snapshots`}
          >
            {target ? <Target target={target} /> : 'snapshot'}
          </Link>
        ) : (
          'the baseline, for these cohorts'
        )}
      </Fact>
      <Fact name="Runbook">
        {rollback.runbook.id ? (
          <Link href={`/runbooks/${rollback.runbook.id}`}>
            <Name>{rollback.runbook.name}</Name>
          </Link>
        ) : (
          <Name>{rollback.runbook.name}</Name>
        )}{' '}
        {rollback.runbook.version > 0 ? <span className="quiet">version {rollback.runbook.version}</span> : null}
      </Fact>
      <Fact name="Control plane">
        {rollback.plane === 'builtin' ? 'Belay’s own flags' : <Name>{rollback.plane}</Name>}
      </Fact>
      <Fact name="Fence">{rollback.fence}</Fact>
      <Fact name="Looked at">
        {rollback.attempts} {rollback.attempts === 1 ? 'time' : 'times'}
      </Fact>
      {heading === 'h2' ? (
        <Fact name="This rollback">
          <Link href={`/rollbacks/${rollback.id}`}>all of it</Link>
        </Fact>
      ) : rollback.rolloutId ? (
        <Fact name="Rollout">
          <Link href={`/rollouts/${rollback.rolloutId}`}>verdict page</Link>
        </Fact>
      ) : null}
    </dl>
  );
}

function Target({ target }: { target: SnapshotView }) {
  const { configuration, flags } = target.body;
  return (
    <>
      {causeWords[target.cause]} <Time at={target.takenAt} />: <Name>{flags.baseline}</Name>
      {configuration ? ` · configuration revision ${configuration.revision}` : ''}
    </>
  );
}
