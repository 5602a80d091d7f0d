/**
 * When a drill runs, as a function of its schedule alone: the cron names times of the wall clock of its zone; those
 * that fall into what the schedule closes are none. What else may keep a drill from beginning is asked when it is due.
 */
import type { FieldError } from '@/lib/errors';
import type { SkipReason } from '../model';
import type { Schedule } from '../schedule-model';
import { cronFault, nextWall } from './cron';
import { type Calendar, calendarOf, minutesIn } from './window';
import { instantOf, isZone, wallOf } from './zone';

const minuteMs = 60_000;
/** A schedule that names no time within these is a mistake. */
export const horizonDays = 400;

/** `moved`: the day has no such time. `closed`: the schedule itself leaves it out. */
export type Named = { at: Date; moved: boolean; closed: Extract<SkipReason, 'blackout' | 'window'> | null };

const calendars = new WeakMap<object, Calendar>();
function calendarFor(schedule: Schedule): Calendar {
  const known = calendars.get(schedule);
  if (known) return known;
  const made = calendarOf(schedule);
  calendars.set(schedule, made);
  return made;
}

/**
 * What the cron names after `from`, each instant once. With `open`, only what is not closed: a time that the day does
 * not have must be open both where it would have been and where it comes to lie.
 */
function* timesAfter(schedule: Schedule, from: Date, open: boolean): Generator<Named> {
  const { cron, timeZone } = schedule;
  const { closedBy, nextOpen } = calendarFor(schedule);
  let wall = wallOf(timeZone, from.getTime());
  const last = wall + horizonDays * 24 * 60 * minuteMs;
  let before = from.getTime();
  for (;;) {
    const named = nextWall(cron, wall, horizonDays);
    if (named === null || named > last) return;
    wall = named;
    const shut = closedBy(named);
    if (shut && open) {
      const again = nextOpen(named);
      if (again === null) return;
      wall = Math.max(named, again - minuteMs);
      continue;
    }
    const at = instantOf(timeZone, named);
    // What a gap swallows is one instant, and the time that it moves to may be named itself.
    if (at <= before) continue;
    const shown = wallOf(timeZone, at);
    if (shown !== named && nextWall(cron, shown - minuteMs, 1) === shown) continue;
    const closed = shut ?? closedBy(shown);
    if (closed && open) continue;
    before = at;
    yield { at: new Date(at), moved: shown !== named, closed };
  }
}

/** The next times after `from`, at most `count` and up to `until`; none further off than 400 days. */
export function nextRuns(schedule: Schedule, from: Date, count: number, until?: Date): Date[] {
  const found: Date[] = [];
  for (const { at } of timesAfter(schedule, from, true)) {
    if (found.length >= count || (until && at > until)) break;
    found.push(at);
  }
  return found;
}

/** null: none within 400 days */
export function nextRun(schedule: Schedule, from: Date): Date | null {
  return nextRuns(schedule, from, 1)[0] ?? null;
}

