/** What a draft becomes beside the words of people. Pure. */

import { plain, textOf } from './draft/sentence';
import type { Facts } from './facts';
import { failedIn } from './impact/decided';
import type { Begun, Document, Draft } from './model';
import { sectionNames } from './model';

/** A draft takes the place of the one before it, and of nothing that a person wrote. */
export function redrafted(before: Document | null, draft: Draft, begun: Begun | null = null): Document {
  if (before === null)
    return { title: begun?.title ?? draft.title, draft, written: begun?.written ?? {}, curations: [], links: [] };
  const renamed = before.title !== before.draft.title;
  return { ...before, draft, title: renamed ? before.title : draft.title };
}

const mostWords = 200_000;

/** What search reads: the title, what people wrote, and what was drafted and not struck out. */
export function wordsOf({ title, draft, written, curations, links }: Document): string {
  const sections = sectionNames.flatMap((name) => {
    const { text = '', struck = [] } = written[name] ?? {};
    const left = draft.sections[name].sentences.filter(({ id }) => !struck.includes(id));
    return [text, ...left.map(textOf)];
  });
  const entries = draft.timeline.filter(({ minor }) => !minor).map(({ text }) => text);
  const causes = draft.candidates.map(({ key, value }) => `${key} ${value ?? ''}`);
  const added = curations.map((curation) => ('text' in curation ? (curation.text ?? '') : ''));
  const all = [title, ...sections, ...entries, ...causes, ...added, ...links.map((link) => link.title)];
  return all
    .filter((text) => text !== '')
    .join('\n')
    .slice(0, mostWords);
}

const mostTraits = 60;

/** What related reports share: clear candidates for the cause, and criteria that failed. */
export function traitsOf(facts: Facts, draft: Draft): string[] {
  const causes = draft.candidates
    .filter(({ clear, symptom }) => clear && !symptom)
    .map(({ key, value }) => causeTrait(key, value));
  const criteria = [...failedIn(facts)].map((name) => `criterion:${plain(name, 200)}`);
  return [...new Set([...criteria, ...causes])].slice(0, mostTraits);
}

export const causeTrait = (key: string, value: string | null): string =>
  `cause:${plain(key, 120)}${value === null ? ' not set' : `=${plain(value, 200)}`}`;
