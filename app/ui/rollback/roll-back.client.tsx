'use client';
/**
 * Rolling back, wherever a rollout is shown. It is fast: press and hold, or `r` and Enter; a short press opens the same
 * confirmation, which shows what exactly would change.
 */
import { type PointerEvent, useEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { Dialog } from '@/app/ui/form/dialog.client';
import { useSend } from '@/app/ui/form/form.client';
import { Confirm } from '@/app/ui/form/order-dialog.client';
import { orderKey } from '@/app/ui/form/send';
import { useLive } from '@/app/ui/frame/live.client';
import { shortcutsOff, typing } from '@/app/ui/frame/shortcuts.client';
import { Icon } from '@/app/ui/icon';
import styles from '@/app/ui/rollout/action-bar.module.css';
import { verbWords } from '@/app/ui/text/words';

/** `r` alone; `g r` goes to the rollouts. `here` says whether this rollout is the one that is meant. */
export function useRollbackKey(open: () => void, on: boolean, here: () => boolean = () => true): void {
  const latest = useRef({ open, here });
  latest.current = { open, here };
  useEffect(() => {
    if (!on) return;
    let before = 0;
    const onKey = (e: KeyboardEvent) => {
      if (e.metaKey || e.ctrlKey || e.altKey || typing(e.target) || shortcutsOff()) return;
      if (document.querySelector('dialog[open]')) return;
      if (e.key === 'g') before = Date.now();
      else if (e.key === 'r' && Date.now() - before > 1500 && latest.current.here()) {
        e.preventDefault();
        latest.current.open();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [on]);
}

const holdMs = 700;
const awayPx = 60;

/** Press and hold to roll back at once; anything shorter, and the keyboard, asks first. */
export function HoldButton(props: {
  id: string;
  epoch: number;
  barred: string | null;
  onShort: () => void;
  small?: boolean;
  label?: string;
}) {
  const { busy, refusal, run } = useSend();
  const [pressing, setPressing] = useState(false);
  const timer = useRef(0);
  /** the press has ended otherwise than as a short one */
  const fired = useRef(false);
  const from = useRef({ x: 0, y: 0 });
  const { hold } = useLive();
  const release = () => {
    window.clearTimeout(timer.current);
    setPressing(false);
    hold(`roll back ${props.id}`, false);
  };
  const press = (e: PointerEvent<HTMLButtonElement>) => {
    if (props.barred !== null) return;
    fired.current = false;
    from.current = { x: e.clientX, y: e.clientY };
    // A page that is redrawn under the finger must not let go for it; moving away does.
    e.currentTarget.setPointerCapture(e.pointerId);
    hold(`roll back ${props.id}`, true);
    setPressing(true);
    timer.current = window.setTimeout(() => {
      fired.current = true;
      release();
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
        className={`button danger ${props.small ? 'small' : 'primary'} ${styles.hold}`}
        data-pressing={pressing || undefined}
        aria-disabled={props.barred !== null}
        aria-keyshortcuts="r"
        aria-label={props.label}
        title="Press and hold, or r and Enter"
        disabled={busy}
        onPointerDown={(e) => e.button === 0 && press(e)}
        onPointerMove={(e) => {
          if (!pressing || Math.hypot(e.clientX - from.current.x, e.clientY - from.current.y) < awayPx) return;
          fired.current = true;
          release();
        }}
        onPointerUp={release}
        onPointerCancel={release}
        onContextMenu={(e) => e.preventDefault()}
        onClick={() => {
          if (props.barred === null && !fired.current) props.onShort();
          fired.current = false;
        }}
      >
        <Icon name="roll_back" size={props.small ? 12 : 14} />
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

/** In a row of a list: `r` while the focus is anywhere in the row. */
export function RollBack(props: {
  id: string;
  epoch: number;
  feature: string;
  environment: string;
  cohorts: string[];
}) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useRollbackKey(
    () => setOpen(true),
    true,
    () => box.current?.closest('tr, li')?.contains(document.activeElement) ?? false,
  );
  // Outside of the row: the rules of a table that becomes cards on a phone are not for the tables of a dialog.
  const asked = useRef(false);
  asked.current ||= open;
  const dialog = (
    <Dialog title={`${verbWords['roll-back'].label} ${props.feature}`} open={open} onClose={() => setOpen(false)}>
      {open ? <Confirm {...props} order="roll-back" offers={[]} onDone={() => setOpen(false)} /> : null}
    </Dialog>
  );
  return (
    <div ref={box} className={styles.inRow}>
      <HoldButton
        {...props}
        barred={null}
        onShort={() => setOpen(true)}
        small
        label={`Roll back ${props.feature} in ${props.environment}`}
      />
      {asked.current ? createPortal(dialog, document.body) : null}
    </div>
  );
}
