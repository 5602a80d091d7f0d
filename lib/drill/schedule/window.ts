/** When a schedule lets a drill run: windows of its week and days without any, on its own wall clock. */
import type { SkipReason } from '../model';
import { type Window, weekdays } from '../schedule-model';

export type Hours = { allowed: Window[]; blocked: Window[]; blackout: string[] };

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const dayMinutes = 24 * 60;
export const weekMinutes = 7 * dayMinutes;

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** Minutes since Monday 00:00; 1 January 1970 was a Thursday. */
export function minuteOfWeek(wall: number): number {
  const minutes = Math.floor(wall / minuteMs) + 3 * dayMinutes;
  return ((minutes % weekMinutes) + weekMinutes) % weekMinutes;
}

/** Every minute of the week that the window has; `to` is the first that it has no more. */
export function minutesIn({ days, from, to }: Window): number[] {
  const start = minutesOf(from);
  const length = (minutesOf(to) - start + dayMinutes) % dayMinutes || (from === to ? 0 : dayMinutes);
  return days.flatMap((day) => {
    const first = weekdays.indexOf(day) * dayMinutes + start;
    return Array.from({ length }, (_, i) => (first + i) % weekMinutes);
  });
}

/** For every minute of the week, how many to wait until it is open; null: it never is. */
function waits({ allowed, blocked }: Hours): Uint16Array | null {
  const open = new Uint8Array(weekMinutes).fill(allowed.length === 0 ? 1 : 0);
  for (const window of allowed) for (const minute of minutesIn(window)) open[minute] = 1;
  for (const window of blocked) for (const minute of minutesIn(window)) open[minute] = 0;
  const first = open.indexOf(1);
  if (first < 0) return null;
  const wait = new Uint16Array(weekMinutes);
  let left = first;
  for (let minute = weekMinutes - 1; minute >= 0; minute--) {
    left = open[minute] === 1 ? 0 : left + 1;
    wait[minute] = left;
  }
  return wait;
}

/** Asked for every time of a schedule, so the week is drawn once. */
export type Calendar = {
  closedBy: (wall: number) => Extract<SkipReason, 'blackout' | 'window'> | null;
  /** the first minute from `wall` on that is open; null: none is in the next two years */
  nextOpen: (wall: number) => number | null;
};

export function calendarOf(hours: Hours): Calendar {
  const wait = waits(hours);
  const dark = new Set(hours.blackout);
  const isDark = (wall: number) => dark.size > 0 && dark.has(new Date(wall).toISOString().slice(0, 10));
  return {
    closedBy: (wall) => {
      if (isDark(wall)) return 'blackout';
      return wait === null || wait[minuteOfWeek(wall)] !== 0 ? 'window' : null;
    },
    nextOpen: (wall) => {
      if (wait === null) return null;
      const until = wall + 731 * dayMs;
      for (let at = Math.floor(wall / minuteMs) * minuteMs; at < until; ) {
        const minutes = wait[minuteOfWeek(at)] ?? 0;
        if (isDark(at)) at = (Math.floor(at / dayMs) + 1) * dayMs;
        else if (minutes === 0) return at;
        else at += minutes * minuteMs;
      }
      return null;
    },
  };
}
