'use client';
/** What is to be done so that it does not happen again: by whom, until when, and how that stands. */
import { useState } from 'react';
import { Badge } from '@/app/ui/badge';
import { Ago } from '@/app/ui/clock.client';
import { Dialog } from '@/app/ui/dialog.client';
import { Field, FormError, useSend } from '@/app/ui/form.client';
import { Icon } from '@/app/ui/icon';
import { Name, visible } from '@/app/ui/name';
import { StateNote } from '@/app/ui/panel';
import { actionStateWords, actionTypeWords, priorityWords } from '@/app/ui/postmortem-words';
import { type ActionView, actionTypes, priorities } from '@/lib/postmortem/model';
import styles from './report.module.css';

export function Actions({
  id,
  actions,
  may,
  today,
}: {
  id: string;
  actions: ActionView[];
  may: boolean;
  today: string;
}) {
  const [adding, setAdding] = useState(false);
  const [changing, setChanging] = useState<ActionView | null>(null);
  const open = actions.filter((a) => a.closedAt === null);
  const closed = actions.filter((a) => a.closedAt !== null);
  return (
    <>
      {actions.length === 0 ? (
        <StateNote state="empty">No action follows from it yet. What would keep it from happening again?</StateNote>
      ) : null}
      {open.length > 0 ? <Table actions={open} label="Open actions" may={may} onChange={setChanging} /> : null}
      {closed.length > 0 ? (
        <details className={styles.away} open={open.length === 0}>
          <summary>{closed.length} closed</summary>
          <Table actions={closed} label="Closed actions" may={may} onChange={setChanging} />
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

function Table(props: { actions: ActionView[]; label: string; may: boolean; onChange: (action: ActionView) => void }) {
  return (
    <table className="cards" aria-label={props.label}>
      <thead>
        <tr>
          <th scope="col">Action</th>
          <th scope="col">Type</th>
          <th scope="col">Owner</th>
          <th scope="col">Due</th>
          <th scope="col">Priority</th>
          <th scope="col">State</th>
          {props.may ? <td className="no-print" /> : null}
        </tr>
      </thead>
      <tbody>
        {props.actions.map((action) => (
          <Row key={action.id} action={action} may={props.may} onChange={props.onChange} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ action, may, onChange }: { action: ActionView; may: boolean; onChange: (action: ActionView) => void }) {
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
        </td>
      ) : null}
    </tr>
  );
}

const inDays = (today: string, days: number): string =>
  new Date(Date.parse(`${today}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

function ActionForm(props: { id: string; before: ActionView | null; today: string; onDone: () => void }) {
  const { id, before, today, onDone } = props;
  const { busy, refusal, run } = useSend();
  const [form, setForm] = useState({
    title: before?.title ?? '',
    detail: before?.detail ?? '',
    type: before?.type ?? 'prevent',
    owner: before?.owner ?? '',
    dueOn: before?.dueOn ?? inDays(today, 14),
    priority: before?.priority ?? 'normal',
  });
  const [reason, setReason] = useState('');
  const set = (change: Partial<typeof form>) => setForm({ ...form, ...change });
  const save = async (over: Record<string, unknown> = {}) => {
    const sent = before
      ? await run('PUT', `/actions/${before.id}`, { basedOn: before.revision, ...form, ...over })
      : await run('POST', `/postmortems/${id}/actions`, form);
    if (sent.ok) onDone();
  };
  const close = async (state: 'done' | 'dropped') => {
    const sent = await run('POST', `/actions/${before?.id}/close`, { state, reason });
    if (sent.ok) onDone();
  };
  const fields = ['title', 'detail', 'type', 'owner', 'dueOn', 'priority', 'reason'];
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      <Field label="What is to be done" name="title" refusal={refusal}>
        {(control) => (
          <input
            {...control}
            value={form.title}
            onChange={(e) => set({ title: e.target.value })}
            maxLength={300}
            required
            data-focus
          />
        )}
      </Field>
      <div className="columns">
        <Field label="Owner" name="owner" refusal={refusal}>
          {(control) => (
            <input
              {...control}
              value={form.owner}
              onChange={(e) => set({ owner: e.target.value })}
              maxLength={200}
              required
            />
          )}
        </Field>
        <Field label="Due" name="dueOn" refusal={refusal}>
          {(control) => (
            <input
              {...control}
              type="date"
              value={form.dueOn}
              onChange={(e) => set({ dueOn: e.target.value })}
              required
            />
          )}
        </Field>
        <Field label="Type" name="type" refusal={refusal}>
          {(control) => (
            <select
              {...control}
              value={form.type}
              onChange={(e) => set({ type: e.target.value as ActionView['type'] })}
            >
              {actionTypes.map((type) => (
                <option key={type} value={type}>
                  {actionTypeWords[type]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Priority" name="priority" refusal={refusal}>
          {(control) => (
            <select
              {...control}
              value={form.priority}
              onChange={(e) => set({ priority: e.target.value as ActionView['priority'] })}
            >
              {priorities.map((priority) => (
                <option key={priority} value={priority}>
                  {priorityWords[priority].label}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <Field label="Detail" name="detail" refusal={refusal}>
        {(control) => (
          <textarea {...control} rows={3} value={form.detail} onChange={(e) => set({ detail: e.target.value })} />
        )}
      </Field>
      {before && before.closedAt === null ? (
        <Field label="Why (needed to drop it)" name="reason" refusal={refusal}>
          {(control) => (
            <input {...control} value={reason} onChange={(e) => setReason(e.target.value)} maxLength={500} />
          )}
        </Field>
      ) : null}
      <FormError refusal={refusal} shown={fields} />
      <div className="row">
        <button type="submit" className="button primary" disabled={busy}>
          {before ? 'Save' : 'Add it'}
        </button>
        {before && before.closedAt === null ? (
          <>
            {before.state === 'open' ? (
              <button
                type="button"
                className="button"
                disabled={busy}
                onClick={() => void save({ state: 'in_progress' })}
              >
                Begin it
              </button>
            ) : null}
            <button type="button" className="button" disabled={busy} onClick={() => void close('done')}>
              Done
            </button>
            <button type="button" className="button" disabled={busy} onClick={() => void close('dropped')}>
              Drop
            </button>
          </>
        ) : null}
        {before && before.closedAt !== null ? (
          <button type="button" className="button" disabled={busy} onClick={() => void save({ state: 'open' })}>
            Open it again
          </button>
        ) : null}
      </div>
    </form>
  );
}
