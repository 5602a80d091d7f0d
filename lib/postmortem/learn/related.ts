/** Earlier reports that may help with this one, each with why. */
import { and, desc, eq, ne, or, type SQL, sql } from 'drizzle-orm';
import { postmortem } from '@/drizzle/schema/postmortem';
import type { Db, Tx } from '@/lib/db';
import type { RelatedView } from '../model';
import { type Eyes, type PostmortemRow, seenBy } from '../store';

const most = 6;
const lookedAt = 200;

type Own = Pick<PostmortemRow, 'id' | 'feature' | 'traits'>;
export type Other = Own & { title: string; createdAt: Date };

export async function relatedTo(db: Db | Tx, own: Own, eyes: Eyes): Promise<RelatedView[]> {
  const { id, title, feature, traits, createdAt } = postmortem;
  const shares = own.traits.length === 0 ? undefined : sql`${traits} ?| ${sql.param(own.traits)}::text[]`;
  const others = await db
    .select({ id, title, feature, traits, createdAt })
    .from(postmortem)
    .where(and(seenBy(eyes), ne(id, own.id), or(eq(feature, own.feature), shares as SQL | undefined)))
    .orderBy(desc(createdAt))
    .limit(lookedAt);
  return related(own, others);
}

/** A shared cause says most, then a criterion, then the feature; of equals the newest. Pure. */
export function related(own: Own, others: readonly Other[]): RelatedView[] {
  return others
    .map((other) => ({ other, ...sharedBy(own, other) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || b.other.createdAt.getTime() - a.other.createdAt.getTime())
    .slice(0, most)
    .map(({ other, why }) => ({ id: other.id, title: other.title, why, at: other.createdAt.toISOString() }));
}

function sharedBy(own: Own, other: Other): { weight: number; why: string } {
  const shared = other.traits.filter((trait) => own.traits.includes(trait));
  const of = (kind: string) => shared.filter((t) => t.startsWith(`${kind}:`)).map((t) => t.slice(kind.length + 1));
  const causes = of('cause');
  const criteria = of('criterion');
  const same = own.feature === other.feature;
  const why = [
    ...(causes.length === 0 ? [] : [`the cause candidate ${named(causes)}`]),
    ...(criteria.length === 0 ? [] : [`the failed criterion ${named(criteria)}`]),
    ...(same ? ['the feature'] : []),
  ];
  return {
    weight: 4 * Math.min(3, causes.length) + 2 * Math.min(1, criteria.length) + (same ? 1 : 0),
    why: `Shares ${why.join(', ')}`,
  };
}

const named = (names: readonly string[]): string =>
  names.length > 2 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} more` : names.join(' and ');
