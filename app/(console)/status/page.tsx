import Link from 'next/link';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Badge } from '@/app/ui/page/badge';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { first, type SearchParams } from '@/app/ui/page/query';
import { Retry } from '@/app/ui/page/retry.client';
import { Ago } from '@/app/ui/text/clock.client';
import { visible } from '@/app/ui/text/name';
import type { StatusLine } from '@/lib/status/model';
import { listStatusPages } from '@/lib/status/status';
import { pageContext } from '@/lib/wiring';

export const metadata = { title: 'Status pages' };
const most = 200;

export default async function StatusPages({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const ctx = await pageContext();
  const query = first(await searchParams);
  const found = await attempt(listStatusPages(ctx, { limit: most, ...(query.env ? { environment: query.env } : {}) }));
  const pages = waitingFirst(valueOr(found, []));
  const waiting = pages.filter(waits).length;
  return (
    <div className="stack">
      <div>
        <h1>Status pages</h1>
        <p className="quiet">
          What people who run nothing are told of rollouts and incidents. Belay drafts; a person approves and sends.
        </p>
      </div>
      <Panel title="Pages" id="pages" note={waiting > 0 ? `drafts wait on ${waiting}` : undefined} flush>
        {found.ok ? null : (
          <StateNote state="error" action={<Retry />}>
            {found.message}
          </StateNote>
        )}
        {found.ok && pages.length === 0 ? (
          <StateNote state="none" action={query.env ? <Link href="/status">Show all</Link> : null}>
            {query.env
              ? 'Nothing is told of this environment yet.'
              : 'Nothing is told yet. A rollout has its page from its start on, a rollback once its report opens, an incident from when it is marked.'}
          </StateNote>
        ) : null}
        {pages.length > 0 ? <Table pages={pages} /> : null}
      </Panel>
      {pages.length >= most ? (
        <p className="quiet small">The newest {most}; choose an environment to see older ones.</p>
      ) : null}
    </div>
  );
}

const waits = (page: StatusLine) => page.drafts > 0 && !page.closed;

/** What somebody has to read stands above what is only to be looked up; each newest first. */
const waitingFirst = (pages: StatusLine[]) => [...pages.filter(waits), ...pages.filter((page) => !waits(page))];

function Table({ pages }: { pages: StatusLine[] }) {
  return (
    <table className="cards">
      <thead>
        <tr>
          <th scope="col">Page</th>
          <th scope="col">Now</th>
          <th scope="col">Drafts</th>
          <th scope="col">Last told</th>
          <th scope="col">Who reads it</th>
        </tr>
      </thead>
      <tbody>
        {pages.map((page) => (
          <tr key={page.id}>
            <th scope="row" style={{ whiteSpace: 'normal', overflowWrap: 'anywhere' }}>
              <Link href={`/status/${page.id}`} prefetch={false}>
                <bdi>{visible(page.title)}</bdi>
              </Link>
            </th>
            <td data-label="Now" style={{ overflowWrap: 'anywhere' }}>
              {page.now ? (
                <>
                  <bdi>{visible(page.now.text)}</bdi>{' '}
                  <span className="quiet nowrap">
                    <Ago at={page.now.since} />
                  </span>
                </>
              ) : (
                <span className="quiet">nothing has happened yet</span>
              )}
            </td>
            <td data-label="Drafts">
              {waits(page) ? (
                <Badge tone="warn">
                  {page.drafts} {page.drafts === 1 ? 'waits' : 'wait'}
                </Badge>
              ) : (
                <span className="quiet">none</span>
              )}
            </td>
            <td data-label="Last told">
              {page.sentAt ? <Ago at={page.sentAt} /> : <span className="quiet">never</span>}
            </td>
            <td data-label="Who reads it">
              <span className="row">
                <Badge tone={page.public ? 'warn' : 'plain'}>{page.public ? 'Public link' : 'Internal'}</Badge>
                {page.closed ? <Badge tone="plain">Closed</Badge> : null}
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
