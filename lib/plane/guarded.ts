/**
 * A plane behind its breaker: one that does not answer is left alone for a while, by every worker, and said to be
 * unknown. The breaker is read and written in transactions of its own, never while a call is under way.
 */
import type { Db } from '@/lib/db';
import { afterCall, askLeave } from './breaker';
import type { Plane, ReadBack, Written } from './model';
import { lockPlane, setBreaker } from './store';

type Guard = {
  db: Db;
  now: () => Date;
  planeId: string;
  /** the longest that one call of the plane may take */
  probeMs: number;
};

export function guardedPlane(plane: Plane, guard: Guard): Plane {
  return {
    read: (feature, environment) =>
      guarded<ReadBack>(guard, {
        call: () => plane.read(feature, environment),
        answered: (found) => found.known,
        left: (why, retryAfterMs) => ({ known: false, why, retryAfterMs }),
      }),
    write: (order) =>
      guarded<Written>(guard, {
        call: () => plane.write(order),
        answered: (written) => written.kind !== 'unknown',
        left: (why, retryAfterMs) => ({ kind: 'unknown', why, retryAfterMs }),
      }),
  };
}

type Call<T> = {
  call: () => Promise<T>;
  answered: (answer: T) => boolean;
  left: (why: string, retryAfterMs: number) => T;
};

async function guarded<T>(guard: Guard, { call, answered, left }: Call<T>): Promise<T> {
  const leave = await guard.db.transaction(async (tx) => {
    const row = await lockPlane(tx, guard.planeId);
    if (!row) return null;
    const given = askLeave(row.breaker, guard.now().getTime(), guard.probeMs);
    if (given.ask && given.breaker !== row.breaker) await setBreaker(tx, guard.planeId, given.breaker);
    return given;
  });
  if (!leave) return left('the plane was removed', 0);
  if (!leave.ask) return left('it did not answer several times; it is left alone for a while', leave.retryAfterMs);
  const answer = await call();
  await guard.db.transaction(async (tx) => {
    const row = await lockPlane(tx, guard.planeId);
    if (!row) return;
    const after = afterCall(row.breaker, answered(answer), guard.now().getTime());
    const same = row.breaker.state === 'closed' && after.state === 'closed' && row.breaker.failures === after.failures;
    if (!same) await setBreaker(tx, guard.planeId, after);
  });
  return answer;
}
