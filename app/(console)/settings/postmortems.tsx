/** What the reports that Belay opens by itself start from. */
import { attempt, valueOr } from '@/app/ui/attempt';
import { environmentsOf } from '@/app/ui/environments';
import { Panel, StateNote } from '@/app/ui/panel';
import { OpeningTemplateForm } from '@/app/ui/postmortem-settings.client';
import { holds } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { openingTemplateInput } from '@/lib/postmortem/model';
import { getOpeningTemplate } from '@/lib/postmortem/opening-template';
import { listTemplates } from '@/lib/template/template';

export async function PostmortemSection({ ctx }: { ctx: Context }) {
  const [setting, templates, environments] = await Promise.all([
    attempt(getOpeningTemplate(ctx)),
    attempt(listTemplates(ctx, { kind: 'postmortem' })),
    environmentsOf(ctx),
  ]);
  return (
    <Panel title="Post-mortems" id="postmortems" note="that Belay opens by itself: rollbacks and failed drills">
      {setting.ok ? null : <StateNote state="error">{setting.message}</StateNote>}
      <OpeningTemplateForm
        setting={valueOr(setting, openingTemplateInput.parse({}))}
        templates={valueOr(templates, []).map(({ id, name }) => ({ id, name }))}
        environments={environments}
        allowed={setting.ok && holds(ctx.actor, 'administer')}
      />
    </Panel>
  );
}
