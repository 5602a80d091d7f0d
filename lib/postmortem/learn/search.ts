/**
 * Searching reports: words of their newest version and of their actions. `websearch_to_tsquery` takes any text and
 * refuses none; what it makes nothing of finds nothing.
 */
import { type SQL, sql } from 'drizzle-orm';
import { postmortem } from '@/drizzle/schema/postmortem';
import { reportId } from '../store';

const asked = (query: string) => sql`websearch_to_tsquery('simple', ${query.slice(0, 500)})`;
const ofAction = sql`to_tsvector('simple', a.title || ' ' || a.detail)`;

/**
 * Its words or those of one of its actions hold it. A union, for each side has an index, and an `or` would use neither:
 * to read the words of every report takes long.
 */
export const found = (query: string): SQL =>
  sql`${reportId} in (select p.id from postmortem p where to_tsvector('simple', p.words) @@ ${asked(query)}
    union select a.postmortem_id from postmortem_action a where ${ofAction} @@ ${asked(query)})`;

/** How much of the words is looked at where every one that was found is: they begin with title and summary. */
const beginning = 4_000;
const readable = 40_000;

/** The title counts most, then how the report begins; of equals the newest comes first. */
export const rank = (query: string): SQL =>
  sql`(4 * ts_rank(to_tsvector('simple', ${postmortem.title}), ${asked(query)})
    + ts_rank(to_tsvector('simple', left(${postmortem.words}, ${sql.raw(String(beginning))})), ${asked(query)})) desc`;

/** Plain text: what was found is not marked, for no mark is safe in every place where it is shown. */
export const excerptOf = (query: string): SQL =>
  sql`coalesce((select a.title from postmortem_action a where a.postmortem_id = ${reportId} and ${ofAction} @@ ${asked(query)}
      order by a.created_at limit 1),
    ts_headline('simple', left(${postmortem.words}, ${sql.raw(String(readable))}), ${asked(query)},
      'StartSel="", StopSel="", MaxFragments=2, MinWords=8, MaxWords=24, FragmentDelimiter=" … "'))`;
