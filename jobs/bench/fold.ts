/**
 * What folding costs: CPU of the fold and its PostgreSQL a point, memory a stream, and reading a day back.
 * The load has the shape of `otlp-load.mjs`: 200 attribute sets of histograms and counters, 100 of gauges, from 50
 * instances: 25,000 streams, 500 points a request. Blocks go straight into the ledger; receiving is another figure.
 */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Sql } from 'postgres';
import { startPostgres } from '@/jobs/postgres';
import type { Context } from '@/lib/context';
import { type Database, openDatabase } from '@/lib/db';
import { migrateDatabase } from '@/lib/migrate';
import { type Fold, openFold } from '@/lib/signal/fold/fold';
import { type Block, encodeBlock } from '@/lib/signal/ledger/block';
import { type Columns, newColumns, reserve, reservePool, type Section } from '@/lib/signal/ledger/columns';
import { commitBlocks } from '@/lib/signal/ledger/ledger';
import type { Attributes, PointKind, Temporality } from '@/lib/signal/model';
import { series } from '@/lib/signal/signal';
import type { Figure } from './figure';

const instances = 50;
const warmTicks = 8;
const measuredTicks = 32;
const tickMs = 10_000;
const bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

export async function benchFold(): Promise<Figure[]> {
  const dir = mkdtempSync(join(tmpdir(), 'belay-bench-'));
  chmodSync(dir, 0o755);
  const server = await startPostgres({ dir });
  await migrateDatabase(server.url, process.cwd());
  const database = openDatabase(server.url, { name: 'bench' });
  try {
    return [...(await foldFigures(database, server.pid)), ...(await readFigures(database, server.pid))];
  } finally {
    await database.close();
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function foldFigures(database: Database, postgres: number): Promise<Figure[]> {
  const { sql } = database;
  const sets = attributeSets();
  const ids: number[][] = [];
  for (let i = 0; i < instances; i++) ids.push(await instanceStreams(sql, i, sets));
  const origin = Date.now() - (warmTicks + measuredTicks + 1) * tickMs;
  // Genesis lies before the data, as when Belay was there first.
  const fold = await openFold({ database, now: () => new Date(origin) });
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap = () => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = heap();
  const send = async (from: number, to: number) => {
    for (let tick = from; tick < to; tick++)
      for (let i = 0; i < instances; i++)
        await commitBlocks(sql, new Date(origin + (tick + 1) * tickMs), [tickBlock(ids[i] ?? [], origin, tick)]);
  };
  await send(0, warmTicks);
  await drain(fold);
  const memory = (heap() - before) / (instances * 500);
  await send(warmTicks, warmTicks + measuredTicks);
  const own = process.cpuUsage();
  const theirs = treeCpuS(postgres);
  const points = await drain(fold);
  await fold.checkpoint();
  const used = process.cpuUsage(own);
  const postgresS = treeCpuS(postgres) - theirs;
  await fold.close();
  const ownUs = used.user + used.system;
  const two = (v: number) => Math.round(v * 100) / 100;
  return [
    {
      name: 'fold, CPU with PostgreSQL',
      value: two((ownUs + postgresS * 1e6) / points),
      unit: 'µs a point',
      target: '≤ 3',
    },
    { name: 'fold, own CPU', value: two(ownUs / points), unit: 'µs a point', target: '' },
    { name: 'fold, memory', value: Math.round(memory), unit: 'B a stream', target: '≤ 300' },
  ];
}

/** A day of 50 segments with four series each, then the chart of all of them. */
async function readFigures(database: Database, postgres: number): Promise<Figure[]> {
  const { sql, db } = database;
  const day = 86_400_000;
  const end = Math.floor(Date.now() / 60_000) * 60_000;
  const cohorts = Array.from({ length: 25 }, (_, i) => `cohort-${i}`);
  const sets = cohorts.flatMap((cohort) =>
    ['control', 'treatment'].flatMap((variant) =>
      ['/a', '/b', '/c', '/d'].map((route) => ({ ...flag('long', variant, cohort), 'http.route': route })),
    ),
  );
  const streams = await insertStreams(sql, 'latency', 'histogram', 's', 'delta', sets, {});
  const fold = await openFold({ database, now: () => new Date(end) });
  for (let at = end - day; at < end; at += 60_000) {
    const columns = newColumns();
    for (const stream of streams) putHistogram(columns, stream, at - 60_000, at, 8);
    await commitBlocks(sql, new Date(end), [encodeBlock(columns)]);
  }
  await drain(fold);
  await fold.close();
  const ctx: Context = {
    db,
    now: () => new Date(end),
    enqueue: async () => {},
    actor: { kind: 'rule', id: 'bench', name: 'bench', environment: null },
  };
  const query = {
    environment: 'production',
    feature: 'long',
    metric: 'latency',
    from: new Date(end - day),
    to: new Date(end),
  };
  const took: number[] = [];
  const own = process.cpuUsage();
  const theirs = treeCpuS(postgres);
  for (let i = 0; i < 100; i++) {
    const at = performance.now();
    await series(ctx, { ...query, measure: 'quantile', q: 0.99 });
    took.push(performance.now() - at);
  }
  const used = process.cpuUsage(own);
  const cpuMs = ((used.user + used.system) / 1000 + (treeCpuS(postgres) - theirs) * 1000) / took.length;
  took.sort((a, b) => a - b);
  const name = 'series, 24 h × 50 segments (200 series), quantile';
  return [
    { name: `${name}, p50`, value: Math.round(took[50] ?? 0), unit: 'ms', target: '' },
    { name: `${name}, p99`, value: Math.round(took[98] ?? 0), unit: 'ms', target: '≤ 200' },
    { name: `${name}, CPU with PostgreSQL`, value: Math.round(cpuMs), unit: 'ms', target: '' },
  ];
}

async function drain(fold: Fold): Promise<number> {
  let points = 0;
  for (let rows = 1; rows > 0; ) {
    const step = await fold.step();
    rows = step.rows;
    points += step.points;
  }
  return points;
}

const flag = (feature: string, variant: string, cohort: string) => ({
  'feature_flag.key': feature,
  'feature_flag.result.variant': variant,
  'rollout.cohort': cohort,
});

function attributeSets(): Attributes[] {
  const sets: Attributes[] = [];
  for (const variant of ['control', 'treatment'])
    for (const cohort of ['internal', 'beta', 'eu', 'us', 'rest'])
      for (const route of ['/cart', '/checkout', '/search', '/product/{id}', '/login'])
        for (const method of ['GET', 'POST'])
          for (const code of [200, 500])
            sets.push({
              'http.request.method': method,
              'http.route': route,
              'http.response.status_code': code,
              ...flag('new-checkout', variant, cohort),
            });
  return sets;
}

async function instanceStreams(sql: Sql, instance: number, sets: Attributes[]): Promise<number[]> {
  const resource = { 'service.name': 'shop', 'service.instance.id': `shop-${instance}`, 'service.version': '2.4.0' };
  return [
    ...(await insertStreams(sql, 'http.server.request.duration', 'histogram', 's', 'cumulative', sets, resource)),
    ...(await insertStreams(sql, 'shop.checkout.completed', 'sum', '{checkout}', 'cumulative', sets, resource)),
    ...(await insertStreams(sql, 'shop.queue.depth', 'gauge', '{item}', 'none', sets.slice(0, 100), resource)),
  ];
}

async function insertStreams(
  sql: Sql,
  metric: string,
  kind: PointKind,
  unit: string,
  temporality: Temporality,
  sets: Attributes[],
  resource: Attributes,
): Promise<number[]> {
  const rows = await sql<{ id: number }[]>`
    insert into stream (hash, environment, metric, kind, unit, temporality, monotonic, attributes, resource, scope)
    select decode(md5(random()::text || a::text), 'hex'), 'production', ${metric}, ${kind}, ${unit}, ${temporality},
      ${kind === 'sum'}, a, ${JSON.stringify(resource)}::text::jsonb, '{}'
    from jsonb_array_elements(${JSON.stringify(sets)}::text::jsonb) as s(a) returning id`;
  return rows.map((r) => r.id);
}

/** One request of one instance: 200 histograms, 200 counters, 100 gauges. */
function tickBlock(ids: number[], origin: number, tick: number): Block {
  const columns = newColumns();
  const at = origin + (tick + 1) * tickMs;
  const k = tick + 1;
  ids.forEach((stream, i) => {
    if (i < 200) putHistogram(columns, stream, origin, at, 8 * k);
    else if (i < 400) putNumber(columns, stream, origin, at, 40 * k);
    else putNumber(columns, stream, 0, at, (i * 7919 + tick * 104729) % 100);
  });
  return encodeBlock(columns);
}

function head(section: Section, stream: number, startMs: number, atMs: number): number {
  const i = section.length++;
  reserve(section, section.length);
  const [start, at] = [BigInt(startMs) * 1_000_000n, BigInt(atMs) * 1_000_000n];
  section.stream[i] = stream;
  section.startLow[i] = Number(start & 0xffffffffn);
  section.startHigh[i] = Number(start >> 32n);
  section.timeLow[i] = Number(at & 0xffffffffn);
  section.timeHigh[i] = Number(at >> 32n);
  section.flags[i] = 0;
  return i;
}

function putNumber(columns: Columns, stream: number, startMs: number, atMs: number, value: number): void {
  const i = head(columns.numbers, stream, startMs, atMs);
  columns.numbers.value[i] = value;
}

function putHistogram(columns: Columns, stream: number, startMs: number, atMs: number, each: number): void {
  const s = columns.histograms;
  const i = head(s, stream, startMs, atMs);
  if (columns.bounds.length === 0) columns.bounds.push(Float64Array.from(bounds));
  const count = each * (bounds.length + 1);
  s.count[i] = count;
  s.sum[i] = count * 0.07;
  s.min[i] = s.max[i] = Number.NaN;
  s.bounds[i] = 1;
  const pool = columns.counts;
  reservePool(pool, pool.length + bounds.length + 1);
  pool.data.fill(each, pool.length, pool.length + bounds.length + 1);
  pool.length += bounds.length + 1;
}

/** CPU seconds of a process and its children, from /proc; 0 where there is none. */
function treeCpuS(root: number): number {
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((d) => /^\d+$/.test(d))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(pid) !== root && Number(fields[1]) !== root) continue;
      ticks += Number(fields[11]) + Number(fields[12]);
      // What children that are gone have used counts for their parent.
      if (Number(pid) === root) ticks += Number(fields[13]) + Number(fields[14]);
    } catch {
      // A process ended while it was looked at: its CPU is in its parent's next time.
    }
  }
  return ticks / 100;
}
