'use client';
/**
 * Every verb of a rollout, each with what it would do. Rolling back is fast: press and hold, or `r` and Enter;
 * a short press opens the same confirmation. What this person may not do looks like it.
 */
import Link from 'next/link';
import { useEffect, useRef, useState } from 'react';
import type { Preview, Verb } from '@/lib/rollout/model';
import styles from './action-bar.module.css';
import { Dialog } from './dialog.client';
import { EffectList, effectLine } from './effect-list';
import { Field, FormError, useSend } from './form.client';
import { Icon, type IconName } from './icon';
import { orderKey, send } from './send';
import { shortcutsOff, typing } from './shortcuts.client';
import { verbWords } from './words';

export type Offer = { verb: Verb; preview: Preview | null };
type Order = Verb | 'kill' | 'revive';

const icons: Record<Order, IconName> = {
  start: 'start',
  widen: 'widen',
  hold: 'hold',
  resume: 'resume',
  'roll-back': 'roll_back',
  complete: 'complete',
  kill: 'kill',
  revive: 'start',
};

const killWords = {
  kill: { label: 'Kill switch', says: 'The baseline for everyone in this environment, over all other settings' },
  revive: { label: 'Lift the kill', says: 'Exposure is decided by the rollout again' },
};

export function ActionBar(props: {
  id: string;
  epoch: number;
  feature: string;
  environment: string;
  offers: Offer[];
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

/** Every change has a reason; these may be replaced by a better one, and none costs a keystroke. */
const reasons: Record<Order, string> = {
  start: 'Started by hand',
  widen: 'Widened by hand',
  hold: 'Held by hand',
  resume: 'Resumed by hand',
  'roll-back': 'Rolled back by hand',
  complete: 'Completed by hand',
  kill: 'Killed by hand',
  revive: 'Kill lifted by hand',
};

function Confirm(props: {
  id: string;
  epoch: number;
  feature: string;
  environment: string;
  order: Order;
  offers: Offer[];
  onDone: () => void;
}) {
  const { order } = props;
  const { busy, refusal, run } = useSend();
  const [reason, setReason] = useState(reasons[order]);
  const [key] = useState(orderKey);
  const isSwitch = order === 'kill' || order === 'revive';
  const preview = usePreview(props.id, isSwitch ? null : order, props.offers);
  const confirm = useRef<HTMLButtonElement>(null);
  useEffect(() => confirm.current?.focus(), []);
  const submit = async () => {
    const sent = isSwitch
      ? await run(
          'POST',
          `/features/${encodeURIComponent(props.feature)}/${order}`,
          { environment: props.environment, reason },
          { idempotencyKey: key },
        )
      : await run(
          'POST',
          `/rollouts/${props.id}/${order}`,
          { reason, expectedEpoch: props.epoch },
          { idempotencyKey: key },
        );
    if (sent.ok) props.onDone();
  };
  const words = isSwitch ? killWords[order] : verbWords[order];
  const grave = order === 'roll-back' || order === 'kill';
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <p>{words.says}.</p>
      {isSwitch ? null : preview === null ? (
        <p className="quiet">Asking what would change…</p>
      ) : (
        <EffectList preview={preview} />
      )}
      <Field label="Why (kept in the history)" name="reason" refusal={refusal}>
        {(control) => (
          <input {...control} value={reason} onChange={(e) => setReason(e.target.value)} maxLength={500} required />
        )}
      </Field>
      <FormError refusal={refusal} shown={['reason']} />
      <div className="row end">
        <button type="button" className="button" onClick={props.onDone}>
          Cancel
        </button>
        <button
          ref={confirm}
          type="submit"
          className={`button primary ${grave ? 'danger' : ''}`}
          disabled={busy || preview?.possible === false}
        >
          <Icon name={icons[order]} />
          {busy ? 'Working…' : words.label}
        </button>
      </div>
    </form>
  );
}

/** What the page knew, then what is true now. */
function usePreview(id: string, verb: Verb | null, offers: Offer[]): Preview | null {
  const known = offers.find((o) => o.verb === verb)?.preview ?? null;
  const [preview, setPreview] = useState(known);
  useEffect(() => {
    let gone = false;
    if (verb !== null)
      void send<Preview>('GET', `/rollouts/${id}/preview?verb=${verb}`).then((sent) => {
        if (!gone && sent.ok) setPreview(sent.body);
      });
    return () => {
      gone = true;
    };
  }, [id, verb]);
  return preview;
}
