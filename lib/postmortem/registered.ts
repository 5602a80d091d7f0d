/**
 * Whether the columns beside a report's words are what the history tells. Pure.
 *
 * No version covers what a report is about, whom it is for and when it was published: lists, filters and rights read
 * these from the row. What it is about is told by the event that opened it; for whom, by every event that changed that,
 * also after publishing; and each sealing event repeats all of them. The chain of the history covers those events.
 */
import type { Register } from './model';
import { recordedAs, type SealingEvent, sealedText } from './seal';

export type RegisteredRow = {
  id: string;
  subjectKind: string;
  subjectId: string | null;
  feature: string;
  environment: string;
  rolloutId: string | null;
  audience: Register['audience'];
  createdAt: Date;
  createdBy: string;
  fromAt: Date;
  toAt: Date;
  publishedAt: Date | null;
};

/** What a sealing event repeats of the row. */
export const registerOf = (row: RegisteredRow): Register => ({
  audience: row.audience,
  from: row.fromAt.toISOString(),
  to: row.toAt.toISOString(),
  publishedAt: row.publishedAt?.toISOString() ?? null,
});

/** The first column that is not as the history tells; null: all of them are. */
export function registerFault(row: RegisteredRow, events: readonly SealingEvent[]): string | null {
  const own = events.filter(({ data }) => data.postmortemId === row.id).sort((a, b) => a.seq - b.seq);
  const forged = own.find((event) => !recordedAs(event));
  if (forged) return `event ${forged.seq} of the history is not what was recorded`;
  const opened = own.find(({ kind }) => kind === 'postmortem.opened');
  if (!opened) return 'the event that tells of its opening is missing';
  return openingFault(row, opened) ?? audienceFault(row, own) ?? publishingFault(row, own);
}

const differs = (what: string, shown: unknown, told: unknown, seq: number): string | null =>
  sealedText(shown) === sealedText(told)
    ? null
    : `its ${what} is ${shown ?? 'none'}, and event ${seq} of the history tells ${told ?? 'none'}`;

function openingFault(row: RegisteredRow, { seq, at, actor, data, feature, environment, rolloutId }: SealingEvent) {
  const subject = (data.subject ?? {}) as { kind?: string; id?: string | null };
  return (
    differs('feature', row.feature, feature, seq) ??
    differs('environment', row.environment, environment, seq) ??
    differs('rollout', row.rolloutId, rolloutId, seq) ??
    differs('subject', `${row.subjectKind} ${row.subjectId}`, `${subject.kind} ${subject.id}`, seq) ??
    differs('author', row.createdBy, actor.name, seq) ??
    differs('time of opening', row.createdAt.toISOString(), at, seq)
  );
}

/** Whom it is for by the newest event that says so; one that begins elsewhere than the one before it ended is a gap. */
function audienceFault(row: RegisteredRow, events: readonly SealingEvent[]): string | null {
  let told: { audience: string; seq: number } = { audience: 'viewer', seq: events[0]?.seq ?? 0 };
  for (const { seq, data } of events) {
    const change = data.audience as { from: string; to: string } | undefined;
    const sealed = registerIn(data);
    const begins = change?.from ?? sealed?.audience;
    if (begins === undefined) continue;
    if (begins !== told.audience) return `event ${seq} of the history tells of another audience than the one before it`;
    told = { audience: change?.to ?? told.audience, seq };
  }
  return differs('audience', row.audience, told.audience, told.seq);
}

function publishingFault(row: RegisteredRow, events: readonly SealingEvent[]): string | null {
  const sealing = events.filter(({ kind }) => kind === 'postmortem.published' || kind === 'postmortem.amended');
  const newest = sealing.at(-1);
  if (!newest)
    return row.publishedAt === null ? null : 'it is shown as published, and the history tells of no publishing';
  const told = registerIn(newest.data);
  // An event of before this was repeated says when by its own time alone.
  if (!told) return null;
  const shown = registerOf(row);
  return (
    differs('time of publishing', shown.publishedAt, told.publishedAt, newest.seq) ??
    differs('beginning', shown.from, told.from, newest.seq) ??
    differs('end', shown.to, told.to, newest.seq)
  );
}

const registerIn = (data: Record<string, unknown>): Register | null => (data.register as Register | undefined) ?? null;
