/**
 * Whether a report is still what was sealed. Pure.
 *
 * The evidence is hashed as the text that is kept. The hash of a version covers its words, the hash of its evidence and
 * the hash of the version before it. Where it was published an event of the history repeats both hashes, and the chain
 * of the history covers that event: to change a published report unseen, one had to change all of them.
 */
import { createHash } from 'node:crypto';
import { canonicalJson, storable } from '@/lib/event/canonical';
import { chainHash, type Entry } from '@/lib/event/chain';
import type { Document, PostmortemState } from './model';

export type EvidenceRow = { number: number; facts: string; hash: string };
/** Facts may be long: `computed` is their hash by whoever holds them. */
type HashedEvidence = { number: number; computed: string; hash: string };
type Evidence = EvidenceRow | HashedEvidence;
export type VersionRow = {
  number: number;
  state: PostmortemState;
  document: string;
  evidence: number;
  hash: string;
  eventSeq: number | null;
};
/** An entry of the history with what it was chained to. */
export type SealingEvent = Entry & { previousHash: string; hash: string };
/** The report as it stands now; it must be what its newest version says. */
export type Head = { id: string; state: PostmortemState; document: Document | null };
export type SealCheck = { state: 'intact' | 'broken' | 'unsealed'; detail: string };

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** One text for one value, such as the database gives back. */
export const sealedText = (value: unknown): string => canonicalJson(storable(value));
export const evidenceHash = (facts: string): string => sha256(facts);
export function versionHash(of: {
  number: number;
  state: PostmortemState;
  /** canonical JSON of `Document` */
  document: string;
  evidenceHash: string;
  previousHash: string | null;
}): string {
  return sha256(canonicalJson(of));
}

/** Whether an event is still what its own hash was made of. */
export function recordedAs({ previousHash, hash, ...entry }: SealingEvent): boolean {
  return chainHash(Buffer.from(previousHash, 'hex'), entry).toString('hex') === hash;
}

/** Names the first thing that is not as it was sealed. */
export function checkSeal(
  rows: { head: Head; evidence: readonly Evidence[]; versions: readonly VersionRow[] },
  events: readonly SealingEvent[],
): SealCheck {
  const versions = [...rows.versions].sort((a, b) => a.number - b.number);
  if (versions.length === 0) {
    const told = events.find((event) => sealing(event, rows.head.id));
    return told
      ? broken(`event ${told.seq} tells of version ${told.data.version}, and there is none`)
      : { state: 'unsealed', detail: 'Nothing of it has been saved yet' };
  }
  const why =
    evidenceFault(rows.evidence) ??
    versionFault(versions, rows.evidence) ??
    headFault(rows.head, versions) ??
    eventFault(rows.head.id, versions, rows.evidence, events);
  if (why) return broken(why);
  const published = versions.filter(({ eventSeq }) => eventSeq !== null).length;
  const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
  return {
    state: 'intact',
    detail: `${count(versions.length, 'version')} and ${count(rows.evidence.length, 'piece')} of evidence are what was sealed${
      published === 0 ? '' : `, ${published} of them repeated in the history`
    }`,
  };
}

const broken = (detail: string): SealCheck => ({ state: 'broken', detail });
const sealing = ({ kind, data }: SealingEvent, id: string): boolean =>
  (kind === 'postmortem.published' || kind === 'postmortem.amended') && data.postmortemId === id;

function evidenceFault(evidence: readonly Evidence[]): string | null {
  const rows = [...evidence].sort((a, b) => a.number - b.number);
  for (const [i, row] of rows.entries()) {
    if (row.number !== i + 1) return `evidence ${i + 1} is missing`;
    const computed = 'computed' in row ? row.computed : evidenceHash(row.facts);
    if (computed !== row.hash) return `evidence ${row.number} is not what was sealed`;
  }
  return null;
}

function versionFault(versions: readonly VersionRow[], evidence: readonly Evidence[]): string | null {
  let previousHash: string | null = null;
  for (const [i, { number, state, document, hash, ...row }] of versions.entries()) {
    if (number !== i + 1) return `version ${i + 1} is missing`;
    const from = evidence.find((e) => e.number === row.evidence);
    if (!from) return `version ${number} was drafted from evidence ${row.evidence}, which is missing`;
    if (versionHash({ number, state, document, evidenceHash: from.hash, previousHash }) !== hash)
      return `version ${number} is not what was sealed, or not in its place`;
    previousHash = hash;
  }
  return null;
}

function headFault(head: Head, versions: readonly VersionRow[]): string | null {
  const newest = versions.at(-1);
  if (!newest) return null;
  if (head.document === null || sealedText(head.document) !== newest.document)
    return `what is shown is not version ${newest.number}`;
  return head.state === newest.state
    ? null
    : `it is shown as ${head.state}, and version ${newest.number} is ${newest.state}`;
}

function eventFault(
  id: string,
  versions: readonly VersionRow[],
  evidence: readonly Evidence[],
  events: readonly SealingEvent[],
): string | null {
  for (const event of events) {
    if (!sealing(event, id)) continue;
    if (!recordedAs(event)) return `event ${event.seq} of the history is not what was recorded`;
    const version = versions.find(({ number }) => number === event.data.version);
    if (!version) return `version ${event.data.version} is missing, which event ${event.seq} tells of`;
    if (version.hash !== event.data.hash)
      return `version ${version.number} is not the one that event ${event.seq} tells of`;
    if (evidence.find(({ number }) => number === version.evidence)?.hash !== event.data.evidenceHash)
      return `evidence ${version.evidence} is not the one that event ${event.seq} tells of`;
    if (version.eventSeq !== event.seq) return `version ${version.number} does not name event ${event.seq}`;
  }
  for (const { number, eventSeq } of versions)
    if (eventSeq !== null && !events.some((event) => event.seq === eventSeq && sealing(event, id)))
      return `event ${eventSeq}, which version ${number} names, is missing`;
  return null;
}
