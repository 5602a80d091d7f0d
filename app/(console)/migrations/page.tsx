/** The backlog of all rollouts: what can be done now first, then each rollout with what blocks what. */
import Link from 'next/link';
import { MigrationTable } from '@/app/ui/migration/table';
import { canApply, waitsForPerson } from '@/app/ui/migration/words';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { StateBadge } from '@/app/ui/page/badge';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { first, type SearchParams } from '@/app/ui/page/query';
import { Retry } from '@/app/ui/page/retry.client';
import { visible } from '@/app/ui/text/name';
import { holds } from '@/lib/access/authorise';
import { backlog } from '@/lib/migration/migration';
import type { MigrationView } from '@/lib/migration/model';
import { pageContext } from '@/lib/wiring';

export const metadata = { title: 'Migrations' };

export default async function Migrations({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const ctx = await pageContext();
  const query = first(await searchParams);
  const found = await attempt(backlog(ctx));
  const steps = valueOr(found, []).filter((s) => !query.env || s.environment === query.env);
  const may = holds(ctx.actor, 'operate');
  // What went wrong first, then what a person is waited for, then what could go.
  const now = steps.filter((s) => urgency(s) < 3).toSorted((a, b) => urgency(a) - urgency(b));
  const above = new Set(now.map((s) => s.id));
  const orders = may ? (['confirm', 'apply', 'revert'] as const) : [];
  return (
    <div className="stack">
      <h1>Migrations</h1>
      {found.ok ? null : (
        <StateNote state="error" action={<Retry />}>
          {found.message}
        </StateNote>
      )}
      {found.ok && steps.length === 0 ? (
        <StateNote state="none">
          No rollout that is not over declares a step that changes data or schemas. A plan names them under{' '}
          <code>migrations</code>: see the <Link href="/guide">guide</Link>.
        </StateNote>
      ) : null}
      {steps.length > 0 ? (
        <Panel title="To do now" id="now" note={summary(steps, now)} flush>
          {now.length === 0 ? (
            <StateNote state="none">What is not applied waits for something else.</StateNote>
          ) : (
            <MigrationTable steps={now} orders={orders} places />
          )}
        </Panel>
      ) : null}
      {byRollout(steps).map(([rolloutId, own]) => (
        <Panel
          key={rolloutId}
          id={rolloutId}
          flush
          title={
            <Link href={`/rollouts/${rolloutId}`} prefetch={false}>
              <bdi>{visible(own[0]?.feature ?? '')}</bdi> in {visible(own[0]?.environment ?? '')}
            </Link>
          }
          note={own[0] ? <StateBadge state={own[0].rolloutState} /> : null}
        >
          <MigrationTable steps={own} orders={orders} elsewhere={above} anchors />
        </Panel>
      ))}
      {may ? null : <p className="quiet small">Applying and reverting needs the role operator.</p>}
    </div>
  );
}

function urgency(step: MigrationView): number {
  if (step.state === 'failed') return 0;
  if (waitsForPerson(step)) return 1;
  return canApply(step) ? 2 : 3;
}

function byRollout(steps: MigrationView[]): Array<[string, MigrationView[]]> {
  const groups = new Map<string, MigrationView[]>();
  for (const step of steps) groups.set(step.rolloutId, [...(groups.get(step.rolloutId) ?? []), step]);
  return [...groups];
}

function summary(steps: MigrationView[], now: MigrationView[]): string {
  const applied = steps.filter((s) => s.state === 'applied').length;
  const waiting = steps.length - applied - now.length;
  return `${now.length} to do, ${Math.max(waiting, 0)} waiting or under way, ${applied} applied`;
}
