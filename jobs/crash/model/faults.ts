/** What no history may show, whatever happened in it. */
import { type Ended, rollbackId } from './history';

/** How long ago the plane may have been read: what the machine allows, and how long an answer may take. */
const freshMs = 5_000 + 30_000 + 40_000;

/** Empty: it shows none of it. */
export function faultsOf(ended: Ended): string[] {
  const { world, row, plan, faults, verifiedAt } = ended;
  const found = [...faults];
  const works = new Set<string>();
  for (const [key, times] of world.effects) {
    if (times > 1) found.push(`${key} had ${times} effects`);
    const work = key.startsWith(rollbackId) ? key.split('/').slice(0, 3).join('/') : key;
    // The same work under two keys is two effects.
    const name = key.startsWith(`${rollbackId}/revert/`) ? work : key.split('/').slice(0, 2).join('/');
    if (works.has(name)) found.push(`${name} was done under two keys`);
    works.add(name);
  }
  if (world.reexposed > 0) found.push('the candidate was exposed again');
  const inOrder = plan.world.migrations.toReversed().slice(0, world.reverted.length);
  if (new Set(world.reverted).size === world.reverted.length && world.reverted.join() !== inOrder.join())
    found.push(`reverted in the order ${world.reverted.join()}`);
  if (ended.escalations > 1 + ended.retries) found.push(`people were told ${ended.escalations} times`);
  if (row.ended !== (row.state === 'verified')) found.push('it ended unverified');
  if (row.state !== 'verified' && !(row.state === 'unconfirmed' && row.escalatedAt !== null))
    found.push(`it ended ${row.state}, with everything well again`);
  if (plan.helped && row.state !== 'verified') found.push('people did what there was to do, and it is not verified');
  if (row.state === 'verified') found.push(...untrue(ended));
  else if (verifiedAt) found.push('what was verified is not any more');
  return found;
}

/** Each proof was read when it held, and after the restore; and the plane still served the target in the end. */
function untrue({ verifiedAt, row, world, plan }: Ended): string[] {
  if (!verifiedAt) return ['nobody wrote down that it is verified'];
  const found: string[] = [];
  for (const step of row.steps) {
    const { kind } = step.work;
    if (kind !== 'read_back' && kind !== 'exposure' && kind !== 'criteria' && kind !== 'check') continue;
    const reading = verifiedAt.readings.get(step.id);
    if (!reading?.ok) found.push(`${step.id} was never seen to hold`);
    else if (kind === 'read_back' && verifiedAt.at - reading.at > freshMs) found.push('verified by an old reading');
  }
  if (world.reverted.length !== plan.world.migrations.length) found.push('verified, and not everything was reverted');
  return found;
}
