'use client';
/** A clock that was wrong is corrected with a reason; what was recorded stays beside it. */
import { useState } from 'react';
import { Dialog } from '@/app/ui/form/dialog.client';
import { Field } from '@/app/ui/form/form.client';
import { ReasonedOrder } from '@/app/ui/form/reasoned-order.client';
import type { Clock } from '@/lib/drill/model';

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
  const [from, setFrom] = useState(clock.from ?? '');
  const [to, setTo] = useState(clock.to ?? '');
  const instant = (text: string) => (text.trim() === '' ? null : text.trim());
  const corrected = (reason: string) => ({ clock: clock.name, from: instant(from), to: instant(to), reason });
  return (
    <ReasonedOrder
      label="Correct"
      asks={['from', 'to']}
      order={(reason, once) => ['POST', `/drill-runs/${id}/correct`, corrected(reason), once]}
      onDone={onDone}
    >
      {(refusal) => (
        <>
          <Field label="From" name="from" hint="UTC, such as 2026-11-22T10:00:00.000Z" refusal={refusal}>
            {(control) => (
              <input {...control} className="mono" value={from} onChange={(e) => setFrom(e.target.value)} />
            )}
          </Field>
          <Field label="To" name="to" hint="Empty: it never came" refusal={refusal}>
            {(control) => <input {...control} className="mono" value={to} onChange={(e) => setTo(e.target.value)} />}
          </Field>
        </>
      )}
    </ReasonedOrder>
  );
}
