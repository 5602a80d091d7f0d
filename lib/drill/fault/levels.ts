/** Which levels there are. One that is missing is refused by its name, before anything is touched. */

import type { DrillLevel } from '../model';
import { fault } from './fault';
import type { Level } from './level';
import { proxy } from './proxy';
import { synthetic } from './synthetic';

/** A tabletop has none: nothing is injected. */
const levels: Partial<Record<DrillLevel, Level>> = { synthetic, fault, proxy };

export const levelOf = (level: DrillLevel): Level | null => levels[level] ?? null;
