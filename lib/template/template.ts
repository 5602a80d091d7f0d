/** Templates: those that come with Belay, and people's own. What is started from one is a copy of its own. */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { getDrill } from '@/lib/drill/drill';
import { drillInput } from '@/lib/drill/model';
import { badInput, conflict, notFound } from '@/lib/errors';
import { record } from '@/lib/event/event';
import { newId } from '@/lib/id';
import { parseInput } from '@/lib/input';
import { getRollout } from '@/lib/rollout/rollout';
import { getRunbook } from '@/lib/runbook/runbook';
import { checkBody } from './body';
import { library } from './library';
import { ownOfDrill, ownOfRollout, type TemplateKind, type TemplateView, templateChange, templateInput } from './model';
import {
  deleteTemplate,
  findTemplate,
  insertTemplate,
  lockTemplate,
  selectTemplates,
  type TemplateRow,
  templateNamed,
  updateTemplate,
  viewOf,
} from './store';

/** Those that come with Belay first. */
export async function listTemplates(ctx: Context, filter: { kind?: TemplateKind } = {}): Promise<TemplateView[]> {
  authorise(ctx.actor, 'view');
  const all = [...library, ...(await selectTemplates(ctx.db)).map(viewOf)];
  return filter.kind ? all.filter((t) => t.kind === filter.kind) : all;
}

export async function getTemplate(ctx: Context, id: string): Promise<TemplateView> {
  authorise(ctx.actor, 'view');
  const found = await templateOf(ctx.db, id);
  if (!found) throw notFound('template', id);
  return found;
}

/** For what Belay starts by itself, within its transaction. */
export async function templateOf(db: Db | Tx, id: string): Promise<TemplateView | null> {
  const builtin = library.find((t) => t.id === id);
  if (builtin) return builtin;
  const row = await findTemplate(db, id);
  return row && viewOf(row);
}

export async function createTemplate(ctx: Context, input: unknown): Promise<TemplateView> {
  authorise(ctx.actor, 'operate', null);
  const { from, ...given } = parseInput(templateInput, input);
  const body = from === undefined ? given.body : await bodyFrom(ctx, given.kind, from);
  checkBody(given.kind, body);
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    refuseBuiltin(given.kind, given.name);
    const row = await insertTemplate(tx, {
      ...given,
      id: newId('tpl', now),
      body,
      createdBy: ctx.actor.name,
      createdAt: now,
      updatedAt: now,
    });
    if (!row) throw taken(given.name);
    await tell(ctx, tx, row, { kind: 'template.created', did: 'added' });
    return viewOf(row);
  });
}

/** Of a plan or a drill: without what is of that one rollout or feature. */
async function bodyFrom(ctx: Context, kind: TemplateKind, id: string): Promise<unknown> {
  if (kind === 'runbook') return (await getRunbook(ctx, id)).steps;
  if (kind === 'postmortem')
    throw badInput([
      { field: 'from', message: 'is not for a post-mortem: its words are of one occasion; give a body' },
    ]);
  if (kind === 'drill') {
    const own: readonly string[] = ownOfDrill;
    const drill = Object.entries(await getDrill(ctx, id));
    return Object.fromEntries(drill.filter(([field]) => field in drillInput.shape && !own.includes(field)));
  }
  const { plan } = await getRollout(ctx, id);
  if (kind === 'criteria') return plan.criteria;
  const own: readonly string[] = ownOfRollout;
  return Object.fromEntries(Object.entries(plan).filter(([field]) => !own.includes(field)));
}

const taken = (name: string) =>
  conflict(`There is a template ${name} already`, [{ field: 'name', message: 'is taken by another template' }]);

function refuseBuiltin(kind: TemplateKind, name: string): void {
  if (library.some((t) => t.kind === kind && t.name === name)) throw taken(name);
}

function tell(
  ctx: Context,
  tx: Tx,
  row: TemplateRow,
  { kind, did }: { kind: 'template.created' | 'template.changed' | 'template.removed'; did: string },
): Promise<number> {
  return record(tx, row.updatedAt, ctx.actor, {
    kind,
    reason: `Template ${row.name} was ${did}`,
    data: { id: row.id, kind: row.kind, name: row.name, description: row.description, body: row.body },
  });
}

/** Changes people's own; what was started from it stays as it is. The same again changes nothing. */
export async function putTemplate(ctx: Context, id: string, input: unknown): Promise<TemplateView> {
  authorise(ctx.actor, 'operate', null);
  const given = parseInput(templateChange, input);
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    const before = await own(tx, id);
    checkBody(before.kind, given.body);
    const { name, description, body } = before;
    if (JSON.stringify(given) === JSON.stringify({ name, description, body })) return viewOf(before);
    refuseBuiltin(before.kind, given.name);
    const named = await templateNamed(tx, before.kind, given.name);
    if (named && named.id !== id) throw taken(given.name);
    const after = (await updateTemplate(tx, id, { ...given, updatedAt: now })) ?? before;
    await tell(ctx, tx, after, { kind: 'template.changed', did: 'changed' });
    return viewOf(after);
  });
}

export async function removeTemplate(ctx: Context, id: string): Promise<void> {
  authorise(ctx.actor, 'operate', null);
  const now = ctx.now();
  await ctx.db.transaction(async (tx) => {
    const before = await own(tx, id);
    await deleteTemplate(tx, id);
    await tell(ctx, tx, { ...before, updatedAt: now }, { kind: 'template.removed', did: 'removed' });
  });
}

async function own(tx: Tx, id: string): Promise<TemplateRow> {
  const builtin = library.find((t) => t.id === id);
  if (builtin) throw conflict(`The template ${builtin.name} comes with Belay: save a copy of it and change that`);
  const row = await lockTemplate(tx, id);
  if (!row) throw notFound('template', id);
  return row;
}
