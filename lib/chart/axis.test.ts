import fc from 'fast-check';
import { expect, test } from 'vitest';
import { timeTicks, valueDomain } from './axis';
import { parseRange, wholeOf } from './range';
import { formatTime, knownZone, zoneOffset } from './time';

test('a domain covers its values and ends on ticks', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 20 }),
      (values) => {
        const domain = valueDomain(values);
        const slack = (domain.high - domain.low) * 1e-6;
        expect(domain.low).toBeLessThanOrEqual(Math.min(...values) + slack);
        expect(domain.high).toBeGreaterThanOrEqual(Math.max(...values) - slack);
        expect(domain.high).toBeGreaterThan(domain.low);
        expect(domain.ticks.length).toBeGreaterThanOrEqual(2);
        expect(domain.ticks.length).toBeLessThanOrEqual(7);
      },
    ),
  );
});

test('a domain starts at zero unless that would hide the difference', () => {
  expect(valueDomain([0.01, 0.05]).low).toBe(0);
  expect(valueDomain([95, 100]).low).toBeGreaterThan(0);
  expect(valueDomain([0, 0])).toEqual({ low: 0, high: 1, ticks: [0, 0.5, 1] });
  expect(valueDomain([0, 0.3]).ticks).toEqual([0, 0.1, 0.2, 0.3]);
});

test('time ticks are round in the zone of the reader', () => {
  const from = Date.UTC(2026, 10, 22, 4, 26);
  expect(timeTicks(from, from + 3600_000, 'UTC', 4).map((t) => t.label)).toEqual(['04:30', '04:45', '05:00', '05:15']);
  const days = timeTicks(from, from + 7 * 86_400_000, 'Asia/Kolkata', 7);
  expect(days.every((t) => formatTime(t.value, 'Asia/Kolkata', 'minute') === '00:00')).toBe(true);
});

test('the offset is printed, and a zone that nobody knows is UTC', () => {
  const summer = Date.UTC(2026, 6, 1);
  expect(zoneOffset(summer, 'Europe/Berlin')).toBe('UTC+02:00');
  expect(zoneOffset(summer, 'America/St_Johns')).toBe('UTC−02:30');
  expect(knownZone('Europe/Atlantis')).toBe('UTC');
  expect(knownZone('Europe/Berlin')).toBe('Europe/Berlin');
});

test('a range is live by a key, frozen by two instants, and never broken by a bad link', () => {
  const now = Date.UTC(2026, 10, 22);
  expect(parseRange({ range: '6h' }, now)).toEqual({ kind: 'live', key: '6h', from: now - 6 * 3600_000, to: now });
  expect(parseRange({ from: '2026-11-21T00:00:00Z', to: '2026-11-21T01:00:00Z' }, now)).toEqual({
    kind: 'frozen',
    from: Date.UTC(2026, 10, 21),
    to: Date.UTC(2026, 10, 21, 1),
  });
  expect(parseRange({ from: '2026-11-21', to: '2026-11-20', range: 'x' }, now).kind).toBe('live');
  expect(parseRange({ from: '99999999999999999999', to: 'no' }, now, '24h')).toMatchObject({ key: '24h' });
});

test('all of a rollout runs to now while it lasts, and a little past its end afterwards', () => {
  const hour = 3600_000;
  const whole = wholeOf(10 * hour, null, 12 * hour);
  expect(whole).toEqual({ from: 10 * hour - 2 * hour * 0.03, to: 12 * hour });
  expect(wholeOf(10 * hour, 12 * hour, 99 * hour).to).toBe(12.5 * hour);
  expect(wholeOf(10 * hour, 12 * hour, 12 * hour + 60_000).to).toBe(12 * hour + 60_000);
  const fresh = wholeOf(hour, null, hour + 5000);
  expect(fresh.to - fresh.from).toBe(3 * 60_000);
  expect(parseRange({}, 12 * hour, '1h', whole)).toEqual({ kind: 'live', key: 'all', ...whole });
  expect(parseRange({ range: '6h' }, 12 * hour, '1h', whole)).toMatchObject({ key: '6h', to: 12 * hour });
});
