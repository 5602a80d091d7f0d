import { describe, expect, test } from 'vitest';
import { chainHash } from '@/lib/event/chain';
import type { Document } from './model';
import {
  checkSeal,
  type EvidenceRow,
  evidenceHash,
  type Head,
  type SealingEvent,
  sealedText,
  type VersionRow,
  versionHash,
} from './seal';

const facts = ['{"n":1}', '{"n":2}'];
const evidence: EvidenceRow[] = facts.map((text, i) => ({ number: i + 1, facts: text, hash: evidenceHash(text) }));
const documentOf = (title: string, number: number): Document =>
  ({ title, draft: { evidence: { number, hash: evidence[number - 1]?.hash } }, written: {} }) as unknown as Document;

/** Drafted twice, then published. */
function sealed(): { head: Head; evidence: EvidenceRow[]; versions: VersionRow[]; events: SealingEvent[] } {
  const states = ['draft', 'draft', 'published'] as const;
  const documents = [documentOf('One', 1), documentOf('Two', 2), documentOf('Three', 2)];
  const versions: VersionRow[] = [];
  for (const [i, state] of states.entries()) {
    const document = sealedText(documents[i]);
    const from = evidence[Math.min(i, 1)] as EvidenceRow;
    const number = i + 1;
    const previousHash = versions.at(-1)?.hash ?? null;
    const hash = versionHash({ number, state, document, evidenceHash: from.hash, previousHash });
    versions.push({ number, state, document, evidence: from.number, hash, eventSeq: state === 'published' ? 9 : null });
  }
  const entry = {
    seq: 9,
    at: '2026-11-22T12:00:00.000Z',
    kind: 'postmortem.published' as const,
    actor: { kind: 'person', id: 'p', name: 'Ada' },
    reason: 'Published',
    environment: 'production',
    feature: 'checkout',
    rolloutId: null,
    data: { postmortemId: 'pm_1', version: 3, hash: versions[2]?.hash, evidenceHash: evidence[1]?.hash },
  };
  const previousHash = '00'.repeat(32);
  const hash = chainHash(Buffer.from(previousHash, 'hex'), entry).toString('hex');
  const head: Head = { id: 'pm_1', state: 'published', document: documents[2] as Document };
  return { head, evidence: structuredClone(evidence), versions, events: [{ ...entry, previousHash, hash }] };
}
type Sealed = ReturnType<typeof sealed>;
const check = ({ events, ...rows }: Sealed) => checkSeal(rows, events);

test('what nobody touched is intact, in whatever order the rows come', () => {
  const whole = sealed();
  expect(check(whole)).toEqual({
    state: 'intact',
    detail: '3 versions and 2 pieces of evidence are what was sealed, 1 of them repeated in the history',
  });
  expect(
    check({ ...whole, versions: [...whole.versions].reverse(), evidence: [...whole.evidence].reverse() }).state,
  ).toBe('intact');
  // The history tells of other reports too.
  const other = { ...(whole.events[0] as SealingEvent), seq: 10, data: { postmortemId: 'pm_2', version: 7 } };
  expect(check({ ...whole, events: [...whole.events, other] }).state).toBe('intact');
});

test('what was never saved is unsealed, unless the history says otherwise', () => {
  const { events } = sealed();
  const head: Head = { id: 'pm_1', state: 'draft', document: null };
  expect(checkSeal({ head, evidence: [], versions: [] }, [])).toMatchObject({ state: 'unsealed' });
  expect(checkSeal({ head, evidence: [], versions: [] }, events)).toMatchObject({
    state: 'broken',
    detail: expect.stringContaining('tells of version 3, and there is none'),
  });
});

const set = <T extends object>(of: T | undefined, to: Partial<T>) => void (of && Object.assign(of, to));

/** One piece at a time; whoever changes it may also compute the hashes again that are in reach. */
const tampered: Array<[what: string, with_: (s: Sealed) => void, named: RegExp]> = [
  ['facts', ({ evidence: [, e] }) => set(e, { facts: '{"n":3}' }), /^evidence 2 is not what was sealed$/],
  [
    'facts and their hash',
    ({ evidence: [, e] }) => {
      if (!e) return;
      e.facts = '{"n":3}';
      e.hash = evidenceHash(e.facts);
    },
    /^version 2 is not what was sealed/,
  ],
  ['a piece of evidence is gone', (s) => s.evidence.shift(), /^evidence 1 is missing$/],
  [
    'the last piece of evidence is gone',
    (s) => s.evidence.pop(),
    /^version 2 was drafted from evidence 2, which is missing$/,
  ],
  [
    'an earlier document',
    ({ versions: [v] }) => set(v, { document: v?.document.replace('One', 'Won') ?? '' }),
    /^version 1 is not/,
  ],
  ['the state of a version', ({ versions: [, v] }) => set(v, { state: 'in_review' }), /^version 2 is not/],
  ['which evidence it was drafted from', ({ versions: [, v] }) => set(v, { evidence: 1 }), /^version 2 is not/],
  ['a version is gone', (s) => s.versions.splice(1, 1), /^version 2 is missing$/],
  ['the published version is gone', (s) => s.versions.pop(), /^what is shown is not version 2$/],
  [
    'the published version is gone, and what is shown is the one before it',
    (s) => {
      s.versions.pop();
      s.head = { ...s.head, state: 'draft', document: documentOf('Two', 2) };
    },
    /^version 3 is missing, which event 9 tells of$/,
  ],
  [
    'the order of versions',
    ({ versions: [a, b] }) => {
      if (a && b) [a.number, b.number] = [b.number, a.number];
    },
    /^version 1 is not what was sealed, or not in its place$/,
  ],
  [
    'what is shown',
    (s) => set(s, { head: { ...s.head, document: documentOf('Free', 2) } }),
    /^what is shown is not version 3$/,
  ],
  ['the state that is shown', (s) => set(s, { head: { ...s.head, state: 'draft' } }), /^it is shown as draft/],
  [
    'everything but the history',
    (s) => {
      const [, before, last] = s.versions;
      if (!before || !last) return;
      s.head = { ...s.head, document: documentOf('Free', 2) };
      last.document = sealedText(s.head.document);
      const { number, state, document } = last;
      const evidenceOf = (s.evidence[1] as EvidenceRow).hash;
      last.hash = versionHash({ number, state, document, evidenceHash: evidenceOf, previousHash: before.hash });
    },
    /^version 3 is not the one that event 9 tells of$/,
  ],
  [
    'the event',
    ({ events: [e] }) => set(e, { data: { ...e?.data, version: 2 } }),
    /^event 9 of the history is not what was recorded$/,
  ],
  ['when it was published', ({ events: [e] }) => set(e, { at: '2026-11-22T12:00:01.000Z' }), /^event 9 of the history/],
  ['the event is gone', (s) => s.events.pop(), /^event 9, which version 3 names, is missing$/],
  [
    'the version names no event',
    ({ versions: [, , v] }) => set(v, { eventSeq: null }),
    /^version 3 does not name event 9$/,
  ],
];

describe('what was tampered with is named', () => {
  test.each(tampered)('%s', (_what, change, named) => {
    const s = sealed();
    change(s);
    const { state, detail } = check(s);
    expect([state, detail]).toEqual(['broken', expect.stringMatching(named)]);
  });
});
