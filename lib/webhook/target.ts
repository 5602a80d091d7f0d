/**
 * Registered targets: which addresses Belay may call, and the secret that each is signed with. Administrators only:
 * who chooses an address chooses whom Belay's machine talks to. A secret is in one answer and nowhere else.
 */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { badInput, conflict, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { newId } from '@/lib/id';
import { parseInput } from '@/lib/input';
import { refuseNamed } from '@/lib/named-by';
import { refusalOfUrl } from './address';
import { deliverTo } from './deliver';
import { type NewSecret, rotateInput, type Sent, type WebhookView, webhookInput } from './model';
import { Secret } from './secret';
import {
  deleteTarget,
  findTarget,
  insertTarget,
  isToldNotices,
  isTracker,
  lockTarget,
  nameTaken,
  planesOf,
  selectTargets,
  type TargetRow,
  updateTarget,
  viewOf,
} from './store';

const testDeadlineMs = 10_000;

export async function createWebhook(ctx: Context, input: unknown): Promise<NewSecret> {
  authorise(ctx.actor, 'administer', null);
  const given = readInput(input);
  const now = ctx.now();
  const secret = Secret.make();
  const row: TargetRow = {
    id: newId('whk', now),
    ...given,
    secret: secret.reveal(),
    previousSecret: null,
    previousUntil: null,
    disabledReason: null,
    createdBy: ctx.actor.name,
    createdAt: now,
    updatedAt: now,
  };
  await ctx.db.transaction(async (tx) => {
    if (!(await insertTarget(tx, row))) throw taken(given.name);
    await record(tx, now, ctx.actor, {
      kind: 'webhook.created',
      reason: `Webhook ${given.name} was added`,
      data: { id: row.id, ...told(given) },
    });
  });
  return { ...viewOf(row, now), secret: secret.reveal() };
}

function readInput(input: unknown) {
  const given = parseInput(webhookInput, input);
  const refusal = refusalOfUrl(given.url, given.allowPrivate);
  if (refusal) throw badInput([{ field: 'url', message: `${refusal}; only with allowPrivate may some of those be` }]);
  return given;
}

type Told = Pick<TargetRow, 'name' | 'url' | 'allowPrivate' | 'state'>;
/** For the history, which many may read: a path or query can be as good as a password, the host is none. */
const told = ({ name, url, allowPrivate, state }: Told) => ({ name, host: new URL(url).host, allowPrivate, state });

const taken = (name: string) =>
  conflict(`There is a webhook ${name} already`, [{ field: 'name', message: 'is taken by another webhook' }]);

/** Secrets stay; a target that Belay had disabled is enabled by saying so. */
export async function putWebhook(ctx: Context, id: string, input: unknown): Promise<WebhookView> {
  authorise(ctx.actor, 'administer', null);
  const given = readInput(input);
  return change(ctx, id, async (tx, before, now) => {
    const same =
      before.name === given.name &&
      before.url === given.url &&
      before.allowPrivate === given.allowPrivate &&
      before.state === given.state;
    if (same) return before;
    if (before.name !== given.name && (await nameTaken(tx, given.name))) throw taken(given.name);
    if (before.name !== given.name) await refuseNamed(tx, 'webhook', before.name, [before.name]);
    const after = await updateTarget(tx, id, {
      ...given,
      updatedAt: now,
      ...(given.state === before.state ? {} : { disabledReason: null }),
    });
    await record(tx, now, ctx.actor, {
      kind: 'webhook.changed',
      reason: `Webhook ${given.name} was changed`,
      data: { id, before: told(before), after: told(given) },
    });
    return after ?? before;
  });
}

async function change(
  ctx: Context,
  id: string,
  work: (tx: Tx, before: TargetRow, now: Date) => Promise<TargetRow>,
): Promise<WebhookView> {
  const now = ctx.now();
  const row = await ctx.db.transaction(async (tx) => {
    const before = await lockTarget(tx, id);
    if (!before) throw notFound('webhook', id);
    return work(tx, before, now);
  });
  return viewOf(row, now);
}

export async function listWebhooks(ctx: Context): Promise<WebhookView[]> {
  authorise(ctx.actor, 'administer', null);
  const now = ctx.now();
  return (await selectTargets(ctx.db)).map((row) => viewOf(row, now));
}

export async function getWebhook(ctx: Context, id: string): Promise<WebhookView> {
  authorise(ctx.actor, 'administer', null);
  const row = await findTarget(ctx.db, id);
  if (!row) throw notFound('webhook', id);
  return viewOf(row, ctx.now());
}

/** Refused while a control plane is reached through it, people are told through it, or a runbook calls it. */
export async function removeWebhook(ctx: Context, id: string): Promise<void> {
  authorise(ctx.actor, 'administer', null);
  await change(ctx, id, async (tx, before, now) => {
    const planes = await planesOf(tx, id);
    if (planes.length > 0) throw conflict(`Webhook ${before.name} is how ${planes.join(', ')} is reached`);
    if (await isToldNotices(tx, id)) throw conflict(`Webhook ${before.name} is where notices go: take that away first`);
    if (await isTracker(tx, id))
      throw conflict(`Webhook ${before.name} is the tracker of action items: name another first`);
    await refuseNamed(tx, 'webhook', before.name, [id, before.name]);
    await deleteTarget(tx, id);
    await record(tx, now, ctx.actor, {
      kind: 'webhook.removed',
      reason: `Webhook ${before.name} was removed`,
      data: { id, ...told(before) },
    });
    return before;
  });
}

/** The secret before this one goes on signing too for a while, so that the receiver can change over. */
export async function rotateWebhook(ctx: Context, id: string, input: unknown): Promise<NewSecret> {
  authorise(ctx.actor, 'administer', null);
  const { overlapMinutes } = parseInput(rotateInput, input ?? {});
  const secret = Secret.make();
  const view = await change(ctx, id, async (tx, before, now) => {
    const until = overlapMinutes === 0 ? null : new Date(now.getTime() + overlapMinutes * 60_000);
    const after = await updateTarget(tx, id, {
      secret: secret.reveal(),
      previousSecret: until && before.secret,
      previousUntil: until,
      updatedAt: now,
    });
    await record(tx, now, ctx.actor, {
      kind: 'webhook.rotated',
      reason: `Webhook ${before.name} has a new secret`,
      data: { id, name: before.name, previousSecretUntil: until?.toISOString() ?? null },
    });
    return after ?? before;
  });
  return { ...view, secret: secret.reveal() };
}

/** Sends a signed ping and says what came back; also to a disabled target, to see whether it could be enabled. */
export async function testWebhook(ctx: Context, id: string): Promise<Sent> {
  authorise(ctx.actor, 'administer', null);
  const row = await findTarget(ctx.db, id);
  if (!row) throw notFound('webhook', id);
  const now = ctx.now();
  const body = JSON.stringify({ type: 'belay.ping', timestamp: now.toISOString(), data: { by: ctx.actor.name } });
  return deliverTo(ctx, row, { id: newId('msg', now), body, deadlineMs: testDeadlineMs });
}
