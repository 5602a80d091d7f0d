/** What a report starts from: the words of a template, where people will write theirs. */
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { badInput } from '@/lib/errors';
import type { PostmortemBody } from '@/lib/template/model';
import { getTemplate } from '@/lib/template/template';
import { needs } from './decide';
import { type Begun, sectionNames } from './model';

/** @throws BelayError bad_input where it is a template of something else */
export async function wordsFrom(ctx: Context, id: string): Promise<Begun['written']> {
  authorise(ctx.actor, needs.edit);
  const { kind, body } = await getTemplate(ctx, id);
  if (kind !== 'postmortem') throw badInput([{ field: 'template', message: `is a template of a ${kind}` }]);
  return writtenFrom(body as PostmortemBody);
}

/** As if people had written them: a draft leaves them alone. */
export function writtenFrom({ sections }: PostmortemBody): Begun['written'] {
  return Object.fromEntries(
    sectionNames.flatMap((name) => (sections[name] ? [[name, { text: sections[name], struck: [] }]] : [])),
  );
}
