import styles from '@/app/ui/feature/configuration.module.css';
import { ConfigurationForm } from '@/app/ui/feature/configuration-form.client';
import { ConfigurationRevisions, type RevisionRow } from '@/app/ui/feature/configuration-revisions.client';
import { attempt } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { yamlOf } from '@/app/ui/rollout/plan-text';
import { Ago } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { holds } from '@/lib/access/authorise';
import { configurationHistory } from '@/lib/configuration/configuration';
import { type ConfigurationView, configurationKey } from '@/lib/configuration/model';
import type { FeatureView } from '@/lib/feature/feature';
import { compareConfiguration } from '@/lib/snapshot/compare';
import { pageContext } from '@/lib/wiring';
import { Places } from './places';

/** What each version is configured with in one environment, and every revision of it. */
export async function ConfigurationSection(props: {
  feature: FeatureView;
  environment: string;
  environments: string[];
  versions: string[];
}) {
  const { feature, environment, versions } = props;
  const ctx = await pageContext();
  const history = await attempt(configurationHistory(ctx, feature.key, environment));
  const may = holds(ctx.actor, 'operate');
  const revisions = history.ok ? history.value : [];
  const [now] = revisions;
  const served = now && Object.keys(now.values).length > 0 ? now : null;
  return (
    <Panel
      title="Configuration"
      id="configuration"
      note={
        <>
          in <Name>{environment}</Name>, answered with the version as <Name>{configurationKey(feature.key)}</Name>
        </>
      }
      actions={<Places {...props} feature={feature.key} section="configuration" />}
      flush
    >
      {history.ok ? null : <StateNote state="error">{history.message}</StateNote>}
      {history.ok && !served ? (
        <StateNote state="empty">
          No configuration in {visible(environment)}
          {now ? ': it was taken away.' : '.'}
        </StateNote>
      ) : null}
      {served ? <Served configuration={served} versions={versions} /> : null}
      {may && history.ok ? (
        // Closed again once it is saved: what is above shows the new revision.
        <details className={styles.more} key={`${environment} ${now?.revision ?? 0}`}>
          <summary>{served ? 'Change the configuration' : 'Give it a configuration'}</summary>
          <ConfigurationForm
            feature={feature.key}
            environment={environment}
            versions={versions}
            revision={now?.revision ?? 0}
            values={now?.values ?? {}}
          />
        </details>
      ) : null}
      {revisions.length > 0 ? (
        <details className={styles.more}>
          <summary>{revisions.length === 1 ? '1 revision' : `${revisions.length} revisions`}</summary>
          <ConfigurationRevisions
            feature={feature.key}
            environment={environment}
            revisions={rowsOf(revisions)}
            may={may}
          />
        </details>
      ) : null}
    </Panel>
  );
}

function Served({ configuration, versions }: { configuration: ConfigurationView; versions: string[] }) {
  const { revision, by, at, reason, values } = configuration;
  return (
    <div className={styles.now}>
      <p className="small">
        <strong>Revision {revision}</strong>{' '}
        <span className="quiet">
          by <Name>{by}</Name>, <Ago at={at} />: <bdi>{visible(reason)}</bdi>
        </span>
      </p>
      <div className={styles.values}>
        {versions.map((version) => (
          <div key={version}>
            <h3>
              <Name>{version}</Name>
            </h3>
            <pre>{Object.hasOwn(values, version) ? visibleYaml(values[version]) : 'no values: callers fall back'}</pre>
          </div>
        ))}
      </div>
    </div>
  );
}

const visibleYaml = (value: unknown): string => yamlOf(value).trimEnd().split('\n').map(visible).join('\n');

function rowsOf(revisions: ConfigurationView[]): RevisionRow[] {
  const valuesOf = (r: ConfigurationView | undefined) => (r && Object.keys(r.values).length > 0 ? r.values : null);
  const now = valuesOf(revisions[0]);
  return revisions.map((r, i) => ({
    revision: r.revision,
    restoredFrom: r.restoredFrom,
    reason: r.reason,
    by: r.by,
    at: r.at,
    changed: compareConfiguration(valuesOf(revisions[i + 1]), valuesOf(r)),
    back: valuesOf(r) === null ? [] : compareConfiguration(now, valuesOf(r)),
  }));
}
