/** A signed call to a registered webhook that does or checks something, and what its answer means (`CONTRACT.md`). */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Db } from '@/lib/db';
import { newId } from '@/lib/id';
import type { TaskResult } from '@/lib/rollback/model';
import { deliver } from '@/lib/webhook/deliver';
import type { Sent } from '@/lib/webhook/model';
import type { Resolve } from '@/lib/webhook/send';
import { findWebhookId } from './store';

export type MigrationHome = { db: Db; now: () => Date; resolve?: Resolve };
export type Call = {
  /** name or id of a registered target */
  webhook: string;
  body: Record<string, unknown>;
  timeoutMs: number;
  /** repeated with the same key, it has one effect */
  key: string;
  fence: number;
  /** such as `belay.migration.apply` */
  type: string;
  /** what it is about, for whoever answers */
  about?: Record<string, string>;
};

const againMs = 5_000;

export async function callWebhook(home: MigrationHome, call: Call): Promise<TaskResult> {
  const sent = await sendTo(home, call, true);
  return sent === null ? missing(call.webhook) : saidOf(sent);
}

/** `once`: the message is the same each time. A question is asked anew, and is a new message. */
export async function sendTo(home: MigrationHome, call: Call, once: boolean): Promise<Sent | null> {
  const target = await findWebhookId(home.db, call.webhook);
  if (target === null) return null;
  const { key, fence, type, about, body } = call;
  const now = home.now();
  return deliver(home, target, {
    id: once ? `msg_${createHash('sha256').update(key).digest('hex').slice(0, 32)}` : newId('msg', now),
    // The key and the fence stand in the body too, where the signature covers them.
    body: JSON.stringify({ type, timestamp: now.toISOString(), data: { ...about, key, fence, body } }),
    headers: { 'idempotency-key': key, 'belay-fence': String(fence) },
    deadlineMs: call.timeoutMs,
  });
}

export function missing(webhook: string): TaskResult {
  return {
    kind: 'failed',
    detail: `there is no webhook ${webhook}`,
    next: 'An administrator registers it in the settings; then try again.',
    retryAfterMs: null,
  };
}

const answer = z.object({
  state: z.enum(['done', 'working', 'failed']).optional(),
  detail: z.string().max(2000).optional(),
});

export function jsonOf(sent: { body: string; truncated: boolean }): unknown {
  if (sent.truncated) return undefined;
  try {
    return JSON.parse(sent.body);
  } catch {
    return undefined;
  }
}

export function saidOf(sent: Sent): TaskResult {
  if (sent.kind !== 'answered') return silent(sent);
  const { status } = sent;
  const said = answer.safeParse(jsonOf(sent)).data ?? {};
  const more = said.detail ? `: ${said.detail}` : '';
  if (status >= 200 && status < 300) {
    if (said.state === 'failed')
      return failed(`the service says that it failed${more}`, 'Ask the service why, and try again when it can.');
    if (said.state === 'working' || (status === 202 && said.state !== 'done'))
      return { kind: 'wait', detail: `the service is at it${more}`, afterMs: sent.retryAfterMs ?? againMs };
    return { kind: 'done', detail: said.detail ?? `the service answered ${status}` };
  }
  if (passing(status))
    return { kind: 'wait', detail: `it answered ${status}${more}`, afterMs: sent.retryAfterMs ?? againMs, next: look };
  if (status === 409)
    return failed(`it answered 409${more}`, 'It knows a newer order, or this key with another content: look there.');
  if (status === 410) return failed('it answered 410: nobody listens there any more', enable);
  return failed(`it answered ${status}${more}`, 'It will not, however often it is asked: look at the service.');
}

/** Asked at the wrong moment; every other 4xx, and every redirect, will be the same next time. */
export const passing = (status: number): boolean => status >= 500 || [408, 425, 429].includes(status);

const look = 'Look whether the service is up. Belay asks again with the same key.';
const enable = 'An administrator looks at the webhook in the settings and enables it; then try again.';

export function silent(sent: Exclude<Sent, { kind: 'answered' }>): TaskResult {
  if (sent.kind === 'blocked' || sent.kind === 'disabled') return failed(sent.why, enable);
  const unknown = sent.reached ? '; whether it was done is not known' : '';
  return { kind: 'wait', detail: `${sent.why}${unknown}`, afterMs: againMs, next: look };
}

const failed = (detail: string, next: string): TaskResult => ({ kind: 'failed', detail, next, retryAfterMs: null });