/** Those that run, `count` of them, and those between that the schedule closes, `most` of them. */
export function namedTimes(schedule: Schedule, from: Date, { count, most }: { count: number; most: number }): Named[] {
  const runs = [...take(timesAfter(schedule, from, true), count)];
  const end = runs.length < count ? undefined : runs.at(-1)?.at;
  const closed: Named[] = [];
  // A cron that names every minute of a closed year is not read to its end.
  let seen = 0;
  for (const time of timesAfter(schedule, from, false)) {
    if (closed.length >= most || seen++ > 2_000 || (end && time.at > end)) break;
    if (time.closed && !runs.some((run) => run.at.getTime() === time.at.getTime())) closed.push(time);
  }
  return [...runs, ...closed].toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

function* take<T>(items: Iterable<T>, count: number): Generator<T> {
  let n = 0;
  for (const item of items) {
    if (n++ >= count) return;
    yield item;
  }
}

/** Later than this, a time was missed: nobody was there to begin. */
export const graceMs = 5 * 60_000;

/** `run`: the time for which a drill is to begin now. `missed`: times that are left out. `next`: null: none any more. */
export type Due = { run: Date | null; missed: Date[]; next: Date | null };

/**
 * What there is to do of a schedule at `now`, when its next time was `nextRunAt`. Only the newest time can still run:
 * late, where the schedule says so, else within the grace. More than `most` are left out in parts.
 */
export function dueOf(schedule: Schedule, nextRunAt: Date, now: Date, most = 500): Due {
  // From the time itself on, unless the zone has changed its rules since and it is named no more.
  const times = nextRuns(schedule, new Date(nextRunAt.getTime() - 1), most + 1, now);
  if (times.length > most) return { run: null, missed: times.slice(0, most), next: times[most] ?? null };
  const last = times.at(-1);
  const inTime = last !== undefined && now.getTime() - last.getTime() <= graceMs;
  const run = last && (inTime || schedule.missed === 'run_once') ? last : null;
  return { run, missed: run ? times.slice(0, -1) : times, next: nextRun(schedule, now) };
}

/** What is known of the world beside the schedule when a drill is to begin. */
export type Standing = {
  automationStopped: boolean;
  frozen: boolean;
  /** something is wrong with the feature there for real, as a person has marked */
  incident: boolean;
  /** a drill of the feature is running, or the feature is being rolled back */
  busy: boolean;
  /** as many drills run as may */
  full: boolean;
};

export const atEase: Standing = { automationStopped: false, frozen: false, incident: false, busy: false, full: false };

/** Why a drill does not begin at `at`; null: it does. What a person has said first, for it outlasts the rest. */
export function whyNot(schedule: Schedule | null, at: Date, standing: Standing): SkipReason | null {
  if (schedule?.paused) return 'paused';
  if (standing.incident) return 'incident';
  if (standing.automationStopped) return 'automation_stopped';
  if (standing.frozen) return 'freeze';
  if (schedule) {
    const closed = calendarFor(schedule).closedBy(wallOf(schedule.timeZone, at.getTime()));
    if (closed) return closed;
  }
  if (standing.busy) return 'busy';
  return standing.full ? 'limit' : null;
}

/** What nobody can have meant, by field, under `schedule`. */
export function scheduleFaults(schedule: Schedule, now: Date): FieldError[] {
  const faults: FieldError[] = [];
  const say = (field: string, message: string) => faults.push({ field: `schedule.${field}`, message });
  const cron = cronFault(schedule.cron);
  if (cron !== null) say('cron', `is not a cron expression: ${cron}`);
  if (!isZone(schedule.timeZone))
    say('timeZone', `is no time zone: ${schedule.timeZone}; use a name such as Europe/Berlin`);
  const blocked = new Set(schedule.blocked.flatMap(minutesIn));
  schedule.allowed.forEach((window, i) => {
    if (window.from === window.to) say(`allowed[${i}]`, 'never opens: it ends when it begins');
    else if (minutesIn(window).every((minute) => blocked.has(minute)))
      say(`allowed[${i}]`, 'never opens: all of it is blocked');
  });
  schedule.blocked.forEach((window, i) => {
    if (window.from === window.to) say(`blocked[${i}]`, 'blocks nothing: it ends when it begins');
  });
  if (faults.length > 0 || nextRun(schedule, now) !== null) return faults;
  if (nextWall(schedule.cron, wallOf(schedule.timeZone, now.getTime()), horizonDays) === null)
    say('cron', `names no time within ${horizonDays} days`);
  else if (schedule.allowed.length > 0)
    say('allowed[0]', `never opens when the cron names a time, in ${horizonDays} days`);
  else if (schedule.blocked.length > 0) say('blocked[0]', `leaves open no time of the cron, in ${horizonDays} days`);
  else say('blackout', `leaves open no time of the cron, in ${horizonDays} days`);
  return faults;
}
