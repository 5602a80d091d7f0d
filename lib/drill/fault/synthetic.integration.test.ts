/** A rehearsal without its engine: what is laid out, sent, judged, rolled back and proven by the real parts. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drillRun } from '@/drizzle/schema/drill';
import { ledgerPending, receipt } from '@/drizzle/schema/signal';
import { testDatabase } from '@/e2e/database';
import { log } from '@/e2e/watched';
import { putConfiguration } from '@/lib/configuration/configuration';
import { currentConfiguration } from '@/lib/configuration/current';
import { putCohort, putFeature } from '@/lib/feature/feature';
import { newId } from '@/lib/id';
import { rollbacksOf } from '@/lib/rollback/rollback';
import { createRollout, decisionsOf, getRollout, perform } from '@/lib/rollout/rollout';
import { openWatch, type Watch } from '@/lib/rollout/watch/watch';
import { findings, readBins } from '@/lib/signal/signal';
import { drillInput } from '../model';
import { dropShadows } from '../run/drop';
import { LostRun } from '../run/keep';
import type { RunRow } from '../run/run-store';
import { prepareShadow, sendTraffic } from './synthetic';

const store = testDatabase();
const began = Date.now();
/** Ten minutes ago, and eight times as fast: minutes of a rehearsal pass in seconds. */
const speed = 8;
const now = () => new Date(began - 600_000 + (Date.now() - began) * speed);
const home = () => ({ db: store.database().db, now, enqueue: async () => {} });
const ctx = () => store.context({ now });
const problems: unknown[] = [];
let watch: Watch;
beforeAll(async () => {
  const quiet = { ...log, info: () => {}, warn: () => {}, debug: () => {} };
  watch = await openWatch({
    database: store.database(),
    url: store.url(),
    now,
    enqueue: async () => {},
    log: { ...quiet, error: (...args: unknown[]) => problems.push(args) },
  });
});
afterAll(async () => {
  await watch?.close();
  expect(problems).toEqual([]);
});

const plan = (feature: string) => `
feature: ${feature}
environment: production
owner: payments
baseline: control
candidate: treatment
stages:
  - { name: beta, exposure: { beta: 25 }, minDuration: 10m }
  - { name: everyone, exposure: { beta: 100, "*": 100 } }
criteria:
  - { name: errors, kind: guardrail, measure: share, metric: http.server.request.duration,
      of: { http.response.status_code: 5xx }, against: baseline, better: lower, margin: 1pp }
  - { name: p99, kind: guardrail, measure: quantile, q: 0.99, metric: http.server.request.duration,
      where: { http.route: /checkout }, against: baseline, better: lower, margin: 10% }
  - { name: orders, kind: success, measure: ratio, metric: shop.checkout.completed, per: shop.checkout.started,
      against: baseline, better: higher, margin: 1% }
`;

async function newRun(feature: string, over: Record<string, unknown> = {}): Promise<RunRow> {
  const spec = drillInput.parse({
    name: 'weekly',
    feature,
    environment: 'production',
    owner: 'payments',
    fault: { share: 50, expiresAfter: '10m' },
    ...over,
  });
  const [row] = await store
    .database()
    .db.insert(drillRun)
    .values({
      id: newId('run', now()),
      featureKey: feature,
      environment: 'production',
      level: 'synthetic',
      spec,
      trigger: 'person',
      createdBy: 'Test Admin',
      state: 'preparing',
      stateSince: now(),
      decision: { askedAt: null, deadlineAt: null, answer: null, by: null, at: null, saw: null, note: '' },
      clocks: [],
      startedAt: now(),
      // The engine leaves it alone: what is tested here are the parts that it drives.
      dueAt: new Date(now().getTime() + 86_400_000),
    })
    .returning();
  if (!row) throw new Error('no run was written');
  return row;
}
const reload = async ({ id }: RunRow): Promise<RunRow> => {
  const [row] = await store.database().db.select().from(drillRun).where(eq(drillRun.id, id));
  return row as RunRow;
};
const pause = () => new Promise((resolve) => setTimeout(resolve, 150));

