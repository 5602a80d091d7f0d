/**
 * Searching reports: words of their newest version and of their actions. `websearch_to_tsquery` takes any text and
 * refuses none; what it makes nothing of finds nothing.
 */
import { type SQL, sql } from 'drizzle-orm';
import { postmortem } from '@/drizzle/schema/postmortem';
import { reportId } from './store';

const asked = (query: string) => sql`websearch_to_tsquery('simple', ${query.slice(0, 500)})`;
const words = sql`to_tsvector('simple', ${postmortem.words})`;
const inActions = (
  query: string,
) => sql`(select max(ts_rank(to_tsvector('simple', a.title || ' ' || a.detail), ${asked(query)}))
  from postmortem_action a where a.postmortem_id = ${reportId}
    and to_tsvector('simple', a.title || ' ' || a.detail) @@ ${asked(query)})`;

/** Its words and those of one of its actions need not hold it together: either does. */
export const found = (query: string): SQL =>
  sql`(${words} @@ ${asked(query)} or exists (select 1 from postmortem_action a
    where a.postmortem_id = ${reportId} and to_tsvector('simple', a.title || ' ' || a.detail) @@ ${asked(query)}))`;

/** A title counts most. */
export const rank = (query: string): SQL =>
  sql`(4 * ts_rank(to_tsvector('simple', ${postmortem.title}), ${asked(query)}) + ts_rank(${words}, ${asked(query)})
    + coalesce(${inActions(query)}, 0)) desc`;

/** Plain text: what was found is not marked, for no mark is safe in every place where it is shown. */
export const excerptOf = (query: string): SQL =>
  sql`case when ${words} @@ ${asked(query)} then ts_headline('simple', ${postmortem.words}, ${asked(query)},
      'StartSel="", StopSel="", MaxFragments=2, MinWords=8, MaxWords=24, FragmentDelimiter=" … "')
    else (select a.title from postmortem_action a where a.postmortem_id = ${reportId}
      and to_tsvector('simple', a.title || ' ' || a.detail) @@ ${asked(query)} order by a.created_at limit 1) end`;
