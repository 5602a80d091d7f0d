import fc from 'fast-check';
import { expect, test } from 'vitest';
import { add, lookup, newByteTable, newPairTable, rememberStream, streamOf } from './known';
import { newWire } from './wire';

/** Bytes that as doubles are zeros of both signs, infinities and NaN: what comparing numbers would confuse. */
const bytes = fc
  .array(fc.constantFrom(0x00, 0x80, 0x7f, 0xff, 0xf0, 0xf8, 0x01), { maxLength: 20 })
  .map((b) => Buffer.from(b));

test('other bytes have another id, the same bytes the same, whatever was expected next', () => {
  const table = newByteTable();
  const ids = new Map<string, number>();
  fc.assert(
    fc.property(bytes, fc.nat({ max: 2 }), fc.nat({ max: 9 }), (given, parent, lead) => {
      // somewhere in a larger body, at any alignment
      const wire = newWire(Buffer.concat([Buffer.alloc(lead, 7), given, Buffer.alloc(3, 9)]));
      const key = `${parent} ${given.toString('hex')}`;
      const found = lookup(table, parent, wire, lead, lead + given.length);
      expect(found).toBe(ids.get(key) ?? 0);
      if (found === 0) ids.set(key, add(table, parent, wire, lead, lead + given.length));
    }),
    { numRuns: 20_000 },
  );
  const zero = newWire(Buffer.from('0000000000000000', 'hex'));
  const minusZero = newWire(Buffer.from('0000000000000080', 'hex'));
  const fresh = newByteTable();
  lookup(fresh, 0, zero, 0, 8);
  add(fresh, 0, zero, 0, 8);
  fresh.last = 0;
  expect(lookup(fresh, 0, minusZero, 0, 8)).toBe(0);
  fresh.last = 0;
  expect(lookup(fresh, 0, zero, 0, 8)).toBe(1);
});

test('a pair is its stream, however many there are and in whatever order they come', () => {
  const table = newPairTable();
  const streams = new Map<string, number>();
  const pair = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }));
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 50 }), (pairs) => {
      table.last = 0;
      for (const [metric, set] of pairs) {
        const known = streams.get(`${metric} ${set}`) ?? 0;
        expect(streamOf(table, metric, set)).toBe(known);
        if (known !== 0) continue;
        streams.set(`${metric} ${set}`, streams.size + 1);
        rememberStream(table, metric, set, streams.size);
      }
    }),
    { numRuns: 300 },
  );
});
