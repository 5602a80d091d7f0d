/** Many runs of drills, several at a time; the long ones first. */
import { inLanes, type Lanes } from '../lanes';
import type { DrillCase } from './case';
import { type DrillOutcome, drillOnce } from './run';

export type DrillCrashed = { outcomes: DrillOutcome[]; unreached: string[] };

export async function crashDrills(cases: DrillCase[], lanes: Lanes<DrillOutcome>): Promise<DrillCrashed> {
  const longFirst = cases.toSorted((a, b) => b.deaths.length - a.deaths.length);
  const outcomes = await inLanes(longFirst, lanes, drillOnce);
  const unreached = outcomes.flatMap(({ of, reached }) =>
    of.deaths.filter((at) => !reached.includes(at)).map((at) => `${at} (${of.level}, ${of.afterwards}, ${of.backend})`),
  );
  return { outcomes, unreached };
}
