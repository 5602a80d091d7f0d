/** Durable ingest: what a point costs, how soon it is acknowledged, what it takes on disk. */
import { gunzipSync } from 'node:zlib';
import { decodeRequest } from '@/lib/otlp/decode';
import { newKnown } from '@/lib/otlp/known';
import { encodeBlock } from '@/lib/signal/ledger/block';
import { clearColumns, newColumns } from '@/lib/signal/ledger/columns';
import type { Figure } from './figure';
import { makeBodies, openSender, pointsPerRequest, sendAll, sendMetrics } from './load';
import { cpuOf, median, openStage, quantile, type Stage } from './stage';

const instances = 50;
const ticks = 40;
const runs = 5;
const atOnce = 8;

export async function ingest(): Promise<Figure[]> {
  const stage = await openStage();
  try {
    const sender = openSender(stage.port, atOnce);
    const first = makeBodies({ instances, ticks: 2 });
    const before = total(stage);
    await sendAll(sender, first, atOnce);
    const firstSight = total(stage) - before;
    const measured: Run[] = [];
    for (let run = 0; run < runs; run++) {
      const bodies = makeBodies({ instances, ticks, fromTick: 2 + run * ticks });
      measured.push(await measure(stage, bodies, () => sendAll(sender, bodies, atOnce)));
    }
    const rate = median(measured.map((r) => r.requests / r.seconds));
    const steady = await storage(stage);
    const acks = await acknowledgements(stage.port, rate / 2, 2 + runs * ticks);
    sender.close();
    const points = median(measured.map((r) => (r.requests * pointsPerRequest) / r.cpu));
    return [
      { name: 'points a CPU-second, receiver and PostgreSQL', value: points, unit: 'points', target: '' },
      {
        name: 'CPU to gunzipping the same bodies',
        value: median(measured.map((r) => r.cpu / r.gunzip)),
        unit: '×',
        target: '≤ 9',
      },
      {
        name: '  of it the receiver',
        value: median(measured.map((r) => r.receiver / r.gunzip)),
        unit: '×',
        target: '',
      },
      { name: 'requests a second, wall, one receiver', value: rate, unit: 'requests', target: '' },
      { name: 'acknowledged at half of that load, p50', value: quantile(acks, 0.5), unit: 'ms', target: '' },
      { name: 'acknowledged at half of that load, p99', value: quantile(acks, 0.99), unit: 'ms', target: '≤ 50' },
      { name: 'a point in the ledger', value: steady.block, unit: 'B', target: '≤ 4' },
      { name: 'a point on disk, receipts and indexes included', value: steady.disk, unit: 'B', target: '' },
      { name: 'a point in the ledger where every count is random', value: noisyBlock(), unit: 'B', target: '' },
      {
        name: 'first sight of a stream',
        value: (firstSight / (instances * pointsPerRequest)) * 1e6,
        unit: 'µs CPU',
        target: '',
      },
    ];
  } finally {
    await stage.close();
  }
}

type Run = { cpu: number; receiver: number; gunzip: number; seconds: number; requests: number };

const total = (stage: Stage) => {
  const { receiver, postgres } = stage.cpu();
  return receiver + postgres;
};

async function measure(stage: Stage, bodies: Buffer[], work: () => Promise<void>): Promise<Run> {
  const before = stage.cpu();
  const from = performance.now();
  await work();
  const seconds = (performance.now() - from) / 1000;
  const after = stage.cpu();
  const receiver = after.receiver - before.receiver;
  const inflate = () => {
    for (const body of bodies) gunzipSync(body);
  };
  inflate();
  const gunzip = median([cpuOf(inflate), cpuOf(inflate), cpuOf(inflate)]);
  return { cpu: receiver + after.postgres - before.postgres, receiver, gunzip, seconds, requests: bodies.length };
}

/** At a steady pace, each timed from when it was due, so that a stall counts for all that it delays. */
async function acknowledgements(port: number, perSecond: number, fromTick: number): Promise<number[]> {
  const sender = openSender(port, 64);
  const bodies = makeBodies({ instances, ticks: 20, fromTick });
  const begin = performance.now() + 50;
  const waited = await Promise.all(
    bodies.map(async (body, i) => {
      const due = begin + (i / perSecond) * 1000;
      await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
      const { status } = await sendMetrics(sender, body);
      if (status !== 200) throw new Error(`the receiver answered ${status}`);
      return performance.now() - due;
    }),
  );
  sender.close();
  return waited;
}

async function storage(stage: Stage): Promise<{ block: number; disk: number }> {
  const [row] = await stage.database.sql<[{ block: number; disk: number }]>`
    select sum(length(block))::float / sum(points) as block,
      (pg_total_relation_size('ledger') + pg_total_relation_size('receipt'))::float / sum(points) as disk
    from ledger`;
  return row;
}

/** Of a fleet whose every bucket moves by itself: what chance costs cannot be compressed away. */
function noisyBlock(): number {
  const known = newKnown();
  const columns = newColumns();
  let bytes = 0;
  const bodies = makeBodies({ instances: 10, ticks: 1, fromTick: ticks, noisy: true });
  let id = 0;
  for (const body of bodies) {
    clearColumns(columns);
    decodeRequest(known, columns, gunzipSync(body), null);
    for (const section of [columns.numbers, columns.histograms]) {
      for (let i = 0; i < section.length; i++) section.stream[i] = ++id;
    }
    bytes += encodeBlock(columns).block.length;
  }
  return bytes / (bodies.length * pointsPerRequest);
}
