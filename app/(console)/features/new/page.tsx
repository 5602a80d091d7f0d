import { CohortForm } from '@/app/ui/feature/cohort-form.client';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Panel } from '@/app/ui/page/panel';
import { first, type SearchParams } from '@/app/ui/page/query';
import { Name } from '@/app/ui/text/name';
import { listCohorts } from '@/lib/feature/feature';
import { segments } from '@/lib/signal/signal';
import { pageContext } from '@/lib/wiring';
import { FeatureFields } from '../feature-fields';

export const metadata = { title: 'New feature' };

export default async function NewFeature({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const ctx = await pageContext();
  const { key = '' } = first(await searchParams);
  const [seen, cohorts] = await Promise.all([
    attempt(segments(ctx, key ? { feature: key } : {})),
    attempt(listCohorts(ctx)),
  ]);
  const versions = key ? [...new Set(valueOr(seen, []).map((s) => s.version))].slice(0, 10) : [];
  return (
    <div className="stack">
      <h1>New feature</h1>
      <Panel title="Feature" id="feature">
        <FeatureFields ctx={ctx} feature={null} suggested={{ key, versions }} />
      </Panel>
      <Panel
        title="Cohorts"
        id="cohorts"
        note={
          valueOr(cohorts, []).length > 0 ? (
            <>
              there {valueOr(cohorts, []).length === 1 ? 'is' : 'are'}{' '}
              {valueOr(cohorts, []).map((c) => (
                <span key={c.key}>
                  <Name>{c.key}</Name>{' '}
                </span>
              ))}
            </>
          ) : (
            'none yet; a rollout names the cohorts that it exposes'
          )
        }
      >
        <CohortForm cohort={null} />
      </Panel>
    </div>
  );
}
