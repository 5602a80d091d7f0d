/** Sends to a registered target, as it is registered now. For Belay's own work; people go through `target.ts`. */
import type { Actor } from '@/lib/access/model';
import type { Db } from '@/lib/db';
import { record } from '@/lib/event/event';
import type { Sent } from './model';
import { Secret } from './secret';
import { type Message, type Resolve, send, type Target } from './send';
import { disableTarget, findTarget, type TargetRow } from './store';

export type Delivery = { db: Db; now: () => Date; resolve?: Resolve };

const rule: Actor = { kind: 'rule', id: 'webhook', name: 'webhook', environment: null };

/** A target that is gone or disabled is not called. */
export async function deliver(home: Delivery, id: string, message: Message): Promise<Sent> {
  const row = await findTarget(home.db, id);
  if (!row) return { kind: 'disabled', why: 'the webhook was removed', reached: false };
  if (row.state === 'disabled')
    return { kind: 'disabled', why: row.disabledReason ?? 'the webhook is disabled', reached: false };
  return deliverTo(home, row, message);
}

/** 410 says for good that nobody listens there (Standard Webhooks): the target is disabled until a person enables it. */
export async function deliverTo(home: Delivery, row: TargetRow, message: Message): Promise<Sent> {
  const sent = await send(targetOf(row, home.now()), message, home);
  if (sent.kind === 'answered' && sent.status === 410) await disable(home, row.id);
  return sent;
}

async function disable({ db, now: clock }: Delivery, id: string): Promise<void> {
  const now = clock();
  const why = 'it answered 410: nobody listens there any more';
  await db.transaction(async (tx) => {
    const row = await disableTarget(tx, id, { now, why });
    if (!row) return;
    await record(tx, now, rule, {
      kind: 'webhook.disabled',
      reason: `Webhook ${row.name} was disabled: ${why}`,
      data: { id, name: row.name },
    });
  });
}

function targetOf(row: TargetRow, now: Date): Target {
  const secrets = [Secret.parse(row.secret)];
  if (row.previousSecret !== null && row.previousUntil !== null && row.previousUntil > now)
    secrets.push(Secret.parse(row.previousSecret));
  return { url: row.url, secrets, allowPrivate: row.allowPrivate };
}
