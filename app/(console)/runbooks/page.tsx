import Link from 'next/link';
import { Icon } from '@/app/ui/icon';
import { attempt } from '@/app/ui/page/attempt';
import { Badge } from '@/app/ui/page/badge';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { Retry } from '@/app/ui/page/retry.client';
import { sharesOf } from '@/app/ui/runbook/words';
import { Ago } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { holds } from '@/lib/access/authorise';
import type { RunbookOfFeature } from '@/lib/runbook/model';
import { listRunbooks } from '@/lib/runbook/runbook';
import { pageContext } from '@/lib/wiring';

export const metadata = { title: 'Runbooks' };

export default async function Runbooks() {
  const ctx = await pageContext();
  const runbooks = await attempt(listRunbooks(ctx));
  const may = holds(ctx.actor, 'operate');
  return (
    <div className="stack">
      <div className="row between">
        <div>
          <h1>Runbooks</h1>
          <p className="quiet">
            What is done when a feature is rolled back, by Belay and by people. A feature without one of its own is
            rolled back by <Link href="/runbooks/default">the one that comes with Belay</Link>.
          </p>
        </div>
        {may ? (
          <Link className="button primary" href="/runbooks/new">
            <Icon name="plus" /> New runbook
          </Link>
        ) : null}
      </div>
      <Panel title="Features" id="features" flush>
        {runbooks.ok ? null : (
          <StateNote state="error" action={<Retry />}>
            {runbooks.message}
          </StateNote>
        )}
        {runbooks.ok && runbooks.value.length === 0 ? (
          <StateNote state="empty">
            No feature is described yet. <Link href="/features/new">Describe one</Link>, and it can be rolled back.
          </StateNote>
        ) : null}
        {runbooks.ok && runbooks.value.length > 0 ? <Table rows={runbooks.value} may={may} /> : null}
      </Panel>
    </div>
  );
}

function Table({ rows, may }: { rows: RunbookOfFeature[]; may: boolean }) {
  return (
    <table className="cards">
      <thead>
        <tr>
          <th scope="col">Feature</th>
          <th scope="col">Owner</th>
          <th scope="col">Runbook</th>
          <th scope="col">Steps</th>
          <th scope="col">Last change</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.feature}>
            <th scope="row">
              <Link href={`/features/${encodeURIComponent(row.feature)}#runbook`} prefetch={false}>
                <Name>{row.feature}</Name>
              </Link>
            </th>
            <td data-label="Owner">
              <Name>{row.owner}</Name>
            </td>
            <td data-label="Runbook">
              <Which row={row} may={may} />
            </td>
            <td data-label="Steps">{sharesOf(row.steps)}</td>
            <td data-label="Last change">
              {row.at ? (
                <>
                  <Ago at={row.at} /> by <Name>{row.by ?? ''}</Name>
                  <span className="quiet">: {visible(row.reason ?? '')}</span>
                </>
              ) : (
                <span className="quiet">never</span>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Which({ row, may }: { row: RunbookOfFeature; may: boolean }) {
  if (row.id)
    return (
      <span className="row">
        <Link href={`/runbooks/${row.id}`} prefetch={false}>
          <Name>{row.name}</Name>
        </Link>
        <Badge tone="good">version {row.version}</Badge>
      </span>
    );
  return (
    <span className="row">
      <Link href="/runbooks/default">{row.name}</Link>
      {may ? (
        <Link className="small" href={`/runbooks/new?feature=${encodeURIComponent(row.feature)}`} prefetch={false}>
          Give it its own
        </Link>
      ) : null}
    </span>
  );
}
