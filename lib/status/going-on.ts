/**
 * An incident that outlasts its promise: shortly before the next update is due, one is drafted that says that it goes
 * on, so that nobody has to write "still looking" by hand. Once for each promise; a person sends it or drops it.
 */
import { and, eq, isNull, sql } from 'drizzle-orm';
import { incident } from '@/drizzle/schema/incident';
import { statusPage, statusUpdate } from '@/drizzle/schema/status';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { record } from '@/lib/event/event';
import { author, draftOf } from './follow';
import { lockPage } from './store';
import { newestMoment } from './subject';

const aheadMs = 5 * 60_000;

export async function draftWhatGoesOn({ db, now }: Pick<Context, 'db' | 'now'>): Promise<void> {
  const at = now();
  for (const id of await overdue(db, at))
    await db.transaction(async (tx) => {
      const page = await lockPage(tx, id);
      // Asked again under the lock: of many who look one drafts.
      if (!page || !(await overdue(tx, at, id)).includes(id)) return;
      const seen = await newestMoment(tx, page);
      if (seen?.kind !== 'incident.marked') return;
      for (const event of await draftOf(tx, page, { moment: 'goes_on', seen, at, now: at }))
        await record(tx, at, author, event);
    });
}

async function overdue(db: Db | Tx, now: Date, id?: string): Promise<string[]> {
  const soon = new Date(now.getTime() + aheadMs).toISOString();
  const rows = await db
    .select({ id: statusPage.id })
    .from(statusPage)
    .innerJoin(incident, eq(incident.id, statusPage.subjectId))
    .where(
      and(
        eq(statusPage.subjectKind, 'incident'),
        eq(statusPage.closed, false),
        isNull(incident.endedAt),
        id === undefined ? undefined : eq(statusPage.id, id),
        sql`exists (
          select 1 from (
            select s.next_at, s.ended_at from ${statusUpdate} s
            where s.page_id = ${statusPage.id} and s.state = 'sent' order by s.ended_at desc, s.id desc limit 1
          ) last
          where last.next_at <= ${soon} and not exists (
            select 1 from ${statusUpdate} d where d.page_id = ${statusPage.id}
            and (d.state = 'draft' or (d.moment = 'goes_on' and d.created_at >= last.ended_at)))
        )`,
      ),
    );
  return rows.map((row) => row.id);
}
