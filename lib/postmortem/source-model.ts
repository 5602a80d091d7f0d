/** What a source is called, and where a page shows it: the text version links there. Safe in a browser. */
import type { Source } from './model';

/** `event/123`, `figure/impact/errors`, `evidence/rollback`: one for each source. */
export const sourceKey = (source: Source): string =>
  source.kind === 'event' ? `event/${source.seq}` : `${source.kind}/${source.id}`;

export const sourceAnchor = (key: string): string => `source-${encodeURIComponent(key)}`;
