'use client';
/** Every verb of a rollout, each with what it would do. What this person may not do looks like it. */
import Link from 'next/link';
import { useState } from 'react';
import { Dialog } from '@/app/ui/form/dialog.client';
import { effectLine } from '@/app/ui/form/effect-list';
import { Confirm, icons, killWords, type Offer, type Order } from '@/app/ui/form/order-dialog.client';
import { Icon } from '@/app/ui/icon';
import { HoldButton, useRollbackKey } from '@/app/ui/rollback/roll-back.client';
import { verbWords } from '@/app/ui/text/words';
import styles from './action-bar.module.css';

export function ActionBar(props: {
  id: string;
  epoch: number;
  feature: string;
  environment: string;
  offers: Offer[];
  /** cohorts from which the candidate could be taken back alone */
  cohorts: string[];
  killed: boolean;
  /** null: may; else why not */
  barred: string | null;
}) {
  const [order, setOrder] = useState<Order | null>(null);
  const { barred } = props;
  useRollbackKey(() => setOrder('roll-back'), barred === null && props.offers.some((o) => o.verb === 'roll-back'));
  const switchOrder = props.killed ? 'revive' : 'kill';
  const ended = props.offers.length === 0;
  return (
    <div className={styles.bar}>
      {barred ? (
        <p className={styles.barred}>
          <Icon name="alert" /> {barred}
        </p>
      ) : null}
      <ul className={styles.verbs}>
        {props.offers.map(({ verb, preview }) => (
          <li key={verb}>
            {verb === 'roll-back' ? (
              <HoldButton {...props} barred={barred} onShort={() => setOrder(verb)} />
            ) : (
              <button
                type="button"
                className={`button ${verb === 'widen' || verb === 'start' || verb === 'resume' ? 'primary' : ''}`}
                aria-disabled={barred !== null || preview?.possible === false}
                onClick={() => barred === null && setOrder(verb)}
              >
                <Icon name={icons[verb]} />
                {verbWords[verb].label}
              </button>
            )}
            <span className={styles.effect}>{preview ? effectLine(preview) : verbWords[verb].says}</span>
          </li>
        ))}
        <li>
          <button
            type="button"
            className="button danger"
            aria-disabled={barred !== null}
            onClick={() => barred === null && setOrder(switchOrder)}
          >
            <Icon name={icons[switchOrder]} />
            {killWords[switchOrder].label}
          </button>
          <span className={styles.effect}>
            {props.killed ? 'the rollout decides again' : 'baseline for everyone at once'}
          </span>
        </li>
        {ended ? (
          <li>
            <Link className="button" href={`/rollouts/new?copy=${props.id}`}>
              <Icon name="copy" /> Draft it again
            </Link>
            <span className={styles.effect}>a new draft with the same plan</span>
          </li>
        ) : null}
      </ul>
      <Dialog
        title={
          order === null ? '' : order === 'kill' || order === 'revive' ? killWords[order].label : verbWords[order].label
        }
        open={order !== null}
        onClose={() => setOrder(null)}
      >
        {order === null ? null : <Confirm {...props} order={order} onDone={() => setOrder(null)} />}
      </Dialog>
    </div>
  );
}
