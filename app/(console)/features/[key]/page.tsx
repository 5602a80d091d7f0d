import Link from 'next/link';
import { found } from '@/app/(console)/found';
import { EventList } from '@/app/ui/event/list';
import { KillForm, OptOutForm, OverrideForm, RemoveButton } from '@/app/ui/feature/override-form.client';
import { Icon } from '@/app/ui/icon';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Badge, Version } from '@/app/ui/page/badge';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { first, type SearchParams } from '@/app/ui/page/query';
import { Retry } from '@/app/ui/page/retry.client';
import { Scroll } from '@/app/ui/page/scroll';
import { RolloutTable } from '@/app/ui/rollout/table';
import { Name, visible } from '@/app/ui/text/name';
import { holds } from '@/lib/access/authorise';
import { history } from '@/lib/event/event';
import { type FeatureView, getFeature, listCohorts, optOutsOf, overridesOf } from '@/lib/feature/feature';
import { listRollouts } from '@/lib/rollout/rollout';
import { segments } from '@/lib/signal/signal';
import { environmentsOfFeature } from '@/lib/snapshot/snapshot';
import { pageContext } from '@/lib/wiring';
import { FeatureFields } from '../feature-fields';
import { ConfigurationSection } from './configuration-section';
import { PostmortemsSection } from './postmortems-section';
import { ratesOf } from './rates';
import { Incidents, ReadinessSection } from './readiness-section';
import { RunbookSection } from './runbook-section';
import { SegmentMatrix } from './segment-matrix';
import { SnapshotsSection } from './snapshots-section';

export const metadata = { title: 'Feature' };
type Props = { params: Promise<{ key: string }>; searchParams: Promise<SearchParams> };

export default async function FeaturePage({ params, searchParams }: Props) {
  const ctx = await pageContext();
  const key = decodeURIComponent((await params).key);
  const { env } = first(await searchParams);
  const feature = await found(getFeature(ctx, key));
  const [overrides, optOuts, rollouts, seen, cohorts, events, places] = await Promise.all([
    attempt(overridesOf(ctx, key)),
    attempt(optOutsOf(ctx, key)),
    attempt(listRollouts(ctx, { feature: key, limit: 50 })),
    attempt(segments(ctx, { feature: key, ...(env ? { environment: env } : {}) })),
    attempt(listCohorts(ctx)),
    attempt(history(ctx, { feature: key, limit: 20 })),
    attempt(environmentsOfFeature(ctx, key)),
  ]);
  const rates = await ratesOf(ctx, key, valueOr(seen, []));
  const may = holds(ctx.actor, 'operate');
  const known = [...valueOr(seen, []), ...valueOr(rollouts, [])].map((s) => s.environment);
  const environments = [...new Set(['production', ...known, ...valueOr(places, [])])];
  const versions = versionOrder(feature);
  const place = {
    environment: env ?? environments[0] ?? 'production',
    environments: [...new Set([...environments, ...(env ? [env] : [])])],
  };
  return (
    <div className="stack">
      <div className="row between">
        <div>
          <p className="small quiet">
            <Link href="/features">Features</Link> / owner <Name>{feature.owner}</Name>
          </p>
          <h1>
            <Name>{feature.key}</Name>
          </h1>
        </div>
        {may ? (
          <Link className="button primary" href={`/rollouts/new?feature=${encodeURIComponent(key)}`}>
            <Icon name="plus" /> New rollout
          </Link>
        ) : null}
      </div>
      <Incidents ctx={ctx} feature={key} environments={environments} />
      {feature.description ? <p style={{ maxWidth: '75ch' }}>{visible(feature.description)}</p> : null}
      {feature.kills.length > 0 ? (
        <p className="form-error">
          <strong>Killed.</strong>{' '}
          {feature.kills
            .map((k) => `${k.scope === 'organisation' ? 'Everywhere' : visible(k.value ?? '')}: ${visible(k.reason)}`)
            .join('; ')}
          . The baseline is served there, whatever else is set.
        </p>
      ) : null}
      <Panel title="Versions" id="versions" note={`kind ${feature.kind}`} flush>
        <VersionTable feature={feature} versions={versions} />
        {may ? (
          <details style={{ padding: '12px 16px', borderTop: '1px solid var(--line)' }}>
            <summary>Change the feature</summary>
            <FeatureFields ctx={ctx} feature={feature} />
          </details>
        ) : null}
      </Panel>
      <Panel
        title="Live segments"
        id="segments"
        note={
          rates.metric ? (
            <>
              requests a second by <Name>{rates.metric}</Name>, last 5 minutes
            </>
          ) : (
            'what telemetry says is served'
          )
        }
        flush
      >
        {seen.ok ? (
          <SegmentMatrix segments={seen.value} versions={versions} rates={rates} />
        ) : (
          <StateNote state="error" action={<Retry />}>
            {seen.message}
          </StateNote>
        )}
      </Panel>
      <Panel title="Rollouts" id="rollouts" flush>
        {valueOr(rollouts, []).length === 0 ? (
          <StateNote state="empty">No rollout of this feature yet.</StateNote>
        ) : (
          <RolloutTable rollouts={valueOr(rollouts, [])} sparks={null} />
        )}
      </Panel>
      <PostmortemsSection feature={key} environment={env} />
      <ReadinessSection ctx={ctx} feature={key} environment={env} />
      <Panel
        title="Kills and overrides"
        id="overrides"
        note="the narrowest scope wins; a kill wins over all"
        flush
        actions={may ? <KillForm feature={key} environments={environments} killed={feature.kills.length > 0} /> : null}
      >
        <Overrides feature={key} overrides={valueOr(overrides, [])} may={may} />
        {may ? (
          <details style={{ padding: '12px 16px', borderTop: '1px solid var(--line)' }}>
            <summary>Add an override</summary>
            <OverrideForm
              feature={key}
              versions={versions}
              cohorts={valueOr(cohorts, []).map((c) => c.key)}
              environments={environments}
            />
          </details>
        ) : null}
      </Panel>
      <Panel title="Opt-outs" id="opt-outs" note="stay on the baseline by their own wish">
        <ul className="row">
          {valueOr(optOuts, []).map((o) => (
            <li key={o.targetingKey} className="row">
              <Name>{o.targetingKey}</Name>
              {may ? (
                <RemoveButton
                  label={`Let ${o.targetingKey} take part again`}
                  path={`/features/${encodeURIComponent(key)}/opt-outs/${encodeURIComponent(o.targetingKey)}`}
                />
              ) : null}
            </li>
          ))}
          {valueOr(optOuts, []).length === 0 ? <li className="quiet">Nobody has opted out.</li> : null}
        </ul>
        {may ? <OptOutForm feature={key} /> : null}
      </Panel>
      <ConfigurationSection feature={feature} versions={versions} {...place} />
      <RunbookSection feature={key} />
      <SnapshotsSection feature={key} {...place} />
      <Panel title="History" id="history" flush>
        {events.ok ? <EventList events={events.value} linked /> : <StateNote state="error">{events.message}</StateNote>}
      </Panel>
    </div>
  );
}

