'use client';
/** No drill begins for a while, or they may again. What runs goes on. */
import { useState } from 'react';
import { Dialog } from './dialog.client';
import { Field, FormError, useSend } from './form.client';
import { Icon } from './icon';

const hour = 3_600_000;
const spans: Array<[label: string, ms: number]> = [
  ['4 hours', 4 * hour],
  ['a day', 24 * hour],
  ['3 days', 72 * hour],
  ['a week', 7 * 24 * hour],
  ['2 weeks', 14 * 24 * hour],
];

export function FreezeControl({ frozen }: { frozen: boolean }) {
  const [open, setOpen] = useState(false);
  const label = frozen ? 'End the freeze' : 'Freeze drills';
  return (
    <>
      <button type="button" className="button small" onClick={() => setOpen(true)}>
        <Icon name={frozen ? 'start' : 'hold'} /> {label}
      </button>
      <Dialog title={label} open={open} onClose={() => setOpen(false)}>
        <Ask frozen={frozen} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Ask({ frozen, onDone }: { frozen: boolean; onDone: () => void }) {
  const { busy, refusal, run } = useSend();
  const [span, setSpan] = useState(24 * hour);
  const [reason, setReason] = useState('');
  const [environments, setEnvironments] = useState('');
  const submit = async () => {
    const until = frozen ? null : new Date(Date.now() + span).toISOString();
    const names = environments
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
    const body = { until, reason, environments: frozen ? [] : names };
    const sent = await run('PUT', '/settings/drill-freeze', body);
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
      <p>{frozen ? 'Drills begin again at the next time of their schedules.' : 'What runs now goes on to its end.'}</p>
      {frozen ? null : (
        <>
          <Field label="For" name="until" refusal={refusal}>
            {(control) => (
              <select {...control} value={span} onChange={(e) => setSpan(Number(e.target.value))}>
                {spans.map(([label, ms]) => (
                  <option key={ms} value={ms}>
                    {label}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label="Environments" name="environments" refusal={refusal} hint="separated by commas; empty: all">
            {(control) => <input {...control} value={environments} onChange={(e) => setEnvironments(e.target.value)} />}
          </Field>
        </>
      )}
      <Field label="Why (kept in the history)" name="reason" refusal={refusal}>
        {(control) => (
          <input {...control} value={reason} onChange={(e) => setReason(e.target.value)} maxLength={500} required />
        )}
      </Field>
      <FormError refusal={refusal} shown={['until', 'environments', 'reason']} />
      <div className="row end">
        <button type="button" className="button" onClick={onDone}>
          Cancel
        </button>
        <button type="submit" className="button primary" disabled={busy}>
          {busy ? 'Working…' : frozen ? 'End the freeze' : 'Freeze drills'}
        </button>
      </div>
    </form>
  );
}
