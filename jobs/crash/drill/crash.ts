/** Many runs of drills on one PostgreSQL and one Redis, several at a time; the long ones first. */
import { type Bed, makeBed } from '../bed';
import type { DrillCase } from './case';
import { type DrillOutcome, drillOnce } from './run';

export type DrillCrashed = { outcomes: DrillOutcome[]; unreached: string[] };
type Options = { lanes: number; onOutcome?: (outcome: DrillOutcome) => void; bed?: Bed };

export async function crashDrills(
  cases: DrillCase[],
  { lanes, onOutcome, bed: given }: Options,
): Promise<DrillCrashed> {
  const bed = given ?? (await makeBed());
  const left = cases.toSorted((a, b) => b.deaths.length - a.deaths.length);
  const outcomes: DrillOutcome[] = [];
  const inLane = async (lane: number) => {
    for (let next = left.shift(); next; next = left.shift()) {
      const outcome = await drillOnce(bed, next, lane);
      outcomes.push(outcome);
      onOutcome?.(outcome);
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes }, (_, lane) => inLane(lane)));
  } finally {
    if (!given) await bed.close();
  }
  const unreached = outcomes.flatMap(({ of, reached }) =>
    of.deaths.filter((at) => !reached.includes(at)).map((at) => `${at} (${of.level}, ${of.afterwards}, ${of.backend})`),
  );
  return { outcomes, unreached };
}
