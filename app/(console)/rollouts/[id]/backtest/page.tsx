/** Judging a recorded stretch again, with criteria that the reader may edit. */
import type { Metadata } from 'next';
import Link from 'next/link';
import { stringify } from 'yaml';
import { found } from '@/app/(console)/found';
import { readPreferences } from '@/app/ui/frame/preferences';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Name } from '@/app/ui/text/name';
import { getRollout } from '@/lib/rollout/rollout';
import { metricsOf } from '@/lib/signal/signal';
import { pageContext } from '@/lib/wiring';
import styles from './backtest.module.css';
import { BacktestForm } from './backtest-form.client';
import { planText } from './plan-text';

export const metadata: Metadata = { title: 'Backtest' };

export default async function BacktestPage({ params }: { params: Promise<{ id: string }> }) {
  const ctx = await pageContext();
  const rollout = await found(getRollout(ctx, (await params).id));
  const { environment, feature } = rollout;
  const [preferences, metrics] = await Promise.all([
    readPreferences(),
    attempt(metricsOf(ctx, { environment, feature })),
  ]);
  const units = Object.fromEntries(valueOr(metrics, []).map((m) => [m.metric, m.unit]));
  const href = `/rollouts/${rollout.id}`;
  return (
    <div className={styles.page}>
      <div>
        <div className={styles.crumbs}>
          <Link href="/rollouts">Rollouts</Link>
          <span aria-hidden="true">/</span>
          <Link href={href}>
            <Name>{feature}</Name>
          </Link>
          <span aria-hidden="true">/</span>
          <span>{environment}</span>
        </div>
        <h1>Backtest</h1>
        <p className={styles.intro}>
          What was recorded is judged again, by the code that judges live, with the criteria below. Nothing is changed
          by it.
        </p>
      </div>
      <BacktestForm
        id={rollout.id}
        initial={stringify(planText(rollout.plan), { lineWidth: 100 })}
        from={rollout.startedAt}
        to={rollout.endedAt}
        observes={rollout.mode === 'observe'}
        units={units}
        zone={preferences.zone}
      />
    </div>
  );
}
