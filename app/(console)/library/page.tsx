import Link from 'next/link';
import { SaveAny } from '@/app/ui/library/template-form.client';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Badge } from '@/app/ui/page/badge';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { first, type SearchParams } from '@/app/ui/page/query';
import { Retry } from '@/app/ui/page/retry.client';
import styles from '@/app/ui/runbook/runbook.module.css';
import { templateWords } from '@/app/ui/runbook/words';
import { Ago } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { holds } from '@/lib/access/authorise';
import { listDrills } from '@/lib/drill/drill';
import { listRollouts } from '@/lib/rollout/rollout';
import { listRunbooks } from '@/lib/runbook/runbook';
import { type TemplateView, templateKinds } from '@/lib/template/model';
import { listTemplates } from '@/lib/template/template';
import { pageContext } from '@/lib/wiring';
import { Preview } from './preview';
import { startFrom } from './start';

export const metadata = { title: 'Library' };

/** With ?from, what is to be saved. */
export default async function Library({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const ctx = await pageContext();
  const { from } = first(await searchParams);
  const may = holds(ctx.actor, 'operate');
  const [templates, rollouts, runbooks, drills] = await Promise.all([
    attempt(listTemplates(ctx)),
    may ? attempt(listRollouts(ctx, { limit: 100 })) : null,
    may ? attempt(listRunbooks(ctx)) : null,
    may ? attempt(listDrills(ctx, { limit: 100 })) : null,
  ]);
  return (
    <div className="stack">
      <div>
        <h1>Library</h1>
        <p className="quiet">
          What to start from. Whatever is started from a template is a copy that goes its own way.
        </p>
      </div>
      {templates.ok ? null : (
        <StateNote state="error" action={<Retry />}>
          {templates.message}
        </StateNote>
      )}
      {templateKinds.map((kind) => (
        <Panel key={kind} title={templateWords[kind].shelf} id={kind} note={templateWords[kind].says} flush>
          <ul className={styles.shelf}>
            {valueOr(templates, [])
              .filter((t) => t.kind === kind)
              .map((template) => (
                <li key={template.id}>
                  <Entry template={template} may={may} />
                </li>
              ))}
          </ul>
        </Panel>
      ))}
      {rollouts && runbooks && drills ? (
        <Panel title="Save your own" id="save" note="it is checked as what it is, and the history names you">
          <SaveAny
            from={from ?? null}
            rollouts={valueOr(rollouts, []).map((r) => ({
              id: r.id,
              label: `${r.plan.candidate} of ${r.feature} in ${r.environment}, ${r.state.replace('_', ' ')}`,
            }))}
            runbooks={valueOr(runbooks, []).flatMap((r) =>
              r.id === null ? [] : [{ id: r.id, label: `${r.name}, version ${r.version}` }],
            )}
            drills={valueOr(drills, []).map((d) => ({ id: d.id, label: `${d.name}, of ${d.feature}` }))}
          />
        </Panel>
      ) : null}
    </div>
  );
}

function Entry({ template, may }: { template: TemplateView; may: boolean }) {
  const { id, kind, name, description, builtin, by, at } = template;
  return (
    <>
      <div className={styles.head}>
        <h3>
          <Link href={`/library/${id}`} prefetch={false}>
            {visible(name)}
          </Link>
        </h3>
        {builtin ? (
          <Badge tone="plain">from Belay</Badge>
        ) : (
          <span className="small quiet">
            <Name>{by}</Name>
            {at ? (
              <>
                , <Ago at={at} />
              </>
            ) : null}
          </span>
        )}
      </div>
      {description ? <p>{visible(description)}</p> : null}
      <details>
        <summary className="small">What is in it</summary>
        <div className={styles.inside}>
          <Preview template={template} />
        </div>
      </details>
      {may ? (
        <div className="row">
          <Link
            className="button small"
            href={startFrom(template)}
            prefetch={false}
            aria-label={`${templateWords[kind].start}: ${name}`}
          >
            {templateWords[kind].start}
          </Link>
        </div>
      ) : null}
    </>
  );
}
