import { attempt } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { SnapshotTable, TakeSnapshot } from '@/app/ui/rollback/snapshot-table.client';
import { Name, visible } from '@/app/ui/text/name';
import { holds } from '@/lib/access/authorise';
import { compareSnapshots, listSnapshots } from '@/lib/snapshot/snapshot';
import { pageContext } from '@/lib/wiring';
import { Places } from './places';

const most = 30;

/** The recorded states that this feature can go back to in one environment. */
export async function SnapshotsSection(props: { feature: string; environment: string; environments: string[] }) {
  const { feature, environment } = props;
  const ctx = await pageContext();
  const found = await attempt(listSnapshots(ctx, feature, { environment, limit: most + 1 }));
  const may = holds(ctx.actor, 'operate');
  const all = found.ok ? found.value : [];
  const rows = all.slice(0, most).map(({ id, cause, digest, by, takenAt, rolloutId }) => ({
    id,
    cause,
    digest,
    by,
    takenAt,
    rolloutId,
  }));
  const [newest] = rows;
  const now = newest ? await attempt(compareSnapshots(ctx, newest.id, 'now')) : null;
  return (
    <Panel
      title="Snapshots"
      id="snapshots"
      note={
        <>
          of <Name>{environment}</Name>,{' '}
          {all.length > most ? `the newest ${most}` : 'taken before every start, widening, change and rollback'}
        </>
      }
      actions={
        <>
          <Places {...props} section="snapshots" />
          {may ? <TakeSnapshot feature={feature} environment={environment} /> : null}
        </>
      }
      flush
    >
      {found.ok ? null : <StateNote state="error">{found.message}</StateNote>}
      {found.ok && rows.length === 0 ? (
        <StateNote state="empty">Nothing has changed in {visible(environment)} yet.</StateNote>
      ) : null}
      {rows.length > 0 ? <SnapshotTable snapshots={rows} now={now?.ok ? now.value.to.digest : ''} may={may} /> : null}
    </Panel>
  );
}
