/** People's words in a report: edited over what they saw, started from a template, amended once it is published. */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Tx } from '@/lib/db';
import { badInput, conflict } from '@/lib/errors';
import { newId } from '@/lib/id';
import { parseInput } from '@/lib/input';
import { wordsFrom } from './begin';
import { type Changed, changed } from './change';
import { needs } from './decide';
import { hold, holdDrafted, save, told } from './hold';
import { amendInput, editInput, startFromInput } from './input-model';
import { type Document, type PostmortemView, sectionNames } from './model';
import { getPostmortem } from './postmortem';
import { lastByPerson, type PostmortemRow, updatePostmortem } from './store';

export async function editPostmortem(ctx: Context, id: string, input: unknown): Promise<PostmortemView> {
  authorise(ctx.actor, needs.edit);
  const edit = parseInput(editInput, input);
  const words = edit.title !== undefined || edit.sections || edit.curate?.length || edit.links;
  await ctx.db.transaction(async (tx) => {
    const { row } = await hold(ctx, tx, id, words || edit.audience === undefined ? 'edit' : 'set_audience');
    if (edit.audience !== undefined && edit.audience !== row.audience)
      authorise(ctx.actor, needs.set_audience, row.environment);
    await refuseOld(tx, row, edit.basedOn);
    const audience = edit.audience ?? row.audience;
    // Before anything of it is told: what becomes private is told without words.
    const after = { ...row, audience };
    if (words && row.document) {
      const saved = apply(ctx, row.document, edit);
      if (saved.touched.length > 0) await saveEdit(ctx, tx, after, saved);
    }
    if (audience !== row.audience) await setAudience(ctx, tx, after, row.audience);
  });
  return getPostmortem(ctx, id);
}

async function setAudience(ctx: Context, tx: Tx, row: PostmortemRow, from: PostmortemRow['audience']): Promise<void> {
  const { audience } = row;
  await updatePostmortem(tx, row.id, { audience, revision: row.revision + 1, updatedAt: ctx.now() });
  await told(tx, ctx, row, {
    kind: 'postmortem.edited',
    reason:
      audience === 'viewer' ? 'Everybody who looks sees the report' : `Only who is ${audience} or more sees the report`,
    data: { audience: { from, to: audience } },
  });
}

function saveEdit(ctx: Context, tx: Tx, row: PostmortemRow, { document, touched }: Changed): Promise<number> {
  const note = `Edited ${touched.join(', ')}`;
  const revision = row.revision + 1;
  return save(tx, ctx, row, {
    document,
    state: row.state,
    note,
    quiet: note,
    kind: 'postmortem.edited',
    data: { revision, touched },
    set: { revision, audience: row.audience },
  });
}

/** @throws BelayError conflict, naming the newer one and whose it is */
async function refuseOld(tx: Tx, row: PostmortemRow, basedOn: number): Promise<void> {
  if (basedOn === row.revision) return;
  const last = await lastByPerson(tx, row.id, 'postmortem');
  const whose = last ? `, by ${last.madeBy} at ${last.madeAt.toISOString()}` : '';
  throw conflict(`It was edited meanwhile: this is revision ${row.revision}${whose}; you saw ${basedOn}`, [
    { field: 'basedOn', message: `is ${row.revision} by now` },
  ]);
}

function apply(ctx: Context, before: Document, edit: Parameters<typeof changed>[1]): Changed {
  const now = ctx.now();
  const after = changed(before, edit, {
    by: ctx.actor.name,
    at: now.toISOString(),
    id: (prefix) => newId(prefix, now),
  });
  if ('faults' in after) throw badInput(after.faults);
  return after;
}

/** A change of what is published: a version of its own, sealed and told at once. */
export async function amendPostmortem(ctx: Context, id: string, input: unknown): Promise<PostmortemView> {
  authorise(ctx.actor, needs.amend);
  const { reason, ...edit } = parseInput(amendInput, input);
  await ctx.db.transaction(async (tx) => {
    const { row, document: before, to } = await holdDrafted(ctx, tx, id, 'amend');
    await refuseOld(tx, row, edit.basedOn);
    const { document, touched } = apply(ctx, before, edit);
    if (touched.length === 0) throw conflict('That changes nothing');
    const revision = row.revision + 1;
    await save(tx, ctx, row, {
      document,
      state: to,
      note: reason,
      quiet: `Amended ${touched.join(', ')}`,
      kind: 'postmortem.amended',
      data: { revision, touched },
      set: { revision },
    });
  });
  return getPostmortem(ctx, id);
}

/** Of a template: what stands in sections where nobody has written anything yet. */
export async function startFrom(ctx: Context, id: string, input: unknown): Promise<PostmortemView> {
  authorise(ctx.actor, needs.edit);
  const { basedOn, template } = parseInput(startFromInput, input);
  const begun = await wordsFrom(ctx, template);
  await ctx.db.transaction(async (tx) => {
    const { row, document } = await holdDrafted(ctx, tx, id, 'edit');
    await refuseOld(tx, row, basedOn);
    const free = sectionNames.filter((name) => begun[name] && !document.written[name]?.text);
    const sections = Object.fromEntries(free.map((name) => [name, { text: begun[name]?.text ?? '' }]));
    const saved = apply(ctx, document, { sections });
    if (saved.touched.length > 0) await saveEdit(ctx, tx, row, saved);
  });
  return getPostmortem(ctx, id);
}
