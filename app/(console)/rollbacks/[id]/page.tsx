import type { Metadata } from 'next';
import Link from 'next/link';
import { found } from '@/app/(console)/found';
import { DrillNote } from '@/app/ui/drill/note';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { PostmortemLinks } from '@/app/ui/postmortem/link';
import { RollbackPanel } from '@/app/ui/rollback/panel';
import { rollbackStateWords } from '@/app/ui/rollback/words';
import { Name, visible } from '@/app/ui/text/name';
import { holds } from '@/lib/access/authorise';
import { callsOf } from '@/lib/rollback/calls';
import { getRollback } from '@/lib/rollback/rollback';
import { getSnapshot } from '@/lib/snapshot/snapshot';
import { pageContext } from '@/lib/wiring';
import styles from './page.module.css';

type Props = { params: Promise<{ id: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const found = await attempt(getRollback(await pageContext(), (await params).id));
  if (!found.ok) return { title: 'Rollback' };
  return { title: `${found.value.feature} rollback ${rollbackStateWords[found.value.state].label.toLowerCase()}` };
}

export default async function RollbackPage({ params }: Props) {
  const ctx = await pageContext();
  const { id } = await params;
  const rollback = await found(getRollback(ctx, id));
  const [calls, target] = await Promise.all([
    attempt(callsOf(ctx, id)),
    rollback.target ? attempt(getSnapshot(ctx, rollback.target)) : null,
  ]);
  return (
    <div className="stack">
      <DrillNote environment={rollback.environment} />
      <div className={styles.crumbs}>
        <Link href="/rollbacks">Rollbacks</Link>
        <span aria-hidden="true">/</span>
        <Link href={`/features/${encodeURIComponent(rollback.feature)}`}>
          <Name>{rollback.feature}</Name>
        </Link>
        <span aria-hidden="true">/</span>
        <Name>{rollback.environment}</Name>
        {rollback.cohorts.length > 0 ? <span>only {rollback.cohorts.map(visible).join(', ')}</span> : null}
        {rollback.rolloutId ? (
          <Link className={styles.rollout} href={`/rollouts/${rollback.rolloutId}`}>
            The rollout
          </Link>
        ) : null}
      </div>
      <PostmortemLinks ctx={ctx} subject={rollback.id} />
      <RollbackPanel
        rollback={rollback}
        target={target ? valueOr(target, null) : null}
        calls={valueOr(calls, null)}
        allowed={holds(ctx.actor, 'operate')}
        heading="h1"
      />
    </div>
  );
}
