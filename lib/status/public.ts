/**
 * What a stranger with the link is given: what was sent for the public, and nothing that is internal.
 *
 * Strangers, and crawlers with them, must not be able to load the database:
 * - each read asks for the link by its hash, one look-up in an index, so revoking holds with the next request; reads of
 *   one link at the same time share one look-up;
 * - what the page says is read once in `freshMs`, however many look; so a new update is seen that much later at most;
 * - a link that this process has not found lately is a guess. Of those each address has some, and all together have
 *   some, for an address is easily made up. Beyond that nobody asks the database, and the answer is `later`: also for
 *   whoever comes with a good link for the first time meanwhile. Who reads a page already is not held up.
 */
import { sha256 } from '@/lib/access/secret';
import type { Db } from '@/lib/db';
import { attempts } from './attempts';
import { type PublicPage, standingWords } from './model';
import { findLinked, type Linked, type PublicRow, selectPublic } from './store';

export type PublicDoor = { read: (secret: string, from: string) => Promise<PublicPage | null | 'later'> };

const most = 50;
const secretPattern = /^[0-9a-z]{40}$/;
export const freshMs = 2_000;
export const guesses = { burst: 20, perSecond: 1 / 3, most: 10_000 };
export const guessesOfAll = { burst: 200, perSecond: 20, most: 1 };
const pagesKept = 500;

type Content = { at: number; rows: Promise<PublicRow[]> };

export function openPublicDoor({ db, now }: { db: Db; now: () => Date }): PublicDoor {
  const asking = new Map<string, Promise<Linked | null>>();
  const contents = new Map<string, Content>();
  const found = new Set<string>();
  const [mine, all] = [attempts(guesses), attempts(guessesOfAll)];

  const linked = (hash: string): Promise<Linked | null> => {
    const asked = asking.get(hash) ?? findLinked(db, hash).finally(() => asking.delete(hash));
    asking.set(hash, asked);
    return asked;
  };
  const updatesOf = (id: string): Promise<PublicRow[]> => {
    const at = now().getTime();
    const kept = contents.get(id);
    if (kept && at - kept.at < freshMs && at >= kept.at) return kept.rows;
    const rows = selectPublic(db, id, most + 1);
    keep(contents, id, { at, rows });
    // What failed is asked again, not remembered.
    rows.catch(() => contents.get(id)?.rows === rows && contents.delete(id));
    return rows;
  };
  return {
    async read(secret, from) {
      if (!secretPattern.test(secret)) return null;
      const hash = sha256(secret).toString('hex');
      // Whoever joins a look-up asks for nothing.
      const guess = !found.has(hash) && !asking.has(hash);
      const at = now().getTime();
      if (guess && !(mine.take(from, at) && all.take('', at))) return 'later';
      const link = await linked(hash);
      found.delete(hash);
      if (!link) return null;
      if (guess) for (const [limit, who] of [[mine, from] as const, [all, ''] as const]) limit.giveBack(who);
      if (found.size >= pagesKept) for (const oldest of found) if (found.delete(oldest)) break;
      found.add(hash);
      return pageOf(link, await updatesOf(link.id));
    },
  };
}

function keep(contents: Map<string, Content>, id: string, content: Content): void {
  contents.delete(id);
  if (contents.size >= pagesKept) for (const oldest of contents.keys()) if (contents.delete(oldest)) break;
  contents.set(id, content);
}

function pageOf(link: Linked, rows: PublicRow[]): PublicPage {
  const updates = rows.slice(0, most);
  const [newest] = updates;
  return {
    title: link.title,
    standing: newest ? standingOf(newest, updates) : null,
    closed: link.closed,
    next: newest?.nextAt && !link.closed ? newest.nextAt.toISOString() : null,
    updates: updates.map(({ publicText, endedAt }) => ({
      at: (endedAt ?? new Date(0)).toISOString(),
      text: publicText,
    })),
    more: rows.length > most,
  };
}

/** Since the first of the updates in a row that say the same. */
function standingOf(newest: PublicRow, updates: PublicRow[]): PublicPage['standing'] {
  const other = updates.findIndex(({ standing }) => standing !== newest.standing);
  const first = updates[(other === -1 ? updates.length : other) - 1];
  const { says, tone } = standingWords[newest.standing];
  return { text: `${says}.`, tone, since: (first?.endedAt ?? new Date(0)).toISOString() };
}
