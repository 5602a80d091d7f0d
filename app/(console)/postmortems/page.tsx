import Link from 'next/link';
import { Icon } from '@/app/ui/icon';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Filters } from '@/app/ui/page/filters';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { first, type SearchParams } from '@/app/ui/page/query';
import { Retry } from '@/app/ui/page/retry.client';
import { Lines } from '@/app/ui/postmortem/lines';
import { postmortemStateWords } from '@/app/ui/postmortem/words';
import { holds } from '@/lib/access/authorise';
import { postmortemTrends } from '@/lib/postmortem/learn/trends';
import { postmortemStates } from '@/lib/postmortem/model';
import { listPostmortems } from '@/lib/postmortem/postmortem';
import { pageContext } from '@/lib/wiring';

import { Trends } from './trends';

export const metadata = { title: 'Post-mortems' };
const most = 100;

export default async function Postmortems({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const ctx = await pageContext();
  const query = first(await searchParams);
  const state = postmortemStates.find((s) => s === query.state);
  const found = await attempt(
    listPostmortems(ctx, {
      limit: most,
      ...(state ? { state: [state] } : {}),
      ...(query.q ? { q: query.q } : {}),
      ...(query.feature ? { feature: query.feature } : {}),
      ...(query.env ? { environment: query.env } : {}),
    }),
  );
  const trends = await attempt(
    postmortemTrends(ctx, {
      ...(query.feature ? { feature: query.feature } : {}),
      ...(query.env ? { environment: query.env } : {}),
    }),
  );
  const lines = valueOr(found, []);
  const filtered = Boolean(state || query.q || query.feature || query.env);
  return (
    <div className="stack">
      <div className="row between">
        <div>
          <h1>Post-mortems</h1>
          <p className="quiet">
            Every rollback and every failed drill writes its own report from what was recorded; people finish it.
          </p>
        </div>
        {holds(ctx.actor, 'operate') ? (
          <Link className="button primary" href="/postmortems/new">
            <Icon name="plus" /> Open over a stretch
          </Link>
        ) : null}
      </div>
      <Filters
        path="/postmortems"
        query={query}
        name="state"
        options={postmortemStates.map((s) => ({ value: s, label: postmortemStateWords[s].label }))}
        search={{ name: 'q', label: 'Search all of them' }}
      />
      <Panel flush title="Reports" id="reports" note={query.q ? `that speak of “${query.q}”` : null}>
        {found.ok ? null : (
          <StateNote state="error" action={<Retry />}>
            {found.message}
          </StateNote>
        )}
        {found.ok && lines.length === 0 ? (
          <StateNote state="none" action={filtered ? <Link href="/postmortems">Show all</Link> : null}>
            {filtered
              ? 'No report matches.'
              : 'There is no report yet. One is drafted within a minute of a rollback or a failed drill.'}
          </StateNote>
        ) : null}
        {lines.length > 0 ? <Lines lines={lines} /> : null}
      </Panel>
      <Panel title="Over time" id="trends" note="12 months; drills count nowhere here">
        {trends.ok ? (
          <Trends trends={trends.value} />
        ) : (
          <StateNote state="error" action={<Retry />}>
            {trends.message}
          </StateNote>
        )}
      </Panel>
      {lines.length >= most ? <p className="quiet small">The newest {most}; search to see older ones.</p> : null}
    </div>
  );
}
