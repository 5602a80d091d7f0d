'use client';
/** Ending a run, always in reach: press and hold, or a short press and a reason. What it did is undone first. */
import { useRef, useState } from 'react';
import { Dialog } from '@/app/ui/form/dialog.client';
import { useSend } from '@/app/ui/form/form.client';
import { ReasonedOrder } from '@/app/ui/form/reasoned-order.client';
import { orderKey } from '@/app/ui/form/send';
import { Icon } from '@/app/ui/icon';
import styles from '@/app/ui/rollout/action-bar.module.css';

const holdMs = 700;

export function AbortRun({ id }: { id: string }) {
  const path = `/drill-runs/${id}/abort`;
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
      void run('POST', path, { reason: 'Aborted by hand' }, { idempotencyKey: orderKey() });
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
        <ReasonedOrder
          label="Abort now"
          busyLabel="Aborting…"
          icon="stop"
          grave
          focus="order"
          cancelLabel="Go on with the drill"
          reason="Aborted by hand"
          order={(reason, once) => ['POST', path, { reason }, once]}
          onDone={() => setOpen(false)}
        >
          <p>What the drill did is undone, then it ends as aborted. It proves nothing about the rollback.</p>
        </ReasonedOrder>
      </Dialog>
    </>
  );
}
