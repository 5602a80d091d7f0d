import Link from 'next/link';
import { attempt } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { RunbookSteps } from '@/app/ui/runbook/steps';
import { sharesOf } from '@/app/ui/runbook/words';
import { visible } from '@/app/ui/text/name';
import { holds } from '@/lib/access/authorise';
import { runbookOf } from '@/lib/runbook/runbook';
import { pageContext } from '@/lib/wiring';

/** What a rollback of this feature would carry out now. */
export async function RunbookSection({ feature }: { feature: string }) {
  const ctx = await pageContext();
  const runbook = await attempt(runbookOf(ctx, feature));
  const may = holds(ctx.actor, 'operate');
  const give = `/runbooks/new?feature=${encodeURIComponent(feature)}`;
  return (
    <Panel
      title="Runbook"
      id="runbook"
      note="what is done when it is rolled back"
      flush
      actions={
        runbook.ok && runbook.value.id ? (
          <Link className="button small" href={`/runbooks/${runbook.value.id}`}>
            Open the runbook
          </Link>
        ) : may ? (
          <Link className="button small" href={give}>
            Give it its own
          </Link>
        ) : null
      }
    >
      {runbook.ok ? (
        <details>
          <summary style={{ padding: '12px 16px' }}>
            {visible(runbook.value.name)}
            {runbook.value.id ? `, version ${runbook.value.version}` : ', as it has none of its own'}:{' '}
            {sharesOf(runbook.value.steps)}
          </summary>
          <RunbookSteps steps={runbook.value.steps} />
        </details>
      ) : (
        <StateNote state="error">{runbook.message}</StateNote>
      )}
    </Panel>
  );
}
