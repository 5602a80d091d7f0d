'use client';
/** What is to be done so that it does not happen again: by whom, until when, and how that stands. */
import { useState } from 'react';
import { Dialog } from '@/app/ui/form/dialog.client';
import { useSend } from '@/app/ui/form/form.client';
import { Icon } from '@/app/ui/icon';
import { Badge } from '@/app/ui/page/badge';
import { StateNote } from '@/app/ui/page/panel';
import { actionStateWords, actionTypeWords, priorityWords } from '@/app/ui/postmortem/words';
import { Ago } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import type { ActionView } from '@/lib/postmortem/action-model';
import { ActionForm } from './action-form.client';
import styles from './report.module.css';

type Props = {
  id: string;
  actions: ActionView[];
  may: boolean;
  today: string;
  /** a tracker is told of the actions of this report */
  tracked: boolean;
};

export function Actions({ id, actions, may, today, tracked }: Props) {
  const [adding, setAdding] = useState(false);
  const [changing, setChanging] = useState<ActionView | null>(null);
  const open = actions.filter((a) => a.closedAt === null);
  const closed = actions.filter((a) => a.closedAt !== null);
  return (
    <>
      {actions.length === 0 ? (
        <StateNote state="empty">No action follows from it yet. What would keep it from happening again?</StateNote>
      ) : null}
      {open.length > 0 ? (
        <Table actions={open} label="Open actions" may={may} tracked={tracked} onChange={setChanging} />
      ) : null}
      {closed.length > 0 ? (
        <details className={styles.away} open={open.length === 0}>
          <summary>{closed.length} closed</summary>
          <Table actions={closed} label="Closed actions" may={may} tracked={tracked} onChange={setChanging} />
        </details>
      ) : null}
      {may ? (
        <p className={`no-print ${styles.addRow}`}>
          <button type="button" className="button small" onClick={() => setAdding(true)}>
            <Icon name="plus" /> Add an action
          </button>
        </p>
      ) : null}
      <Dialog title="Add an action" open={adding} onClose={() => setAdding(false)}>
        <ActionForm id={id} before={null} today={today} onDone={() => setAdding(false)} />
      </Dialog>
      <Dialog title="Change the action" open={changing !== null} onClose={() => setChanging(null)}>
        {changing ? <ActionForm id={id} before={changing} today={today} onDone={() => setChanging(null)} /> : null}
      </Dialog>
    </>
  );
}

type Rows = { may: boolean; tracked: boolean; onChange: (action: ActionView) => void };

function Table({ actions, label, ...rest }: Rows & { actions: ActionView[]; label: string }) {
  return (
    <table className="cards" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">Action</th>
          <th scope="col">Type</th>
          <th scope="col">Owner</th>
          <th scope="col">Due</th>
          <th scope="col">Priority</th>
          <th scope="col">State</th>
          {rest.may ? <td className="no-print" /> : null}
        </tr>
      </thead>
      <tbody>
        {actions.map((action) => (
          <Row key={action.id} action={action} {...rest} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ action, may, tracked, onChange }: Rows & { action: ActionView }) {
  const state = actionStateWords[action.state];
  const priority = priorityWords[action.priority];
  return (
    <tr data-action={action.id} data-overdue={action.overdue || undefined}>
      <th scope="row" className={styles.wrap}>
        <bdi>{visible(action.title)}</bdi>
        {action.detail ? <span className={styles.about}>{visible(action.detail)}</span> : null}
        {action.tracker ? (
          <a className={styles.about} href={action.tracker.url} rel="noopener noreferrer nofollow" target="_blank">
            In the tracker
          </a>
        ) : null}
        {action.tracking?.state === 'failed' ? (
          <span className={styles.about}>
            The tracker could not be told: {visible(action.tracking.lastError ?? '')}
          </span>
        ) : null}
        {action.tracking?.state === 'pending' ? (
          <span className={styles.about}>
            The tracker is being told
            {action.tracking.lastError ? `; the last time ${visible(action.tracking.lastError)}` : ''}
          </span>
        ) : null}
      </th>
      <td data-label="Type">{actionTypeWords[action.type]}</td>
      <td data-label="Owner">
        <Name>{action.owner}</Name>
      </td>
      <td data-label="Due" className="nowrap">
        <time dateTime={action.dueOn}>{action.dueOn}</time>
        {action.overdue ? <strong className={styles.late}> overdue</strong> : null}
      </td>
      <td data-label="Priority">
        <Badge tone={priority.tone}>{priority.label}</Badge>
      </td>
      <td data-label="State">
        <Badge tone={state.tone}>{state.label}</Badge>
        {action.closedAt ? (
          <span className={styles.about}>
            <Name>{action.closedBy ?? ''}</Name> <Ago at={action.closedAt} />
          </span>
        ) : null}
      </td>
      {may ? (
        <td className="no-print">
          <button
            type="button"
            className="button ghost small"
            aria-label={`Change: ${visible(action.title)}`}
            onClick={() => onChange(action)}
          >
            Change
          </button>
          {tracked && (action.tracking === null || action.tracking.state === 'failed') ? (
            <TrackAgain action={action} />
          ) : null}
        </td>
      ) : null}
    </tr>
  );
}

/** What the tracker was never told of, or has not taken. */
function TrackAgain({ action }: { action: ActionView }) {
  const { busy, refusal, run } = useSend();
  return (
    <>
      <button
        type="button"
        className="button ghost small"
        disabled={busy}
        aria-label={`Tell the tracker: ${visible(action.title)}`}
        onClick={() => void run('POST', `/actions/${action.id}/track`)}
      >
        Tell the tracker
      </button>
      {refusal ? (
        <span className="form-error" role="alert">
          {refusal.message}
        </span>
      ) : null}
    </>
  );
}
