/** The hash of one entry of the history: SHA-256(previous hash ‖ canonical JSON). Pure. */
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical';
import type { EventView } from './model';

export type Entry = Omit<EventView, 'hash'>;

export function chainHash(previous: Buffer, entry: Entry): Buffer {
  return createHash('sha256').update(previous).update(canonicalJson(entry)).digest();
}
