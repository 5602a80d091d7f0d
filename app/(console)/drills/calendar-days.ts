/** Days of a month in the reader’s zone, and what lies on them. */
import { attempt, valueOr } from '@/app/ui/attempt';
import { runStateWords } from '@/app/ui/drill-run-reading';
import { skipWords } from '@/app/ui/drill-words';
import { visible } from '@/app/ui/name';
import type { Tone } from '@/app/ui/words';
import type { Context } from '@/lib/context';
import { previewSchedule, skipsOf } from '@/lib/drill/drill';
import type { DrillView } from '@/lib/drill/model';
import { runsOf } from '@/lib/drill/run';
import { instantOf, wallText } from '@/lib/drill/zone';

export type Mark = { at: string; kind: 'run' | 'planned' | 'skipped'; tone: Tone; text: string; href: string };

const dayMs = 86_400_000;
const most = { runs: 100, skips: 100, planned: 100 };
/** Of so many drills; each is asked for its runs, its skips and its times. */
export const drillsShown = 60;

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

/** By day, each in the order of its times. */
export async function marksOn(
  ctx: Context,
  drills: DrillView[],
  { days, zone }: { days: string[]; zone: string },
): Promise<Map<string, Mark[]>> {
  const begin = instantOf(zone, Date.parse(`${days[0]}T00:00Z`));
  const from = new Date(Math.max(begin - 1, ctx.now().getTime()));
  const over = dayOf(zone, from) > (days.at(-1) ?? '');
  const found = await Promise.all(
    drills
      .slice(0, drillsShown)
      .map(async (drill) =>
        (
          await Promise.all([
            runMarks(ctx, drill),
            skipMarks(ctx, drill),
            over ? [] : plannedMarks(ctx, drill, { from, zone }),
          ])
        ).flat(),
      ),
  );
  const byDay = new Map(days.map((day) => [day, [] as Mark[]]));
  for (const mark of found.flat().toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)))
    byDay.get(dayOf(zone, mark.at))?.push(mark);
  return byDay;
}

async function runMarks(ctx: Context, drill: DrillView): Promise<Mark[]> {
  const runs = valueOr(await attempt(runsOf(ctx, drill.id, most.runs)), []);
  return runs.map((run) => {
    const { label, tone } = runStateWords[run.state];
    const at = run.startedAt ?? run.scheduledFor ?? ctx.now().toISOString();
    return { at, kind: 'run', tone, text: `${visible(run.name)}: ${label}`, href: `/drills/runs/${run.id}` };
  });
}

async function skipMarks(ctx: Context, drill: DrillView): Promise<Mark[]> {
  const skips = valueOr(await attempt(skipsOf(ctx, drill.id, { limit: most.skips })), []);
  return skips.map(({ scheduledFor, reason }) => ({
    at: scheduledFor,
    kind: 'skipped',
    tone: 'warn',
    text: `${visible(drill.name)}: skipped, ${skipWords[reason]}`,
    href: `/drills/${drill.id}#skips`,
  }));
}

async function plannedMarks(
  ctx: Context,
  drill: DrillView,
  { from, zone }: { from: Date; zone: string },
): Promise<Mark[]> {
  if (!drill.schedule || drill.archivedAt) return [];
  const preview = await attempt(previewSchedule(ctx, drill.id, { from, count: most.planned, zone }));
  return (preview.ok ? preview.value.times : []).map(({ at, blockedBy, clockChanged }) => ({
    at,
    kind: blockedBy ? 'skipped' : 'planned',
    tone: blockedBy ? 'warn' : 'plain',
    text: `${visible(drill.name)}${blockedBy ? `: left out, ${skipWords[blockedBy]}` : ''}${clockChanged ? ' (clocks have changed)' : ''}`,
    href: `/drills/${drill.id}#schedule`,
  }));
}
