/** Links that a report attaches: named, and http or https only. Pure. */

import type { z } from 'zod';
import { plain } from './draft/sentence';
import type { editInput } from './input-model';
import type { Document } from './model';

type Change = NonNullable<z.output<typeof editInput>['links']>;
type Links = Document['links'];
export const mostLinks = 200;

export type Made = { by: string; at: string; id: (prefix: string) => string };

/** Removed first, so that one can be replaced; the same address is not attached twice. */
export function linked(before: Links, { add, remove }: Change, made: Made): Links {
  const kept = before.filter(({ id }) => !remove.includes(id));
  for (const { title, url } of add) {
    const href = new URL(url).href;
    if (kept.some((link) => link.url === href)) continue;
    kept.push({ id: made.id('lnk'), title: plain(title, 200), url: href, by: made.by, at: made.at });
  }
  return kept;
}
