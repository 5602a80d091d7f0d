import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rollback } from '@/drizzle/schema/rollback';
import { testDatabase } from '@/e2e/database';
import { checkoutPlan } from '@/e2e/plan';
import { type FakePlane, startFakePlane } from '@/e2e/plane/fake';
import { freePort } from '@/jobs/postgres';
import { history } from '@/lib/event/event';
import { overridesOf, putCohort, putFeature } from '@/lib/feature/feature';
import { rollbacksOf } from '@/lib/rollback/rollback';
import { createRollout, perform } from '@/lib/rollout/rollout';
import { Secret } from '@/lib/webhook/secret';
import { createWebhook } from '@/lib/webhook/target';
import { tryFallback } from './fallback';
import { createPlane, getPlane, putPlane } from './plane';

const store = testDatabase();
const ctx = () => store.context();
const environment = 'production';
const plain = { baseline: 'control', exposure: [], configuration: null, withdrawn: [] };
let n = 0;
let feature: string;
const fakes: FakePlane[] = [];

beforeEach(async () => {
  feature = `feature-${++n}`;
  await putCohort(ctx(), { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] });
});
afterEach(async () => {
  for (const fake of fakes.splice(0)) await fake.close();
});

async function newPlane(over: Record<string, unknown> = {}): Promise<{ id: string; fake: FakePlane }> {
  const name = `plane ${++n}`;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/plane`;
  const webhook = await createWebhook(ctx(), { name, url, allowPrivate: true });
  const fake = await startFakePlane({ port, secret: Secret.parse(webhook.secret) });
  fakes.push(fake);
  const { id } = await createPlane(ctx(), { name, webhook: webhook.id, deadlineMs: 1_000, ...over });
  return { id, fake };
}

async function rolledBack(plane: string) {
  const versions = { control: 1, treatment: 2, closed: 3 };
  await putFeature(ctx(), { key: feature, owner: 'o', versions, baseline: 'control', plane });
  const { id } = await createRollout(ctx(), checkoutPlan().replace('new-checkout', feature));
  await perform(ctx(), id, 'start', { reason: 'go' });
  await perform(ctx(), id, 'roll-back', { reason: 'back' });
  const [view] = await rollbacksOf(ctx(), id);
  return row(view?.id ?? '');
}
async function row(id: string) {
  const [found] = await store.database().db.select().from(rollback).where(eq(rollback.id, id));
  if (!found) throw new Error(`no rollback ${id}`);
  return found;
}
const tried = async () => history(ctx(), { feature, kinds: ['rollback.fallback_tried'] });

test('another plane is asked for the same state, once, and nothing is claimed', async () => {
  const other = await newPlane();
  const plane = await newPlane({ fallbackPlane: other.id, fallbackVersion: 'closed' });
  const lost = await rolledBack(plane.id);
  const first = await tryFallback(ctx(), lost);
  expect(first).toMatchObject({
    what: expect.stringContaining('was asked'),
    detail: expect.stringContaining('no proof'),
  });
  expect(other.fake.serves(feature, environment)).toEqual(plain);
  const kept = await row(lost.id);
  expect(kept).toMatchObject({ fallback: first, state: lost.state, endedAt: null });
  expect(await tryFallback(ctx(), kept)).toEqual(first);
  expect(other.fake.seen().writes).toBe(1);
  expect(await tried()).toHaveLength(1);
});

test('a worker that died in the middle of it is followed by one with the same key', async () => {
  const other = await newPlane();
  const plane = await newPlane({ fallbackPlane: other.id });
  const lost = await rolledBack(plane.id);
  other.fake.play({ kind: 'resets', applies: true }, 'both');
  const first = await tryFallback(ctx(), lost);
  expect(first?.detail).toContain('did not do either');
  other.fake.play(null);
  // As if the answer had never been written down.
  const begun = { ...(first ?? { what: '', at: '' }), detail: 'It is being tried' };
  await store.database().db.update(rollback).set({ fallback: begun }).where(eq(rollback.id, lost.id));
  const again = await tryFallback(ctx(), await row(lost.id));
  expect(again).toMatchObject({ at: first?.at, detail: expect.stringContaining('reads back') });
  expect(other.fake.ledger()).toHaveLength(1);
});

test('who has lost the lease tries nothing', async () => {
  const other = await newPlane();
  const plane = await newPlane({ fallbackPlane: other.id });
  const lost = await rolledBack(plane.id);
  await store
    .database()
    .db.update(rollback)
    .set({ attempts: lost.attempts + 1 })
    .where(eq(rollback.id, lost.id));
  expect(await tryFallback(ctx(), lost)).toBeNull();
  expect(other.fake.seen()).toMatchObject({ reads: 0, writes: 0 });
});

test('another version is served to everybody, but never the one that is taken back', async () => {
  const plane = await newPlane({ fallbackVersion: 'treatment' });
  const lost = await rolledBack(plane.id);
  expect(await tryFallback(ctx(), lost)).toBeNull();
  expect(plane.fake.seen().writes).toBe(0);
  const { name, webhook } = await getPlane(ctx(), plane.id);
  await putPlane(ctx(), plane.id, { name, webhook, fallbackVersion: 'closed' });
  expect(await tryFallback(ctx(), { ...lost, cohorts: ['beta'] })).toBeNull();
  expect(await tryFallback(ctx(), { ...lost, endedAt: new Date() })).toBeNull();
  expect(plane.fake.seen().writes).toBe(0);
  expect(await tryFallback(ctx(), lost)).toMatchObject({ what: 'Everybody is to be served closed instead' });
  expect(plane.fake.serves(feature, environment)).toEqual({ ...plain, baseline: 'closed' });
});

test('where nothing is declared nothing is tried; the built-in flags serve another version by an override', async () => {
  const lost = await rolledBack('builtin');
  expect(await tryFallback(ctx(), lost)).toBeNull();
  expect(lost.fallback).toBeNull();
  const builtin = { name: 'Built-in flags', kind: 'builtin', fallbackVersion: 'closed' };
  await putPlane(ctx(), 'builtin', builtin);
  expect(await tryFallback(ctx(), lost)).toMatchObject({ detail: expect.stringContaining('proves nothing') });
  expect(await overridesOf(ctx(), feature)).toMatchObject([
    { scope: 'environment', value: environment, version: 'closed' },
  ]);
  await putPlane(ctx(), 'builtin', { ...builtin, fallbackVersion: 'nowhere' });
  feature = `feature-${++n}`;
  const other = await rolledBack('builtin');
  expect(await tryFallback(ctx(), other)).toMatchObject({ detail: expect.stringContaining('cannot be served') });
  await putPlane(ctx(), 'builtin', { name: 'Built-in flags', kind: 'builtin' });
});
