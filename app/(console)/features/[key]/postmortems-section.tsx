/** What went wrong with this feature, and what was learnt from it. */
import Link from 'next/link';
import { attempt } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { Retry } from '@/app/ui/page/retry.client';
import { Lines } from '@/app/ui/postmortem/lines';
import { holds } from '@/lib/access/authorise';
import { listPostmortems } from '@/lib/postmortem/postmortem';
import { pageContext } from '@/lib/wiring';

const shown = 5;

export async function PostmortemsSection({
  feature,
  environment,
}: {
  feature: string;
  environment: string | undefined;
}) {
  const ctx = await pageContext();
  const place = environment ? { environment } : {};
  const found = await attempt(listPostmortems(ctx, { feature, ...place, limit: shown }));
  const query = `?feature=${encodeURIComponent(feature)}`;
  return (
    <Panel
      title="Post-mortems"
      id="postmortems"
      flush
      actions={
        <>
          {found.ok && found.value.length === shown ? <Link href={`/postmortems${query}`}>All of them</Link> : null}
          {holds(ctx.actor, 'operate') ? (
            <Link className="button small" href={`/postmortems/new${query}`}>
              Open one
            </Link>
          ) : null}
        </>
      }
    >
      {found.ok ? null : (
        <StateNote state="error" action={<Retry />}>
          {found.message}
        </StateNote>
      )}
      {found.ok && found.value.length === 0 ? (
        <StateNote state="none">No rollback and no failed drill of this feature has a report.</StateNote>
      ) : null}
      {found.ok && found.value.length > 0 ? <Lines lines={found.value} /> : null}
    </Panel>
  );
}
