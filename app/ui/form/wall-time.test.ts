import { expect, test } from 'vitest';
import { isoInZone, wallInZone } from './wall-time';

test('a field shows the instant in the zone and gives it back', () => {
  for (const zone of ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu'])
    for (const at of ['2026-07-01T12:00:00.000Z', '2026-03-29T00:59:59.000Z', '2026-10-25T03:00:00.000Z'])
      expect(isoInZone(wallInZone(at, zone), zone)).toBe(at);
});

test('what is read is what the clock shows there', () => {
  expect(wallInZone('2026-07-01T12:00:00Z', 'Europe/Berlin')).toBe('2026-07-01T14:00:00');
  expect(isoInZone('2026-07-01T14:00', 'Europe/Berlin')).toBe('2026-07-01T12:00:00.000Z');
});

test('what is no time is none', () => {
  expect(isoInZone('', 'UTC')).toBe(null);
  expect(isoInZone('soon', 'UTC')).toBe(null);
});
