import { expect, test } from 'vitest';
import { retryAfterMs } from './retry-after';

const now = new Date('2026-11-22T08:00:00Z');

test.each([
  [undefined, null],
  ['', null],
  ['0', 0],
  ['7', 7_000],
  [' 7 ', 7_000],
  ['3601', 3_600_000],
  ['99999999999', null],
  ['-1', null],
  ['1.5', null],
  ['soon', null],
  ['Sun, 22 Nov 2026 08:00:30 GMT', 30_000],
  ['Sun, 22 Nov 2026 07:00:00 GMT', 0],
  ['Sun, 22 Nov 2099 07:00:00 GMT', 3_600_000],
  ['2026-11-22T08:00:30Z', null],
])('%s', (header, ms) => {
  expect(retryAfterMs(header, now)).toBe(ms);
});
