/**
 * What this process already knows of streams, so that a point costs a comparison of bytes and no string.
 *
 * Resources, scopes, metrics and attribute sets are interned by their raw bytes: found by a hash with a secret
 * seed (HalfSipHash-1-3, as colliding bytes are easy to send) and always compared byte by byte. As senders repeat
 * themselves, each entry remembers which one followed it last time, and mostly no hash is needed at all.
 * A stream is a pair (metric, attribute set). Everything here is a cache of the table `stream`: when it grows past
 * its limit it is emptied and learns anew.
 */
import { randomBytes } from 'node:crypto';
import type { Wire } from './wire';

export type ByteTable = {
  size: number;
  arena: Uint8Array;
  view: DataView;
  used: number;
  offset: Int32Array;
  length: Int32Array;
  parent: Int32Array;
  hash: Int32Array;
  /** the entry that followed this one the last time; `follows[0]` began the last request */
  follows: Int32Array;
  last: number;
  slots: Int32Array;
  k0: number;
  k1: number;
  /** of the last lookup that found nothing */
  missed: number;
};

export function newByteTable(): ByteTable {
  const seed = randomBytes(8);
  const arena = new Uint8Array(1 << 12);
  const entries = () => new Int32Array(64);
  return {
    size: 0,
    arena,
    view: new DataView(arena.buffer),
    used: 0,
    offset: entries(),
    length: entries(),
    parent: entries(),
    hash: entries(),
    follows: entries(),
    last: 0,
    slots: new Int32Array(128),
    k0: seed.readInt32LE(0),
    k1: seed.readInt32LE(4),
    missed: 0,
  };
}

/** The id (from 1) of these bytes under this parent; 0: not known, and `add` may follow. */
export function lookup(t: ByteTable, parent: number, wire: Wire, start: number, end: number): number {
  const guess = t.follows[t.last] as number;
  if (guess !== 0 && same(t, guess, parent, wire, start, end)) {
    t.last = guess;
    return guess;
  }
  const h = halfSip(t.k0, t.k1, parent, wire.view, start, end);
  const mask = t.slots.length - 1;
  for (let slot = h & mask; ; slot = (slot + 1) & mask) {
    const id = t.slots[slot] as number;
    if (id === 0) break;
    if (t.hash[id] === h && same(t, id, parent, wire, start, end)) {
      t.follows[t.last] = id;
      t.last = id;
      return id;
    }
  }
  t.missed = h;
  return 0;
}

/** After a `lookup` of the same bytes that gave 0. */
export function add(t: ByteTable, parent: number, wire: Wire, start: number, end: number): number {
  const id = ++t.size;
  if (id >= t.offset.length) growEntries(t);
  const length = end - start;
  const padded = (length + 3) & ~3;
  if (t.used + padded > t.arena.length) growArena(t, t.used + padded);
  t.arena.set(wire.bytes.subarray(start, end), t.used);
  t.offset[id] = t.used;
  t.length[id] = length;
  t.parent[id] = parent;
  t.hash[id] = t.missed;
  t.used += padded;
  if ((t.size + 1) * 4 > t.slots.length * 3) growSlots(t);
  else place(t, id);
  t.follows[t.last] = id;
  t.last = id;
  return id;
}

function same(t: ByteTable, id: number, parent: number, wire: Wire, start: number, end: number): boolean {
  const length = end - start;
  if (t.length[id] !== length || t.parent[id] !== parent) return false;
  const { view } = wire;
  const mine = t.view;
  let at = start;
  let from = t.offset[id] as number;
  // Eight bytes at a time as doubles. Equal doubles are equal bytes, but for zeros, which have two signs; unequal
  // ones are other bytes, but for NaN.
  for (const stop = end - 7; at < stop; at += 8, from += 8) {
    const mineHere = mine.getFloat64(from, true);
    if (view.getFloat64(at, true) === mineHere && mineHere !== 0) continue;
    if (view.getInt32(at, true) !== mine.getInt32(from, true)) return false;
    if (view.getInt32(at + 4, true) !== mine.getInt32(from + 4, true)) return false;
  }
  for (; at < end; at++, from++) if (view.getUint8(at) !== mine.getUint8(from)) return false;
  return true;
}

function place(t: ByteTable, id: number): void {
  const mask = t.slots.length - 1;
  let slot = (t.hash[id] as number) & mask;
  while (t.slots[slot] !== 0) slot = (slot + 1) & mask;
  t.slots[slot] = id;
}

function growSlots(t: ByteTable): void {
  t.slots = new Int32Array(t.slots.length * 2);
  for (let id = 1; id <= t.size; id++) place(t, id);
}

function growEntries(t: ByteTable): void {
  const grow = (from: Int32Array) => {
    const to = new Int32Array(Math.ceil(from.length * 1.5));
    to.set(from);
    return to;
  };
  t.offset = grow(t.offset);
  t.length = grow(t.length);
  t.parent = grow(t.parent);
  t.hash = grow(t.hash);
  t.follows = grow(t.follows);
}

