/** A box with a heading, and the seven states that what is in it can have. */
import type { ReactNode } from 'react';
import { Icon, type IconName } from '@/app/ui/icon';
import styles from './panel.module.css';

export function Panel(props: {
  title?: ReactNode;
  id?: string;
  note?: ReactNode;
  actions?: ReactNode;
  flush?: boolean;
  children: ReactNode;
}) {
  const heading = props.id ? `${props.id}-heading` : undefined;
  return (
    <section className={styles.panel} id={props.id} aria-labelledby={props.title ? heading : undefined}>
      {props.title ? (
        <div className={styles.head}>
          <h2 id={heading}>{props.title}</h2>
          {props.note ? <span className={styles.note}>{props.note}</span> : null}
          {props.actions ? <div className={styles.actions}>{props.actions}</div> : null}
        </div>
      ) : null}
      <div className={props.flush ? styles.flush : styles.body}>{props.children}</div>
    </section>
  );
}

/** Distinct in words and picture; `refreshing` and `stale` keep the old data in view and lie above it. */
export const panelStates = {
  loading: { icon: 'clock', label: 'Loading' },
  refreshing: { icon: 'clock', label: 'Refreshing' },
  empty: { icon: 'minus', label: 'Nothing set up' },
  no_data: { icon: 'no_data', label: 'No data received' },
  zero: { icon: 'check', label: 'Received, and zero' },
  none: { icon: 'check', label: 'Nothing here' },
  stale: { icon: 'clock', label: 'Stale' },
  error: { icon: 'alert', label: 'Could not be read' },
} as const satisfies Record<string, { icon: IconName; label: string }>;
export type PanelState = keyof typeof panelStates;

export function StateNote({
  state,
  children,
  action,
}: {
  state: PanelState;
  children?: ReactNode;
  action?: ReactNode;
}) {
  const { icon, label } = panelStates[state];
  return (
    <div className={`${styles.state} ${styles[state]}`} data-state={state}>
      <span className={styles.mark}>
        <Icon name={icon} size={16} />
      </span>
      <div className={styles.words}>
        <strong>{label}</strong>
        {children ? <div>{children}</div> : null}
      </div>
      {action}
    </div>
  );
}
