import { describe, expect, it } from 'vitest';
import { exposureGone, type Seen } from './proof';

const s = 1_000;
const served = 100 * s; // the first whole bin after it and what is in flight begins at 110 s
const seen = (at: number, control: number, treatment: number): Seen[] => [
  { at: at * s, version: 'control', n: control },
  { at: at * s, version: 'treatment', n: treatment },
];

describe('exposureGone', () => {
  it.each([
    ['nothing whole yet', [...seen(100, 50, 9)], 124, 'too_early'],
    ['the bin of the switch itself does not count', [...seen(100, 50, 9), ...seen(110, 60, 0)], 126, 'gone'],
    ['the candidate is still seen', [...seen(110, 50, 1)], 126, 'still_seen'],
    ['it was seen once after the switch and is gone now', [...seen(110, 50, 3), ...seen(120, 50, 0)], 136, 'gone'],
    ['it comes back', [...seen(110, 50, 0), ...seen(120, 50, 3)], 136, 'still_seen'],
    ['everything is silent', [], 126, 'no_telemetry'],
    ['a silent bin proves nothing, an older one may', [...seen(110, 50, 0)], 136, 'gone'],
    ['points without increase prove nothing', [...seen(110, 0, 0)], 126, 'no_telemetry'],
  ] as const)('%s', (_what, bins, now, kind) => {
    expect(exposureGone([...bins], ['treatment'], served, now * s).kind).toBe(kind);
  });
});