/** As the engine does: every second or so, until `done` says so. */
async function until(run: RunRow, what: string, done: (run: RunRow) => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (await done(await reload(run))) return;
    await pause();
  }
  const [rollback] = run.rolloutId ? await rollbacksOf(ctx(), run.rolloutId) : [];
  const steps = rollback?.steps.map((s) => `${s.id} ${s.state} ${s.detail}`);
  throw new Error(`${what}: it did not come to that: ${JSON.stringify(steps)}`);
}

async function begin(feature: string): Promise<void> {
  await putFeature(ctx(), {
    key: feature,
    owner: 'o',
    versions: { control: false, treatment: true },
    baseline: 'control',
  });
  await putCohort(ctx(), { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] });
  await createRollout(ctx(), plan(feature));
}

test('exposed, failing, rolled back, gone and back in range: by the same parts as in earnest', async () => {
  await begin('checkout');
  const values = { control: { timeoutMs: 100 }, treatment: { timeoutMs: 200 } };
  await putConfiguration(ctx(), 'checkout', { environment: 'production', values, reason: 'first' });
  const run = await newRun('checkout');
  let rolloutId = '';
  await until(run, 'prepared', async (row) => {
    const prepared = await prepareShadow(home(), row);
    rolloutId = prepared.rolloutId;
    return prepared.ready;
  });
  const shadow = `drill/${run.id}`;
  expect(await getRollout(ctx(), rolloutId)).toMatchObject({ state: 'running', environment: shadow, mode: 'act' });
  const released = await currentConfiguration(home().db, 'checkout', shadow);
  expect(released?.values).toEqual({ ...values, treatment: { timeoutMs: 200, 'belay.drill': run.id } });
  const before = await getRollout(ctx(), rolloutId);
  expect(before.verdict?.outcomes.filter((o) => o.outcome === 'fail')).toEqual([]);

  const faultAt = now();
  await store.database().db.update(drillRun).set({ faultAt }).where(eq(drillRun.id, run.id));
  await until(run, 'rolled back', async (row) => {
    await sendTraffic(home(), row, { until: now() });
    return (await getRollout(ctx(), rolloutId)).state === 'rolled_back';
  });
  const [confirmed, ordered] = await decisionsOf(ctx(), rolloutId);
  expect([confirmed?.action, ordered?.action]).toEqual(['confirm_rolled_back', 'roll_back']);
  expect(ordered?.actor).toMatchObject({ kind: 'rule', id: 'guardrail' });
  expect(Date.parse(ordered?.at ?? '')).toBeGreaterThan(faultAt.getTime());

  let served: Awaited<ReturnType<typeof sendTraffic>>['served'] = [];
  await until({ ...run, rolloutId }, 'verified', async (row) => {
    ({ served } = await sendTraffic(home(), row, { until: now() }));
    return (await rollbacksOf(ctx(), rolloutId))[0]?.state === 'verified';
  });
  expect(new Set(served.map((s) => s.version))).toEqual(new Set(['control']));
  const [rollback] = await rollbacksOf(ctx(), rolloutId);
  const kinds = rollback?.steps.map((s) => [s.id.replace(/\d+$/, ''), s.state]);
  expect(kinds?.every(([, state]) => state === 'done')).toBe(true);
  expect(rollback?.steps.find((s) => s.work.kind === 'criteria')?.detail).toContain('from the snapshot');
  expect((await currentConfiguration(home().db, 'checkout', shadow))?.values).toEqual(values);
  const of = { environment: shadow, feature: 'checkout' };
  expect(await findings(home().db, of)).toEqual([]);
  // The control cohort never had it, and the real environment has heard of nothing.
  const metrics = ['http.server.request.duration'];
  const range = { metrics, from: new Date(0), to: new Date(), resolution: 10 as const };
  const seen = await readBins(home().db, { ...of, ...range });
  expect(new Set(seen.filter((b) => b.cohort === 'others').map((b) => b.version))).toEqual(new Set(['control']));
  expect(await readBins(home().db, { ...of, ...range, environment: 'production' })).toEqual([]);
}, 120_000);

