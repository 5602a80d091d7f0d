import Link from 'next/link';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Filters } from '@/app/ui/page/filters';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { first, type SearchParams } from '@/app/ui/page/query';
import { Retry } from '@/app/ui/page/retry.client';
import { RollbackTable } from '@/app/ui/rollback/table';
import { type RollbackState, rollbackStates } from '@/lib/rollback/model';
import { listRollbacks } from '@/lib/rollback/rollback';
import { pageContext } from '@/lib/wiring';

export const metadata = { title: 'Rollbacks' };
const most = 200;

/** What somebody looks for; the steps in between are on the page of each. */
const groups: Array<{ value: string; label: string; states: RollbackState[] }> = [
  {
    value: 'under-way',
    label: 'Under way',
    states: rollbackStates.filter((s) => s !== 'verified' && s !== 'unconfirmed'),
  },
  { value: 'unconfirmed', label: 'Not confirmed', states: ['unconfirmed'] },
  { value: 'verified', label: 'Verified', states: ['verified'] },
];

export default async function Rollbacks({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const ctx = await pageContext();
  const query = first(await searchParams);
  const group = groups.find((g) => g.value === query.state);
  const found = await attempt(
    listRollbacks(ctx, {
      limit: most,
      ...(group ? { state: group.states } : {}),
      ...(query.feature ? { feature: query.feature } : {}),
      ...(query.env ? { environment: query.env } : {}),
    }),
  );
  const rollbacks = valueOr(found, []);
  const filtered = Boolean(group || query.feature || query.env);
  return (
    <div className="stack">
      <h1>Rollbacks</h1>
      <Filters
        path="/rollbacks"
        query={query}
        name="state"
        options={groups}
        search={{ name: 'feature', label: 'Feature' }}
      />
      <Panel flush>
        {found.ok ? null : (
          <StateNote state="error" action={<Retry />}>
            {found.message}
          </StateNote>
        )}
        {found.ok && rollbacks.length === 0 ? (
          <StateNote state="none" action={filtered ? <Link href="/rollbacks">Show all</Link> : null}>
            {filtered ? 'No rollback matches.' : 'Nothing has been rolled back or restored yet.'}
          </StateNote>
        ) : null}
        {rollbacks.length > 0 ? <RollbackTable rollbacks={rollbacks} /> : null}
      </Panel>
      {rollbacks.length >= most ? <p className="quiet small">The newest {most}; filter to see older ones.</p> : null}
    </div>
  );
}
