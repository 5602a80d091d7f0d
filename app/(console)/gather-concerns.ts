/** Reads what may need somebody. What cannot be read leaves the rest as it is, and is said. */

import { standingOf } from '@/app/ui/drill/words';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { holds } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { listDrills } from '@/lib/drill/drill';
import type { DrillView, RunView } from '@/lib/drill/model';
import { runsOf } from '@/lib/drill/run/run';
import { listIncidents } from '@/lib/incident/incident';
import { backlog } from '@/lib/migration/migration';
import { listNotices } from '@/lib/notice/notice';
import { listDeliveries } from '@/lib/plane/deliveries';
import { listActions } from '@/lib/postmortem/action/action';
import { listPostmortems } from '@/lib/postmortem/postmortem';
import { rollbackStates } from '@/lib/rollback/model';
import { listRollbacks } from '@/lib/rollback/rollback';
import { getRollbackCap } from '@/lib/rollout/act/cap';
import type { RolloutView } from '@/lib/rollout/model';
import { listApprovals } from '@/lib/rollout/rollout';
import { freshness, rejections } from '@/lib/signal/signal';
import { type Concern, concernsOf } from './concerns';

const open = rollbackStates.filter((state) => state !== 'verified');

/** @param active the rollouts under way */
export async function gatherConcerns(
  ctx: Context,
  active: RolloutView[],
  environment: string | undefined,
): Promise<Concern[]> {
  const place = environment ? { environment } : {};
  const here = <T extends { environment: string | null }>(of: T) => !environment || of.environment === environment;
  const [
    rollbacks,
    approvals,
    migrations,
    deliveries,
    notices,
    drills,
    incidents,
    reviews,
    actions,
    refused,
    cap,
    fresh,
  ] = await Promise.all([
    attempt(listRollbacks(ctx, { ...place, state: open, limit: 50 })),
    attempt(listApprovals(ctx, { state: 'pending' })),
    attempt(backlog(ctx)),
    attempt(listDeliveries(ctx, { ...place, state: ['conflict', 'refused'] })),
    attempt(listNotices(ctx, { state: 'failed', limit: 100 })),
    attempt(listDrills(ctx, place)),
    attempt(listIncidents(ctx, { ...place, open: true })),
    attempt(listPostmortems(ctx, { ...place, asked: ctx.actor.name, limit: 20 })),
    attempt(listActions(ctx, { ...place, overdue: true, limit: 100 })),
    attempt(rejections(ctx, 5)),
    attempt(getRollbackCap(ctx)),
    Promise.all(
      active.map(async (r) => {
        const read = await attempt(freshness(ctx.db, { environment: r.environment, feature: r.feature }));
        return read.ok ? [[r.id, read.value.lastAt] as const] : [];
      }),
    ),
  ]);
  const read = {
    rollbacks,
    approvals,
    migrations,
    'control planes': deliveries,
    notices,
    drills,
    incidents,
    'reviews that wait': reviews,
    'action items': actions,
    'refused points': refused,
  };
  const asking = await askingOf(ctx, valueOr(drills, []));
  return concernsOf({
    rollouts: active,
    rollbacks: valueOr(rollbacks, []),
    approvals: valueOr(approvals, []).filter(here),
    migrations: valueOr(migrations, []).filter(here),
    deliveries: valueOr(deliveries, []),
    notices: valueOr(notices, []),
    drills: valueOr(drills, []),
    asking,
    mine: asking.filter((run) => mayAnswer(ctx.actor, run)).map((run) => run.id),
    incidents: valueOr(incidents, []),
    reviews: valueOr(reviews, []),
    actions: valueOr(actions, []),
    refused: valueOr(refused, []),
    lastAt: new Map(fresh.flat()),
    unread: Object.entries(read).flatMap(([what, { ok }]) => (ok ? [] : [what])),
    cap: valueOr(cap, null),
    now: ctx.now().getTime(),
  });
}

/** The newest run of each drill that waits for a person. */
async function askingOf(ctx: Context, drills: DrillView[]) {
  const waiting = drills.filter((d) => standingOf(d) === 'waits');
  const runs = await Promise.all(waiting.map((d) => attempt(runsOf(ctx, d.id, 1))));
  return runs.flatMap((r) => valueOr(r, []));
}

const permissionOf = { operator: 'operate', approver: 'approve', admin: 'administer' } as const;

/** As the run asks it: the role, and not one of those who should leave it to others. */
function mayAnswer(actor: Context['actor'], { drill: { decision } }: RunView): boolean {
  return (
    decision.by === 'person' && holds(actor, permissionOf[decision.role]) && !decision.notThese.includes(actor.name)
  );
}
