/** What a point costs when there are more streams, and what a stream costs to remember. */
import { gunzipSync } from 'node:zlib';
import { decodeRequest } from '@/lib/otlp/decode';
import { knownBytes, newKnown, rememberStream } from '@/lib/otlp/known';
import { clearColumns, newColumns } from '@/lib/signal/columns';
import type { Figure } from './figure';
import { makeBodies, openSender, pointsPerRequest, sendAll } from './load';
import { median, openStage } from './stage';

const few = 1_000;
const many = 100_000;
const requests = 1_000;
const runs = 3;
const atOnce = 8;

export async function streams(): Promise<Figure[]> {
  const costs = { [few]: await costAt(few), [many]: await costAt(many) };
  const growth = ((costs[many] as number) / (costs[few] as number) - 1) * 100;
  return [
    { name: `a point among ${few} streams`, value: costs[few] as number, unit: 'µs CPU', target: '' },
    { name: `a point among ${many} streams`, value: costs[many] as number, unit: 'µs CPU', target: '' },
    { name: '  dearer by', value: growth, unit: '%', target: '≤ 15' },
    { name: 'memory a stream', value: memory(), unit: 'B', target: '≤ 300' },
  ];
}

/** A stage for each, so that both begin alike. */
async function costAt(count: number): Promise<number> {
  const stage = await openStage();
  try {
    const instances = count / pointsPerRequest;
    const sender = openSender(stage.port, atOnce);
    const ticks = Math.ceil(requests / instances);
    await sendAll(sender, makeBodies({ instances, ticks }), atOnce);
    const costs: number[] = [];
    for (let run = 1; run <= runs; run++) {
      const bodies = makeBodies({ instances, ticks, fromTick: run * ticks });
      const before = stage.cpu();
      await sendAll(sender, bodies, atOnce);
      const after = stage.cpu();
      const spent = after.receiver - before.receiver + after.postgres - before.postgres;
      costs.push((spent / (bodies.length * pointsPerRequest)) * 1e6);
    }
    sender.close();
    return median(costs);
  } finally {
    await stage.close();
  }
}

/** Of the receiver's tables; the strings are in PostgreSQL. */
function memory(): number {
  const known = newKnown();
  const columns = newColumns();
  let id = 0;
  for (const body of makeBodies({ instances: many / pointsPerRequest, ticks: 1 })) {
    clearColumns(columns);
    const { fresh } = decodeRequest(known, columns, gunzipSync(body), null);
    for (const { metric, set } of fresh.pairs) rememberStream(known.streams, metric, set, ++id);
  }
  return knownBytes(known) / id;
}
