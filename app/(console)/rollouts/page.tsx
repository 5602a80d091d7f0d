import Link from 'next/link';
import { Icon } from '@/app/ui/icon';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Filters } from '@/app/ui/page/filters';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { first, type SearchParams } from '@/app/ui/page/query';
import { Retry } from '@/app/ui/page/retry.client';
import { RolloutTable, sparksOf } from '@/app/ui/rollout/table';
import { stateWords } from '@/app/ui/text/words';
import { holds } from '@/lib/access/authorise';
import { type RolloutState, rolloutStates } from '@/lib/rollout/model';
import { listRollouts } from '@/lib/rollout/rollout';
import { pageContext } from '@/lib/wiring';

export const metadata = { title: 'Rollouts' };
const most = 200;

export default async function Rollouts({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const ctx = await pageContext();
  const query = first(await searchParams);
  const state = rolloutStates.find((s) => s === query.state);
  const found = await attempt(
    listRollouts(ctx, {
      limit: most,
      ...(state ? { states: [state as RolloutState] } : {}),
      ...(query.feature ? { feature: query.feature } : {}),
      ...(query.env ? { environment: query.env } : {}),
    }),
  );
  const rollouts = valueOr(found, []);
  const now = ctx.now().getTime();
  const sparks = await sparksOf(
    ctx,
    rollouts.filter((r) => r.state === 'running' || r.state === 'held' || r.state === 'rolling_back'),
    now,
  );
  const filtered = Boolean(state || query.feature || query.env);
  return (
    <div className="stack">
      <div className="row between">
        <h1>Rollouts</h1>
        {holds(ctx.actor, 'operate') ? (
          <Link className="button primary" href="/rollouts/new">
            <Icon name="plus" /> New rollout
          </Link>
        ) : null}
      </div>
      <Filters
        path="/rollouts"
        query={query}
        name="state"
        options={rolloutStates.map((s) => ({ value: s, label: stateWords[s].label }))}
        search={{ name: 'feature', label: 'Feature' }}
      />
      <Panel flush>
        {found.ok ? null : (
          <StateNote state="error" action={<Retry />}>
            {found.message}
          </StateNote>
        )}
        {found.ok && rollouts.length === 0 ? (
          <StateNote
            state="empty"
            action={
              filtered ? <Link href="/rollouts">Show all</Link> : <Link href="/rollouts/new">Draft the first</Link>
            }
          >
            {filtered ? 'No rollout matches.' : 'There is no rollout yet.'}
          </StateNote>
        ) : null}
        {rollouts.length > 0 ? (
          <RolloutTable rollouts={rollouts} sparks={sparks} operates={holds(ctx.actor, 'operate')} />
        ) : null}
      </Panel>
      {rollouts.length >= most ? <p className="quiet small">The newest {most}; filter to see older ones.</p> : null}
    </div>
  );
}
