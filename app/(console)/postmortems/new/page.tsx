import Link from 'next/link';
import { environmentsOf } from '@/app/ui/frame/environments';
import { readPreferences } from '@/app/ui/frame/preferences';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { first, type SearchParams } from '@/app/ui/page/query';
import { holds } from '@/lib/access/authorise';
import { listFeatures } from '@/lib/feature/feature';
import { listTemplates } from '@/lib/template/template';
import { pageContext } from '@/lib/wiring';
import { OpenForm } from './open-form.client';

export const metadata = { title: 'Open a post-mortem' };
const hour = 3_600_000;

export default async function OpenPostmortem({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const ctx = await pageContext();
  const query = first(await searchParams);
  const [features, templates, environments, { zone }] = await Promise.all([
    attempt(listFeatures(ctx)),
    attempt(listTemplates(ctx, { kind: 'postmortem' })),
    environmentsOf(ctx),
    readPreferences(),
  ]);
  const now = ctx.now().getTime();
  return (
    <div className="stack">
      <div>
        <p className="small quiet">
          <Link href="/postmortems">Post-mortems</Link>
        </p>
        <h1>Open a post-mortem over a stretch of time</h1>
        <p className="quiet" style={{ maxWidth: '75ch' }}>
          A rollback and a failed drill get one by themselves. For anything else name the feature and the time: Belay
          drafts it within a minute from what it recorded then.
        </p>
      </div>
      <Panel>
        {holds(ctx.actor, 'operate') ? (
          <OpenForm
            features={valueOr(features, []).map((f) => f.key)}
            environments={environments.length > 0 ? environments : ['production']}
            templates={valueOr(templates, [])}
            start={{
              template: query.template ?? '',
              feature: query.feature ?? '',
              environment: query.env ?? environments[0] ?? 'production',
              from: new Date(Math.floor((now - hour) / 60_000) * 60_000).toISOString(),
              to: new Date(Math.floor(now / 60_000) * 60_000).toISOString(),
            }}
            zone={zone}
          />
        ) : (
          <StateNote state="none">Opening a report needs the role operator.</StateNote>
        )}
      </Panel>
    </div>
  );
}
