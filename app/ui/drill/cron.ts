/** The few schedules that most drills have, as a choice; everything else is a cron expression. Pure. */
export const rhythms = ['daily', 'weekly', 'monthly', 'cron'] as const;
export type Rhythm = (typeof rhythms)[number];

/** `nth`: the first to fourth of the month, or `L`, the last */
export type Plain = { rhythm: Exclude<Rhythm, 'cron'>; weekday: number; nth: string; time: string };

export const weekdayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
export const nths = ['1', '2', '3', '4', 'L'];

const two = (n: number) => String(n).padStart(2, '0');

/** null: it says something else */
export function plainOf(cron: string): Plain | null {
  const found = /^(\d{1,2}) (\d{1,2}) \* \* (?:\*|([0-6])(?:#([1-4L]))?)$/.exec(cron.trim().replace(/\s+/g, ' '));
  if (!found) return null;
  const [, minute = '', hour = '', weekday, nth] = found;
  if (Number(minute) > 59 || Number(hour) > 23) return null;
  return {
    rhythm: weekday === undefined ? 'daily' : nth === undefined ? 'weekly' : 'monthly',
    weekday: Number(weekday ?? 2),
    nth: nth ?? '1',
    time: `${two(Number(hour))}:${two(Number(minute))}`,
  };
}

export function cronOf({ rhythm, weekday, nth, time }: Plain): string {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const days = rhythm === 'daily' ? '*' : rhythm === 'weekly' ? `${weekday}` : `${weekday}#${nth}`;
  return `${minute} ${hour} * * ${days}`;
}

const nthWords: Record<string, string> = { 1: 'first', 2: 'second', 3: 'third', 4: 'fourth', L: 'last' };
export const nthWord = (nth: string): string => nthWords[nth] ?? nth;

/** `every Tuesday at 10:00`; null: only the expression itself says it */
export function cronSays(cron: string): string | null {
  const plain = plainOf(cron);
  if (!plain) return null;
  const day = weekdayNames[plain.weekday];
  if (plain.rhythm === 'daily') return `every day at ${plain.time}`;
  if (plain.rhythm === 'weekly') return `every ${day} at ${plain.time}`;
  return `every ${nthWord(plain.nth)} ${day} of the month at ${plain.time}`;
}
