/** Writing down evidence and versions: each once, numbered without a gap, in the transaction of its change. */
import { desc, eq } from 'drizzle-orm';
import { postmortemEvidence, postmortemVersion } from '@/drizzle/schema/postmortem';
import type { Tx } from '@/lib/db';
import type { Facts } from './facts';
import type { Document, PostmortemState } from './model';
import { evidenceHash, sealedText, versionHash } from './seal';

export type KeptEvidence = { number: number; hash: string };

/** The newest, whole. */
export async function newestEvidence(
  tx: Tx,
  postmortemId: string,
): Promise<(KeptEvidence & { facts: string }) | undefined> {
  const { number, hash, facts } = postmortemEvidence;
  const [row] = await tx
    .select({ number, hash, facts })
    .from(postmortemEvidence)
    .where(eq(postmortemEvidence.postmortemId, postmortemId))
    .orderBy(desc(postmortemEvidence.number))
    .limit(1);
  return row;
}

export async function insertEvidence(
  tx: Tx,
  of: { postmortemId: string; facts: Facts; number: number },
): Promise<KeptEvidence> {
  const { postmortemId, number } = of;
  const facts = sealedText(of.facts);
  const hash = evidenceHash(facts);
  await tx
    .insert(postmortemEvidence)
    .values({ postmortemId, number, facts, hash, takenAt: new Date(of.facts.takenAt) });
  return { number, hash };
}

export type NewVersion = {
  postmortemId: string;
  state: PostmortemState;
  document: Document;
  note: string;
  by: string;
  at: Date;
};

/**
 * The caller holds the row of the report, so that numbers have no gap. An event that repeats the hash needs it before
 * the version is written, for a version is never changed: `tell` records it and answers its number in the history.
 */
export async function insertVersion(
  tx: Tx,
  of: NewVersion,
  tell?: (sealed: { number: number; hash: string; evidenceHash: string }) => Promise<number | null>,
): Promise<{ number: number; hash: string }> {
  const [before] = await tx
    .select({ number: postmortemVersion.number, hash: postmortemVersion.hash })
    .from(postmortemVersion)
    .where(eq(postmortemVersion.postmortemId, of.postmortemId))
    .orderBy(desc(postmortemVersion.number))
    .limit(1);
  const number = (before?.number ?? 0) + 1;
  const document = sealedText(of.document);
  const { evidence } = of.document.draft;
  const hash = versionHash({
    number,
    state: of.state,
    document,
    evidenceHash: evidence.hash,
    previousHash: before?.hash ?? null,
  });
  const eventSeq = (await tell?.({ number, hash, evidenceHash: evidence.hash })) ?? null;
  await tx.insert(postmortemVersion).values({
    postmortemId: of.postmortemId,
    number,
    state: of.state,
    document,
    evidence: evidence.number,
    hash,
    note: of.note,
    madeBy: of.by,
    madeAt: of.at,
    eventSeq,
  });
  return { number, hash };
}
