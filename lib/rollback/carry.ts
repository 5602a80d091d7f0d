/** One step of a rollback, carried out: asks whoever can tell, and changes nothing of the rollback itself. */
import { eq } from 'drizzle-orm';
import { flagRevision } from '@/drizzle/schema/feature';
import { currentConfiguration } from '@/lib/configuration/current';
import type { Db } from '@/lib/db';
import { reach } from '@/lib/failpoint';
import { callWebhook, revertMigration, runCheck } from '@/lib/migration/migration';
import { differences } from '@/lib/plane/compare';
import { deliverPlane } from '@/lib/plane/delivery';
import { builtinId, type PlaneState, type ReadBack } from '@/lib/plane/model';
import { openPlane } from '@/lib/plane/open';
import { waitForListeners } from '@/lib/revision';
import type { Resolve } from '@/lib/webhook/send';
import type { RollbackStep, StepWork, TaskResult, Tick } from './model';
import { proveCriteria } from './proof-criteria';
import { proveExposure } from './proof-exposure';
import type { RollbackRow } from './store';

export type Home = { db: Db; now: () => Date; resolve?: Resolve };
export type Task = { row: RollbackRow; step: RollbackStep; ticks: Tick[] };

/** With it whatever is called does the step once, however often it is asked. */
export const keyOf = (row: Pick<RollbackRow, 'id'>, step: Pick<RollbackStep, 'id'>): string => `${row.id}/${step.id}`;

/** Whether somebody outside is asked, so that it is written down before and after. */
export const callsOut = (row: RollbackRow, { work }: RollbackStep): boolean =>
  work.kind === 'revert' ||
  work.kind === 'check' ||
  work.kind === 'call' ||
  ((work.kind === 'restore' || work.kind === 'read_back') && row.plane !== builtinId);

export async function carryOut(home: Home, task: Task): Promise<TaskResult> {
  const { row, step, ticks } = task;
  switch (step.work.kind) {
    case 'restore':
      return row.plane === builtinId
        ? switched(home, row)
        : deliverPlane(home, { feature: row.featureKey, environment: row.environment });
    case 'serve':
      return served(home, row);
    case 'read_back':
      return readBack(home, row);
    case 'exposure':
      return proveExposure(home.db, home.now(), row);
    case 'criteria':
      return proveCriteria(home.db, home.now(), row);
    case 'person':
      return ticked(step, step.work, ticks);
    case 'revert':
      return revertMigration(home, {
        migration: step.work.migration,
        key: keyOf(row, step),
        fence: row.fence,
        ticked: ticks.some((tick) => tick.step === step.id),
      });
    case 'check':
      return runCheck(home, step.work.check, {
        key: keyOf(row, step),
        fence: row.fence,
        ...(step.owner === null ? {} : { owner: step.owner }),
      });
    case 'call':
      return called(home, task, step.work);
  }
}

/** The decision switched them in its own transaction; what is left is to see it. */
async function switched({ db }: Home, row: RollbackRow): Promise<TaskResult> {
  const [flags] = await db.select({ revision: flagRevision.revision }).from(flagRevision).where(eq(flagRevision.id, 1));
  const whom = row.cohorts.length > 0 ? ` to ${row.cohorts.join(', ')}` : '';
  return (flags?.revision ?? 0) >= row.revision
    ? { kind: 'done', detail: `The flags serve ${row.desired.baseline}${whom} since revision ${row.revision}` }
    : {
        kind: 'failed',
        detail: `The flags are at revision ${flags?.revision ?? 0}, before the restore (${row.revision})`,
        next: 'The database was set back to a time before this rollback: restore the snapshot again.',
        retryAfterMs: 5_000,
      };
}

async function served({ db, now }: Home, row: RollbackRow): Promise<TaskResult> {
  const whom = row.cohorts.length > 0 ? ` to ${row.cohorts.join(', ')}` : '';
  return (await waitForListeners(db, now(), row.revision))
    ? { kind: 'done', detail: `Every process that evaluates serves it${whom}` }
    : { kind: 'wait', detail: 'A process still serves older flags', afterMs: 1_000 };
}

/** Once more, after everything else: what is served now is what was wanted. */
async function readBack(home: Home, row: RollbackRow): Promise<TaskResult> {
  const { featureKey, environment, desired, cohorts } = row;
  const plane = await openPlane(
    { ...home, configuration: (of, where) => currentConfiguration(home.db, of, where), commit: async () => {} },
    row.plane,
  );
  const found: ReadBack = plane
    ? await plane.read(featureKey, environment)
    : { known: false, why: 'there is no such control plane any more', retryAfterMs: null };
  if (!found.known)
    return { kind: 'wait', detail: `What is served is not known: ${found.why}`, afterMs: found.retryAfterMs ?? 1_000 };
  // What is served to others may go on changing while some cohorts are taken back.
  if (found.fence > row.fence && cohorts.length === 0)
    return {
      kind: 'failed',
      detail: `A newer order (${found.fence}) has changed it since`,
      next: 'Somebody has decided anew: look at what is served now. If that is right, take this rollback over.',
      retryAfterMs: 30_000,
    };
  const other = cohorts.length > 0 ? stillIn(found.state, cohorts) : differences(desired, found.state);
  return other.length === 0
    ? { kind: 'done', detail: 'It reads back as wanted' }
    : {
        kind: 'failed',
        detail: `It serves another ${other.join(', ')} than was wanted`,
        next: 'Look at who has changed it since. If the change is right, take this rollback over; if not, undo it and try again.',
        retryAfterMs: 5_000,
      };
}

/** Cohorts that are not taken back. */
const stillIn = (state: PlaneState, cohorts: string[]): string[] =>
  cohorts.filter((cohort) => !state.withdrawn.includes(cohort) && state.exposure.some((row) => row.share > 0));

async function called(
  home: Home,
  { row, step }: Task,
  { webhook, body, timeoutMs }: Extract<StepWork, { kind: 'call' }>,
): Promise<TaskResult> {
  reach('call.before');
  const result = await callWebhook(home, {
    webhook,
    body,
    timeoutMs,
    key: keyOf(row, step),
    fence: row.fence,
    type: 'belay.rollback.call',
    about: { rollback: row.id, step: step.id, feature: row.featureKey, environment: row.environment },
  });
  reach('call.after');
  return result;
}

function ticked(step: RollbackStep, work: { who: string; blocking: boolean }, ticks: Tick[]): TaskResult {
  const tick = ticks.find((t) => t.step === step.id);
  if (tick) return { kind: 'done', detail: `Ticked off by ${tick.by}${tick.note ? `: ${tick.note}` : ''}` };
  const who = work.who || 'Somebody';
  return {
    kind: 'wait',
    detail: `Waits for ${work.who || 'a person'}`,
    afterMs: 5_000,
    next: `${who} does this and ticks it off: ${step.title}`,
  };
}
