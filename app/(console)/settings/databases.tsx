/** PostgreSQL databases of services, where migration steps run and checks read. */

import { DatabaseForm, DatabaseTable } from '@/app/ui/migration/databases.client';
import { attempt } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { holds } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import { listDatabases } from '@/lib/migration/target';

export async function DatabaseSection({ ctx }: { ctx: Context }) {
  const databases = holds(ctx.actor, 'administer') ? await attempt(listDatabases(ctx)) : null;
  return (
    <Panel
      title="Databases"
      id="databases"
      note="where migrations run and checks read; an address is never shown again"
      flush
    >
      {databases === null ? (
        <StateNote state="empty">Needs the role admin.</StateNote>
      ) : databases.ok ? (
        <>
          <DatabaseTable databases={databases.value} />
          <DatabaseForm />
        </>
      ) : (
        <StateNote state="error">{databases.message}</StateNote>
      )}
    </Panel>
  );
}