function growArena(t: ByteTable, need: number): void {
  const arena = new Uint8Array(Math.max(need, Math.ceil(t.arena.length * 1.5)));
  arena.set(t.arena.subarray(0, t.used));
  t.arena = arena;
  t.view = new DataView(arena.buffer);
}

/**
 * HalfSipHash-1-3 over the parent and the bytes.
 * @see https://github.com/veorq/SipHash/blob/master/halfsiphash.c
 */
function halfSip(k0: number, k1: number, parent: number, view: DataView, start: number, end: number): number {
  let v0 = k0;
  let v1 = k1;
  let v2 = k0 ^ 0x6c796765;
  let v3 = k1 ^ 0x74656462;
  let word = parent;
  let at = start;
  const stop = end - 3;
  for (let left = ((end - start) >> 2) + 2; left > 0; left--) {
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
    if (at < stop) {
      word = view.getInt32(at, true);
      at += 4;
    } else {
      word = (end - start) << 24;
      for (let shift = 0; at < end; at++, shift += 8) word |= view.getUint8(at) << shift;
    }
  }
  v2 ^= 0xff;
  for (let round = 0; round < 3; round++) {
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
  }
  return v1 ^ v3;
}

/**
 * (metric, attribute set) → stream id. Rows of four numbers, in the order in which streams were first seen, which is
 * the order in which they come again: metric, set, stream, and the row that followed this one the last time.
 */
export type PairTable = { size: number; last: number; rows: Int32Array; slots: Int32Array; seed: number };

export function newPairTable(): PairTable {
  const seed = randomBytes(4).readInt32LE(0) | 1;
  return { size: 0, last: 0, rows: new Int32Array(256), slots: new Int32Array(128), seed };
}

const mixed = (t: PairTable, metric: number, set: number): number => {
  const m = Math.imul(Math.imul(metric, 0x9e3779b1) ^ set, t.seed);
  return m ^ (m >>> 15);
};

/** The stream's id; 0: not known. */
export function streamOf(t: PairTable, metric: number, set: number): number {
  const { rows, slots } = t;
  const guess = rows[t.last * 4 + 3] as number;
  if (guess !== 0 && rows[guess * 4] === metric && rows[guess * 4 + 1] === set) {
    t.last = guess;
    return rows[guess * 4 + 2] as number;
  }
  const mask = slots.length - 1;
  for (let slot = mixed(t, metric, set) & mask; ; slot = (slot + 1) & mask) {
    const row = slots[slot] as number;
    if (row === 0) return 0;
    if (rows[row * 4] === metric && rows[row * 4 + 1] === set) {
      rows[t.last * 4 + 3] = row;
      t.last = row;
      return rows[row * 4 + 2] as number;
    }
  }
}

export function rememberStream(t: PairTable, metric: number, set: number, stream: number): void {
  if (streamOf(t, metric, set) !== 0) return;
  const row = ++t.size;
  if ((row + 1) * 4 > t.rows.length) {
    const rows = new Int32Array(Math.ceil((row + 1) * 1.5) * 4);
    rows.set(t.rows);
    t.rows = rows;
  }
  t.rows.set([metric, set, stream, 0], row * 4);
  t.rows[t.last * 4 + 3] = row;
  t.last = row;
  if ((row + 1) * 4 > t.slots.length * 3) {
    t.slots = new Int32Array(t.slots.length * 2);
    for (let r = 1; r <= row; r++) placeRow(t, r);
  } else placeRow(t, row);
}

function placeRow(t: PairTable, row: number): void {
  const mask = t.slots.length - 1;
  let slot = mixed(t, t.rows[row * 4] as number, t.rows[row * 4 + 1] as number) & mask;
  while (t.slots[slot] !== 0) slot = (slot + 1) & mask;
  t.slots[slot] = row;
}

export type Known = {
  environments: Map<string, number>;
  resources: ByteTable;
  scopes: ByteTable;
  metrics: ByteTable;
  sets: ByteTable;
  streams: PairTable;
  /** grows when everything is forgotten: ids of an older generation mean nothing */
  generation: number;
  limitBytes: number;
};

export function newKnown(limitBytes = 256 * 1024 * 1024): Known {
  return { ...empty(), generation: 0, limitBytes };
}

const empty = () => ({
  environments: new Map<string, number>(),
  resources: newByteTable(),
  scopes: newByteTable(),
  metrics: newByteTable(),
  sets: newByteTable(),
  streams: newPairTable(),
});

/** Before each request: forgets all when there is too much of it, and expects what began the last request. */
export function beginRequest(known: Known): void {
  if (knownBytes(known) > known.limitBytes) Object.assign(known, empty(), { generation: known.generation + 1 });
  known.resources.last = 0;
  known.scopes.last = 0;
  known.metrics.last = 0;
  known.sets.last = 0;
  known.streams.last = 0;
}

export function knownBytes(known: Known): number {
  const table = (t: ByteTable) => t.used + t.offset.length * 20 + t.slots.length * 4;
  const { resources, scopes, metrics, sets, streams } = known;
  return (
    table(resources) + table(scopes) + table(metrics) + table(sets) + streams.rows.length * 4 + streams.slots.length * 4
  );
}
