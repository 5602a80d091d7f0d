import Link from 'next/link';
import { notFound } from 'next/navigation';
import { found } from '@/app/(console)/found';
import { SaveTemplate } from '@/app/ui/library/template-form.client';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Badge } from '@/app/ui/page/badge';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { first, type SearchParams } from '@/app/ui/page/query';
import { yamlOf } from '@/app/ui/rollout/plan-text';
import { RunbookForm } from '@/app/ui/runbook/form.client';
import styles from '@/app/ui/runbook/runbook.module.css';
import { RunbookSteps } from '@/app/ui/runbook/steps';
import { Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { holds } from '@/lib/access/authorise';
import { listRollbacks } from '@/lib/rollback/rollback';
import { runbookVersions } from '@/lib/runbook/runbook';
import { listTemplates } from '@/lib/template/template';
import { pageContext } from '@/lib/wiring';
import { UsedBy } from './used-by';
import { Versions } from './versions';

export const metadata = { title: 'Runbook' };
type Props = { params: Promise<{ id: string }>; searchParams: Promise<SearchParams> };

/** With ?version an older one; what can be edited is the newest. */
export default async function RunbookPage({ params, searchParams }: Props) {
  const ctx = await pageContext();
  const { id } = await params;
  const query = first(await searchParams);
  const versions = await found(runbookVersions(ctx, id));
  const [newest] = versions;
  const shown = query.version ? versions.find((v) => String(v.version) === query.version) : newest;
  if (!newest || !shown) notFound();
  const [rollbacks, templates] = await Promise.all([
    attempt(listRollbacks(ctx, { feature: newest.feature, limit: 100 })),
    attempt(listTemplates(ctx, { kind: 'runbook' })),
  ]);
  const may = holds(ctx.actor, 'operate');
  return (
    <div className="stack">
      <div>
        <p className="small quiet">
          <Link href="/runbooks">Runbooks</Link> / feature{' '}
          <Link href={`/features/${encodeURIComponent(newest.feature)}#runbook`}>
            <Name>{newest.feature}</Name>
          </Link>
        </p>
        <h1>
          <Name>{newest.name}</Name>
        </h1>
        <p className="row quiet">
          <Badge tone={shown === newest ? 'good' : 'warn'}>
            version {shown.version}
            {shown === newest ? '' : `, not the newest`}
          </Badge>
          <span>
            by <Name>{shown.by}</Name>, <Time at={shown.at} grain="minute" />: {visible(shown.reason)}
          </span>
          {shown === newest ? null : <Link href={`/runbooks/${id}`}>Show version {newest.version}</Link>}
        </p>
      </div>
      <div className={styles.pair}>
        <Panel title="Steps" id="steps" note="in this order" flush>
          <RunbookSteps steps={shown.steps} />
        </Panel>
        <div className="stack">
          <Panel title="Versions" id="versions" note="none is ever changed" flush>
            <Versions versions={versions} shown={shown.version} />
          </Panel>
          <Panel title="Used by" id="used-by" note="each keeps the version that it began with" flush>
            {rollbacks.ok ? (
              <UsedBy rollbacks={rollbacks.value.filter((r) => r.runbook.id === id)} />
            ) : (
              <StateNote state="error">{rollbacks.message}</StateNote>
            )}
          </Panel>
        </div>
      </div>
      {may ? (
        <Panel title="Change it" id="edit" note={`makes version ${newest.version + 1}`}>
          <RunbookForm
            key={`${newest.version} ${shown.version}`}
            features={[{ key: newest.feature, version: newest.version }]}
            feature={newest.feature}
            name={newest.name}
            initial={yamlOf(shown.steps)}
            templates={valueOr(templates, [])}
            cancel={null}
          />
        </Panel>
      ) : null}
      {may ? (
        <Panel title="Save it as a template" id="template" note="for runbooks of other features">
          <SaveTemplate kind="runbook" from={id} name={newest.name} />
        </Panel>
      ) : null}
    </div>
  );
}
