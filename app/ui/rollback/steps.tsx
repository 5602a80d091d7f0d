/** The steps of a rollback in their order: what is expected, what was seen, how long it took, who has to do with it. */

import { Icon } from '@/app/ui/icon';
import { Badge } from '@/app/ui/page/badge';
import { TickOff } from '@/app/ui/runbook/tick-off.client';
import { Ago, Time, Until } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { formatTook } from '@/lib/chart/format';
import type { RollbackStep, RollbackView } from '@/lib/rollback/model';
import styles from './rollback.module.css';
import { stepStateWords } from './words';

export function RollbackSteps({ rollback, allowed }: { rollback: RollbackView; allowed: boolean }) {
  return (
    <ol className={styles.steps} aria-label="Steps of the rollback">
      {rollback.steps.map((step) => (
        <li key={step.id} data-state={step.state} data-step={step.id}>
          <span className={styles.sign}>
            <Icon name={stepStateWords[step.state].icon} size={15} />
          </span>
          <div className={styles.step}>
            <p className={styles.title}>
              <bdi>{visible(step.title)}</bdi>
              {step.owner ? (
                <span className="quiet">
                  {' · owner '}
                  <Name>{step.owner}</Name>
                </span>
              ) : null}
              {step.work.kind === 'person' ? (
                <Badge tone="plain">{step.work.blocking ? 'must be done' : 'holds nothing up'}</Badge>
              ) : null}
            </p>
            {step.expected ? (
              <p className="quiet">
                Expected: <bdi>{visible(step.expected)}</bdi>
              </p>
            ) : null}
            {step.how && (step.state === 'waiting' || step.state === 'failed') ? (
              <p className="quiet">
                How to see it: <bdi>{visible(step.how)}</bdi>
              </p>
            ) : null}
            <Seen step={step} />
            {step.next && step.state !== 'done' && step.state !== 'left' && !persons(step) ? (
              <p className={styles.next}>
                <bdi>{visible(step.next)}</bdi>
              </p>
            ) : null}
            <Ticked rollback={rollback} step={step} />
            {allowed && tickable(rollback, step) ? (
              <TickOff id={rollback.id} step={step.id} title={step.title} />
            ) : null}
          </div>
          <div className={styles.when}>
            <strong>{stepStateWords[step.state].label}</strong>
            <When step={step} />
          </div>
        </li>
      ))}
    </ol>
  );
}

/** Every criterion has its part of the detail: the first tells, the others are there for who asks. */
function Seen({ step }: { step: RollbackStep }) {
  if (step.detail === '') return null;
  const parts = step.work.kind === 'criteria' ? step.detail.split('; ') : [step.detail];
  const [first = '', ...more] = parts;
  return (
    <div className={styles.seen}>
      <bdi>{visible(first)}</bdi>
      {more.length > 0 ? (
        <details>
          <summary>and {more.length} more</summary>
          <ul>
            {more.map((part) => (
              <li key={part}>
                <bdi>{visible(part)}</bdi>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </div>
  );
}

/** What only a person can say is done, once its turn has come. */
function tickable(rollback: RollbackView, step: RollbackStep): boolean {
  const open = step.state === 'waiting' || step.state === 'running' || step.state === 'failed';
  return persons(step) && open && !rollback.ticks.some((t) => t.step === step.id);
}

function persons({ work }: RollbackStep): boolean {
  return work.kind === 'person' || (work.kind === 'revert' && work.how === 'manual');
}

function Ticked({ rollback, step }: { rollback: RollbackView; step: RollbackStep }) {
  const tick = rollback.ticks.find((t) => t.step === step.id);
  if (!tick) return null;
  return (
    <p className="quiet">
      Ticked off by <Name>{tick.by}</Name> <Ago at={tick.at} />
      {tick.note ? (
        <>
          : <bdi>{visible(tick.note)}</bdi>
        </>
      ) : null}
    </p>
  );
}

function When({ step }: { step: RollbackStep }) {
  const { startedAt, endedAt, dueAt, state } = step;
  return (
    <>
      {startedAt ? <Time at={startedAt} grain="second" /> : null}
      {startedAt && endedAt ? <span>{formatTook(Date.parse(endedAt) - Date.parse(startedAt))}</span> : null}
      {startedAt && !endedAt && state !== 'pending' ? (
        <span>
          for <Ago at={startedAt} suffix="" />
        </span>
      ) : null}
      {state === 'failed' || state === 'waiting' ? (
        <span>
          {dueAt && !persons(step) ? (
            <>
              looks again <Until at={dueAt} />
            </>
          ) : (
            'waits for a person'
          )}
        </span>
      ) : null}
      {step.attempts > 1 && !persons(step) ? (
        <span>
          {state === 'failed' ? 'tried' : 'looked'} {step.attempts} times
        </span>
      ) : null}
    </>
  );
}
