/** Many runs on one PostgreSQL and one Redis, several at a time. */
import { type Failpoint, failpoints } from '@/lib/failpoint';
import { type BackendKind, type Bed, makeBed } from './bed';
import { type Outcome, runOnce } from './run';
import { type Case, sceneOf } from './scene';

export function casesOf(of: { seeds: number[]; only: string[]; on: readonly BackendKind[] }): Case[] {
  const wanted = failpoints.filter((name) => of.only.length === 0 || of.only.some((text) => name.includes(text)));
  return of.seeds.flatMap((seed) =>
    wanted.flatMap((failpoint) => of.on.map((backend) => ({ failpoint, backend, seed }))),
  );
}

export type Crashed = { outcomes: Outcome[]; unreached: Array<{ failpoint: Failpoint; backend: BackendKind }> };
type Options = { lanes: number; realTime?: boolean; onOutcome?: (outcome: Outcome) => void; bed?: Bed };

export async function crash(
  cases: Case[],
  { lanes, realTime = false, onOutcome, bed: given }: Options,
): Promise<Crashed> {
  const bed = given ?? (await makeBed());
  const left = [...cases];
  const outcomes: Outcome[] = [];
  const inLane = async (lane: number) => {
    for (let next = left.shift(); next; next = left.shift()) {
      const outcome = await reachedOnce(bed, next, lane, realTime);
      outcomes.push(outcome);
      onOutcome?.(outcome);
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes }, (_, lane) => inLane(lane)));
  } finally {
    if (!given) await bed.close();
  }
  return { outcomes, unreached: unreachedOf(cases, outcomes) };
}

/** Where what was drawn never comes to the point so often, the first time has to do. */
async function reachedOnce(bed: Bed, given: Case, lane: number, realTime: boolean): Promise<Outcome> {
  const scene = sceneOf(given);
  const outcome = await runOnce(bed, scene, lane, { realTime });
  if (outcome.reached || scene.nth === 1 || outcome.violations.length > 0) return outcome;
  return runOnce(bed, { ...scene, nth: 1 }, lane, { realTime });
}

function unreachedOf(cases: Case[], outcomes: Outcome[]): Crashed['unreached'] {
  const killed = new Set(outcomes.filter((o) => o.reached).map((o) => `${o.scene.failpoint} ${o.scene.backend}`));
  const missing = new Map(
    cases
      .map(({ failpoint, backend }) => ({ failpoint, backend }))
      .filter(({ failpoint, backend }) => !killed.has(`${failpoint} ${backend}`))
      .map((one) => [`${one.failpoint} ${one.backend}`, one]),
  );
  return [...missing.values()];
}
