/** Writing protobuf by hand: what JSON requests become, our answers, and the load that the bench sends. */

export type ProtoWriter = { bytes: Buffer; at: number };

export function newProtoWriter(size = 1 << 12): ProtoWriter {
  return { bytes: Buffer.allocUnsafe(size), at: 0 };
}

export const written = (w: ProtoWriter): Buffer => Buffer.from(w.bytes.subarray(0, w.at));

function room(w: ProtoWriter, size: number): void {
  if (w.at + size <= w.bytes.length) return;
  const bytes = Buffer.allocUnsafe(Math.max(w.bytes.length * 2, w.at + size));
  w.bytes.copy(bytes, 0, 0, w.at);
  w.bytes = bytes;
}

export function writeVarint(w: ProtoWriter, value: number | bigint): void {
  room(w, 10);
  if (typeof value === 'bigint') {
    let rest = BigInt.asUintN(64, value);
    for (; rest > 127n; rest >>= 7n) w.bytes[w.at++] = Number(rest & 127n) | 128;
    w.bytes[w.at++] = Number(rest);
    return;
  }
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) w.bytes[w.at++] = (rest % 128) | 128;
  w.bytes[w.at++] = rest;
}

export function writeVarintField(w: ProtoWriter, field: number, value: number | bigint): void {
  writeVarint(w, field * 8);
  writeVarint(w, value);
}

export function writeSint32Field(w: ProtoWriter, field: number, value: number): void {
  writeVarintField(w, field, value < 0 ? -2 * value - 1 : 2 * value);
}

export function writeFixed64(w: ProtoWriter, value: bigint): void {
  room(w, 8);
  w.at = w.bytes.writeBigUInt64LE(BigInt.asUintN(64, value), w.at);
}

export function writeFixed64Field(w: ProtoWriter, field: number, value: bigint): void {
  writeVarint(w, field * 8 + 1);
  writeFixed64(w, value);
}

export function writeDouble(w: ProtoWriter, value: number): void {
  room(w, 8);
  w.at = w.bytes.writeDoubleLE(value, w.at);
}

export function writeDoubleField(w: ProtoWriter, field: number, value: number): void {
  writeVarint(w, field * 8 + 1);
  writeDouble(w, value);
}

export function writeBytesField(w: ProtoWriter, field: number, value: Uint8Array): void {
  writeVarint(w, field * 8 + 2);
  writeVarint(w, value.length);
  room(w, value.length);
  w.bytes.set(value, w.at);
  w.at += value.length;
}

export function writeTextField(w: ProtoWriter, field: number, value: string): void {
  const length = Buffer.byteLength(value);
  writeVarint(w, field * 8 + 2);
  writeVarint(w, length);
  room(w, length);
  w.bytes.write(value, w.at);
  w.at += length;
}

/** Writes a message of which only its content knows the length: the content moves up if that needs the room. */
export function writeMessage(w: ProtoWriter, field: number, content: () => void): void {
  writeVarint(w, field * 8 + 2);
  room(w, 1);
  const start = ++w.at;
  content();
  const length = w.at - start;
  const extra = length < 1 << 7 ? 0 : length < 1 << 14 ? 1 : length < 1 << 21 ? 2 : length < 1 << 28 ? 3 : 4;
  room(w, extra);
  if (extra > 0) w.bytes.copyWithin(start + extra, start, w.at);
  w.at = start - 1;
  writeVarint(w, length);
  w.at += length;
}
