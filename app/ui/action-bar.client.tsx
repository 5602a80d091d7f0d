'use client';
/**
 * Every verb of a rollout, each with what it would do. Rolling back is fast: press and hold, or `r` and Enter;
 * a short press opens the same confirmation. What this person may not do looks like it.
 */
import Link from 'next/link';
import { useEffect, useRef, useState } from 'react';
import styles from './action-bar.module.css';
import { Dialog } from './dialog.client';
import { effectLine } from './effect-list';
import { useSend } from './form.client';
import { Icon } from './icon';
import { Confirm, icons, killWords, type Offer, type Order } from './order-dialog.client';
import { orderKey } from './send';
import { shortcutsOff, typing } from './shortcuts.client';
import { verbWords } from './words';

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

function useRollbackKey(open: () => void, on: boolean): void {
  const latest = useRef(open);
  latest.current = open;
  useEffect(() => {
    if (!on) return;
    let before = 0;
    const onKey = (e: KeyboardEvent) => {
      if (e.metaKey || e.ctrlKey || e.altKey || typing(e.target) || shortcutsOff()) return;
      if (document.querySelector('dialog[open]')) return;
      // `g r` goes to the rollouts
      if (e.key === 'g') before = Date.now();
      else if (e.key === 'r' && Date.now() - before > 1500) {
        e.preventDefault();
        latest.current();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [on]);
}

const holdMs = 700;

/** Press and hold to roll back at once; anything shorter, and the keyboard, asks first. */
function HoldButton(props: { id: string; epoch: number; barred: string | null; onShort: () => void }) {
  const { busy, refusal, run } = useSend();
  const [pressing, setPressing] = useState(false);
  const timer = useRef(0);
  const fired = useRef(false);
  const release = () => {
    window.clearTimeout(timer.current);
    setPressing(false);
  };
  const press = () => {
    if (props.barred !== null) return;
    fired.current = false;
    setPressing(true);
    timer.current = window.setTimeout(() => {
      fired.current = true;
      setPressing(false);
      void run(
        'POST',
        `/rollouts/${props.id}/roll-back`,
        { reason: 'Rolled back by hand', expectedEpoch: props.epoch },
        { idempotencyKey: orderKey() },
      );
    }, holdMs);
  };
  return (
    <>
      <button
        type="button"
        className={`button danger primary ${styles.hold}`}
        data-pressing={pressing || undefined}
        aria-disabled={props.barred !== null}
        aria-keyshortcuts="r"
        title="Press and hold, or r and Enter"
        disabled={busy}
        onPointerDown={(e) => e.button === 0 && press()}
        onPointerUp={release}
        onPointerLeave={release}
        onPointerCancel={release}
        onContextMenu={(e) => e.preventDefault()}
        onClick={() => {
          if (props.barred === null && !fired.current) props.onShort();
          fired.current = false;
        }}
      >
        <Icon name="roll_back" />
        {busy ? 'Rolling back…' : pressing ? 'Keep holding…' : 'Roll back'}
      </button>
      {refusal ? (
        <span className="error" role="alert">
          {refusal.message}
        </span>
      ) : null}
    </>
  );
}
