/** A report on any stretch of time, opened by hand. */
import { and, desc, eq, gt, isNull, lt, or } from 'drizzle-orm';
import { feature as featureTable } from '@/drizzle/schema/feature';
import { rollout } from '@/drizzle/schema/rollout';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { badInput } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { newId } from '@/lib/id';
import { parseInput } from '@/lib/input';
import { wordsFrom } from './begin';
import { needs } from './decide';
import { openInput } from './input-model';
import type { PostmortemView } from './model';
import { getPostmortem } from './postmortem';
import { insertPostmortem } from './store';

const longestStretchMs = 31 * 86_400_000;

/** A stretch of time that a person names; it is drafted within the minute. */
export async function openPostmortem(ctx: Context, input: unknown): Promise<PostmortemView> {
  authorise(ctx.actor, needs.edit);
  const given = parseInput(openInput, input);
  authorise(ctx.actor, needs.edit, given.environment);
  const now = ctx.now();
  const from = new Date(given.from);
  const to = new Date(given.to);
  if (to <= from) throw badInput([{ field: 'to', message: 'must be after from' }]);
  if (to > now) throw badInput([{ field: 'to', message: 'must not be ahead of now' }]);
  if (to.getTime() - from.getTime() > longestStretchMs)
    throw badInput([{ field: 'from', message: 'is more than 31 days before to' }]);
  const written = given.template === undefined ? {} : await wordsFrom(ctx, given.template);
  const id = newId('pm', now);
  await ctx.db.transaction(async (tx) => {
    const rolloutId = await rolloutIn(tx, given, from, to);
    const title = given.title ?? `${given.feature} in ${given.environment}`;
    await insertPostmortem(tx, {
      id,
      subjectKind: 'stretch',
      subjectId: null,
      feature: given.feature,
      environment: given.environment,
      rolloutId,
      state: 'draft',
      title,
      revision: 0,
      begun: { title: given.title ?? null, written },
      fromAt: from,
      toAt: to,
      draftDueAt: now,
      createdBy: ctx.actor.name,
      createdAt: now,
      updatedAt: now,
    });
    const subject = { kind: 'stretch', id: null, feature: given.feature, environment: given.environment, rolloutId };
    await record(tx, now, ctx.actor, {
      kind: 'postmortem.opened',
      reason: `Opened a report: ${title}`,
      environment: given.environment,
      feature: given.feature,
      rolloutId,
      data: { postmortemId: id, subject, from: given.from, to: given.to },
    });
  });
  await ctx.enqueue('postmortem', { postmortemId: id });
  return getPostmortem(ctx, id);
}

/** The one that is named, or the newest that ran within the stretch. */
async function rolloutIn(
  tx: Tx,
  given: { feature: string; environment: string; rollout?: string | undefined },
  from: Date,
  to: Date,
): Promise<string | null> {
  const [known] = await tx
    .select({ key: featureTable.key })
    .from(featureTable)
    .where(eq(featureTable.key, given.feature));
  if (!known) throw badInput([{ field: 'feature', message: 'is not known' }]);
  const named = given.rollout !== undefined;
  const [row] = await tx
    .select({ id: rollout.id })
    .from(rollout)
    .where(
      and(
        eq(rollout.featureKey, given.feature),
        eq(rollout.environment, given.environment),
        named
          ? eq(rollout.id, given.rollout ?? '')
          : and(lt(rollout.startedAt, to), or(isNull(rollout.endedAt), gt(rollout.endedAt, from))),
      ),
    )
    .orderBy(desc(rollout.startedAt))
    .limit(1);
  if (named && !row)
    throw badInput([{ field: 'rollout', message: `is no rollout of ${given.feature} in ${given.environment}` }]);
  return row?.id ?? null;
}
