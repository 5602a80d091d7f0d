/** How the verdict was computed, with everything that it was computed from. */
import { stringify } from 'yaml';
import { Panel } from '@/app/ui/page/panel';
import { CopyBlock } from '@/app/ui/text/copy.client';
import { formatNumber } from '@/lib/chart/format';
import type { RolloutView, Verdict } from '@/lib/rollout/model';

export function Computation({ rollout, verdict }: { rollout: RolloutView; verdict: Verdict | null }) {
  const { plan } = rollout;
  const judged = plan.criteria.filter((c) => c.kind !== 'diagnostic').length;
  return (
    <Panel title="How it was computed" id="computation">
      <div className="stack">
        <p style={{ maxWidth: '78ch' }}>
          Each criterion is judged at every look with an interval that holds for all looks at once (a confidence
          sequence), so looking often does not wear the test out. A criterion fails when its whole interval lies beyond
          the limit, passes when it lies within, and is not clear while it reaches over it. The plan allows a false
          rollback in at most {formatNumber(plan.falseRollbackRate)}
          {'\u202f'}% of such rollouts; that budget is divided over {judged} {judged === 1 ? 'criterion' : 'criteria'},
          their cohorts and the overall look. The split of users is tested in the same way, and a wrong one stops
          widening. Nothing passes on silence.
        </p>
        <details>
          <summary>The plan</summary>
          <CopyBlock label="The plan as YAML" text={stringify(plan, { lineWidth: 100 })} />
        </details>
        <details>
          <summary>The newest verdict with every outcome, its intervals, counts and error budget</summary>
          <CopyBlock label="The verdict as JSON" text={JSON.stringify(verdict, null, 2)} />
        </details>
        <details>
          <summary>The inputs</summary>
          <div className="stack tight">
            <p>
              All looks, and the series behind them, with any key of the role viewer. Judge them again yourself with{' '}
              <code>npm run -s judge</code>.
            </p>
            <CopyBlock label="Commands that read the inputs" text={commands(rollout)} />
          </div>
        </details>
      </div>
    </Panel>
  );
}

function commands(rollout: RolloutView): string {
  const base = `curl -s -H "Authorization: Bearer $BELAY_KEY" "$BELAY_URL/api/v1/rollouts/${rollout.id}`;
  const first = rollout.plan.criteria[0];
  const series = first
    ? `${base}/series?metric=${encodeURIComponent(first.metric)}&measure=${first.measure === 'burn_rate' ? 'share' : first.measure}${first.q ? `&q=${first.q}` : ''}"`
    : '';
  return [`${base}/verdict"`, `${base}/looks"`, `${base}/decisions"`, series].filter(Boolean).join('\n');
}
