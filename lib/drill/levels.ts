/** Which levels there are. One that is missing is refused by its name, before anything is touched. */
import { fault } from './fault';
import type { Level } from './level';
import type { DrillLevel } from './model';
import { synthetic } from './synthetic';

const levels: Partial<Record<DrillLevel, Level>> = { synthetic, fault };

const missing: Partial<Record<DrillLevel, string>> = {
  proxy: 'The level proxy (HAProxy fails requests by a header) is not there yet: use fault or synthetic',
};

export const levelOf = (level: DrillLevel): Level | null => levels[level] ?? null;

/** Null: it is there. */
export function missingLevel(level: DrillLevel): string | null {
  if (level === 'tabletop' || levels[level]) return null;
  return missing[level] ?? `The level ${level} is not there yet`;
}