test('a week after it has ended its telemetry and its flags are gone, and it can be read all the same', async () => {
  await begin('dropped');
  const run = await newRun('dropped');
  const { rolloutId } = await prepareShadow(home(), run);
  const shadow = `drill/${run.id}`;
  const rows = async () => {
    const of = { environment: shadow, feature: 'dropped', metrics: ['shop.checkout.started'], resolution: 10 as const };
    return readBins(home().db, { ...of, from: new Date(0), to: new Date() });
  };
  await until(run, 'folded', async () => (await rows()).length > 0);
  const left = async () => (await findings(home().db, { environment: shadow, feature: 'dropped' })).length;
  const day = 86_400_000;
  const end = (state: 'restored' | 'detecting', ago: number) =>
    store
      .database()
      .db.update(drillRun)
      .set({ state, endedAt: new Date(now().getTime() - ago) })
      .where(eq(drillRun.id, run.id));
  await end('restored', 6 * day);
  expect(await dropShadows(home().db, now())).toBe(0);
  await end('detecting', 8 * day);
  expect(await dropShadows(home().db, now())).toBe(0);
  await end('restored', 8 * day);
  expect(await dropShadows(home().db, now())).toBe(1);
  expect([await rows(), await left()]).toEqual([[], 0]);
  expect(await currentConfiguration(home().db, 'dropped', shadow)).toBe(null);
  expect(await getRollout(ctx(), rolloutId)).toMatchObject({ environment: shadow });
  expect(await dropShadows(home().db, now())).toBe(0);
}, 60_000);

test('what is sent again after a crash counts once', async () => {
  await begin('again');
  const run = await newRun('again');
  await prepareShadow(home(), run);
  const requests = async () => (await store.database().db.select().from(receipt)).length;
  const row = await reload(run);
  const before = await requests();
  const again = { ...row, sentUntil: new Date((row.sentUntil?.getTime() ?? 0) - 6_000) };
  await sendTraffic(home(), again, { until: row.sentUntil ?? now() });
  expect(await requests()).toBe(before);
  const stale = { ...row, attempts: row.attempts - 1, sentUntil: new Date((row.sentUntil?.getTime() ?? 0) - 2_000) };
  await expect(sendTraffic(home(), stale, { until: row.sentUntil ?? now() })).rejects.toThrow(LostRun);
}, 60_000);

test('what is sent again with other answers of the flags counts once too', async () => {
  await begin('switched');
  const run = await newRun('switched');
  let rolloutId = '';
  await until(run, 'prepared', async (row) => {
    const prepared = await prepareShadow(home(), row);
    rolloutId = prepared.rolloutId;
    return prepared.ready;
  });
  const of = { environment: `drill/${run.id}`, feature: 'switched', metrics: ['shop.checkout.started'] };
  const counted = async () => {
    await until(run, 'folded', async () => (await store.database().db.select().from(ledgerPending)).length === 0);
    const rows = await readBins(home().db, { ...of, from: new Date(0), to: new Date(), resolution: 10 });
    return rows.map((b) => [b.at, b.cohort, b.version, b.aggregate.n]);
  };
  const before = await counted();
  expect(before.some(([, , version]) => version === 'treatment')).toBe(true);
  await perform(ctx(), rolloutId, 'roll-back', { reason: 'meanwhile' });
  const row = await reload(run);
  const again = { ...row, sentUntil: new Date((row.sentUntil?.getTime() ?? 0) - 6_000) };
  const { served } = await sendTraffic(home(), again, { until: row.sentUntil ?? now() });
  expect(new Set(served.map((s) => s.version))).toEqual(new Set(['control']));
  expect(await counted()).toEqual(before);
  expect(await findings(home().db, of)).toEqual([]);
}, 60_000);
