/** Past the cap, from telemetry to the question, with the whole watch; and people told without any queue. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, it } from 'vitest';
import { arms, minute, watched } from '@/e2e/watched';
import { history } from '@/lib/event/event';
import { addAddress } from '@/lib/notice/address';
import { createWebhook } from '@/lib/webhook/target';
import { decisionsOf, getRollout, perform } from '../rollout';
import { putRollbackCap } from './cap';

const { store, begin, send, sendAt, until, served } = watched();
const told: Array<{ text: string; data: { kind: string } }> = [];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  told.push(JSON.parse(body));
  response.end();
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

it('holds and asks, tells people, and does not act by itself once there is room again', async () => {
  const ctx = store.context();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { id: webhook } = await createWebhook(ctx, { name: 'chat', url, allowPrivate: true });
  await addAddress(ctx, { webhook, kinds: ['rollback_cap_reached'] });
  await putRollbackCap(ctx, { max: 1, windowMinutes: 60 });
  const bad = arms('eu', 0.3);
  const first = await begin();
  await send(first.feature, first.startedAt, first.startedAt + 2 * minute, bad);
  await until(first.id, (r) => r.state === 'rolled_back');

  const { feature, id, startedAt } = await begin();
  await send(feature, startedAt, startedAt + 2 * minute, bad);
  const asked = await until(id, (r) => r.state === 'held' && r.verdict?.reason === 'rollback_cap');
  expect(asked).toMatchObject({ heldReason: 'rollback_cap', verdict: { kind: 'roll_back' } });
  expect(served(feature)).toEqual(['control', 'treatment']);
  const [decision] = await decisionsOf(ctx, id);
  expect(decision).toMatchObject({
    action: 'hold',
    actor: { id: 'guardrail' },
    reason: 'errors fails in eu, and Belay asks before it rolls back once more',
    evidence: { kind: 'roll_back', reason: 'rollback_cap', deciding: { criterion: 'errors' } },
  });
  expect((await history(ctx, { rolloutId: id, kinds: ['rollback.cap_reached'] })).map((e) => e.data)).toEqual([
    { max: 1, windowMinutes: 60, told: true },
  ]);

  // Room again, and still failing: what was asked is asked.
  await putRollbackCap(ctx, { max: 100, windowMinutes: 60 });
  await sendAt(feature, Date.now(), bad);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(await getRollout(ctx, id)).toMatchObject({ state: 'held', verdict: { reason: 'rollback_cap' } });
  // No queue runs here: the watch sends what was left lying.
  await expect.poll(() => told.length, { timeout: 30_000 }).toBe(1);
  expect(told[0]?.data.kind).toBe('rollback_cap_reached');
  expect(told[0]?.text).toContain('Belay has rolled back once by itself within the last hour');
  await perform(ctx, id, 'roll-back', { reason: 'a person says so' });
  await until(id, (r) => r.state === 'rolled_back');
}, 120_000);
