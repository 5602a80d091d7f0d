/** The HAProxies that fail requests where a drill of the level proxy says so. */

import { ProxyForm, ProxyTable } from '@/app/ui/drill/proxies.client';
import { attempt } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { holds } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { getDrillProxies } from '@/lib/drill/drill';

export async function DrillProxySection({ ctx }: { ctx: Context }) {
  const admin = holds(ctx.actor, 'administer');
  const named = await attempt(getDrillProxies(ctx));
  return (
    <Panel
      title="Proxies for drills"
      id="drill-proxies"
      note="an HAProxy in front of an environment fails requests while a drill says so"
      flush
    >
      {named.ok ? (
        <>
          <ProxyTable proxies={named.value.proxies} changes={admin} asks={holds(ctx.actor, 'operate')} />
          {admin ? <ProxyForm proxies={named.value.proxies} /> : null}
        </>
      ) : (
        <StateNote state="error">{named.message}</StateNote>
      )}
    </Panel>
  );
}
