/**
 * Five fields: minute, hour, day, month, weekday, as `man 5 crontab` has them, where either of day and weekday is
 * enough once both are given; beside it names, `L`, `W`, `#`, and `+` before the weekday for both. Read by croner on a
 * clock without a zone: what its zones do with wildcards on the day of a change is not once.
 */
import { Cron } from 'croner';

const dayMs = 86_400_000;
const readings = new Map<string, Cron>();

/** What is wrong with it; null: nothing. */
export function cronFault(text: string): string | null {
  if (text.trim().split(/\s+/).length !== 5) return 'it needs five fields: minute hour day month weekday';
  const strange = /[^\sA-Za-z0-9*,/\-#+]/.exec(text);
  if (strange) return `it has a ${strange[0]}`;
  try {
    read(text);
    return null;
  } catch (error) {
    return told(error instanceof Error ? error.message : String(error));
  }
}

/** Croner counts days and months from 0 where it complains. */
function told(message: string): string {
  const said = message.replace(/^(CronPattern|Cron): /, '');
  return said.replace(
    /^Invalid value for (day|month): (\d+)$/,
    (_, of, n) => `Invalid value for ${of}: ${Number(n) + 1}`,
  );
}

function read(text: string): Cron {
  const known = readings.get(text);
  if (known) return known;
  const made = new Cron(text, { mode: '5-part', utcOffset: 0, paused: true });
  if (readings.size > 500) readings.clear();
  readings.set(text, made);
  return made;
}

/** The first wall after `wall` that it names; null: none within the days. */
export function nextWall(text: string, wall: number, days: number): number | null {
  const found = read(text).nextRun(new Date(Math.floor(wall / 60_000) * 60_000));
  return found === null || found.getTime() > wall + days * dayMs ? null : found.getTime();
}
