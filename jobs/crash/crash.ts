/** Which runs there are, and at which points a worker has died in them. */
import { type Failpoint, failpoints } from '@/lib/failpoint';
import { type BackendKind, type Bed, backends } from './bed';
import { inLanes, type Lanes } from './lanes';
import { type Outcome, runOnce } from './run';
import { type Case, sceneOf } from './scene';

export function casesOf(of: { seeds: number[]; only: string[]; on: readonly BackendKind[] }): Case[] {
  const wanted = failpoints.filter((name) => of.only.length === 0 || of.only.some((text) => name.includes(text)));
  return of.seeds.flatMap((seed) =>
    wanted.flatMap((failpoint) => of.on.map((backend) => ({ failpoints: [failpoint], backend, seed }))),
  );
}

export type Point = { failpoint: Failpoint; backend: BackendKind };
/**
 * Every point once: eight runs, in each of which one worker after the other dies on the way from the decision to the
 * end, half of them on each backend.
 */
export function chainsOf(seed: number): Case[] {
  const runs = 8;
  return Array.from({ length: runs }, (_, run) => ({
    failpoints: failpoints.filter((_name, i) => i % runs === run),
    backend: backends[(run + seed) % 2] ?? 'postgres',
    seed,
  }));
}

export type Crashed = { outcomes: Outcome[]; unreached: Point[] };
type Options = Lanes<Outcome> & { realTime?: boolean };

export async function crash(cases: Case[], { realTime = false, ...lanes }: Options): Promise<Crashed> {
  const outcomes = await inLanes(cases, lanes, (bed, next, lane) => reachedOnce(bed, next, lane, realTime));
  return { outcomes, unreached: unreachedOf(cases, outcomes) };
}

/** Where what was drawn never comes to the point so often, the first time has to do. */
async function reachedOnce(bed: Bed, given: Case, lane: number, realTime: boolean): Promise<Outcome> {
  const scene = sceneOf(given);
  const outcome = await runOnce(bed, scene, lane, { realTime });
  const all = outcome.reached.length === scene.deaths.length;
  if (all || outcome.violations.length > 0 || scene.deaths.every((d) => d.nth === 1)) return outcome;
  const deaths = scene.deaths.map((d) => ({ ...d, nth: 1 }));
  return runOnce(bed, { ...scene, deaths }, lane, { realTime });
}

function unreachedOf(cases: Case[], outcomes: Outcome[]): Point[] {
  const killed = new Set(outcomes.flatMap((o) => o.reached.map((name) => `${name} ${o.scene.backend}`)));
  const missing = new Map<string, Point>();
  for (const { failpoints: at, backend } of cases)
    for (const failpoint of at) {
      const name = `${failpoint} ${backend}`;
      if (!killed.has(name)) missing.set(name, { failpoint, backend });
    }
  return [...missing.values()];
}
