'use client';
/** Something is wrong for real: marked by a person, and ended by one. No drill runs there meanwhile. */
import { useState } from 'react';
import { Dialog } from './dialog.client';
import { Field, FormError, useSend } from './form.client';
import { Icon } from './icon';
import { orderKey } from './send';

type Order =
  | { kind: 'mark'; feature: string; environments: string[] }
  | { kind: 'end'; id: string; environment: string };

const words = {
  mark: {
    label: 'Mark an incident',
    says: 'Drills of the feature that run there end at once, undone, and none begins until it is over. Rollouts go on as they are.',
    reason: 'What is wrong',
  },
  end: { label: 'End the incident', says: 'Drills may begin there again.', reason: 'How it ended' },
};

export function IncidentButton(order: Order) {
  const [open, setOpen] = useState(false);
  const { label } = words[order.kind];
  return (
    <>
      <button type="button" className="button small" onClick={() => setOpen(true)}>
        <Icon name={order.kind === 'mark' ? 'alert' : 'check'} /> {label}
      </button>
      <Dialog title={label} open={open} onClose={() => setOpen(false)}>
        <Ask order={order} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Ask({ order, onDone }: { order: Order; onDone: () => void }) {
  const { busy, refusal, run } = useSend();
  const [reason, setReason] = useState('');
  const [key] = useState(orderKey);
  const [environment, setEnvironment] = useState(order.kind === 'mark' ? (order.environments[0] ?? '') : '');
  const { label, says, reason: asked } = words[order.kind];
  const submit = async () => {
    const sent =
      order.kind === 'mark'
        ? await run(
            'POST',
            `/features/${encodeURIComponent(order.feature)}/incidents`,
            { environment, reason },
            { idempotencyKey: key },
          )
        : await run('POST', `/incidents/${order.id}/end`, { reason }, { idempotencyKey: key });
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
      <p>{says}</p>
      {order.kind === 'mark' ? (
        <Field label="Environment" name="environment" refusal={refusal}>
          {(control) => (
            <select {...control} value={environment} onChange={(e) => setEnvironment(e.target.value)}>
              {order.environments.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
      ) : null}
      <Field label={`${asked} (kept in the history)`} name="reason" refusal={refusal}>
        {(control) => (
          <input
            {...control}
            data-focus
            value={reason}
            onChange={(e) => setReason(e.target.value)}
            maxLength={500}
            required
          />
        )}
      </Field>
      <FormError refusal={refusal} shown={['environment', 'reason']} />
      <div className="row end">
        <button type="button" className="button" onClick={onDone}>
          Cancel
        </button>
        <button type="submit" className="button primary" disabled={busy}>
          {busy ? 'Working…' : label}
        </button>
      </div>
    </form>
  );
}
