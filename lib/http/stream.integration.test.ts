import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { BelayError } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { type Hub, openHub, type StreamOptions, streamEvents } from './stream';

const house = testDatabase();
let hub: Hub;
beforeAll(() => {
  hub = openHub(house.url());
});
afterAll(() => hub.close());

async function happen(times: number): Promise<void> {
  const { db, actor, now } = house.context();
  for (let i = 0; i < times; i++)
    await db.transaction((tx) => record(tx, now(), actor, { kind: 'settings.changed', reason: `change ${i}` }));
}

function follow(over: Partial<StreamOptions>) {
  const stop = new AbortController();
  const options = { hub, ctx: house.context(), after: 0, signal: stop.signal, recheck: async () => {}, ...over };
  return { stop, reader: streamEvents(options).pipeThrough(new TextDecoderStream()).getReader() };
}

async function idsUntil(reader: ReadableStreamDefaultReader<string>, count: number): Promise<number[]> {
  let text = '';
  const ids = () => [...text.matchAll(/^id: (\d+)\nevent: event$/gm)].map((m) => Number(m[1]));
  while (ids().length < count) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
  }
  return ids();
}

/** Hears nothing, so that only what is already there can come. */
const deaf: Hub = { add: () => () => {}, close: async () => {} };

test('a history longer than a page comes whole', async () => {
  await happen(8);
  const { reader, stop } = follow({ page: 3, hub: deaf });
  expect(await idsUntil(reader, 8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  stop.abort();
});

test('what happens while pages are read comes after them, once', async () => {
  const { reader, stop } = follow({ page: 3 });
  const later = happen(4);
  expect(await idsUntil(reader, 12)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  await later;
  stop.abort();
});

test('a caller who may no longer listen is cut off at the next heartbeat', async () => {
  let revoked = false;
  const recheck = async () => {
    if (revoked) throw new BelayError('unauthenticated', 'gone');
  };
  const { reader } = follow({ heartbeatMs: 20, recheck, after: 12 });
  await reader.read();
  revoked = true;
  let ended = false;
  while (!ended) ended = (await reader.read()).done;
  expect(ended).toBe(true);
});

test('a notification that was lost is made good by the heartbeat', async () => {
  const { reader, stop } = follow({ hub: deaf, heartbeatMs: 20, after: 12 });
  await reader.read();
  await happen(1);
  expect(await idsUntil(reader, 1)).toEqual([13]);
  stop.abort();
});
