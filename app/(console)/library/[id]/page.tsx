import Link from 'next/link';
import { found } from '@/app/(console)/found';
import { TemplateForm } from '@/app/ui/library/template-form.client';
import { Badge } from '@/app/ui/page/badge';
import { Panel } from '@/app/ui/page/panel';
import { yamlOf } from '@/app/ui/rollout/plan-text';
import { templateWords } from '@/app/ui/runbook/words';
import { Time } from '@/app/ui/text/clock.client';
import { CopyBlock } from '@/app/ui/text/copy.client';
import { Name, visible } from '@/app/ui/text/name';
import { holds } from '@/lib/access/authorise';
import { getTemplate } from '@/lib/template/template';
import { pageContext } from '@/lib/wiring';
import { Preview } from '../preview';
import { startFrom } from '../start';

export const metadata = { title: 'Template' };

export default async function TemplatePage({ params }: { params: Promise<{ id: string }> }) {
  const ctx = await pageContext();
  const template = await found(getTemplate(ctx, (await params).id));
  const { kind, name, description, builtin, by, at } = template;
  const words = templateWords[kind];
  const may = holds(ctx.actor, 'operate');
  return (
    <div className="stack">
      <div className="row between">
        <div className="grow">
          <p className="small quiet">
            <Link href={`/library#${kind}`}>Library</Link> / {words.shelf.toLowerCase()}
          </p>
          <h1>{visible(name)}</h1>
          <p className="row quiet">
            {builtin ? (
              <Badge tone="plain">from Belay</Badge>
            ) : (
              <span>
                by <Name>{by}</Name>
                {at ? (
                  <>
                    , <Time at={at} grain="minute" />
                  </>
                ) : null}
              </span>
            )}
          </p>
        </div>
        {may ? (
          <Link className="button primary" href={startFrom(template)}>
            {words.start}
          </Link>
        ) : null}
      </div>
      {description ? <p style={{ maxWidth: '75ch' }}>{visible(description)}</p> : null}
      <Panel title="What is in it" id="inside" flush>
        <Preview template={template} />
      </Panel>
      {may ? (
        <Panel
          title={builtin ? 'Make it your own' : 'Change it'}
          id="edit"
          note={builtin ? 'a copy that you can change' : 'what was started from it stays as it is'}
        >
          <TemplateForm key={template.at} template={template} />
        </Panel>
      ) : (
        <Panel title="As YAML" id="yaml">
          <CopyBlock text={yamlOf(template.body)} label={`The ${words.one} as YAML`} />
        </Panel>
      )}
    </div>
  );
}
