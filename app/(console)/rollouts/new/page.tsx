import { attempt, valueOr } from '@/app/ui/page/attempt';
import { StateNote } from '@/app/ui/page/panel';
import { first, type SearchParams } from '@/app/ui/page/query';
import { PlanForm } from '@/app/ui/rollout/plan-form.client';
import { edited, filled, planFrom, usual, yamlOf } from '@/app/ui/rollout/plan-text';
import { listCohorts, listFeatures } from '@/lib/feature/feature';
import { getRollout } from '@/lib/rollout/rollout';
import { metricsOf, segments } from '@/lib/signal/signal';
import type { TemplateView } from '@/lib/template/model';
import { listTemplates } from '@/lib/template/template';
import { pageContext } from '@/lib/wiring';
import { planTemplate, type Start } from './plan-template';

export const metadata = { title: 'New rollout' };

export default async function NewRollout({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const ctx = await pageContext();
  const query = first(await searchParams);
  const [features, cohorts, seen, templates, draft] = await Promise.all([
    attempt(listFeatures(ctx)),
    attempt(listCohorts(ctx)),
    attempt(segments(ctx, {})),
    attempt(listTemplates(ctx)),
    query.draft || query.copy ? attempt(getRollout(ctx, query.draft ?? query.copy ?? '')) : null,
  ]);
  const known = valueOr(features, []);
  const chosen = known.find((f) => f.key === query.feature) ?? known[0];
  const metrics = chosen
    ? await attempt(metricsOf(ctx, { environment: query.env ?? 'production', feature: chosen.key }))
    : null;
  const start = {
    feature: chosen?.key ?? query.feature ?? '',
    environment: query.env ?? 'production',
    owner: chosen?.owner ?? '',
    baseline: chosen?.baseline ?? '',
    cohorts: valueOr(cohorts, []).map((c) => c.key),
    candidate: chosen ? (Object.keys(chosen.versions).find((v) => v !== chosen.baseline) ?? '') : '',
  };
  const offered = valueOr(templates, []).filter((t) => t.kind !== 'runbook');
  const asked = offered.find((t) => t.id === (query.template ?? query.criteria));
  const text = draft?.ok ? yamlOf(draft.value.plan) : textFrom(asked, start);
  return (
    <div className="stack">
      <h1>{draft?.ok && query.draft ? 'Edit the draft' : 'New rollout'}</h1>
      {draft && !draft.ok ? <StateNote state="error">{draft.message}</StateNote> : null}
      {(query.template || query.criteria) && !asked ? (
        <StateNote state="error">There is no such template any more; this is the plan to begin with.</StateNote>
      ) : null}
      <PlanForm
        draft={draft?.ok && query.draft ? draft.value.id : null}
        initial={text}
        templates={offered}
        template={!draft && asked?.kind === 'plan' ? asked.id : null}
        metrics={metrics?.ok ? [...new Set(metrics.value.map((m) => m.metric))] : []}
        features={known.map((f) => ({
          key: f.key,
          owner: f.owner,
          baseline: f.baseline,
          versions: Object.keys(f.versions),
        }))}
        cohorts={start.cohorts}
        environments={[...new Set(['production', 'staging', ...valueOr(seen, []).map((s) => s.environment)])].sort()}
      />
    </div>
  );
}

function textFrom(template: TemplateView | undefined, start: Start): string {
  const { cohorts, ...own } = start;
  if (!template) return planTemplate(start);
  if (template.kind === 'plan') return planFrom(template.body, own, cohorts);
  return filled(edited(planTemplate(start), { criteria: template.body }), usual(cohorts));
}
