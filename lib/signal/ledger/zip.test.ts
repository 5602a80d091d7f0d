import { deflateRawSync, gunzipSync, gzipSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deflateRawEngine, gunzipInto, inflateRawInto } from './zip';

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 5_000 }),
  fc.array(fc.constantFrom(0, 1, 65), { maxLength: 20_000 }).map((a) => Uint8Array.from(a)),
);
const options = { level: 3, windowBits: 15, memLevel: 9 };
const deflate = deflateRawEngine(options);

it('gives what zlib gives, however often', () => {
  fc.assert(
    fc.property(bytes, (data) => {
      const out = Buffer.alloc(data.length + 1_000);
      const written = (length: number) => Buffer.from(out.subarray(0, length));
      expect(written(gunzipInto(gzipSync(data), out))).toEqual(Buffer.from(data));
      expect(written(inflateRawInto(deflateRawSync(data), out))).toEqual(Buffer.from(data));
      expect(inflateRawSync(written(deflate(data, out)))).toEqual(Buffer.from(data));
    }),
  );
});

it('refuses what is cut short, changed or longer than its room, and is good for the next input', () => {
  const data = Buffer.from(Array.from({ length: 3_000 }, (_, i) => (i * i) % 251));
  const packed = gzipSync(data);
  const out = Buffer.alloc(4_000);
  const refused = [
    packed.subarray(0, packed.length - 9),
    packed.subarray(0, 12),
    Buffer.concat([packed, Buffer.from('more')]),
    Buffer.from(packed).fill(7, 40, 60),
    Buffer.from('not gzip at all, but long enough'),
  ];
  for (const input of refused) {
    expect(gunzipInto(input, out)).toBe(-1);
    expect(() => gunzipSync(input)).toThrow();
    expect(gunzipInto(packed, out)).toBe(data.length);
  }
  expect(gunzipInto(packed, out.subarray(0, data.length))).toBe(-1);
  expect(gunzipInto(packed, out.subarray(0, data.length + 1))).toBe(data.length);
  expect(gunzipInto(Buffer.concat([packed, packed]), Buffer.alloc(7_000))).toBe(2 * data.length);
});
