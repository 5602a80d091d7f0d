/** Days of a month in the reader’s zone, and what lies on them. Pure. */
import { runStateWords } from '@/app/ui/drill/run/reading';
import { skipWords } from '@/app/ui/drill/words';
import { visible } from '@/app/ui/text/name';
import type { Tone } from '@/app/ui/text/words';
import type { CalendarEntry } from '@/lib/drill/schedule/calendar';
import { instantOf, wallText } from '@/lib/drill/schedule/zone';

export type Mark = {
  key: string;
  at: string;
  kind: CalendarEntry['kind'];
  tone: Tone;
  name: string;
  /** what there is to say of it besides */
  says: string;
  href: string;
};

const dayMs = 86_400_000;

export const dayOf = (zone: string, at: Date | string) => wallText(zone, new Date(at).getTime()).slice(0, 10);
export const timeOf = (zone: string, at: string) => wallText(zone, Date.parse(at)).slice(11, 16);

/** What was asked for, or that of today. */
export function monthOf(asked: string | undefined, today: string): string {
  return asked && /^20\d\d-(0[1-9]|1[0-2])$/.test(asked) ? asked : today.slice(0, 7);
}

export function monthBeside(month: string, step: 1 | -1): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + step, 1)).toISOString().slice(0, 7);
}

/** Whole weeks that begin on Monday. */
export function daysIn(month: string): string[] {
  const begin = Date.parse(`${month}-01T00:00Z`);
  const end = Date.parse(`${monthBeside(month, 1)}-01T00:00Z`);
  const monday = begin - ((new Date(begin).getUTCDay() + 6) % 7) * dayMs;
  const days: string[] = [];
  for (let day = monday; day < end || days.length % 7 !== 0; day += dayMs)
    days.push(new Date(day).toISOString().slice(0, 10));
  return days;
}

/** From the first instant of the first day to the first after the last. */
export function spanOf(days: string[], zone: string): { from: Date; to: Date } {
  const instant = (day: string | undefined, plus = 0) => new Date(instantOf(zone, Date.parse(`${day}T00:00Z`) + plus));
  return { from: instant(days[0]), to: instant(days.at(-1), dayMs) };
}

/** By day, each in the order of its times. */
export function marksOn(entries: CalendarEntry[], days: string[], zone: string): Map<string, Mark[]> {
  const byDay = new Map(days.map((day) => [day, [] as Mark[]]));
  for (const entry of entries) byDay.get(dayOf(zone, entry.at))?.push(markOf(entry));
  return byDay;
}

function markOf(entry: CalendarEntry): Mark {
  const mark = { key: `${entry.kind} ${entry.drillId} ${entry.at}`, at: entry.at, name: visible(entry.name) };
  if (entry.kind === 'run') {
    const { label, tone } = runStateWords[entry.state];
    return { ...mark, kind: 'run', tone, says: label, href: `/drills/runs/${entry.runId}` };
  }
  if (entry.kind === 'skipped') {
    const says = `skipped: ${skipWords[entry.reason]}`;
    return { ...mark, kind: 'skipped', tone: 'warn', says, href: `/drills/${entry.drillId}#skips` };
  }
  const says = [
    ...(entry.blockedBy ? [`left out: ${skipWords[entry.blockedBy]}`] : []),
    ...(entry.clockChanged ? ['its clock has changed'] : []),
  ].join('; ');
  const href = `/drills/${entry.drillId}#schedule`;
  return {
    ...mark,
    kind: entry.blockedBy ? 'skipped' : 'planned',
    tone: entry.blockedBy ? 'warn' : 'plain',
    says,
    href,
  };
}
