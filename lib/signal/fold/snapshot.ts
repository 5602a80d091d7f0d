/**
 * The fold's memory as bytes: a length, a JSON head, then the columns of all streams and their records one
 * after the other. Deflated in parts, so that no single row is large.
 */
import { promisify } from 'node:util';
import { deflateRaw, inflateRawSync } from 'node:zlib';
import { type Memory, openMemory, ownRecord, reserveMemory, type Sequence } from './memory';

const deflate = promisify(deflateRaw);
const version = 1;
const partBytes = 4 * 1024 * 1024;

type Head = {
  version: number;
  origin: [number, number];
  streams: number;
  bounds: number[][];
  others: Array<[number, Omit<Sequence, 'record'> & { record: number[] | null }]>;
};

/** A consistent copy; the memory may go on while it is deflated. */
export function snapshotOf(m: Memory): Buffer {
  let streams = m.capacity;
  while (streams > 0 && m.seen[streams - 1] === 0) streams--;
  const head: Head = {
    version,
    origin: [m.originHigh, m.originLow],
    streams,
    bounds: m.bounds.map((b) => Array.from(b)),
    others: [...m.others].map(([s, o]) => [s, { ...o, record: o.record && Array.from(o.record) }]),
  };
  let size = 0;
  for (let s = 0; s < streams; s++) if ((m.record[s] as number) >= 0) size += m.recordSize[s] as number;
  const records = new Float64Array(size);
  const sizes = new Int32Array(streams).fill(-1);
  for (let s = 0, at = 0; s < streams; s++) {
    const from = m.record[s] as number;
    if (from < 0) continue;
    const length = m.recordSize[s] as number;
    sizes[s] = length;
    records.set(m.heap.data.subarray(from, from + length), at);
    at += length;
  }
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return Buffer.concat([length, json, ...columnsOf(m, streams).map(bytesOf), bytesOf(sizes), bytesOf(records)]);
}

type Column = Uint8Array | Uint32Array | Int32Array | Float64Array;
const bytesOf = (a: Column) => Buffer.from(a.buffer, a.byteOffset, a.byteLength);
const columnsOf = (m: Memory, streams: number): Column[] =>
  [m.seen, m.startHigh, m.startLow, m.timeHigh, m.timeLow, m.value, m.sum, m.grid].map((c) => c.subarray(0, streams));

export async function deflateParts(snapshot: Buffer): Promise<Buffer[]> {
  const parts: Buffer[] = [];
  for (let at = 0; at < snapshot.length; at += partBytes)
    parts.push(await deflate(snapshot.subarray(at, at + partBytes), { level: 1 }));
  return parts;
}

export function restoreMemory(parts: Buffer[]): Memory {
  const bytes = Buffer.concat(parts.map((p) => inflateRawSync(p)));
  const jsonEnd = 4 + bytes.readUInt32LE(0);
  const head = JSON.parse(bytes.toString('utf8', 4, jsonEnd)) as Head;
  if (head.version !== version) throw new Error(`checkpoints of version ${head.version} are not known here`);
  const m = openMemory(0);
  [m.originHigh, m.originLow] = head.origin;
  m.bounds = head.bounds.map((b) => Float64Array.from(b));
  m.bounds.forEach((b, i) => {
    m.boundsIds.set(b.join(), i + 1);
  });
  for (const [s, o] of head.others) m.others.set(s, { ...o, record: o.record && Float64Array.from(o.record) });
  if (head.streams === 0) return m;
  reserveMemory(m, head.streams - 1);
  let at = jsonEnd;
  const take = (column: Column) => {
    bytes.copy(bytesOf(column), 0, at, at + column.byteLength);
    at += column.byteLength;
  };
  for (const column of columnsOf(m, head.streams)) take(column);
  const sizes = new Int32Array(head.streams);
  take(sizes);
  for (let s = 0; s < head.streams; s++) {
    const size = sizes[s] as number;
    if (size < 0) continue;
    const record = ownRecord(m, s, size);
    take(m.heap.data.subarray(record, record + size));
  }
  return m;
}
