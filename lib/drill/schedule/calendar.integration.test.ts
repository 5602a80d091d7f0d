import { describe, expect, test } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { drillScene } from '@/e2e/drill-scene';
import type { Actor } from '@/lib/access/model';
import { archiveDrill, planRuns, putFreeze } from '../drill';
import { abortRun } from '../run/run';
import { type CalendarEntry, drillCalendar } from './calendar';

const store = testDatabase();
const day = 86_400_000;

describe('the calendar', () => {
  test('has what was run, what was left out and what is planned, and nothing of others', async () => {
    const scene = drillScene(store);
    const schedule = { cron: '* * * * *' };
    const { drillId } = await scene.planned({ name: 'every minute', schedule });
    const { id } = await scene.started({ name: 'by hand' });
    await abortRun(scene.at(), id, { reason: 'enough' });
    await putFreeze(scene.at(), { until: new Date(scene.now().getTime() + 90_000).toISOString(), reason: 'r' });
    scene.pass(60);
    await planRuns(store.database().db, scene.now());

    const from = new Date(scene.now().getTime() - day);
    const to = new Date(scene.now().getTime() + 150_000);
    const seen = await drillCalendar(scene.at(), { from, to });
    const of = (name: string) => seen.filter((e) => e.name === name);
    expect(of('by hand')).toMatchObject([{ kind: 'run', runId: id }]);
    const minutes = of('every minute');
    expect(minutes[0]).toMatchObject({ kind: 'skipped', reason: 'freeze', drillId });
    const planned = minutes.filter((e) => e.kind === 'planned') as Array<Extract<CalendarEntry, { kind: 'planned' }>>;
    expect(planned.map((e) => [Date.parse(e.at) > scene.now().getTime(), e.blockedBy])).toEqual([
      [true, null],
      [true, null],
    ]);
    expect(seen.map((e) => e.at)).toEqual(seen.map((e) => e.at).toSorted());

    expect(await drillCalendar(scene.at(), { from: new Date(from.getTime() - day), to: from })).toEqual([]);
    const elsewhere: Actor = { kind: 'key', id: 'key_v', name: 'v', role: 'viewer', environment: 'staging' };
    expect(await drillCalendar(scene.at({ actor: elsewhere }), { from, to })).toEqual([]);
    await archiveDrill(scene.at(), drillId, { reason: 'r' });
    const after = await drillCalendar(scene.at(), { from, to });
    expect(after.filter((e) => e.drillId === drillId).map((e) => e.kind)).toEqual(['skipped']);
  });

  test('is of a hundred days at most, and names what is wrong with its span', async () => {
    const scene = drillScene(store);
    const from = scene.now();
    const of = (to: Date) => drillCalendar(scene.at(), { from, to });
    await expect(of(from)).rejects.toMatchObject({ fields: [{ field: 'to', message: 'must be after from' }] });
    await expect(of(new Date(from.getTime() + 101 * day))).rejects.toMatchObject({ fields: [{ field: 'to' }] });
  });
});
