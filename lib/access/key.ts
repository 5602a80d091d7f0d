/** Keys of services and scripts: made, listed, revoked. The secret is shown once and never kept. */
import { and, desc, eq, isNull } from 'drizzle-orm';
import { apiKey } from '@/drizzle/schema/access';
import type { Context } from '@/lib/context';
import { badInput, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { parseInput } from '@/lib/input';
import { bumpFlags, waitForListeners } from '@/lib/revision';
import { authorise } from './authorise';
import { keyInput, type Role } from './model';
import { refuseDrillEnvironment } from './reserved';
import { formatKey, randomText, sha256 } from './secret';

/** Longer than a process that no longer hears the database trusts what it knows. */
const longestWaitMs = 5_000;

export type KeyView = {
  id: string;
  name: string;
  role: Role;
  environment: string | null;
  createdBy: string;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
};
export type NewKey = { id: string; key: string; name: string; role: Role; environment: string | null };

export async function createKey(ctx: Context, input: unknown): Promise<NewKey> {
  authorise(ctx.actor, 'administer');
  const given = parseInput(keyInput, input);
  const environment = given.environment ?? null;
  authorise(ctx.actor, 'administer', environment);
  refuseDrillEnvironment(ctx.actor, environment);
  const now = ctx.now();
  const expiresAt = given.expiresAt ? new Date(given.expiresAt) : null;
  if (expiresAt && expiresAt <= now) throw badInput([{ field: 'expiresAt', message: 'is in the past' }]);
  const id = randomText(12);
  const secret = randomText(32);
  await ctx.db.transaction(async (tx) => {
    await tx.insert(apiKey).values({
      id,
      name: given.name,
      role: given.role,
      environment,
      hash: sha256(secret),
      createdBy: ctx.actor.name,
      createdAt: now,
      expiresAt,
    });
    await record(tx, now, ctx.actor, {
      kind: 'key.created',
      reason: `Key ${given.name} was made with the role ${given.role}`,
      environment,
      data: { id, name: given.name, role: given.role, expiresAt: expiresAt?.toISOString() ?? null },
    });
  });
  return { id, key: formatKey(id, secret), name: given.name, role: given.role, environment };
}

/** Newest first, revoked ones too; a key of one environment sees the keys of its own. */
export async function listKeys(ctx: Context): Promise<KeyView[]> {
  const own = ctx.actor.environment;
  authorise(ctx.actor, 'administer', own);
  const rows = await ctx.db
    .select()
    .from(apiKey)
    .where(own === null ? undefined : eq(apiKey.environment, own))
    .orderBy(desc(apiKey.createdAt), desc(apiKey.id));
  return rows.map(view);
}

/** Holds in every process once this has answered (see `KeyCache`). Revoking again changes nothing. */
export async function revokeKey(ctx: Context, id: string): Promise<KeyView> {
  authorise(ctx.actor, 'administer');
  const { key, revision } = await ctx.db.transaction(async (tx) => {
    const [found] = await tx.select().from(apiKey).where(eq(apiKey.id, id));
    if (!found) throw notFound('key', id);
    authorise(ctx.actor, 'administer', found.environment);
    const now = ctx.now();
    const [revoked] = await tx
      .update(apiKey)
      .set({ revokedAt: now })
      .where(and(eq(apiKey.id, id), isNull(apiKey.revokedAt)))
      .returning();
    if (!revoked) return { key: found, revision: null };
    const revision = await bumpFlags(tx);
    await record(tx, now, ctx.actor, {
      kind: 'key.revoked',
      reason: `Key ${found.name} was revoked`,
      environment: found.environment,
      data: { id, name: found.name, role: found.role },
    });
    return { key: revoked, revision };
  });
  if (revision !== null) await waitForListeners(ctx.db, ctx.now(), revision, longestWaitMs);
  return view(key);
}

function view(row: typeof apiKey.$inferSelect): KeyView {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    environment: row.environment,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  };
}
