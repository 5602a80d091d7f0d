/** What a seed draws for a run: where it dies, and everything that varies around it. */
import { randomFrom } from '@/jobs/simulate/random';
import { type Failpoint, failpoints } from '@/lib/failpoint';
import type { BackendKind } from './bed';

export type Case = { failpoint: Failpoint; backend: BackendKind; seed: number };
export type Scene = Case & {
  /** which time that it comes there it dies; what never comes is tried again with the first */
  nth: number;
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
  /** the integrity check says no at first */
  checkDenies: boolean;
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

export function sceneOf(given: Case): Scene {
  const { failpoint, backend, seed } = given;
  const which = failpoints.indexOf(failpoint) * 2 + (backend === 'redis' ? 1 : 0);
  const { uniform } = randomFrom(seed, which);
  const chance = (p: number) => uniform() < p;
  const upTo = (n: number) => Math.floor(uniform() * (n + 1));
  const group = failpoint.split('.')[0];
  const migrations = Array.from({ length: group === 'revert' ? 1 + upTo(2) : upTo(3) }, () =>
    chance(0.5) ? ('sql' as const) : ('webhook' as const),
  );
  const most = group === 'revert' ? migrations.length : (passes[failpoint] ?? 1);
  return {
    ...given,
    nth: 1 + upTo(most - 1),
    decidedBy: group === 'decide' || chance(0.5) ? 'rule' : 'person',
    configuration: chance(0.6),
    migrations,
    planeLatencyMs: chance(0.5) ? upTo(400) : 0,
    hookLatencyMs: chance(0.5) ? upTo(300) : 0,
    trick: chance(0.6)
      ? 'none'
      : ((['loses_the_answer', 'fails_after_applying', 'says_yes_and_does_nothing'] as const)[upTo(2)] ?? 'none'),
    loses: chance(0.3) ? 1 : 0,
    checkDenies: group === 'escalate' || chance(0.2),
    notices: group === 'notice' || chance(0.7),
  };
}
