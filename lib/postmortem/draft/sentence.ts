/** A sentence of a draft: runs of words, of which at least one says where it is from. Pure. */
import type { Sentence, Source, Span } from '../model';

/** Words alone, or words with what they rest on. */
export type Part = string | Span;

const longest = 600;
/** Names come from outside: whatever would move, hide or turn round the words next to it is shown as a mark. */
const unruly = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+/gu;

export function plain(text: string, most = longest): string {
  // A name may be a megabyte long: what is far behind the end is not even looked at.
  const near = text.slice(0, 8 * most);
  const ruly = near.replace(/[\t\n\r]+/g, ' ').replace(unruly, '\ufffd');
  const letters = [...ruly];
  return letters.length > most || near.length < text.length ? `${letters.slice(0, most - 1).join('')}…` : ruly;
}

export const said = (text: string, ...sources: Source[]): Span => ({ text, sources });

/** Runs without a source join their neighbours; an empty run is left out. @throws RangeError without a source */
export function sentence(id: string, ...parts: Part[]): Sentence {
  const spans: Span[] = [];
  for (const part of parts) {
    const { text, sources } = typeof part === 'string' ? { text: part, sources: [] } : part;
    if (text === '') continue;
    const last = spans.at(-1);
    if (last && last.sources.length === 0 && sources.length === 0) last.text += text;
    else spans.push({ text, sources: [...sources] });
  }
  for (const span of spans) span.text = plain(span.text);
  if (!spans.some(({ text, sources }) => sources.length > 0 && text.trim() !== ''))
    throw new RangeError(`the sentence ${id} says nothing about where it is from`);
  return { id, spans };
}

export const textOf = ({ spans }: Sentence): string => spans.map(({ text }) => text).join('');

/** `a`, `a and b`, `a, b and c`; of many the first, and how many more. */
export function listed(names: readonly string[], most = 6): string {
  const shown = names.length > most ? [...names.slice(0, most - 1), `${names.length - most + 1} more`] : [...names];
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}
