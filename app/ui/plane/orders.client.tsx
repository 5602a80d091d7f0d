'use client';
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { Badge } from '@/app/ui/page/badge';
import styles from '@/app/ui/settings/settings.module.css';
import { Ago } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import type { DeliveryView } from '@/app/ui/views';
import { deliveryWords } from './words';

const idOf = (order: DeliveryView) => `${order.feature} ${order.environment}`;

/** What outside planes are to serve, and a person's way out where one serves something else. */
export function PlaneOrders({ orders, allowed }: { orders: DeliveryView[]; allowed: boolean }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const again = orders.find((order) => idOf(order) === chosen);
  return (
    <>
      <table className="cards">
        <thead>
          <tr>
            <th scope="col">Feature</th>
            <th scope="col">Environment</th>
            <th scope="col">Plane</th>
            <th scope="col">Stands</th>
            <th scope="col">Ordered</th>
            {allowed ? <th scope="col">Settle</th> : null}
          </tr>
        </thead>
        <tbody>
          {orders.map((order) => (
            <tr key={idOf(order)}>
              <th scope="row">
                <Name>{order.feature}</Name>
              </th>
              <td>
                <Name>{order.environment}</Name>
              </td>
              <td>
                <Name>{order.plane.name}</Name>
              </td>
              <td className={styles.whole}>
                <Badge tone={deliveryWords[order.state].tone}>{deliveryWords[order.state].label}</Badge>
                <div className="small quiet">
                  {order.detail === '' ? deliveryWords[order.state].says : visible(order.detail)}
                </div>
              </td>
              <td className="quiet" data-label="Ordered">
                <Ago at={order.orderedAt} />
              </td>
              {allowed ? (
                <td>
                  {order.state === 'conflict' || order.state === 'refused' ? (
                    <button
                      type="button"
                      className="button small"
                      aria-label={`Order again: ${order.feature} in ${order.environment}`}
                      onClick={() => setChosen(idOf(order))}
                    >
                      Order again
                    </button>
                  ) : null}
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
      {again ? <AgainForm key={idOf(again)} order={again} onDone={() => setChosen(null)} /> : null}
    </>
  );
}

function AgainForm({ order, onDone }: { order: DeliveryView; onDone: () => void }) {
  const [reason, setReason] = useState('');
  const { busy, refusal, run } = useSend();
  const { feature, environment } = order;
  return (
    <form
      className={styles.form}
      onSubmit={async (e) => {
        e.preventDefault();
        if ((await run('POST', '/plane-deliveries', { feature, environment, reason })).ok) onDone();
      }}
    >
      <Field
        label={`Why ${order.plane.name} shall serve what Belay says`}
        name="reason"
        refusal={refusal}
        className={styles.wide}
        hint={`It overwrites what is served of ${feature} in ${environment} now.`}
      >
        {(c) => <input {...c} value={reason} required onChange={(e) => setReason(e.target.value)} />}
      </Field>
      <button type="submit" className="button danger" disabled={busy}>
        Overwrite it
      </button>
      <button type="button" className="button" onClick={onDone}>
        Leave it
      </button>
      <FormError refusal={refusal} shown={['reason']} />
    </form>
  );
}
