/** Telemetry for tests: points written down as data, sent through the same blocks and ledger as the receiver's. */
import { createHash } from 'node:crypto';
import type { Sql } from 'postgres';
import { type Block, encodeBlock } from '@/lib/signal/ledger/block';
import { newColumns, reserve, reservePool, type Section } from '@/lib/signal/ledger/columns';
import { commitBlocks } from '@/lib/signal/ledger/ledger';
import type { Attributes, PointKind, Temporality } from '@/lib/signal/model';

export type TestStream = {
  metric: string;
  kind: PointKind;
  unit?: string;
  temporality?: Temporality;
  monotonic?: boolean;
  environment?: string;
  attributes?: Attributes;
  resource?: Attributes;
};
type Times = { stream: number; start: bigint; time: bigint; flags?: number };
export type TestPoint =
  | (Times & { value: number })
  | (Times & { count: number; sum: number; min?: number; max?: number; bounds?: number[]; counts?: number[] })
  | (Times & {
      count: number;
      sum: number;
      scale: number;
      zeroCount?: number;
      zeroThreshold?: number;
      offset: number;
      positive: number[];
      negativeOffset?: number;
      negative?: number[];
    })
  | (Times & { summary: { count: number; sum: number } });

/** Answers the ids of the streams, in order; a stream that is there already keeps its id. */
export async function makeStreams(sql: Sql, streams: TestStream[]): Promise<number[]> {
  const ids: number[] = [];
  for (const s of streams) {
    const { metric, kind, unit = '', environment = 'production', attributes = {}, resource = {} } = s;
    const temporality = s.temporality ?? (kind === 'gauge' || kind === 'summary' ? 'none' : 'cumulative');
    const monotonic = s.monotonic ?? kind === 'sum';
    const identity = JSON.stringify([environment, metric, kind, unit, temporality, monotonic, attributes, resource]);
    const hash = createHash('sha256').update(identity).digest().subarray(0, 16);
    const [row] = await sql<{ id: number }[]>`
      insert into stream (hash, environment, metric, kind, unit, temporality, monotonic, attributes, resource, scope)
      values (${hash}, ${environment}, ${metric}, ${kind}, ${unit}, ${temporality}, ${monotonic},
        ${JSON.stringify(attributes)}::text::jsonb, ${JSON.stringify(resource)}::text::jsonb,
        '{"name":"","version":"","attributes":{}}')
      on conflict (hash) do update set hash = excluded.hash returning id`;
    ids.push(row?.id ?? 0);
  }
  return ids;
}

export function blockOf(points: TestPoint[]): Block {
  const columns = newColumns();
  for (const p of points) {
    if ('value' in p) {
      const i = head(columns.numbers, p);
      columns.numbers.value[i] = p.value;
    } else if ('summary' in p) {
      const i = head(columns.summaries, p);
      columns.summaries.count[i] = p.summary.count;
      columns.summaries.sum[i] = p.summary.sum;
    } else if ('scale' in p) {
      const s = columns.exponentials;
      const i = head(s, p);
      s.count[i] = p.count;
      s.sum[i] = p.sum;
      s.min[i] = s.max[i] = Number.NaN;
      s.zeroCount[i] = p.zeroCount ?? 0;
      s.zeroThreshold[i] = p.zeroThreshold ?? 0;
      s.scale[i] = p.scale;
      s.positiveOffset[i] = p.offset;
      s.positiveLength[i] = p.positive.length;
      s.negativeOffset[i] = p.negativeOffset ?? 0;
      s.negativeLength[i] = p.negative?.length ?? 0;
      put(columns.exponentialCounts, [...p.positive, ...(p.negative ?? [])]);
    } else {
      const s = columns.histograms;
      const i = head(s, p);
      s.count[i] = p.count;
      s.sum[i] = p.sum;
      s.min[i] = p.min ?? Number.NaN;
      s.max[i] = p.max ?? Number.NaN;
      s.bounds[i] = p.bounds ? columns.bounds.push(Float64Array.from(p.bounds)) : 0;
      put(columns.counts, p.counts ?? []);
    }
  }
  return encodeBlock(columns);
}

function head(section: Section, p: Times): number {
  const i = section.length++;
  reserve(section, section.length);
  section.stream[i] = p.stream;
  section.startLow[i] = Number(p.start & 0xffffffffn);
  section.startHigh[i] = Number(p.start >> 32n);
  section.timeLow[i] = Number(p.time & 0xffffffffn);
  section.timeHigh[i] = Number(p.time >> 32n);
  section.flags[i] = p.flags ?? 0;
  return i;
}

function put(pool: { length: number; data: Float64Array }, values: number[]): void {
  reservePool(pool, pool.length + values.length);
  pool.data.set(values, pool.length);
  pool.length += values.length;
}

/** One request; answers how many were new (0: a retry of the same). */
export async function sendPoints(sql: Sql, receivedAt: Date, points: TestPoint[]): Promise<number> {
  return commitBlocks(sql, receivedAt, [blockOf(points)]);
}
