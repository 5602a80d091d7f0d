/**
 * What reports that Belay opens by itself start from: the template that people have chosen, overall or for an
 * environment. Whatever becomes of the template, the report opens; where it is gone the history says so.
 */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { badInput } from '@/lib/errors';
import { changeSetting, getSetting } from '@/lib/event/setting';
import { parseInput } from '@/lib/input';
import { postmortemBody } from '@/lib/template/model';
import { templateOf } from '@/lib/template/template';
import { writtenFrom } from './begin';
import { type OpeningTemplate, openingTemplateInput } from './input-model';
import type { Begun } from './model';

const settingName = 'postmortem_template';

const setting = async (db: Db | Tx): Promise<OpeningTemplate> =>
  openingTemplateInput.parse(await getSetting(db, settingName, {}));

export async function getOpeningTemplate(ctx: Context): Promise<OpeningTemplate> {
  authorise(ctx.actor, 'view');
  return setting(ctx.db);
}

/** From the next report on; one that is open already is started from a template by hand. */
export async function putOpeningTemplate(ctx: Context, input: unknown): Promise<OpeningTemplate> {
  authorise(ctx.actor, 'administer', null);
  const after = parseInput(openingTemplateInput, input);
  await changeSetting(ctx, {
    name: settingName,
    read: setting,
    after,
    says: async (tx) => {
      await refuseUnusable(tx, after);
      const overall = after.template === null ? null : await usable(tx, after.template);
      return overall
        ? `Reports that Belay opens by itself start from the template ${overall.name}`
        : 'Reports that Belay opens by itself start from no template, but where an environment has one';
    },
  });
  return after;
}

async function refuseUnusable(tx: Tx, { template, environments }: OpeningTemplate): Promise<void> {
  const named = [
    { field: 'template', id: template },
    ...Object.entries(environments).map(([name, id]) => ({ field: `environments.${name}`, id })),
  ];
  const faults = [];
  for (const { field, id } of named)
    if (id !== null && !(await usable(tx, id)))
      faults.push({ field, message: 'is not the id of a template of a post-mortem' });
  if (faults.length > 0) throw badInput(faults);
}

type Usable = { id: string; name: string; written: Begun['written'] };

/** Null: it is gone, or of something else. */
async function usable(db: Tx, id: string): Promise<Usable | null> {
  const found = await templateOf(db, id);
  if (found?.kind !== 'postmortem') return null;
  const body = postmortemBody.safeParse(found.body);
  return body.success ? { id, name: found.name, written: writtenFrom(body.data) } : null;
}

export type Opening = { begun: Begun | null; data: Record<string, unknown>; note: string };

/** What a report in an environment begins with, and what the history tells of it. */
export async function openingIn(tx: Tx, environment: string): Promise<Opening> {
  const { template, environments } = await setting(tx);
  const id = Object.hasOwn(environments, environment) ? (environments[environment] ?? null) : template;
  if (id === null) return { begun: null, data: {}, note: '' };
  const found = await usable(tx, id);
  if (!found)
    return {
      begun: null,
      data: { templateGone: id },
      note: '; the template that it was to start from is not there any more',
    };
  return {
    begun: { title: null, written: found.written },
    data: { template: { id, name: found.name } },
    note: `, from the template ${found.name}`,
  };
}
