/** A drill as YAML that can be planned again: what it says, and nothing of what has become of it but its version. */
import { stringify } from 'yaml';
import type { Context } from '@/lib/context';
import { getDrill } from './drill';
import { type Drill, drillInput } from './model';

const lineWidth = 110;

export async function exportDrill(ctx: Context, id: string): Promise<string> {
  const view = await getDrill(ctx, id);
  const { version } = view;
  const comment = `# Version ${version}. With "basedOn: ${version}" a change of it is refused once there is another.`;
  return `${comment}\n${drillText(specOf(view))}`;
}

function specOf(view: Drill): Drill {
  const said = Object.keys(drillInput.shape).map((key) => [key, view[key as keyof Drill]]);
  return Object.fromEntries(said);
}

/** What there is no value for is left out: it reads the same, and the text says what somebody has decided. */
export function drillText(spec: Drill): string {
  const objectives = given(spec.objectives);
  const { situation, ...rest } = given({ ...spec, objectives });
  const said = situation === '' ? rest : { ...rest, situation };
  // No aliases: they are not read here.
  return stringify(said, { lineWidth, aliasDuplicateObjects: false, schema: 'core', version: '1.2' });
}

const given = <T extends object>(of: T): Partial<T> =>
  Object.fromEntries(Object.entries(of).filter(([, value]) => value !== null)) as Partial<T>;
