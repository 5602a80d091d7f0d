/** What a seed draws for a run: where it dies, and everything that varies around it. */
import { randomFrom } from '@/jobs/simulate/random';
import { type Failpoint, failpoints } from '@/lib/failpoint';
import type { BackendKind } from './bed';

/** `failpoints`: one worker after the other dies at each of them; the last one lives. */
export type Case = { failpoints: Failpoint[]; backend: BackendKind; seed: number };
/** `nth`: which time that it comes there it dies; what never comes is tried again with the first. */
export type Death = { failpoint: Failpoint; nth: number };
export type Scene = Omit<Case, 'failpoints'> & {
  deaths: Death[];
  /** a person, or the watch by what telemetry shows */
  decidedBy: 'person' | 'rule';
  configuration: boolean;
  /** how each is taken back, in the order in which they are applied */
  migrations: Array<'webhook' | 'sql'>;
  planeLatencyMs: number;
  hookLatencyMs: number;
  /** what the plane does until it is well again */
  trick: 'none' | 'loses_the_answer' | 'fails_after_applying' | 'says_yes_and_does_nothing';
  /** so many answers of webhooks are lost after the deed */
  loses: number;
  /** how often the integrity check says no */
  checkDenies: number;
  notices: boolean;
};

/** How often a point is passed at the least, whatever is drawn. */
const passes: Partial<Record<Failpoint, number>> = {
  'claim.before': 3,
  'claim.after': 3,
  'step.before_begin': 6,
  'step.after_begin': 6,
  'step.before_kept': 6,
  'step.after_kept': 6,
  'release.before': 2,
  'release.after': 2,
};

export function sceneOf({ failpoints: at, backend, seed }: Case): Scene {
  const which = failpoints.indexOf(at[0] ?? 'claim.before') * 2 + (backend === 'redis' ? 1 : 0);
  const { uniform } = randomFrom(seed, which);
  const chance = (p: number) => uniform() < p;
  const upTo = (n: number) => Math.floor(uniform() * (n + 1));
  const about = (group: string) => at.some((name) => name.startsWith(`${group}.`));
  const migrations = Array.from({ length: about('revert') ? 1 + upTo(2) : upTo(3) }, () =>
    chance(0.5) ? ('sql' as const) : ('webhook' as const),
  );
  const timesOf = (name: Failpoint) => (name.startsWith('revert.') ? migrations.length : (passes[name] ?? 1));
  return {
    deaths: at.map((failpoint) => ({ failpoint, nth: 1 + upTo(timesOf(failpoint) - 1) })),
    backend,
    seed,
    decidedBy: about('decide') || chance(0.5) ? 'rule' : 'person',
    configuration: chance(0.6),
    migrations,
    planeLatencyMs: chance(0.5) ? upTo(400) : 0,
    hookLatencyMs: chance(0.5) ? upTo(300) : 0,
    trick: chance(0.6)
      ? 'none'
      : ((['loses_the_answer', 'fails_after_applying', 'says_yes_and_does_nothing'] as const)[upTo(2)] ?? 'none'),
    loses: chance(0.3) ? 1 : 0,
    // An answer that a death keeps from being heard is given once more.
    checkDenies: about('escalate') ? 1 + at.filter((name) => name.startsWith('check.')).length : chance(0.2) ? 1 : 0,
    notices: about('notice') || chance(0.7),
  };
}