function versionOrder(feature: FeatureView): string[] {
  return [feature.baseline, ...Object.keys(feature.versions).filter((v) => v !== feature.baseline)];
}

function VersionTable({ feature, versions }: { feature: FeatureView; versions: string[] }) {
  return (
    <Scroll label="Versions, scrolls sideways">
      <table>
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Value</th>
            <th scope="col">Role</th>
          </tr>
        </thead>
        <tbody>
          {versions.map((version, index) => (
            <tr key={version}>
              <th scope="row">
                <Version name={version} index={index} />
              </th>
              <td>
                <code>
                  <Name>{JSON.stringify(feature.versions[version])}</Name>
                </code>
              </td>
              <td>
                {version === feature.baseline ? (
                  <Badge tone="good" icon="check">
                    Baseline
                  </Badge>
                ) : (
                  <span className="quiet">served only where exposed</span>
                )}
                {Object.entries(feature.baselines ?? {})
                  .filter(([, own]) => own === version)
                  .map(([environment]) => (
                    <span key={environment} className="quiet">
                      {' '}
                      baseline in <Name>{environment}</Name>
                    </span>
                  ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

type OverrideRow = {
  id: string;
  scope: string;
  value: string | null;
  environment: string | null;
  exceptIn?: string[];
  effect: string;
  version: string | null;
  reason: string;
};

function Overrides({ feature, overrides, may }: { feature: string; overrides: OverrideRow[]; may: boolean }) {
  if (overrides.length === 0) return <StateNote state="empty">None: rollouts and the baseline decide.</StateNote>;
  return (
    <Scroll label="Overrides, scrolls sideways">
      <table>
        <thead>
          <tr>
            <th scope="col">Scope</th>
            <th scope="col">Effect</th>
            <th scope="col">Why</th>
            {may ? <th scope="col">Remove</th> : null}
          </tr>
        </thead>
        <tbody>
          {overrides.map((o) => (
            <tr key={o.id}>
              <th scope="row">
                {o.scope} {o.value ? <Name>{o.value}</Name> : null}
                {o.environment ? <span className="quiet"> in {visible(o.environment)}</span> : null}
                {o.exceptIn?.length ? (
                  <span className="quiet"> everywhere but in {o.exceptIn.map(visible).join(', ')}</span>
                ) : null}
              </th>
              <td>
                {o.effect === 'kill' ? (
                  <Badge tone="bad" icon="kill">
                    Kill
                  </Badge>
                ) : (
                  <>
                    serves <Name>{o.version ?? ''}</Name>
                  </>
                )}
              </td>
              <td>{visible(o.reason)}</td>
              {may ? (
                <td>
                  <RemoveButton
                    label={`Remove this ${o.effect === 'kill' ? 'kill' : 'override'}`}
                    path={`/features/${encodeURIComponent(feature)}/overrides/${o.id}`}
                    reason="Removed by hand"
                  />
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
