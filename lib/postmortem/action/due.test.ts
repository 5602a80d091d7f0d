import fc from 'fast-check';
import { expect, test } from 'vitest';
import { priorities } from '../action-model';
import { day, daysBetween, isOverdue, plusDays, reminderOf } from './due';

const at = (text: string) => new Date(text);
const of = (over: Partial<Parameters<typeof reminderOf>[0]> = {}) => ({
  dueOn: '2026-12-01',
  priority: 'normal' as const,
  since: '2026-11-01',
  ...over,
});
const told = (today: string, over = {}) => reminderOf(of(over), today)?.threshold ?? null;

test.each<[priority: (typeof priorities)[number], days: string[]]>([
  ['urgent', ['2026-11-24', '2026-11-28', '2026-11-30', '2026-12-01', '2026-12-08', '2026-12-15']],
  ['high', ['2026-11-24', '2026-11-30', '2026-12-01', '2026-12-08', '2026-12-15']],
  ['normal', ['2026-11-28', '2026-12-01', '2026-12-08', '2026-12-15']],
  ['low', ['2026-11-30', '2026-12-01', '2026-12-08', '2026-12-15']],
])('%s is told of on its days', (priority, days) => {
  const seen: string[] = [];
  let since = at('2026-11-01T12:00:00Z');
  for (
    let now = at('2026-11-20T00:00:00Z');
    now < at('2026-12-16T00:00:00Z');
    now = new Date(now.getTime() + 6 * 3_600_000)
  ) {
    const reminder = reminderOf({ dueOn: '2026-12-01', priority, since: day(since) }, day(now));
    if (!reminder) continue;
    seen.push(day(now));
    since = now;
  }
  expect(seen).toEqual(days);
});

test('what was made after a threshold, or on it, is not told of it', () => {
  expect(told('2026-11-28', { since: '2026-11-28' })).toBeNull();
  expect(told('2026-11-29', { since: '2026-11-27' })).toBe('2026-11-28');
  expect(told('2026-12-05', { since: '2026-12-03' })).toBeNull();
});

test('is told once for a threshold, whenever somebody looks', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...priorities),
      fc.integer({ min: -40, max: 40 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 60 }),
      (priority, days, hours) => {
        let now = at('2026-06-01T00:00:00Z');
        const dueOn = plusDays(day(now), days);
        let since = now;
        const thresholds: string[] = [];
        for (const more of hours) {
          now = new Date(now.getTime() + more * 3_600_000);
          const reminder = reminderOf({ dueOn, priority, since: day(since) }, day(now));
          if (!reminder) continue;
          expect(reminder.days).toBe(daysBetween(day(now), dueOn));
          expect(reminder.threshold <= day(now)).toBe(true);
          thresholds.push(reminder.threshold);
          since = now;
        }
        expect(new Set(thresholds).size).toBe(thresholds.length);
      },
    ),
  );
});

test('it is overdue once its day is over', () => {
  const { dueOn } = of();
  expect(isOverdue({ dueOn, closed: false }, '2026-12-01')).toBe(false);
  expect(isOverdue({ dueOn, closed: false }, '2026-12-02')).toBe(true);
  expect(isOverdue({ dueOn, closed: true }, '2026-12-02')).toBe(false);
});
