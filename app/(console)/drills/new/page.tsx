import Link from 'next/link';
import { DrillForm } from '@/app/ui/drill/form.client';
import { readPreferences } from '@/app/ui/frame/preferences';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { StateNote } from '@/app/ui/page/panel';
import { first, type SearchParams } from '@/app/ui/page/query';
import { yamlOf } from '@/app/ui/rollout/plan-text';
import { visible } from '@/app/ui/text/name';
import { proposeDrills } from '@/lib/drill/learn/propose';
import { listTemplates } from '@/lib/template/template';
import { pageContext } from '@/lib/wiring';
import { knownHere } from '../known';

export const metadata = { title: 'New drill' };

/** With ?template from a template, with ?proposal as Belay proposes it for a feature; with ?feature for that one. */
export default async function NewDrill({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const ctx = await pageContext();
  const query = first(await searchParams);
  const { zone } = await readPreferences();
  const [known, offered, proposals] = await Promise.all([
    knownHere(ctx),
    attempt(listTemplates(ctx, { kind: 'drill' })),
    query.proposal ? attempt(proposeDrills(ctx, { zone })) : null,
  ]);
  const templates = valueOr(offered, []);
  const template = templates.find((t) => t.id === query.template);
  const proposal = proposals?.ok ? proposals.value.find((p) => p.feature === query.proposal) : undefined;
  const feature = known.features.find((f) => f.key === query.feature) ?? known.features[0];
  const own = {
    feature: feature?.key ?? '',
    environment: query.env ?? 'production',
    owner: feature?.owner ?? '',
  };
  return (
    <div className="stack">
      <div>
        <p className="small quiet">
          <Link href="/drills">Drills</Link>
        </p>
        <h1>New drill</h1>
      </div>
      {proposal ? <p className="quiet">Belay proposes it: {visible(proposal.why)}.</p> : null}
      {query.proposal && !proposal ? (
        <StateNote state={proposals && !proposals.ok ? 'error' : 'empty'}>
          {proposals && !proposals.ok
            ? proposals.message
            : 'Belay proposes none for this feature any more; this is a drill to begin with.'}
        </StateNote>
      ) : null}
      {query.template && !template ? (
        <StateNote state="error">There is no such template any more; this is a drill to begin with.</StateNote>
      ) : null}
      {known.features.length === 0 ? (
        <StateNote state="empty">
          A drill rehearses the rollback of a feature. <Link href="/features/new">Describe one first</Link>.
        </StateNote>
      ) : (
        <DrillForm
          id={null}
          initial={yamlOf(proposal?.drill ?? (template ? fromTemplate(template, own) : plain(own, zone)))}
          version={0}
          known={known}
          templates={templates}
          template={proposal ? null : (template?.id ?? null)}
          zone={zone}
        />
      )}
    </div>
  );
}

type Own = { feature: string; environment: string; owner: string };

function fromTemplate(template: { name: string; body: unknown }, own: Own): Record<string, unknown> {
  const body = template.body !== null && typeof template.body === 'object' ? template.body : {};
  return { name: template.name, ...own, ...body };
}

/** The least that is worth rehearsing: once a week, no user touched. */
function plain(own: Own, zone: string): Record<string, unknown> {
  return {
    name: `Weekly rollback drill of ${own.feature}`,
    ...own,
    level: 'synthetic',
    fault: { share: 30, status: 503, expiresAfter: '5m' },
    objectives: { detect: '2m', decide: '30s', actuate: '10s', propagate: '1m', recover: '5m' },
    decision: { by: 'automatic' },
    schedule: { cron: '0 10 * * 2', timeZone: zone, missed: 'skip' },
  };
}
