'use client';
/** Something is wrong for real: marked by a person, and ended by one. No drill runs there meanwhile. */
import { useState } from 'react';
import { Dialog } from '@/app/ui/form/dialog.client';
import { Field } from '@/app/ui/form/form.client';
import { ReasonedOrder } from '@/app/ui/form/reasoned-order.client';
import { Icon } from '@/app/ui/icon';

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
  const [environment, setEnvironment] = useState(order.kind === 'mark' ? (order.environments[0] ?? '') : '');
  const { label, says, reason: asked } = words[order.kind];
  return (
    <ReasonedOrder
      label={label}
      asks={['environment']}
      reasonLabel={`${asked} (kept in the history)`}
      focus="reason"
      order={(reason, once) =>
        order.kind === 'mark'
          ? ['POST', `/features/${encodeURIComponent(order.feature)}/incidents`, { environment, reason }, once]
          : ['POST', `/incidents/${order.id}/end`, { reason }, once]
      }
      onDone={onDone}
    >
      {(refusal) => (
        <>
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
        </>
      )}
    </ReasonedOrder>
  );
}
