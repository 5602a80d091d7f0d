/** How a notice is read, whichever way it goes: what happened where, and what to do. Pure. */
import type { Told } from './body';
import { clipped, oneLine, plain } from './plain';

const longestName = 60;

/** Feature, environment and what happened: whoever tells it often names only some of them. */
export function headlineOf({ title, feature, environment }: Pick<Told, 'title' | 'feature' | 'environment'>): string {
  const said = oneLine(title);
  const of = feature === null ? '' : clipped(oneLine(feature), longestName);
  const where = environment === null ? '' : clipped(oneLine(environment), longestName);
  if (of !== '' && !said.includes(of)) return `${of}${where === '' ? '' : ` in ${where}`}: ${said}`;
  return where === '' || said.includes(where) ? said : `${said} (${where})`;
}

/** What a person wrote, an update or a note, keeps its lines; of all else only Belay begins a new one. */
export function linesOf({ kind, text }: Pick<Told, 'kind' | 'text'>): string[] {
  const lines = kind === 'status_update' || kind === 'postmortem_sent' ? text.split('\n').map(plain) : [oneLine(text)];
  return lines.filter((line) => line !== '');
}

/** An update is read by those who need do nothing; it says when there will be another. */
export function nextOf({
  kind,
  next,
}: Pick<Told, 'kind' | 'next'>): { label: string; text: string; first: boolean } | null {
  const text = oneLine(next);
  if (kind === 'status_update') return text === '' ? null : { label: 'Next', text, first: false };
  return { label: 'What to do', text: text === '' ? 'nothing.' : text, first: true };
}
