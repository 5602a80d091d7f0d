/** Control planes: which there are, how each is reached, what to do when one stays unconfirmed. */
import { authorise } from '@/lib/access/authorise';
import { currentConfiguration } from '@/lib/configuration/current';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { badInput, conflict, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { newId } from '@/lib/id';
import { parseInput } from '@/lib/input';
import { closed } from './breaker';
import { featuresOn, forgetPlane } from './delivery-store';
import { builtinId, type PlaneInput, type PlaneView, planeInput, type ReadBack } from './model';
import { readerOf } from './open';
import {
  deletePlane,
  fallingBackTo,
  findPlane,
  holdTarget,
  insertPlane,
  lockPlane,
  type PlaneRow,
  planeNamed,
  selectPlanes,
  updatePlane,
  viewOf,
} from './store';

type Settings = Pick<
  PlaneRow,
  'name' | 'kind' | 'webhookTarget' | 'regions' | 'deadlineMs' | 'fallbackPlane' | 'fallbackVersion'
>;

const settingsOf = ({ webhook, fallbackPlane, fallbackVersion, ...given }: PlaneInput): Settings => ({
  ...given,
  webhookTarget: webhook ?? null,
  fallbackPlane: fallbackPlane ?? null,
  fallbackVersion: fallbackVersion ?? null,
});

const told = ({ name, kind, webhookTarget, regions, deadlineMs, fallbackPlane, fallbackVersion }: Settings) => ({
  name,
  kind,
  webhook: webhookTarget,
  regions,
  deadlineMs,
  fallbackPlane,
  fallbackVersion,
});

export async function createPlane(ctx: Context, input: unknown): Promise<PlaneView> {
  authorise(ctx.actor, 'administer', null);
  const given = settingsOf(parseInput(planeInput, input));
  if (given.kind === 'builtin')
    throw badInput([{ field: 'kind', message: `must be webhook: the built-in flags are there as ${builtinId}` }]);
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    const id = newId('pln', now);
    await checkLinks(tx, id, given);
    const row = await insertPlane(tx, { id, ...given, createdBy: ctx.actor.name, createdAt: now, updatedAt: now });
    if (!row) throw taken(given.name);
    await record(tx, now, ctx.actor, {
      kind: 'plane.created',
      reason: `Control plane ${given.name} was added`,
      data: { id, ...told(given) },
    });
    return viewOf(row);
  });
}

const taken = (name: string) =>
  conflict(`There is a control plane ${name} already`, [{ field: 'name', message: 'is taken by another plane' }]);

async function checkLinks(tx: Tx, id: string, given: Settings): Promise<void> {
  if (given.webhookTarget !== null && !(await holdTarget(tx, given.webhookTarget)))
    throw badInput([{ field: 'webhook', message: `there is no webhook ${given.webhookTarget}` }]);
  if (given.fallbackPlane === null) return;
  if (given.fallbackPlane === id) throw badInput([{ field: 'fallbackPlane', message: 'is the plane itself' }]);
  if (!(await findPlane(tx, given.fallbackPlane)))
    throw badInput([{ field: 'fallbackPlane', message: `there is no control plane ${given.fallbackPlane}` }]);
}

/** Reached another way, it is asked again at once: what its breaker knew is of the way before. */
export async function putPlane(ctx: Context, id: string, input: unknown): Promise<PlaneView> {
  authorise(ctx.actor, 'administer', null);
  const given = settingsOf(parseInput(planeInput, input));
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    const before = await lockPlane(tx, id);
    if (!before) throw notFound('control plane', id);
    if (given.kind !== before.kind) throw badInput([{ field: 'kind', message: `stays ${before.kind}` }]);
    if (JSON.stringify(told(given)) === JSON.stringify(told(before))) return viewOf(before);
    await checkLinks(tx, id, given);
    const named = await planeNamed(tx, given.name);
    if (named && named.id !== id) throw taken(given.name);
    const moved = given.webhookTarget !== before.webhookTarget;
    const after = await updatePlane(tx, id, { ...given, updatedAt: now, ...(moved ? { breaker: closed } : {}) });
    await record(tx, now, ctx.actor, {
      kind: 'plane.changed',
      reason: `Control plane ${given.name} was changed`,
      data: { id, before: told(before), after: told(given) },
    });
    return viewOf(after ?? before);
  });
}

export async function listPlanes(ctx: Context): Promise<PlaneView[]> {
  authorise(ctx.actor, 'view');
  return (await selectPlanes(ctx.db)).map(viewOf);
}

export async function getPlane(ctx: Context, id: string): Promise<PlaneView> {
  authorise(ctx.actor, 'view');
  const row = await findPlane(ctx.db, id);
  if (!row) throw notFound('control plane', id);
  return viewOf(row);
}

export async function removePlane(ctx: Context, id: string): Promise<void> {
  authorise(ctx.actor, 'administer', null);
  const now = ctx.now();
  await ctx.db.transaction(async (tx) => {
    const before = await lockPlane(tx, id);
    if (!before) throw notFound('control plane', id);
    if (before.kind === 'builtin') throw conflict('The built-in flags cannot be removed');
    const users = await fallingBackTo(tx, id);
    if (users.length > 0) throw conflict(`${users.join(', ')} falls back to ${before.name}`);
    const features = await featuresOn(tx, id);
    if (features.length > 0)
      throw conflict(
        `${before.name} holds the state of ${features.join(', ')}; move them to another control plane first`,
      );
    await forgetPlane(tx, id);
    await deletePlane(tx, id);
    await record(tx, now, ctx.actor, {
      kind: 'plane.removed',
      reason: `Control plane ${before.name} was removed`,
      data: { id, ...told(before) },
    });
  });
}

/** Asks the plane itself, now; for the built-in flags: what every process serves. */
export async function readPlane(
  ctx: Context,
  id: string,
  of: { feature: string; environment: string },
): Promise<ReadBack> {
  authorise(ctx.actor, 'operate', of.environment);
  const row = await findPlane(ctx.db, id);
  if (!row) throw notFound('control plane', id);
  const configuration = (feature: string, environment: string) => currentConfiguration(ctx.db, feature, environment);
  const read = readerOf({ db: ctx.db, now: ctx.now, configuration }, row);
  return read(of.feature, of.environment);
}
