/** Reviews: asked of people who may approve, answered for one version, taken back. */
import { authorise } from '@/lib/access/authorise';
import { allowed } from '@/lib/access/model';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { badInput } from '@/lib/errors';
import { parseInput } from '@/lib/input';
import { tell } from '@/lib/notice/notice';
import { audiencesOf, needs, reviewed } from './decide';
import { holdDrafted, isPrivate, readNewest, save, told } from './hold';
import { askReviewInput, reviewInput } from './input-model';
import type { PostmortemView } from './model';
import { getPostmortem } from './postmortem';
import { dropAsked, type PostmortemRow, putReview, rolesOf } from './store';

/** Whoever had answered before is asked again; whoever had not, and is not named now, is asked no more. */
export async function askReview(ctx: Context, id: string, input: unknown): Promise<PostmortemView> {
  authorise(ctx.actor, needs.ask_review);
  const { reviewers, note } = parseInput(askReviewInput, input);
  const names = [...new Set(reviewers)];
  await ctx.db.transaction(async (tx) => {
    const { row, document, standing, to } = await holdDrafted(ctx, tx, id, 'ask_review');
    await refuseUnfit(ctx, tx, row, names);
    const version =
      row.state === to
        ? (standing.version ?? 0)
        : await save(tx, ctx, row, {
            document,
            state: to,
            note: `Asked for a review by ${names.join(', ')}`.slice(0, 500),
            quiet: 'Asked for a review',
            kind: 'postmortem.review_asked',
            data: isPrivate(row) ? { reviewers: names.length } : { reviewers: names },
          });
    if (row.state === to)
      await told(tx, ctx, row, {
        kind: 'postmortem.review_asked',
        reason: isPrivate(row) ? 'Asked for a review' : `Asked for a review by ${names.join(', ')}`,
        data: { reviewers: isPrivate(row) ? names.length : names, version },
      });
    await dropAsked(tx, id);
    for (const person of names)
      await putReview(tx, { postmortemId: id, person, state: 'asked', note, version, at: ctx.now() });
    await tellAsked(ctx, tx, row, names);
  });
  return getPostmortem(ctx, id);
}

/** Whoever is asked must be here, may approve, and may see the report. */
async function refuseUnfit(ctx: Context, tx: Tx, { audience }: PostmortemRow, names: string[]): Promise<void> {
  const known = await rolesOf(tx, names, ctx.now());
  const faults = names.flatMap((name, i) => {
    const roles = known.filter((one) => one.name === name).map(({ role }) => role);
    const field = `reviewers[${i}]`;
    if (roles.length === 0) return [{ field, message: `${name} is not known here` }];
    const able = roles.filter((role) => allowed[role].includes('approve'));
    if (able.length === 0) return [{ field, message: `${name} may not approve` }];
    const sees = able.some((role) =>
      audiencesOf({ kind: 'person', id: name, name, role, environment: null }).includes(audience),
    );
    return sees ? [] : [{ field, message: `${name} may not see it: it is for ${audience} and above` }];
  });
  if (faults.length > 0) throw badInput(faults);
}

function tellAsked(ctx: Context, tx: Tx, row: PostmortemRow, names: string[]): Promise<void> {
  const open = !isPrivate(row);
  return tell(tx, ctx.now(), {
    kind: 'review_asked',
    title: open ? `Review asked: ${row.title}` : 'A post-mortem waits for a review',
    text: open ? `${ctx.actor.name} asks ${names.join(', ')} for a review.` : `${ctx.actor.name} asks for a review.`,
    next: 'Read it; approve it or ask for changes.',
    environment: row.environment,
    feature: row.feature,
    rolloutId: row.rolloutId,
    rollbackId: null,
    path: `/postmortems/${row.id}`,
    people: names,
  });
}

/** Of the version that was read; changes that are asked for send it back to being a draft. */
export async function reviewPostmortem(ctx: Context, id: string, input: unknown): Promise<PostmortemView> {
  authorise(ctx.actor, needs.review);
  const answer = parseInput(reviewInput, input);
  if (answer.state === 'changes' && answer.note === '')
    throw badInput([{ field: 'note', message: 'say what is to be changed' }]);
  await ctx.db.transaction(async (tx) => {
    const held = await holdDrafted(ctx, tx, id, 'review');
    const { row, document } = held;
    await readNewest(tx, held, answer.version);
    const to = reviewed(answer.state);
    const did = answer.state === 'approved' ? 'Approved' : 'Asked for changes';
    const note = answer.note === '' ? did : `${did}: ${answer.note}`.slice(0, 500);
    const event = { kind: 'postmortem.reviewed', data: { state: answer.state } } as const;
    let { version } = answer;
    if (to === row.state)
      await told(tx, ctx, row, { ...event, reason: isPrivate(row) ? did : note, data: { ...event.data, version } });
    else version = await save(tx, ctx, row, { document, state: to, note, quiet: did, ...event });
    await putReview(tx, {
      postmortemId: id,
      person: ctx.actor.name,
      state: answer.state,
      note: answer.note,
      version,
      at: ctx.now(),
    });
  });
  return getPostmortem(ctx, id);
}

/** Back to being a draft. Who has answered has; who has not is asked no more. */
export async function withdrawReview(ctx: Context, id: string): Promise<PostmortemView> {
  authorise(ctx.actor, needs.withdraw);
  await ctx.db.transaction(async (tx) => {
    const { row, document, to } = await holdDrafted(ctx, tx, id, 'withdraw');
    const note = 'Took it back from review';
    await dropAsked(tx, id);
    await save(tx, ctx, row, {
      document,
      state: to,
      note,
      quiet: note,
      kind: 'postmortem.reviewed',
      data: { state: 'withdrawn' },
    });
  });
  return getPostmortem(ctx, id);
}
