import Link from 'next/link';
import { Panel } from '@/app/ui/page/panel';
import { RunbookSteps } from '@/app/ui/runbook/steps';
import { authorise } from '@/lib/access/authorise';
import { defaultRunbook } from '@/lib/runbook/default';
import { pageContext } from '@/lib/wiring';

export const metadata = { title: 'Belay’s own runbook' };

export default async function DefaultRunbook() {
  const ctx = await pageContext();
  authorise(ctx.actor, 'view');
  return (
    <div className="stack">
      <div>
        <p className="small quiet">
          <Link href="/runbooks">Runbooks</Link>
        </p>
        <h1>{defaultRunbook.name}</h1>
        <p className="quiet">
          Carried out for every feature that has no runbook of its own. It cannot be changed; a runbook of one’s own has
          these steps too, for without them nothing is proven.
        </p>
      </div>
      <Panel title="Steps" id="steps" note="in this order" flush>
        <RunbookSteps steps={defaultRunbook.steps} />
      </Panel>
    </div>
  );
}
