/** Real users of a cohort, as a service with the middleware sees them, through a whole rehearsal and its rollback. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drillFault, drillRun, drill as drillTable } from '@/drizzle/schema/drill';
import { testDatabase } from '@/e2e/database';
import { drillScene } from '@/e2e/drill-scene';
import { requestsBody, type Traffic } from '@/jobs/bench/requests';
import { history } from '@/lib/event/event';
import { kill, putCohort } from '@/lib/feature/feature';
import { answerOfrep } from '@/lib/feature/ofrep';
import { loadFlagState } from '@/lib/feature/state';
import { openReceiver } from '@/lib/otlp/receive';
import { readBins } from '@/lib/signal/signal';
import type { RunView } from '../model';
import { refusalOf } from '../run/dry-run';
import { LostRun } from '../run/keep';
import { getRun, stepRun } from '../run/run';
import { armFault, disarmFault, expireFaults, prepareFault } from './fault';

const store = testDatabase();
const scene = drillScene(store);
afterAll(() => scene.close());

const level = {
  level: 'fault' as const,
  fault: { share: 50, status: 503, expiresAfter: '10m' },
  blast: { cohort: 'pro', share: 100, minutes: 20 },
  control: 'beta',
};
const users = ['pro', 'beta', 'free'].flatMap((plan) =>
  Array.from({ length: 60 }, (_, i) => ({ targetingKey: `${plan}-${i}`, plan })),
);
type User = (typeof users)[number];
const over = (run: RunView) => run.endedAt !== null;

async function served(feature: string): Promise<(user: User) => { version: string; fault: Record<string, unknown> }> {
  const state = await loadFlagState(store.database().db);
  return (context) => {
    const ask = (key: string) => {
      const path = `/ofrep/v1/evaluate/flags/${key}`;
      const body = Buffer.from(JSON.stringify({ context }));
      const answer = answerOfrep(
        state,
        'production',
        { method: 'POST', path, headers: {}, body },
        scene.now().getTime(),
      );
      return JSON.parse(answer.body);
    };
    return { version: ask(feature).variant, fault: ask(`${feature}.fault`).value };
  };
}

/** What the service reports of the last seconds: whoever is marked is marked, and no other. */
async function serve(feature: string, overMs: number): Promise<Traffic[]> {
  const of = await served(feature);
  const groups = new Map<string, Traffic>();
  for (const user of users) {
    const { version, fault } = of(user);
    const key = `${version} ${user.plan} ${fault.drillId ?? ''}`;
    const mark = typeof fault.drillId === 'string' ? { attributes: { 'drill.id': fault.drillId } } : {};
    const group = groups.get(key) ?? { version, cohort: user.plan, ok: 0, bad: 0, ...mark };
    const bad = fault.version === version ? Math.round((20 * Number(fault.share)) / 100) : 0;
    group.bad += bad;
    group.ok += 20 - bad;
    groups.set(key, group);
  }
  const traffic = [...groups.values()];
  const at = scene.now().getTime();
  const body = requestsBody({ feature, environment: 'production', at, overMs, traffic });
  const receiver = openReceiver({ database: store.database(), now: scene.now });
  const answer = await receiver.receive({
    path: '/v1/metrics',
    method: 'POST',
    contentType: 'application/json',
    body,
    environment: null,
  });
  expect(answer.status).toBe(200);
  return traffic;
}

beforeAll(async () => {
  await putCohort(scene.at(), { key: 'pro', rules: [{ attribute: 'plan', in: ['pro'] }] });
});
const begun = () => scene.started(level);
const rows = () => store.database().db.select().from(drillFault);
const bins = (environment: string, feature: string) =>
  readBins(store.database().db, {
    environment,
    feature,
    metrics: ['requests'],
    from: new Date(scene.now().getTime() - 3_600_000),
    to: scene.now(),
    resolution: 10,
  });
const step = (feature: string) => async (id: string) => {
  scene.pass(4);
  await serve(feature, 4_000);
  await stepRun(scene.home(), id, 0);
};

test('is judged apart from everything real, rolled back by the real rollback, and proven', async () => {
  const { id, feature } = await begun();
  const ordered = await scene.until(id, (r) => r.rollbackId !== null || over(r), step(feature));
  expect(ordered.endedAt, ordered.log.map((l) => l.text).join('\n')).toBeNull();
  // The rollback is what takes it from them: the row is still there.
  expect(await rows()).toHaveLength(1);
  const of = await served(feature);
  expect(users.filter((u) => of(u).version === 'treatment')).toEqual([]);
  const left: unknown[] = [];
  const run = await scene.until(id, over, async (runId) => {
    await step(feature)(runId);
    left.push(...(await rows()).map((row) => [row.exposes, row.fault?.share]));
  });
  expect(run.state, run.log.map((l) => l.text).join('\n')).toBe('restored');
  // Until it is proven, its cohorts are marked and nothing else.
  expect(left.at(-1)).toEqual([false, 0]);
  expect(run.proof?.detail).toContain('production is what was recorded');
  expect(run.control).toMatchObject({ cohort: 'beta', touched: false });
  expect(run.clocks.map((c) => c.state)).toEqual(Array(5).fill('recorded'));
  expect(await rows()).toEqual([]);
  // Of both arms nothing is left among the real, and nobody else was drawn in.
  const [real, drilled] = [await bins('production', feature), await bins(`drill/${id}`, feature)];
  expect(real.filter((b) => b.version === 'treatment')).toEqual([]);
  expect(real.filter((b) => String(b.attributes['http.response.status_code']) === '500' && b.aggregate.n > 0)).toEqual(
    [],
  );
  expect(new Set(drilled.map((b) => b.cohort))).toEqual(new Set(['pro', 'beta']));
  const failed = drilled.filter(
    (b) => String(b.attributes['http.response.status_code']) === '500' && b.aggregate.n > 0,
  );
  expect(new Set(failed.map((b) => `${b.cohort} ${b.version}`))).toEqual(new Set(['pro treatment']));
}, 240_000);

