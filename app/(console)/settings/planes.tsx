/** Addresses that Belay calls, and the control planes that hold what Belay does not hold itself. */

import { WebhookForm, WebhookTable } from '@/app/ui/notice/webhooks.client';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { PlaneForm } from '@/app/ui/plane/form.client';
import { PlaneOrders } from '@/app/ui/plane/orders.client';
import { PlaneReader, PlaneTable } from '@/app/ui/plane/planes.client';
import styles from '@/app/ui/settings/settings.module.css';
import { holds } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { listDeliveries } from '@/lib/plane/deliveries';
import { listPlanes } from '@/lib/plane/plane';
import { listWebhooks } from '@/lib/webhook/target';

export async function WebhookSection({ ctx }: { ctx: Context }) {
  const admin = holds(ctx.actor, 'administer');
  const webhooks = admin ? await attempt(listWebhooks(ctx)) : null;
  return (
    <Panel title="Webhooks" id="webhooks" note="addresses that Belay calls; every message is signed" flush>
      {webhooks === null ? (
        <StateNote state="empty">Needs the role admin.</StateNote>
      ) : webhooks.ok ? (
        <>
          <WebhookTable webhooks={webhooks.value} />
          <WebhookForm />
        </>
      ) : (
        <StateNote state="error">{webhooks.message}</StateNote>
      )}
    </Panel>
  );
}

export async function PlaneSection({ ctx }: { ctx: Context }) {
  const admin = holds(ctx.actor, 'administer');
  const operates = holds(ctx.actor, 'operate');
  const [planes, orders, webhooks] = await Promise.all([
    attempt(listPlanes(ctx)),
    attempt(listDeliveries(ctx)),
    admin ? attempt(listWebhooks(ctx)) : null,
  ]);
  const hooks = webhooks ? valueOr(webhooks, []) : null;
  const none = orders.ok && orders.value.length === 0;
  return (
    <>
      <Panel title="Control planes" id="planes" note="what really holds the flags and the traffic of a feature" flush>
        {planes.ok ? (
          <>
            <PlaneTable planes={planes.value} webhooks={hooks} />
            {operates ? (
              <PlaneReader planes={planes.value} environment={ctx.actor.environment ?? 'production'} />
            ) : null}
            {hooks && hooks.length > 0 ? (
              <details className={styles.more}>
                <summary>Add a control plane</summary>
                <PlaneForm plane={null} planes={planes.value} webhooks={hooks} />
              </details>
            ) : null}
            {hooks && hooks.length === 0 ? (
              <p className={`quiet small ${styles.more}`}>Register a webhook to reach a control plane of your own.</p>
            ) : null}
          </>
        ) : (
          <StateNote state="error">{planes.message}</StateNote>
        )}
      </Panel>
      {none ? null : (
        <Panel
          title="Orders"
          id="plane-orders"
          note="what planes outside were told to serve, and whether they do"
          flush
        >
          {orders.ok ? (
            <PlaneOrders orders={orders.value} allowed={operates} />
          ) : (
            <StateNote state="error">{orders.message}</StateNote>
          )}
        </Panel>
      )}
    </>
  );
}
