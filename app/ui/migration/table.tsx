/** Migration steps in the order in which they go: where each stands, what it waits for, what waits for it. */
import Link from 'next/link';
import { Badge } from '@/app/ui/page/badge';
import { Ago } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import type { Block, MigrationView } from '@/lib/migration/model';
import { MigrationActions } from './actions.client';
import styles from './table.module.css';
import { actionWords, blockWords, kindWords, migrationStateWords, stepName, waitsForPerson } from './words';

type Order = 'apply' | 'revert' | 'confirm';
type Props = {
  steps: MigrationView[];
  /** what may be ordered here; empty: only looked at */
  orders: readonly Order[];
  /** ids of steps whose orders stand elsewhere on the page */
  elsewhere?: ReadonlySet<string>;
  /** names the feature of each step too */
  places?: boolean;
  /** rows that others link to */
  anchors?: boolean;
};

export function MigrationTable({ steps, orders, elsewhere, places = false, anchors = false }: Props) {
  return (
    <table className={`cards ${styles.table}`}>
      <thead>
        <tr>
          <th scope="col">Step</th>
          <th scope="col">State</th>
          <th scope="col">What it waits for, and what waits for it</th>
          <th scope="col">
            <span className="visually-hidden">Orders</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {steps.map((step) => (
          <tr key={step.id} id={anchors ? step.id : undefined}>
            <th scope="row">
              <Name>{step.name}</Name>
              <span className={styles.small}>
                {kindWords[step.kind].label}: {kindWords[step.kind].says}. Owner: <bdi>{visible(step.owner)}</bdi>
              </span>
              {places ? (
                <span className={styles.small}>
                  <Link href={`/rollouts/${step.rolloutId}`} prefetch={false}>
                    <bdi>{visible(step.feature)}</bdi> in {visible(step.environment)}
                  </Link>
                </span>
              ) : null}
            </th>
            <td data-cell="state">
              <State step={step} />
            </td>
            <td data-cell="what" className={styles.what}>
              <Waits step={step} />
            </td>
            <td data-cell="orders">
              {elsewhere?.has(step.id) ? null : <MigrationActions step={step} orders={orders} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function State({ step }: { step: MigrationView }) {
  const words = migrationStateWords[step.state];
  const at = step.endedAt ?? step.startedAt;
  const label = waitsForPerson(step) ? 'Waits for a person' : words.label;
  return (
    <>
      <Badge tone={words.tone}>{label}</Badge>
      {at ? (
        <span className={styles.small}>
          <Ago at={at} />
        </span>
      ) : null}
    </>
  );
}

function Waits({ step }: { step: MigrationView }) {
  const open = step.state === 'pending' || step.state === 'reverted' || step.state === 'failed';
  const away = open && !step.applied;
  const told = step.state === 'applied' ? '' : step.detail;
  const kept = step.revertBlockedBy.filter((b) => b.reason !== 'running');
  return (
    <>
      {told ? <p className={step.state === 'failed' ? styles.bad : undefined}>{visible(told)}</p> : null}
      {step.next ? (
        <p>
          <strong>Next:</strong> {visible(step.next)}
        </p>
      ) : null}
      {away ? <Blocks blocks={step.blockedBy} of={step} /> : null}
      {away && step.blockedBy.length === 0 ? <p>Can be applied now: {actionWords(step.apply)}.</p> : null}
      {step.blocks.length > 0 ? (
        <p>
          <Steps refs={step.blocks} of={step} /> {step.blocks.length === 1 ? 'waits' : 'wait'} for it.
        </p>
      ) : null}
      {away && step.kind !== 'contract' ? (
        <p className="quiet">
          {step.stage === null
            ? 'The rollout cannot start before it is applied.'
            : `The stage ${visible(step.stage)} cannot begin before it is applied.`}
        </p>
      ) : null}
      {step.state === 'applied' ? <Blocks blocks={kept} of={step} /> : null}
    </>
  );
}

/** Steps of one kind of reason stand in one sentence. */
function Blocks({ blocks, of }: { blocks: Block[]; of: MigrationView }) {
  const reasons = [...new Set(blocks.map((b) => blockWords(b)))];
  return reasons.map((words) => {
    const refs = blocks.flatMap((b) => (blockWords(b) === words && b.step !== null ? [b.step] : []));
    return (
      <p key={words}>
        {words}
        {refs.length > 0 ? (
          <>
            {' '}
            <Steps refs={refs} of={of} />
          </>
        ) : null}
        .
      </p>
    );
  });
}

function Steps({ refs, of }: { refs: string[]; of: MigrationView }) {
  return refs.map((ref, i) => (
    <span key={ref}>
      {i === 0 ? '' : i === refs.length - 1 ? ' and ' : ', '}
      <Link href={`/rollouts/${ref.slice(0, ref.lastIndexOf('/'))}#migrations`} prefetch={false}>
        <bdi>{stepName(ref, of.rolloutId)}</bdi>
      </Link>
    </span>
  ));
}
