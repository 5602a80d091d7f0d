import Link from 'next/link';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { first, type SearchParams } from '@/app/ui/page/query';
import { yamlOf } from '@/app/ui/rollout/plan-text';
import { RunbookForm } from '@/app/ui/runbook/form.client';
import { listRunbooks } from '@/lib/runbook/runbook';
import { listTemplates } from '@/lib/template/template';
import { pageContext } from '@/lib/wiring';

export const metadata = { title: 'New runbook' };

/** With ?feature for one feature, with ?template from a template. */
export default async function NewRunbook({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const ctx = await pageContext();
  const query = first(await searchParams);
  const [runbooks, offered] = await Promise.all([
    attempt(listRunbooks(ctx)),
    attempt(listTemplates(ctx, { kind: 'runbook' })),
  ]);
  const all = valueOr(runbooks, []);
  // Who has none comes first: that is whom one writes a runbook for.
  const sorted = [...all.filter((r) => r.id === null), ...all.filter((r) => r.id !== null)];
  const chosen = all.find((r) => r.feature === query.feature) ?? sorted[0];
  const templates = valueOr(offered, []);
  const template = templates.find((t) => t.id === query.template);
  return (
    <div className="stack">
      <div>
        <p className="small quiet">
          <Link href="/runbooks">Runbooks</Link>
        </p>
        <h1>New runbook</h1>
      </div>
      {runbooks.ok ? null : <StateNote state="error">{runbooks.message}</StateNote>}
      {query.template && offered.ok && !template ? (
        <StateNote state="error">There is no such template any more; these are Belay’s own steps.</StateNote>
      ) : null}
      {chosen ? (
        <Panel>
          <RunbookForm
            features={sorted.map(({ feature, version }) => ({ key: feature, version }))}
            feature={chosen.feature}
            name={template?.name ?? (chosen.id ? chosen.name : `Rollback of ${chosen.feature}`)}
            initial={yamlOf(template?.body ?? chosen.steps)}
            templates={templates}
            cancel="/runbooks"
          />
        </Panel>
      ) : runbooks.ok ? (
        <StateNote state="empty">
          A runbook belongs to a feature. <Link href="/features/new">Describe one first</Link>.
        </StateNote>
      ) : null}
    </div>
  );
}