test('real trouble ends it at once, before anybody has come to undo it; the reaper cleans up once', async () => {
  const { id, feature } = await begun();
  await scene.until(id, (r) => r.state === 'detecting' || over(r), step(feature));
  const { db } = store.database();
  const before = await served(feature);
  const hit = users.filter((u) => before(u).version === 'treatment');
  expect(hit.length).toBeGreaterThan(15);
  expect(hit.every((u) => u.plan === 'pro' && before(u).fault.status === 503)).toBe(true);
  const [row] = await db.select().from(drillRun).where(eq(drillRun.id, id));
  if (!row?.faultUntil) throw new Error('it has an end');
  const [armed] = await rows();
  expect(armed?.expiresAt.getTime()).toBeLessThanOrEqual(row.faultUntil.getTime());

  // No undo, no fault; and who lost the run exposes nobody.
  const arm = (over: object) => db.transaction((tx) => armFault(tx, scene.now(), { ...row, ...over }));
  await expect(arm({ undo: null })).rejects.toThrow(/No undo/);
  await expect(arm({ faultUntil: null })).rejects.toThrow(/without an end/);
  await db.transaction((tx) => disarmFault(tx, scene.now(), id));
  await expect(prepareFault(scene.home(), { ...row, attempts: row.attempts - 1 })).rejects.toThrow(LostRun);
  expect(await rows()).toEqual([]);
  await arm({});

  await kill(scene.at(), feature, { reason: 'fire', environment: 'production' });
  const after = await served(feature);
  expect(users.filter((u) => after(u).version === 'treatment' || after(u).fault.drillId)).toEqual([]);

  expect(await expireFaults(db, scene.now())).toEqual([]);
  const late = new Date((armed?.expiresAt.getTime() ?? 0) + 1);
  const asked = await Promise.all([expireFaults(db, late), expireFaults(db, late)]);
  expect(asked.flat()).toEqual([id]);
  expect(await rows()).toEqual([]);
  const told = await history(store.context(), { kinds: ['drill.expired'], limit: 10 });
  expect(told.map((e) => e.data.runId)).toEqual([id]);
  const run = await scene.until(id, over, step(feature));
  expect(run.state).toBe('interrupted');
  expect((await getRun(store.context(), id)).undo?.state).toBe('done');
}, 240_000);

test('whoever dies in between, it comes to the same end; and where nobody is left, it ends by itself', async () => {
  const { id, feature } = await begun();
  let deaths = 0;
  const dies = async (runId: string) => {
    scene.pass(4);
    await serve(feature, 4_000);
    await scene.dyingStep(runId, 2 + (deaths++ % 9));
  };
  const exposed = await scene.until(id, (r) => r.state === 'detecting' || over(r), dies);
  expect(exposed.endedAt, exposed.log.map((l) => l.text).join('\n')).toBeNull();
  const [row] = await rows();
  const of = await served(feature);
  const hit = users.find((u) => of(u).version === 'treatment');
  // Nobody loads anything, nobody cleans up: the same state, some time later.
  const late = (row?.expiresAt.getTime() ?? 0) - scene.now().getTime();
  scene.pass(late / 1_000);
  expect(hit && of(hit)).toEqual({ version: 'control', fault: {} });
  scene.pass(-late / 1_000);
  const run = await scene.until(id, over, dies);
  expect(run.state, run.log.map((l) => l.text).join('\n')).toBe('restored');
  expect(await rows()).toEqual([]);
}, 240_000);

test('is refused by name where an outside plane serves the feature', async () => {
  const { db, sql } = store.database();
  const { drillId, feature } = await scene.planned(level);
  const [drill] = await db.select().from(drillTable).where(eq(drillTable.id, drillId));
  if (!drill) throw new Error('it is there');
  expect(await refusalOf(db, drill.spec)).toBeNull();
  await sql`insert into plane select (jsonb_populate_record(p, '{"id": "outside", "name": "outside"}')).* from plane p
    where id = 'builtin'`;
  await sql`update feature set plane = 'outside' where key = ${feature}`;
  expect(await refusalOf(db, drill.spec)).toMatch(/outside control plane serves .* use synthetic/);
});
