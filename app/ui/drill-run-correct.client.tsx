'use client';
/** A clock that was wrong is corrected with a reason; what was recorded stays beside it. */
import { useState } from 'react';
import type { Clock } from '@/lib/drill/model';
import { Dialog } from './dialog.client';
import { Field, FormError, useSend } from './form.client';
import { orderKey } from './send';

type Props = { id: string; clock: Pick<Clock, 'name' | 'from' | 'to'>; label: string };

export function CorrectClock(props: Props) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className="button ghost small"
        aria-label={`Correct ${props.label}`}
        onClick={() => setOpen(true)}
      >
        Correct
      </button>
      <Dialog title={`Correct the clock ${props.label}`} open={open} onClose={() => setOpen(false)}>
        <Correction {...props} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Correction({ id, clock, onDone }: Props & { onDone: () => void }) {
  const { busy, refusal, run } = useSend();
  const [from, setFrom] = useState(clock.from ?? '');
  const [to, setTo] = useState(clock.to ?? '');
  const [reason, setReason] = useState('');
  const [key] = useState(orderKey);
  const instant = (text: string) => (text.trim() === '' ? null : text.trim());
  const submit = async () => {
    const body = { clock: clock.name, from: instant(from), to: instant(to), reason };
    const sent = await run('POST', `/drill-runs/${id}/correct`, body, { idempotencyKey: key });
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
      <Field label="From" name="from" hint="UTC, such as 2026-11-22T10:00:00.000Z" refusal={refusal}>
        {(control) => <input {...control} className="mono" value={from} onChange={(e) => setFrom(e.target.value)} />}
      </Field>
      <Field label="To" name="to" hint="Empty: it never came" refusal={refusal}>
        {(control) => <input {...control} className="mono" value={to} onChange={(e) => setTo(e.target.value)} />}
      </Field>
      <Field label="Why (kept in the history)" name="reason" refusal={refusal}>
        {(control) => (
          <input {...control} value={reason} onChange={(e) => setReason(e.target.value)} maxLength={500} required />
        )}
      </Field>
      <FormError refusal={refusal} shown={['from', 'to', 'reason']} />
      <div className="row end">
        <button type="button" className="button" onClick={onDone}>
          Cancel
        </button>
        <button type="submit" className="button primary" disabled={busy}>
          {busy ? 'Working…' : 'Correct'}
        </button>
      </div>
    </form>
  );
}
