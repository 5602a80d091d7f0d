/**
 * Receivers and PostgreSQL are killed under load, again and again, while clients repeat what was not acknowledged to
 * whichever receiver answers. Afterwards the ledger must hold every acknowledged point once, and no point twice.
 *
 * To kill something else too (a worker, say), add it to `victims`: start it before the load, kill it, start it again.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrateDatabase } from '@/lib/migrate';
import { protobufOf } from '@/lib/otlp/json';
import { readBlock } from '@/lib/signal/ledger/block';
import type { PointSink } from '@/lib/signal/model';
import { type EmbeddedPostgres, freePort, startPostgres } from './postgres';
import { type ReceiverProcess, startReceiver } from './receiver/process';

const timesEach = 10;
const clients = 6;
const pointsPerRequest = 20;

let dir: string;
let server: EmbeddedPostgres;
let postgresPort: number;
const receivers: ReceiverProcess[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'belay-crash-'));
  chmodSync(dir, 0o755);
  postgresPort = await freePort();
  server = await startPostgres({ dir, port: postgresPort });
  await migrateDatabase(server.url, process.cwd());
  receivers.push(await startReceiver({ databaseUrl: server.url }), await startReceiver({ databaseUrl: server.url }));
});

afterAll(async () => {
  await Promise.all(receivers.map((r) => r.end('SIGKILL')));
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** The postmaster dies at once; its children notice. A start too early is refused, so it is tried again. */
async function killPostgres(): Promise<void> {
  const gone = new Promise((resolve) => server.process.once('exit', resolve));
  process.kill(server.pid, 'SIGKILL');
  await gone;
  for (let attempt = 0; ; attempt++) {
    try {
      server = await startPostgres({ dir, port: postgresPort });
      return;
    } catch (error) {
      if (attempt > 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

async function killReceiver(which: number): Promise<void> {
  const { port, end } = receivers[which] as ReceiverProcess;
  await end('SIGKILL');
  receivers[which] = await startReceiver({ databaseUrl: server.url, port });
}

const victims: Array<(round: number) => Promise<void>> = [(round) => killReceiver(round % 2), () => killPostgres()];

type Load = {
  acknowledged: Set<number>;
  sent: Set<number>;
  repeats: number;
  refused: Map<number, number>;
  stop: boolean;
};

/** Values are never used twice, so a value that is found twice was stored twice. */
async function client(number: number, load: Load, start: number): Promise<void> {
  for (let request = 0; !load.stop; request++) {
    const values = Array.from({ length: pointsPerRequest }, (_, i) => start + request * pointsPerRequest + i);
    for (const value of values) load.sent.add(value);
    const dataPoints = values.map((value, i) => ({
      timeUnixNano: String(1_790_000_000_000_000_000n + BigInt(value)),
      asInt: value,
      attributes: [
        { key: 'client', value: { intValue: number } },
        { key: 'new', value: { intValue: Math.floor(request / 20) * 100 + i } },
      ],
    }));
    const metrics = [{ name: 'crash', gauge: { dataPoints } }];
    const body = protobufOf(Buffer.from(JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] })));
    for (let attempt = 0; !load.stop; attempt++) {
      const { port } = receivers[(number + attempt) % receivers.length] as ReceiverProcess;
      const status = await send(port, body);
      if (status === 200) {
        for (const value of values) load.acknowledged.add(value);
        break;
      }
      load.repeats++;
      load.refused.set(status, (load.refused.get(status) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** 0: the connection broke. */
async function send(port: number, body: Buffer): Promise<number> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(body),
      signal: AbortSignal.timeout(10_000),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

async function progress(load: Load, more: number): Promise<void> {
  const goal = load.acknowledged.size + more;
  while (load.acknowledged.size < goal) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function storedValues(): Promise<Map<number, number>> {
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  const times = new Map<number, number>();
  const sink = {
    number: (_stream: number, _start: bigint, _time: bigint, _flags: number, value: number) => {
      times.set(value, (times.get(value) ?? 0) + 1);
    },
  } as PointSink;
  for (const { block } of await sql<Array<{ block: Buffer }>>`select block from ledger`) readBlock(block, sink);
  const [pending] = await sql`
    select (select count(*) from ledger)::int as rows, (select count(*) from ledger_pending)::int as pending,
      (select count(*) from receipt)::int as receipts`;
  expect(pending?.pending).toBe(pending?.rows);
  expect(pending?.receipts).toBe(pending?.rows);
  await sql.end();
  return times;
}

test('nothing acknowledged is lost and nothing is stored twice', async () => {
  const load: Load = { acknowledged: new Set(), sent: new Set(), repeats: 0, refused: new Map(), stop: false };
  const running = Array.from({ length: clients }, (_, i) => client(i, load, i * 1_000_000_000));
  for (let round = 0; round < timesEach; round++) {
    for (const kill of victims) {
      await progress(load, 20 * pointsPerRequest);
      await kill(round);
    }
  }
  await progress(load, 20 * pointsPerRequest);
  load.stop = true;
  await Promise.all(running);
  const stored = await storedValues();
  const lost = [...load.acknowledged].filter((value) => !stored.has(value));
  const doubled = [...stored].filter(([, times]) => times > 1);
  const invented = [...stored.keys()].filter((value) => !load.sent.has(value));
  expect({ lost, doubled, invented }).toEqual({ lost: [], doubled: [], invented: [] });
  // The kills hit requests under way, and what those saw was a broken connection or a 503, never another refusal.
  expect(load.refused.size).toBeGreaterThan(0);
  expect([...load.refused.keys()].filter((status) => status !== 0 && status !== 503)).toEqual([]);
  expect(load.acknowledged.size).toBeGreaterThan(timesEach * victims.length * 20 * pointsPerRequest);
}, 400_000);
