/** Comments on a section of a report, until somebody has settled them. They are no part of what is sealed. */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { conflict, notFound } from '@/lib/errors';
import { newId } from '@/lib/id';
import { parseInput } from '@/lib/input';
import { needs } from './decide';
import { hold, told } from './hold';
import { type CommentView, commentInput } from './model';
import { type CommentRow, commentView, insertComment, resolveRow, selectComments } from './store';

const mostComments = 1_000;

export async function addComment(ctx: Context, postmortemId: string, input: unknown): Promise<CommentView> {
  authorise(ctx.actor, needs.comment);
  const { section, text } = parseInput(commentInput, input);
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    const { row } = await hold(ctx, tx, postmortemId, 'comment');
    if ((await selectComments(tx, row.id)).length >= mostComments)
      throw conflict(`No more than ${mostComments} comments are kept of one report`);
    const comment: CommentRow = {
      id: newId('cmt', now),
      postmortemId,
      section,
      text,
      by: ctx.actor.name,
      at: now,
      resolvedBy: null,
      resolvedAt: null,
    };
    await insertComment(tx, comment);
    await told(tx, ctx, row, {
      kind: 'postmortem.commented',
      reason: `Commented on ${section}`,
      data: { commentId: comment.id, section },
    });
    return commentView(comment);
  });
}

/** Settled twice it stays with whoever was first. */
export async function resolveComment(ctx: Context, postmortemId: string, commentId: string): Promise<CommentView> {
  authorise(ctx.actor, needs.comment);
  return ctx.db.transaction(async (tx) => {
    const { row } = await hold(ctx, tx, postmortemId, 'comment');
    const before = (await selectComments(tx, row.id)).find(({ id }) => id === commentId);
    if (!before) throw notFound('comment', commentId);
    const after = await resolveRow(tx, commentId, ctx.actor.name, ctx.now());
    if (!after) return commentView(before);
    await told(tx, ctx, row, {
      kind: 'postmortem.commented',
      reason: `Settled a comment on ${after.section}`,
      data: { commentId, section: after.section, resolved: true },
    });
    return commentView(after);
  });
}
