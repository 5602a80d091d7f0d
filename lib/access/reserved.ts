/** Environments that are rehearsals' own: whoever wants one starts a drill. */
import { isDrillEnvironment } from '@/lib/drill/model';
import { badInput } from '@/lib/errors';
import type { Actor } from './model';

/** @throws BelayError bad_input naming the field, unless it is the drill itself that acts */
export function refuseDrillEnvironment(
  actor: Actor,
  environment: string | null | undefined,
  field = 'environment',
): void {
  if (!environment || !isDrillEnvironment(environment)) return;
  if (actor.kind === 'rule' && actor.id === 'drill') return;
  throw badInput([{ field, message: 'belongs to a drill: environments that begin with drill/ are made by Belay' }]);
}
