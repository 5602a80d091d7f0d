/** What the reports that Belay opens by itself start from, the days of their actions, and who else is told of these. */

import { environmentsOf } from '@/app/ui/frame/environments';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { DaysForm, OpeningTemplateForm, TrackerForm } from '@/app/ui/postmortem/settings.client';
import { holds } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { getActionDays } from '@/lib/postmortem/action/days';
import { getTracker } from '@/lib/postmortem/action/tracker';
import { trackerInput } from '@/lib/postmortem/action-model';
import { openingTemplateInput } from '@/lib/postmortem/input-model';
import { getOpeningTemplate } from '@/lib/postmortem/opening-template';
import { listTemplates } from '@/lib/template/template';
import { listWebhooks } from '@/lib/webhook/target';

export async function PostmortemSection({ ctx }: { ctx: Context }) {
  const admin = holds(ctx.actor, 'administer');
  const [setting, templates, days, tracker, webhooks, environments] = await Promise.all([
    attempt(getOpeningTemplate(ctx)),
    attempt(listTemplates(ctx, { kind: 'postmortem' })),
    attempt(getActionDays(ctx)),
    attempt(getTracker(ctx)),
    admin ? attempt(listWebhooks(ctx)) : null,
    environmentsOf(ctx),
  ]);
  return (
    <Panel title="Post-mortems" id="postmortems" note="that Belay opens by itself: rollbacks and failed drills">
      {setting.ok ? null : <StateNote state="error">{setting.message}</StateNote>}
      <OpeningTemplateForm
        setting={valueOr(setting, openingTemplateInput.parse({}))}
        templates={valueOr(templates, []).map(({ id, name }) => ({ id, name }))}
        environments={environments}
        allowed={setting.ok && admin}
      />
      <DaysForm days={valueOr(days, { timeZone: 'UTC', today: '' })} allowed={days.ok && admin} />
      {webhooks ? (
        <TrackerForm
          tracker={valueOr(tracker, trackerInput.parse({}))}
          webhooks={valueOr(webhooks, []).map(({ id, name }) => ({ id, name }))}
        />
      ) : null}
    </Panel>
  );
}
