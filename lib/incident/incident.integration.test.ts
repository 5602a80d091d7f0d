import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { drillScene } from '@/e2e/drill-scene';
import type { Actor } from '@/lib/access/model';
import { listDrills, planRuns } from '@/lib/drill/drill';

import { abortRun, getRun, startRun, stepRun } from '@/lib/drill/run/run';
import { BelayError } from '@/lib/errors';
import { history } from '@/lib/event/event';
import { endIncident, listIncidents, markIncident } from './incident';

vi.setConfig({ testTimeout: 60_000 });

const store = testDatabase();
let scene: ReturnType<typeof drillScene>;
beforeAll(() => {
  scene = drillScene(store);
});
afterAll(() => scene.close());

const refusalOf = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error) =>
      error instanceof BelayError ? `${error.code}: ${error.message} ${JSON.stringify(error.fields)}` : error,
  );
const here = { environment: 'production', reason: 'payments fail' };

it('ends the drills there at once, and none begins before it is over', async () => {
  const { id, feature } = await scene.started();
  const elsewhere = await scene.started();
  await scene.until(id, (run) => run.state === 'detecting' || run.endedAt !== null);
  const woken: unknown[] = [];
  const enqueue = async (_job: string, payload: unknown) => void woken.push(payload);
  const marked = await markIncident(scene.at({ enqueue }), feature, here);
  expect(woken).toEqual([{ runId: id }]);
  expect((await getRun(scene.at(), id)).stop).toMatchObject({
    kind: 'interrupted',
    why: 'An incident is marked in production: payments fail',
  });
  expect(await stepRun(scene.home(), id, 0)).toBe('interrupted');
  expect((await getRun(scene.at(), id)).undo?.state).toBe('done');
  expect((await getRun(scene.at(), elsewhere.id)).stop).toBeNull();

  const next = await scene.planned({ feature, schedule: { cron: '* * * * *' } });
  const start = () => startRun(scene.at(), next.drillId, { reason: 'r' });
  expect(await refusalOf(start())).toMatch(/conflict: An incident of .* in production is marked by .*: payments fail/);
  const blockedBy = async () =>
    (await listDrills(scene.at(), { feature })).find((d) => d.id === next.drillId)?.blockedBy;
  expect(await blockedBy()).toBe('incident');
  scene.pass(60);
  expect(await planRuns(store.database().db, scene.now())).toMatchObject({ runs: [], skipped: 1 });
  const [skipped] = await history(scene.at(), { kinds: ['drill.skipped'], limit: 1 });
  expect(skipped?.reason).toMatch(/an incident is marked there/);

  scene.pass(30);
  const ended = await endIncident(scene.at(), marked.id, { reason: 'paid again' });
  expect(ended).toMatchObject({ endedReason: 'paid again', endedAt: scene.now().toISOString() });
  expect(await blockedBy()).toBeNull();
  const again = await start();
  await abortRun(scene.at(), again.id, { reason: 'enough' });
  const kinds = (await history(scene.at(), { limit: 100 })).filter((e) => e.data.incidentId === marked.id);
  expect(kinds.map((e) => [e.kind, e.data.interrupted ?? e.data.lastedMs])).toEqual([
    ['incident.ended', expect.any(Number)],
    ['incident.marked', [id]],
  ]);
});

it('that was marked while a run was being planned keeps it from touching anything', async () => {
  const { id, feature } = await scene.started();
  // As if the mark had committed between the look and the run.
  await markIncident(scene.at(), feature, here);
  await store.database().sql`update drill_run set stop = null where id = ${id}`;
  await scene.until(id, (run) => run.endedAt !== null);
  const run = await getRun(scene.at(), id);
  expect(run).toMatchObject({ state: 'aborted', shadow: null, undo: null });
  expect(run.why).toMatch(/An incident of .* is marked by/);
});

it('is one at a time of a place, marked and ended once, by whoever operates there', async () => {
  const feature = await scene.feature();
  const other: Actor = { kind: 'key', id: 'key_o', name: 'o', role: 'operator', environment: 'staging' };
  const viewer: Actor = { kind: 'person', id: 'per_v', name: 'v', role: 'viewer', environment: null };
  expect(await refusalOf(markIncident(scene.at({ actor: other }), feature, here))).toMatch(/forbidden/);
  expect(await refusalOf(markIncident(scene.at({ actor: viewer }), feature, here))).toMatch(/forbidden/);
  expect(await refusalOf(markIncident(scene.at(), feature, { environment: 'production' }))).toMatch(
    /say what is wrong/,
  );
  expect(await refusalOf(markIncident(scene.at(), feature, { ...here, environment: 'drill/run_x' }))).toMatch(
    /drill\//,
  );
  expect(await refusalOf(markIncident(scene.at(), 'nothing', here))).toMatch(/not_found/);
  const both = await Promise.all([1, 2].map(() => refusalOf(markIncident(scene.at(), feature, here))));
  expect(both.filter((e) => e === null)).toHaveLength(1);
  expect(both.find((e) => e !== null)).toMatch(/conflict: .* is marked already/);
  await markIncident(scene.at(), feature, { ...here, environment: 'staging' });
  const open = await listIncidents(scene.at(), { feature, open: true });
  expect(open.map((i) => i.environment).sort()).toEqual(['production', 'staging']);
  expect((await listIncidents(scene.at({ actor: other }), { feature })).map((i) => i.environment)).toEqual(['staging']);
  expect(await refusalOf(listIncidents(scene.at({ actor: other }), { environment: 'production' }))).toMatch(
    /forbidden/,
  );
  const id = open.find((i) => i.environment === 'production')?.id ?? '';
  expect(await refusalOf(endIncident(scene.at({ actor: other }), id, { reason: 'r' }))).toMatch(/forbidden/);
  await endIncident(scene.at(), id, { reason: 'r' });
  expect(await refusalOf(endIncident(scene.at(), id, { reason: 'r' }))).toMatch(/ended already/);
  expect(await listIncidents(scene.at(), { feature, open: true })).toHaveLength(1);
});
