/** Many runs on one PostgreSQL and one Redis, several at a time: a lane takes the next one that is left. */
import { type Bed, makeBed } from './bed';

/** `bed`: left out, one is made, and closed at the end. */
export type Lanes<Outcome> = { lanes: number; onOutcome?: (outcome: Outcome) => void; bed?: Bed };

export async function inLanes<Case, Outcome>(
  cases: readonly Case[],
  { lanes, onOutcome, bed: given }: Lanes<Outcome>,
  run: (bed: Bed, of: Case, lane: number) => Promise<Outcome>,
): Promise<Outcome[]> {
  const bed = given ?? (await makeBed());
  const left = [...cases];
  const outcomes: Outcome[] = [];
  const inLane = async (lane: number) => {
    for (let next = left.shift(); next; next = left.shift()) {
      const outcome = await run(bed, next, lane);
      outcomes.push(outcome);
      onOutcome?.(outcome);
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes }, (_, lane) => inLane(lane)));
  } finally {
    if (!given) await bed.close();
  }
  return outcomes;
}
