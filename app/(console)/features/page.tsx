import Link from 'next/link';
import { CohortForm } from '@/app/ui/feature/cohort-form.client';
import { rulesText } from '@/app/ui/feature/cohort-rules';
import { Icon } from '@/app/ui/icon';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Badge, StateBadge } from '@/app/ui/page/badge';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { first, type SearchParams } from '@/app/ui/page/query';
import { Retry } from '@/app/ui/page/retry.client';
import { Scroll } from '@/app/ui/page/scroll';
import { Ago } from '@/app/ui/text/clock.client';
import { Name } from '@/app/ui/text/name';
import { holds } from '@/lib/access/authorise';
import { listCohorts, listFeatures } from '@/lib/feature/feature';
import { listRollouts } from '@/lib/rollout/rollout';
import type { SegmentView } from '@/lib/signal/model';
import { segments } from '@/lib/signal/signal';
import { pageContext } from '@/lib/wiring';

export const metadata = { title: 'Features' };

export default async function Features({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const ctx = await pageContext();
  const { env } = first(await searchParams);
  const [features, cohorts, rollouts, seen] = await Promise.all([
    attempt(listFeatures(ctx)),
    attempt(listCohorts(ctx)),
    attempt(listRollouts(ctx, env ? { environment: env } : {})),
    attempt(segments(ctx, env ? { environment: env } : {})),
  ]);
  const may = holds(ctx.actor, 'operate');
  const active = valueOr(rollouts, []).filter((r) => ['running', 'held', 'rolling_back'].includes(r.state));
  const telemetry = valueOr(seen, []);
  const known = new Set(valueOr(features, []).map((f) => f.key));
  const undeclared = [...new Set(telemetry.map((s) => s.feature))].filter((key) => !known.has(key)).sort();
  return (
    <div className="stack">
      <div className="row between">
        <h1>Features</h1>
        {may ? (
          <Link className="button primary" href="/features/new">
            <Icon name="plus" /> New feature
          </Link>
        ) : null}
      </div>
      <Panel flush>
        {features.ok ? null : (
          <StateNote state="error" action={<Retry />}>
            {features.message}
          </StateNote>
        )}
        {features.ok && features.value.length === 0 ? (
          <StateNote state="empty">No feature is described yet.</StateNote>
        ) : null}
        {features.ok && features.value.length > 0 ? (
          <Scroll label="Features, scrolls sideways">
            <table>
              <thead>
                <tr>
                  <th scope="col">Feature</th>
                  <th scope="col">Owner</th>
                  <th scope="col">Versions</th>
                  <th scope="col">Now</th>
                  <th scope="col" className="number">
                    Live segments
                  </th>
                  <th scope="col">Newest data</th>
                </tr>
              </thead>
              <tbody>
                {features.value.map((f) => {
                  const running = active.filter((r) => r.feature === f.key);
                  const { live, last } = totals(telemetry, f.key);
                  return (
                    <tr key={f.key}>
                      <th scope="row">
                        <Link href={`/features/${encodeURIComponent(f.key)}`} prefetch={false}>
                          <Name>{f.key}</Name>
                        </Link>
                        {f.kind === 'deployment' ? <span className="quiet"> deployment</span> : null}
                      </th>
                      <td>
                        <Name>{f.owner}</Name>
                      </td>
                      <td>
                        {Object.keys(f.versions).map((v) => (
                          <span key={v}>
                            {v === f.baseline ? (
                              <strong title="Baseline">
                                <Name>{v}</Name>
                              </strong>
                            ) : (
                              <Name>{v}</Name>
                            )}{' '}
                          </span>
                        ))}
                      </td>
                      <td>
                        <span className="row">
                          {f.kills.length > 0 ? (
                            <Badge tone="bad" icon="kill">
                              Killed
                            </Badge>
                          ) : null}
                          {running.map((r) => (
                            <Link key={r.id} href={`/rollouts/${r.id}`} prefetch={false} title={r.environment}>
                              <StateBadge state={r.state} />
                            </Link>
                          ))}
                          {f.kills.length === 0 && running.length === 0 ? (
                            <span className="quiet">baseline</span>
                          ) : null}
                        </span>
                      </td>
                      <td className="number">{live === 0 ? <span className="quiet">–</span> : live}</td>
                      <td className="quiet">{last ? <Ago at={last} /> : 'none'}</td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </Scroll>
        ) : null}
      </Panel>
      {undeclared.length > 0 ? (
        <Panel title="Seen in telemetry, not described" id="undeclared" note={`${undeclared.length}`}>
          <ul className="row">
            {undeclared.slice(0, 40).map((key) => (
              <li key={key}>
                <Link className="button small" href={`/features/new?key=${encodeURIComponent(key)}`} prefetch={false}>
                  <Icon name="plus" size={11} /> <Name>{key}</Name>
                </Link>
              </li>
            ))}
          </ul>
        </Panel>
      ) : null}
      <Panel title="Cohorts" id="cohorts" note="named groups of users, by the evaluation context" flush>
        <CohortTable cohorts={valueOr(cohorts, [])} may={may} />
      </Panel>
      {may ? (
        <Panel title="New cohort" id="new-cohort">
          <CohortForm cohort={null} />
        </Panel>
      ) : null}
    </div>
  );
}

function CohortTable({ cohorts, may }: { cohorts: Array<Parameters<typeof rulesText>[0]>; may: boolean }) {
  if (cohorts.length === 0) return <StateNote state="empty">No cohort yet; “*” always means everybody.</StateNote>;
  return (
    <Scroll label="Cohorts, scrolls sideways">
      <table>
        <thead>
          <tr>
            <th scope="col">Cohort</th>
            <th scope="col">Who is in it</th>
            {may ? <th scope="col">Change</th> : null}
          </tr>
        </thead>
        <tbody>
          {cohorts.map((c) => (
            <tr key={c.key}>
              <th scope="row">
                <Name>{c.key}</Name>
              </th>
              <td>
                {rulesText(c)}
                {c.description ? <span className="quiet"> · {c.description}</span> : null}
              </td>
              {may ? (
                <td>
                  <details>
                    <summary>Edit</summary>
                    <CohortForm cohort={c} />
                  </details>
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function totals(seen: SegmentView[], feature: string): { live: number; last: string | null } {
  const mine = seen.filter((s) => s.feature === feature);
  return {
    live: mine.filter((s) => s.points10m > 0).length,
    last:
      mine
        .map((s) => s.lastAt)
        .sort()
        .at(-1) ?? null,
  };
}
