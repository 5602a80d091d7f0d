/** When an action's owner is reminded: once for each threshold, counted in days, whose zone the caller knows. Pure. */
import type { priorities } from '../action-model';

type Priority = (typeof priorities)[number];
const dayMs = 86_400_000;

/** Days before it is due; on the day itself and every week after, whatever its priority. */
const before: Record<Priority, readonly number[]> = { urgent: [7, 3, 1], high: [7, 1], normal: [3], low: [1] };
export const longestBefore = 7;
const week = 7;

/** Of a wall clock, or of UTC. */
export const day = (at: Date): string => at.toISOString().slice(0, 10);
export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / dayMs);
export const plusDays = (of: string, days: number): string => day(new Date(Date.parse(of) + days * dayMs));

export type Reminder = {
  /** the day of the threshold that was reached */
  threshold: string;
  /** until it is due; negative: it is overdue */
  days: number;
};

/** Null: no threshold was reached since the day `since`. One that passed while nobody looked is told late, and once. */
export function reminderOf(
  { dueOn, priority, since }: { dueOn: string; priority: Priority; since: string },
  today: string,
): Reminder | null {
  const days = daysBetween(today, dueOn);
  const reached =
    days <= 0
      ? plusDays(dueOn, week * Math.floor(-days / week))
      : before[priority].map((n) => plusDays(dueOn, -n)).findLast((t) => t <= today);
  return reached !== undefined && since < reached ? { threshold: reached, days } : null;
}

export const isOverdue = ({ dueOn, closed }: { dueOn: string; closed: boolean }, today: string): boolean =>
  !closed && dueOn < today;
