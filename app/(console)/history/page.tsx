import Link from 'next/link';
import { ChainCheck } from '@/app/ui/event/chain-check.client';
import { EventList } from '@/app/ui/event/list';
import { attempt } from '@/app/ui/page/attempt';
import { Filters } from '@/app/ui/page/filters';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { first, type SearchParams, withQuery } from '@/app/ui/page/query';
import { Retry } from '@/app/ui/page/retry.client';
import { history } from '@/lib/event/event';
import { type EventKind, eventKinds } from '@/lib/event/model';
import { pageContext } from '@/lib/wiring';

export const metadata = { title: 'History' };

const groups: Record<string, { label: string; test: (kind: EventKind) => boolean }> = {
  rollouts: { label: 'Rollouts', test: (k) => k.startsWith('rollout.') || k.startsWith('approval.') },
  verdicts: { label: 'Verdicts', test: (k) => k === 'verdict.changed' },
  features: { label: 'Features', test: (k) => /^(feature|override|opt_out|cohort)\./.test(k) },
  people: { label: 'People and keys', test: (k) => /^(key|person)\./.test(k) },
  system: {
    label: 'Settings and system',
    test: (k) => /^(settings|automation|telemetry|retention|webhook|plane)\./.test(k),
  },
};
const page = 100;

export default async function History({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const ctx = await pageContext();
  const query = first(await searchParams);
  const group = query.kind ? groups[query.kind] : undefined;
  const before = /^\d{1,15}$/.test(query.before ?? '') ? Number(query.before) : undefined;
  const events = await attempt(
    history(ctx, {
      limit: page,
      ...(group ? { kinds: eventKinds.filter(group.test) } : {}),
      ...(query.env ? { environment: query.env } : {}),
      ...(query.feature ? { feature: query.feature } : {}),
      ...(before === undefined ? {} : { before }),
    }),
  );
  const last = events.ok ? events.value.at(-1) : undefined;
  return (
    <div className="stack">
      <div className="row between">
        <h1>History</h1>
        <ChainCheck />
      </div>
      <p className="quiet" style={{ maxWidth: '80ch' }}>
        Every change with its name, its reason and its place in a chain of hashes. Nothing here can be changed or
        deleted; a change behind Belay’s back shows above.
      </p>
      <Filters
        path="/history"
        query={query}
        name="kind"
        options={Object.entries(groups).map(([value, { label }]) => ({ value, label }))}
        search={{ name: 'feature', label: 'Feature' }}
      />
      <Panel flush>
        {events.ok ? (
          <EventList events={events.value} linked />
        ) : (
          <StateNote state="error" action={<Retry />}>
            {events.message}
          </StateNote>
        )}
      </Panel>
      <div className="row">
        {before === undefined ? null : (
          <Link className="button" href={withQuery('/history', query, { before: null })}>
            Newest
          </Link>
        )}
        {events.ok && events.value.length === page && last ? (
          <Link className="button" href={withQuery('/history', query, { before: String(last.seq) })}>
            Older
          </Link>
        ) : null}
      </div>
    </div>
  );
}
