import type { Metadata } from 'next';
import Link from 'next/link';
import { found } from '@/app/(console)/found';
import { RunClocks } from '@/app/ui/drill/run/clocks';
import { RunFacts } from '@/app/ui/drill/run/facts';
import type { Judged } from '@/app/ui/drill/run/known';
import { RunLog } from '@/app/ui/drill/run/log';
import { RunBar, RunPanel } from '@/app/ui/drill/run/panel';
import { RunLessons, RunProof } from '@/app/ui/drill/run/proof';
import { isOver, runStateWords } from '@/app/ui/drill/run/reading';
import styles from '@/app/ui/drill/run/run.module.css';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { first, type SearchParams } from '@/app/ui/page/query';
import { PostmortemLinks } from '@/app/ui/postmortem/link';
import { StatusLink } from '@/app/ui/status/link';
import { Name, visible } from '@/app/ui/text/name';
import { holds } from '@/lib/access/authorise';
import type { Actor, Permission } from '@/lib/access/model';
import type { Context } from '@/lib/context';
import { getDrill } from '@/lib/drill/drill';
import type { RunView } from '@/lib/drill/model';
import { getRun } from '@/lib/drill/run/run';
import type { RolloutView, Verdict } from '@/lib/rollout/model';
import { getRollout } from '@/lib/rollout/rollout';
import { metricsOf } from '@/lib/signal/signal';
import { pageContext } from '@/lib/wiring';
import { RunCharts } from './charts';

type Props = { params: Promise<{ id: string }>; searchParams: Promise<SearchParams> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const found = await attempt(getRun(await pageContext(), (await params).id));
  if (!found.ok) return { title: 'Drill' };
  return { title: `${found.value.feature} drill ${runStateWords[found.value.state].label.toLowerCase()}` };
}

export default async function DrillRunPage({ params, searchParams }: Props) {
  const ctx = await pageContext();
  const run = await found(getRun(ctx, (await params).id));
  const over = isOver(run);
  const [rollout, drill] = await Promise.all([
    // Once the shadow is dropped there is none any more.
    run.rolloutId ? attempt(getRollout(ctx, run.rolloutId)) : null,
    run.drillId && over ? attempt(getDrill(ctx, run.drillId)) : null,
  ]);
  const shadow = rollout ? valueOr(rollout, null) : null;
  const allowed = holds(ctx.actor, 'operate');
  const judged = shadow?.verdict ? await judgedOf(ctx, shadow, shadow.verdict) : null;
  const log = <RunLog run={run} />;
  const charts = <RunCharts ctx={ctx} run={run} rollout={shadow} query={first(await searchParams)} />;
  return (
    <div className="stack">
      <Crumbs run={run} />
      <RunPanel run={run} judged={judged} barred={barredFrom(ctx.actor, run)} />
      <RunClocks run={run} allowed={allowed} />
      {over ? <PostmortemLinks ctx={ctx} subject={run.id} /> : null}
      {run.state === 'failed' ? (
        <div>
          <StatusLink ctx={ctx} subject="drill" id={run.id} />
        </div>
      ) : null}
      {over ? (
        // What came of it; then how.
        <>
          <RunProof run={run} />
          <RunLessons run={run} nextRunAt={drill ? (valueOr(drill, null)?.nextRunAt ?? null) : null} />
          {charts}
          {log}
        </>
      ) : (
        <>
          <div className={styles.happens}>
            {log}
            {charts}
          </div>
          <RunProof run={run} />
        </>
      )}
      <RunFacts run={run} />
      <RunBar run={run} allowed={allowed} />
    </div>
  );
}

async function judgedOf(ctx: Context, { plan, environment, feature }: RolloutView, verdict: Verdict): Promise<Judged> {
  const metrics = await attempt(metricsOf(ctx, { environment, feature }));
  const units = Object.fromEntries(valueOr(metrics, []).map(({ metric, unit }) => [metric, unit]));
  return { verdict, criteria: plan.criteria, units };
}

function Crumbs({ run }: { run: RunView }) {
  return (
    <div className={styles.crumbs}>
      <Link href="/drills">Drills</Link>
      <span aria-hidden="true">/</span>
      {run.drillId ? (
        <Link href={`/drills/${run.drillId}`}>
          <Name>{run.name}</Name>
        </Link>
      ) : (
        <Name>{run.name}</Name>
      )}
      <span aria-hidden="true">/</span>
      <Link href={`/features/${encodeURIComponent(run.feature)}`}>
        <Name>{run.feature}</Name>
      </Link>
      <span>in {visible(run.environment)}</span>
    </div>
  );
}

const permissionOf = { operator: 'operate', approver: 'approve', admin: 'administer' } as const satisfies Record<
  string,
  Permission
>;

/** The face refuses it too; here it is said before somebody tries. */
function barredFrom(actor: Actor, { drill: { decision } }: RunView): string | null {
  if (decision.by !== 'person') return 'This drill is decided by its plan.';
  if (!holds(actor, permissionOf[decision.role])) return `Answering needs the role ${decision.role}.`;
  if (decision.notThese.includes(actor.name) || decision.notThese.includes(actor.id))
    return 'You should not answer this time: somebody else is to learn it.';
  return null;
}
