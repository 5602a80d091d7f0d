import { afterAll, expect, it } from 'vitest';
import { type FakePlane, startFakePlane } from '@/e2e/plane/fake';
import { watched } from '@/e2e/watched';
import { handlersFor } from '@/jobs/handlers';
import { freePort } from '@/jobs/postgres';
import { kill, putFeature } from '@/lib/feature/feature';
import { Secret } from '@/lib/webhook/secret';
import { createWebhook } from '@/lib/webhook/target';
import { listDeliveries } from './deliveries';
import { createPlane } from './plane';

const { store, stop } = watched();
const environment = 'production';
const fakes: FakePlane[] = [];
afterAll(async () => {
  for (const fake of fakes) await fake.close();
});

async function onPlane(feature: string): Promise<FakePlane> {
  const port = await freePort();
  const webhook = { name: feature, url: `http://127.0.0.1:${port}/plane`, allowPrivate: true };
  const { id, secret } = await createWebhook(store.context(), webhook);
  const fake = await startFakePlane({ port, secret: Secret.parse(secret) });
  fakes.push(fake);
  const plane = await createPlane(store.context(), { name: feature, webhook: id, deadlineMs: 5_000 });
  const versions = { control: 1, treatment: 2 };
  await putFeature(store.context(), { key: feature, owner: 'o', versions, baseline: 'control', plane: plane.id });
  return fake;
}

it('an order that nobody was woken for is found, and one that hangs keeps no other waiting', async () => {
  const [stuck, well] = [await onPlane('stuck'), await onPlane('well')];
  stuck.play({ kind: 'hangs', applies: false }, 'both');
  await kill(store.context(), 'stuck', { environment, reason: 'off' });
  await expect.poll(() => stuck.seen().reads, { timeout: 20_000 }).toBeGreaterThan(0);
  await kill(store.context(), 'well', { environment, reason: 'off' });
  await expect.poll(() => well.ledger().length, { timeout: 20_000 }).toBe(1);
  const states = async () =>
    Object.fromEntries((await listDeliveries(store.context())).map(({ feature, state }) => [feature, state]));
  await expect.poll(states, { timeout: 20_000 }).toEqual({ stuck: 'pending', well: 'confirmed' });
  stuck.play(null);
  await expect.poll(states, { timeout: 60_000 }).toEqual({ stuck: 'confirmed', well: 'confirmed' });
}, 120_000);

it('without the watch the sweep of the queue finds it, and the job carries it out', async () => {
  await stop();
  const fake = await onPlane('queued');
  await kill(store.context(), 'queued', { environment, reason: 'off' });
  const woken: unknown[] = [];
  const enqueue = async (...job: unknown[]) => void woken.push(job);
  const handlers = handlersFor({ db: store.database().db, now: () => new Date(), enqueue });
  const run = { signal: new AbortController().signal } as Parameters<typeof handlers.sweep>[1];
  await handlers.sweep({}, run);
  expect(woken).toContainEqual(['delivery', { feature: 'queued', environment }]);
  await handlers.delivery({ feature: 'queued', environment }, run);
  expect(fake.ledger()).toHaveLength(1);
});
