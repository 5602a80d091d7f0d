/**
 * A report as a mail takes it along: the Markdown of one version, made when the mail is, from that version and the
 * evidence that it was sealed with. What no version holds (actions, answers of reviewers, the seal) is as it stood when
 * it was sent. So it is the same to the byte however often the mail is made, and where a text is not the one that was
 * sent any more there is none.
 */
import { sha256 } from '@/lib/access/secret';
import type { Db, Tx } from '@/lib/db';
import type { Enclose, Enclosed } from '@/lib/notice/mailing';
import type { Recipient } from '@/lib/notice/wants';
import { sees } from '../decide';
import type { Facts } from '../facts';
import type { Document, PostmortemState } from '../model';
import type { CopyContent } from '../sending-model';
import { findEvidence, findPostmortem, findVersion, type PostmortemRow } from '../store';
import { type CopyRow, findCopy } from './copy-store';
import { toMarkdown } from './markdown';
import { reportOf } from './report';

/** Many servers take ten; what is encoded for a mail grows by a third. */
const mostBytes = 5_000_000;

type Refused = Extract<Enclosed, { kind: 'refused' }>;
type Of = { reader: Recipient; leftOut: string | null };

const refused = (why: string): Refused => ({ kind: 'refused', why });
const stateWords: Record<PostmortemState, string> = {
  draft: 'a draft',
  in_review: 'in review',
  published: 'published',
  amended: 'published and amended',
};
export const versionWords = (version: number, state: PostmortemState): string =>
  `version ${version}, ${stateWords[state]}`;
export const hashOf = (text: string): string => sha256(text).toString('hex');

type Found = { kind: 'found'; copy: CopyRow; row: PostmortemRow };

/** For that person as they are now. */
async function seenBy(db: Db | Tx, copyId: string, { id, name, role }: Recipient): Promise<Found | Refused> {
  const copy = await findCopy(db, copyId);
  const row = copy && (await findPostmortem(db, copy.postmortemId));
  if (!copy || !row) return refused('what was sent is not there any more');
  if (!sees({ kind: 'person', id, name, role, environment: null }, row))
    return refused(`may not see it any more: it is for ${row.audience} and above`);
  return { kind: 'found', copy, row };
}

async function made(db: Db, copyId: string, { reader, leftOut }: Of): Promise<Enclosed> {
  const found = await seenBy(db, copyId, reader);
  if (found.kind === 'refused') return found;
  const { copy, row } = found;
  const { content, version, note } = copy;
  const document = (await findVersion(db, row.id, version))?.document ?? '';
  const facts = (await findEvidence(db, row.id, content.evidence))?.facts ?? '';
  if (hashOf(document) !== content.documentHash || hashOf(facts) !== content.evidenceHash)
    return refused(`what is stored of version ${version} is not what was sent`);
  const text = markdownOf(content, { document, facts });
  if (text === null) return refused('its Markdown could not be made');
  const said = note === '' ? [] : [`${copy.by} writes:`, ...note.split('\n')];
  const bytes = Buffer.byteLength(text);
  const size = `${(bytes / 1e6).toFixed(1)} MB`;
  if (bytes > mostBytes) {
    const why = `It is too large to go along (${size})`;
    return { kind: 'link', why, lines: [...said, `${why}: read it in Belay.`] };
  }
  if (leftOut !== null) return { kind: 'link', why: leftOut, lines: [...said, notTaken(leftOut), 'Read it in Belay.'] };
  const file = fileOf(row.id, version);
  return {
    kind: 'file',
    file: { file, type: 'text/markdown; charset=utf-8; variant=GFM', text },
    lines: [...said, `${file} holds ${versionWords(version, content.view.state)}, with its data and every source.`],
  };
}

const notTaken = (why: string): string => `The report does not go along, for it would make the mail too large: ${why}.`;

export const enclosed: Enclose = {
  make: made,
  refusal: async (db, copyId, reader) => {
    const found = await seenBy(db, copyId, reader);
    return found.kind === 'refused' ? found.why : null;
  },
};

/** In UTC, for nobody knows where it is read. Null where it cannot be made: what waits behind it is not to wait for ever. */
function markdownOf(content: CopyContent, texts: { document: string; facts: string }): string | null {
  try {
    const document = JSON.parse(texts.document) as Document;
    const facts = JSON.parse(texts.facts) as Facts;
    const view = { ...content.view, document, comments: [], related: [] };
    return toMarkdown(reportOf(view, facts), { zone: 'UTC', base: content.base });
  } catch {
    return null;
  }
}

const fileOf = (id: string, version: number): string => `postmortem-${id.replace(/[^\w-]/g, '')}-v${version}.md`;
