/**
 * A control plane of somebody else's, behind a webhook (`CONTRACT.md`).
 *
 * A write reads first: what is already as desired under our fence is not ordered again, so that a plane that forgets
 * keys still sees one order from us. Then it orders, and reads again; only what is read counts. Nothing is kept here:
 * after a crash the same call with the same key goes the same way.
 */
import { createHash } from 'node:crypto';
import { reach } from '@/lib/failpoint';
import { newId } from '@/lib/id';
import type { Sent } from '@/lib/webhook/model';
import type { Message } from '@/lib/webhook/send';
import { judged, newer, readBackOf, saidOf } from './answer';
import { differences } from './compare';
import type { Order, Plane, ReadBack, Written } from './model';

export type WebhookHome = {
  /** to the registered target */
  call: (message: Message) => Promise<Sent>;
  now: () => Date;
  /** all must be heard of */
  regions: readonly string[];
  /** of each call; a write makes three at most */
  deadlineMs: number;
};

export function webhookPlane(home: WebhookHome): Plane {
  return {
    read: (feature, environment) => read(home, feature, environment),
    write: (order) => write(home, order),
  };
}

async function read(home: WebhookHome, feature: string, environment: string): Promise<ReadBack> {
  const at = home.now();
  const sent = await home.call({
    id: newId('msg', at),
    method: 'GET',
    query: { feature, environment },
    deadlineMs: home.deadlineMs,
  });
  return readBackOf(sent, home.regions, at);
}

async function write(home: WebhookHome, order: Order): Promise<Written> {
  reach('plane.before_read');
  const before = await read(home, order.feature, order.environment);
  reach('plane.after_read');
  if (before.known) {
    if (before.fence > order.fence) return newer(before.fence);
    const done = before.fence === order.fence && differences(order.desired, before.state).length === 0;
    if (done) return { kind: 'accepted', at: before.at };
  }
  reach('plane.before_write');
  const said = saidOf(await home.call(messageOf(order, home)));
  reach('plane.after_write');
  if (said.kind === 'conflict' || said.kind === 'refused') return said;
  return judged(said, order, await read(home, order.feature, order.environment));
}

/** The key and the fence stand in the body too, where the signature covers them. */
function messageOf(order: Order, home: WebhookHome): Message {
  const { feature, environment, desired, fence, key } = order;
  return {
    // The same order is the same message, however often it is sent.
    id: `msg_${createHash('sha256').update(key).digest('hex').slice(0, 32)}`,
    method: 'PUT',
    body: JSON.stringify({
      type: 'belay.plane.write',
      timestamp: home.now().toISOString(),
      data: { feature, environment, desired, fence, key },
    }),
    headers: { 'idempotency-key': key, 'belay-fence': String(fence) },
    deadlineMs: home.deadlineMs,
  };
}
