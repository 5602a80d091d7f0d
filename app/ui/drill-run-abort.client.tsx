'use client';
/** Ending a run, always in reach: press and hold, or a short press and a reason. What it did is undone first. */
import { useRef, useState } from 'react';
import styles from './action-bar.module.css';
import { Dialog } from './dialog.client';
import { Field, FormError, useSend } from './form.client';
import { Icon } from './icon';
import { orderKey } from './send';

const holdMs = 700;

export function AbortRun({ id }: { id: string }) {
  const { busy, refusal, run } = useSend();
  const [pressing, setPressing] = useState(false);
  const [open, setOpen] = useState(false);
  const timer = useRef(0);
  const fired = useRef(false);
  const release = () => {
    window.clearTimeout(timer.current);
    setPressing(false);
  };
  const press = () => {
    fired.current = false;
    setPressing(true);
    timer.current = window.setTimeout(() => {
      fired.current = true;
      setPressing(false);
      void run('POST', `/drill-runs/${id}/abort`, { reason: 'Aborted by hand' }, { idempotencyKey: orderKey() });
    }, holdMs);
  };
  return (
    <>
      <button
        type="button"
        className={`button danger primary ${styles.hold}`}
        data-pressing={pressing || undefined}
        title="Press and hold, or press and say why"
        disabled={busy}
        onPointerDown={(e) => e.button === 0 && press()}
        onPointerUp={release}
        onPointerLeave={release}
        onPointerCancel={release}
        onContextMenu={(e) => e.preventDefault()}
        onClick={() => {
          if (!fired.current) setOpen(true);
          fired.current = false;
        }}
      >
        <Icon name="stop" />
        {busy ? 'Aborting…' : pressing ? 'Keep holding…' : 'Abort the drill'}
      </button>
      {refusal && !open ? (
        <span className="error" role="alert">
          {refusal.message}
        </span>
      ) : null}
      <Dialog title="Abort the drill" open={open} onClose={() => setOpen(false)}>
        <Why id={id} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Why({ id, onDone }: { id: string; onDone: () => void }) {
  const { busy, refusal, run } = useSend();
  const [reason, setReason] = useState('Aborted by hand');
  const [key] = useState(orderKey);
  const submit = async () => {
    const sent = await run('POST', `/drill-runs/${id}/abort`, { reason }, { idempotencyKey: key });
    if (sent.ok) onDone();
  };
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <p>What the drill did is undone, then it ends as aborted. It proves nothing about the rollback.</p>
      <Field label="Why (kept in the history)" name="reason" refusal={refusal}>
        {(control) => (
          <input {...control} value={reason} onChange={(e) => setReason(e.target.value)} maxLength={500} required />
        )}
      </Field>
      <FormError refusal={refusal} shown={['reason']} />
      <div className="row end">
        <button type="button" className="button" onClick={onDone}>
          Go on with the drill
        </button>
        <button type="submit" className="button danger primary" data-focus disabled={busy}>
          <Icon name="stop" /> {busy ? 'Aborting…' : 'Abort now'}
        </button>
      </div>
    </form>
  );
}
