/** What a point costs when there are more streams, and what a stream costs to remember. */
import { gunzipSync } from 'node:zlib';
import { decodeRequest } from '@/lib/otlp/decode';
import { knownBytes, newKnown, rememberStream } from '@/lib/otlp/known';
import { clearColumns, newColumns } from '@/lib/signal/ledger/columns';
import type { Figure } from './figure';
import { makeBodies, openSender, pointsPerRequest, sendAll } from './load';
import { median, openStage, type Stage } from './stage';

const few = 1_000;
const many = 100_000;
const requests = 1_000;
const runs = 7;
const atOnce = 8;

export async function streams(): Promise<Figure[]> {
  // Both stages at once and run by run in turn: what else the machine does then weighs on both alike.
  const stages = [await openFleet(few), await openFleet(many)] as const;
  try {
    const costs: Array<[number, number]> = [];
    for (let run = 1; run <= runs; run++) costs.push([await costOf(stages[0], run), await costOf(stages[1], run)]);
    const growth = median(costs.map(([low, high]) => high / low)) * 100 - 100;
    return [
      { name: `a point among ${few} streams`, value: median(costs.map((c) => c[0])), unit: 'µs CPU', target: '' },
      { name: `a point among ${many} streams`, value: median(costs.map((c) => c[1])), unit: 'µs CPU', target: '' },
      { name: '  dearer by', value: growth, unit: '%', target: '≤ 15' },
      { name: 'memory a stream', value: memory(), unit: 'B', target: '≤ 300' },
    ];
  } finally {
    await Promise.all(stages.map(({ stage }) => stage.close()));
  }
}

type Fleet = { stage: Stage; instances: number; ticks: number };

/** A stage that knows its streams and has warmed up. */
async function openFleet(count: number): Promise<Fleet> {
  const stage = await openStage();
  const instances = count / pointsPerRequest;
  const ticks = Math.ceil(requests / instances);
  await send(stage, makeBodies({ instances, ticks }));
  // What PostgreSQL owes for the rows of new streams is not the price of a point.
  await stage.database.sql`vacuum (analyze) stream`;
  await stage.database.sql`checkpoint`;
  return { stage, instances, ticks };
}

async function send(stage: Stage, bodies: Buffer[]): Promise<void> {
  const sender = openSender(stage.port, atOnce);
  await sendAll(sender, bodies, atOnce);
  sender.close();
}

async function costOf({ stage, instances, ticks }: Fleet, run: number): Promise<number> {
  const bodies = makeBodies({ instances, ticks, fromTick: run * ticks });
  const before = stage.cpu();
  await send(stage, bodies);
  const after = stage.cpu();
  const spent = after.receiver - before.receiver + after.postgres - before.postgres;
  return (spent / (bodies.length * pointsPerRequest)) * 1e6;
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
