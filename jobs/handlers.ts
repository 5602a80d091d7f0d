/** What each job does: call a face. No rules of its own; what there is to do is told by our tables. */
import { retainAccess } from '@/lib/access/access';
import type { Actor } from '@/lib/access/model';
import type { Context } from '@/lib/context';
import { planRuns } from '@/lib/drill/drill';
import { expireFaults } from '@/lib/drill/fault/fault';
import { dropShadows } from '@/lib/drill/run/drop';
import { dueRuns, reapRuns, stepRun } from '@/lib/drill/run/run';
import { record, verifyChain } from '@/lib/event/event';
import { dueMigrations, stepMigration } from '@/lib/migration/migration';
import { deliverNotice, dueNotices, retainNotices } from '@/lib/notice/notice';
import { deliverPlane, dueDeliveries } from '@/lib/plane/delivery';
import { remindOwners } from '@/lib/postmortem/action/remind';
import { deliverAction, dueTracking } from '@/lib/postmortem/action/tracker';
import { enclosed } from '@/lib/postmortem/hand-out/copy';
import { draftPostmortem, duePostmortems, followHistory } from '@/lib/postmortem/open';
import { retainCopies } from '@/lib/postmortem/send';
import { dueRollbacks, stepRollback } from '@/lib/rollback/rollback';
import { explain, unexplained } from '@/lib/rollout/explain/explain';
import { retainLooks } from '@/lib/rollout/rollout';
import { retain } from '@/lib/signal/signal';
import { followStatus } from '@/lib/status/follow';
import { draftWhatGoesOn } from '@/lib/status/going-on';
import type { Handlers } from './run';

const rule = (name: string): Actor => ({ kind: 'rule', id: name, name, environment: null });

export function handlersFor(seams: Omit<Context, 'actor'>): Handlers {
  const as = (name: string): Context => ({ ...seams, actor: rule(name) });
  return {
    rollback: async ({ rollbackId }) => {
      await stepRollback(as('rollback'), rollbackId);
    },
    delivery: async (of) => {
      await deliverPlane(seams, of);
    },
    migration: async ({ migrationId }) => stepMigration(as('migration'), migrationId),
    explain: async ({ rolloutId }) => explain(as('explain'), rolloutId),
    notice: async ({ noticeId }, { signal }) => {
      for (let id: string | null = noticeId, n = 0; id !== null && n < 50 && !signal.aborted; n++)
        id = await deliverNotice({ ...seams, enclose: enclosed }, id);
    },
    drill: async ({ runId }) => {
      await stepRun(seams, runId);
    },
    postmortem: async ({ postmortemId }) => {
      await draftPostmortem(seams, postmortemId);
    },
    tracker: async ({ actionId }) => deliverAction(seams, actionId),
    sweep: async (_payload, { log, signal }) => {
      // Whatever hangs may keep a job of its own, but neither this one nor another.
      for (const noticeId of await dueNotices(seams.db, seams.now())) await seams.enqueue('notice', { noticeId });
      for (const migrationId of await dueMigrations(seams.db, seams.now()))
        await seams.enqueue('migration', { migrationId });
      for (const of of await dueDeliveries(seams.db, seams.now())) await seams.enqueue('delivery', of);
      for (const rollbackId of await dueRollbacks(seams.db, seams.now()))
        await seams.enqueue('rollback', { rollbackId });
      for (const runId of await dueRuns(seams.db, seams.now())) await seams.enqueue('drill', { runId });
      const expired = await expireFaults(seams.db, seams.now());
      if (expired.length > 0) log.warn({ runs: expired }, 'faults of drills had ended by themselves');
      const reaped = await reapRuns(seams, seams.now());
      if (reaped.length > 0) log.warn({ runs: reaped }, 'ended drills that nobody carried on');
      await followHistory(seams);
      for (const postmortemId of await duePostmortems(seams.db, seams.now()))
        await seams.enqueue('postmortem', { postmortemId });
      for (const actionId of await dueTracking(seams.db, seams.now())) await seams.enqueue('tracker', { actionId });
      await remindOwners(seams).catch((error) => log.error({ err: error }, 'owners of actions were not reminded'));
      await followStatus(seams)
        .then(() => draftWhatGoesOn(seams))
        .catch((error) => log.error({ err: error }, 'what stakeholders could be told was not drafted'));
      for (const id of await unexplained(seams.db, seams.now())) {
        if (signal.aborted) return;
        await explain(as('explain'), id).catch((error) =>
          log.error({ err: error, rollout: id }, 'where an excess is could not be said'),
        );
      }
    },
    drills: async (_payload, { log }) => {
      const { runs, failed } = await planRuns(seams.db, seams.now());
      for (const { drillId, error } of failed)
        log.error({ err: error, drill: drillId }, 'a drill could not be planned');
      for (const runId of runs) await seams.enqueue('drill', { runId });
      if (runs.length > 0) log.info({ runs }, 'planned runs of drills');
    },
    retention: async (_payload, { log }) => {
      const now = seams.now();
      const dropped = {
        ...(await retain(seams.db, now)),
        looks: await retainLooks(seams.db, now),
        notices: await retainNotices(seams.db, now),
        copies: await retainCopies(seams.db, now),
        drills: await dropShadows(seams.db, now),
      };
      await retainAccess(seams.db, now);
      if (Object.values(dropped).every((n) => n === 0)) return;
      log.info({ dropped }, 'dropped what was past its keep');
      await seams.db.transaction((tx) =>
        record(tx, now, rule('retention'), {
          kind: 'retention.ran',
          reason: 'Dropped what was past its keep',
          data: dropped,
        }),
      );
    },
    audit: async (_payload, { log }) => {
      const report = await verifyChain(seams.db);
      if (report.ok) log.info({ events: report.length }, 'the history is whole');
      else log.error({ seq: report.seq, why: report.why }, 'the history was tampered with');
    },
  } satisfies Handlers;
}
