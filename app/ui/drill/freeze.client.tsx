'use client';
/** No drill begins for a while, or they may again. What runs goes on. */
import { useState } from 'react';
import { Dialog } from '@/app/ui/form/dialog.client';
import { Field } from '@/app/ui/form/form.client';
import { ReasonedOrder } from '@/app/ui/form/reasoned-order.client';
import { Icon } from '@/app/ui/icon';

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
  const [span, setSpan] = useState(24 * hour);
  const [environments, setEnvironments] = useState('');
  const freeze = (reason: string) => {
    const until = frozen ? null : new Date(Date.now() + span).toISOString();
    const names = environments
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
    return { until, reason, environments: frozen ? [] : names };
  };
  return (
    <ReasonedOrder
      label={frozen ? 'End the freeze' : 'Freeze drills'}
      asks={['until', 'environments']}
      order={(reason) => ['PUT', '/settings/drill-freeze', freeze(reason)]}
      onDone={onDone}
    >
      {(refusal) => (
        <>
          <p>
            {frozen ? 'Drills begin again at the next time of their schedules.' : 'What runs now goes on to its end.'}
          </p>
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
                {(control) => (
                  <input {...control} value={environments} onChange={(e) => setEnvironments(e.target.value)} />
                )}
              </Field>
            </>
          )}
        </>
      )}
    </ReasonedOrder>
  );
}
