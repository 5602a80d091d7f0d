/** What a stranger with the link is given: what was sent for the public, in one look-up, and nothing that is internal. */
import { sha256 } from '@/lib/access/secret';
import type { Db } from '@/lib/db';
import { type PublicPage, standingWords } from './model';
import { findPublic, type PublicRow } from './store';

const most = 50;
const secretPattern = /^[0-9a-z]{40}$/;

/**
 * Null: there is no such link, or no more. The look-up goes by the hash, so how long it takes tells nothing of any
 * secret, and a revoked one is an unknown one. Nothing is cached: revoking holds with the next request.
 */
export async function publicPage(db: Db, secret: string): Promise<PublicPage | null> {
  if (!secretPattern.test(secret)) return null;
  const found = await findPublic(db, sha256(secret).toString('hex'), most + 1);
  if (!found) return null;
  const updates = found.updates.slice(0, most);
  const [newest] = updates;
  const next = newest?.nextAt && !found.closed ? newest.nextAt.toISOString() : null;
  return {
    title: found.title,
    standing: newest ? standingOf(newest, updates) : null,
    closed: found.closed,
    next,
    updates: updates.map(({ publicText, endedAt }) => ({
      at: (endedAt ?? new Date(0)).toISOString(),
      text: publicText,
    })),
    more: found.updates.length > most,
  };
}

/** Since the first of the updates in a row that say the same. */
function standingOf(newest: PublicRow, updates: PublicRow[]): PublicPage['standing'] {
  const other = updates.findIndex(({ standing }) => standing !== newest.standing);
  const first = updates[(other === -1 ? updates.length : other) - 1];
  const { says, tone } = standingWords[newest.standing];
  return { text: `${says}.`, tone, since: (first?.endedAt ?? new Date(0)).toISOString() };
}
