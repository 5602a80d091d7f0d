/** Reminding owners of action items: once for each threshold (`due.ts`), told and marked in one transaction. */
import type { Context } from '@/lib/context';
import type { Notice } from '@/lib/notice/model';
import { tell } from '@/lib/notice/notice';
import { isPrivate } from '../hold';
import { markReminded, selectToRemind, type WithReport } from './action-store';
import { dayIn, startOfDay, zoneOfDays } from './days';
import { longestBefore, plusDays, type Reminder, reminderOf } from './due';

const atOnce = 5_000;

/** How many were reminded of. */
export async function remindOwners({ db, now: clock }: Pick<Context, 'db' | 'now'>): Promise<number> {
  const now = clock();
  const zone = await zoneOfDays(db);
  const today = dayIn(zone, now);
  const of = { until: plusDays(today, longestBefore), before: startOfDay(zone, today), limit: atOnce };
  let reminded = 0;
  for (const found of await selectToRemind(db, of)) {
    const { action } = found;
    const reminder = reminderOf({ ...action, since: dayIn(zone, action.remindedAt ?? action.createdAt) }, today);
    if (!reminder) continue;
    const done = await db.transaction(async (tx) => {
      if (!(await markReminded(tx, action, now))) return false;
      await tell(tx, now, noticeOf(found, { ...reminder, zone }));
      return true;
    });
    if (done) reminded++;
  }
  return reminded;
}

/** Notices go to everybody whom an address reaches: of a report for few they have no words. */
export function noticeOf({ action, report }: WithReport, { days, zone }: Reminder & { zone: string }): Notice {
  const when =
    days > 1
      ? `is due in ${days} days`
      : days === 1
        ? 'is due tomorrow'
        : days === 0
          ? 'is due today'
          : `is overdue since ${action.dueOn}`;
  const open = !isPrivate(report);
  return {
    kind: 'action_due',
    title: open ? `${action.owner}: “${action.title}” ${when}` : `An action item ${when}`,
    text: open
      ? `It is of the post-mortem “${report.title}”, has the priority ${action.priority} and is due on ${action.dueOn} (${zone}).`
      : `It is of a post-mortem that not everybody may see, and due on ${action.dueOn} (${zone}).`,
    next: 'Do it and close it, or change its date or owner and say why.',
    environment: report.environment,
    feature: report.feature,
    rolloutId: report.rolloutId,
    rollbackId: null,
    path: `/postmortems/${report.id}#actions`,
    people: [action.owner],
  };
}
