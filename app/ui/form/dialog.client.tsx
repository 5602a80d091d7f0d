'use client';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Icon } from '@/app/ui/icon';
import styles from './dialog.module.css';

export function Dialog(props: { title: ReactNode; open: boolean; onClose: () => void; children: ReactNode }) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    if (props.open && !dialog.open) {
      dialog.showModal();
      // A browser would take the first one that it finds, which closes; Enter is for what the dialog is for.
      dialog.querySelector<HTMLElement>('[data-focus]')?.focus();
    }
    if (!props.open && dialog.open) dialog.close();
  }, [props.open]);
  return (
    <dialog ref={ref} aria-labelledby={id} onClose={props.onClose} onCancel={props.onClose}>
      {props.open ? (
        <>
          <div className={styles.head}>
            <h2 id={id}>{props.title}</h2>
            <button type="button" className="button ghost small" onClick={props.onClose} aria-label="Close">
              <Icon name="close" />
            </button>
          </div>
          <div className={styles.body}>{props.children}</div>
        </>
      ) : null}
    </dialog>
  );
}
