'use client';
/** An action item: added, changed, begun, done, dropped. */
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { actionTypeWords, priorityWords } from '@/app/ui/postmortem/words';
import { type ActionView, actionTypes, priorities } from '@/lib/postmortem/action-model';

const inDays = (today: string, days: number): string =>
  new Date(Date.parse(`${today}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

export function ActionForm(props: { id: string; before: ActionView | null; today: string; onDone: () => void }) {
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
