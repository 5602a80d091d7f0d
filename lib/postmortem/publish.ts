/** Publishing: the version, its seal and the event that repeats it are written together, or none of them is. */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { parseInput } from '@/lib/input';
import { tell } from '@/lib/notice/notice';
import { needs } from './decide';
import { holdDrafted, isPrivate, readNewest, save } from './hold';
import { publishInput } from './input-model';
import type { PostmortemView } from './model';
import { getPostmortem } from './postmortem';

/** Of the version that was read. Nothing is drafted any more afterwards. */
export async function publishPostmortem(ctx: Context, id: string, input: unknown): Promise<PostmortemView> {
  authorise(ctx.actor, needs.publish);
  const given = parseInput(publishInput, input);
  await ctx.db.transaction(async (tx) => {
    const held = await holdDrafted(ctx, tx, id, 'publish');
    const { row, document, standing, to } = held;
    await readNewest(tx, held, given.version);
    const approvedBy = standing.reviews.map(({ person }) => person);
    const open = !isPrivate(row);
    await tell(tx, ctx.now(), {
      kind: 'postmortem_published',
      title: open ? `Post-mortem published: ${document.title}` : 'A post-mortem was published',
      text: open ? `${ctx.actor.name} published it.` : 'Not everybody may see it.',
      next: '',
      environment: row.environment,
      feature: row.feature,
      rolloutId: row.rolloutId,
      rollbackId: null,
      path: `/postmortems/${id}`,
    });
    await save(tx, ctx, row, {
      document,
      state: to,
      note: given.note === '' ? 'Published' : given.note,
      quiet: 'Published',
      kind: 'postmortem.published',
      data: open ? { approvedBy } : { approvedBy: approvedBy.length },
      set: { publishedAt: ctx.now(), draftDueAt: null, leaseUntil: null },
    });
  });
  return getPostmortem(ctx, id);
}
