import { expect, it } from 'vitest';
import { nextWall } from '@/lib/drill/schedule/cron';
import { cronOf, cronSays, nths, plainOf, weekdayNames } from './cron';

it('every choice is a cron that reads back as that choice, and names a time of it', () => {
  for (const rhythm of ['daily', 'weekly', 'monthly'] as const)
    for (const weekday of weekdayNames.keys())
      for (const nth of nths) {
        const cron = cronOf({ rhythm, weekday, nth, time: '09:05' });
        const usual = { rhythm, weekday, nth, time: '09:05' };
        expect(plainOf(cron)).toEqual({
          ...usual,
          ...(rhythm === 'daily' ? { weekday: 2 } : {}),
          ...(rhythm === 'monthly' ? {} : { nth: '1' }),
        });
        const next = nextWall(cron, Date.UTC(2026, 0, 1), 400);
        expect(new Date(next ?? 0).toISOString()).toContain('T09:05');
        if (rhythm !== 'daily') expect(new Date(next ?? 0).getUTCDay()).toBe(weekday);
      }
});

it('what is none of them is left to the expression', () => {
  for (const cron of ['*/5 * * * *', '0 10 1 * *', '0 10 * * 1-5', '61 10 * * 2', 'nonsense'])
    expect([cron, plainOf(cron), cronSays(cron)]).toEqual([cron, null, null]);
  expect(cronSays('0 10 * * 2')).toBe('every Tuesday at 10:00');
  expect(cronSays('30 9 * * 4#L')).toBe('every last Thursday of the month at 09:30');
});
