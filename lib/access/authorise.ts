/** The one table that says who may do what. Pure; every verb and read of every face calls it for itself. */
import { BelayError } from '@/lib/errors';
import { type Actor, allowed, type Permission } from './model';

/**
 * `environment`: a name for a change or read of that environment, `null` for what concerns the whole
 * organisation, `undefined` where no environment is in question.
 * @throws BelayError unauthenticated (nobody known) or forbidden (known, but not allowed)
 */
export function authorise(actor: Actor, permission: Permission, environment?: string | null): void {
  if (!holds(actor, permission)) {
    if (actor.kind === 'loopback') throw new BelayError('unauthenticated', 'Sign in or send a key to do this');
    throw new BelayError('forbidden', `${actor.name} may not ${permission}`);
  }
  if (actor.environment === null || environment === undefined || environment === actor.environment) return;
  throw new BelayError(
    'forbidden',
    environment === null
      ? `${actor.name} belongs to the environment ${actor.environment}; this concerns the whole organisation`
      : `${actor.name} belongs to the environment ${actor.environment}, not to ${environment}`,
  );
}

/** Whether the actor has the permission at all, environments aside; for hiding what cannot be done. */
export function holds(actor: Actor, permission: Permission): boolean {
  if (actor.kind === 'loopback') return permission === 'ingest' || permission === 'evaluate';
  // A rule never stands in for the second pair of eyes.
  if (actor.kind === 'rule') return permission !== 'approve';
  return allowed[actor.role].includes(permission);
}
