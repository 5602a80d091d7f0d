import { stringify } from 'yaml';
import { attempt, valueOr } from '@/app/ui/attempt';
import { PlanForm } from '@/app/ui/plan-form.client';
import { first, type SearchParams } from '@/app/ui/query';
import { listCohorts, listFeatures } from '@/lib/feature/feature';
import { getRollout } from '@/lib/rollout/rollout';
import { metricsOf, segments } from '@/lib/signal/signal';
import { pageContext } from '@/lib/wiring';
import { planTemplate } from './plan-template';

export const metadata = { title: 'New rollout' };

export default async function NewRollout({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const ctx = await pageContext();
  const query = first(await searchParams);
  const [features, cohorts, seen, draft] = await Promise.all([
    attempt(listFeatures(ctx)),
    attempt(listCohorts(ctx)),
    attempt(segments(ctx, {})),
    query.draft || query.copy ? attempt(getRollout(ctx, query.draft ?? query.copy ?? '')) : null,
  ]);
  const known = valueOr(features, []);
  const chosen = known.find((f) => f.key === query.feature) ?? known[0];
  const metrics = chosen
    ? await attempt(metricsOf(ctx, { environment: query.env ?? 'production', feature: chosen.key }))
    : null;
  const text = draft?.ok
    ? stringify(draft.value.plan, { lineWidth: 110 })
    : planTemplate({
        feature: chosen?.key ?? query.feature ?? '',
        environment: query.env ?? '',
        owner: chosen?.owner ?? '',
        baseline: chosen?.baseline ?? '',
        cohorts: valueOr(cohorts, []).map((c) => c.key),
        candidate: chosen ? (Object.keys(chosen.versions).find((v) => v !== chosen.baseline) ?? '') : '',
      });
  return (
    <div className="stack">
      <h1>{draft?.ok && query.draft ? 'Edit the draft' : 'New rollout'}</h1>
      <PlanForm
        draft={draft?.ok && query.draft ? draft.value.id : null}
        initial={text}
        metrics={metrics?.ok ? [...new Set(metrics.value.map((m) => m.metric))] : []}
        features={known.map((f) => ({
          key: f.key,
          owner: f.owner,
          baseline: f.baseline,
          versions: Object.keys(f.versions),
        }))}
        cohorts={valueOr(cohorts, []).map((c) => c.key)}
        environments={[...new Set(['production', 'staging', ...valueOr(seen, []).map((s) => s.environment)])].sort()}
      />
    </div>
  );
}
