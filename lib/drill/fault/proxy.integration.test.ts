/** Real users of a cohort behind a real HAProxy, which fails their requests, through a whole rehearsal and its rollback. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { drillFault, drillRun } from '@/drizzle/schema/drill';
import { testDatabase } from '@/e2e/database';
import { drillScene } from '@/e2e/drill-scene';
import { startHaproxy } from '@/e2e/haproxy';
import { requestsBody, type Traffic } from '@/jobs/bench/requests';
import { kill, putCohort } from '@/lib/feature/feature';
import { answerOfrep } from '@/lib/feature/ofrep';
import { loadFlagState } from '@/lib/feature/state';
import { openReceiver } from '@/lib/otlp/receive';
import type { DrillInput, RunView } from '../model';
import { abortRun, getRun, startRun, stepRun } from '../run/run';
import { readEntry } from './haproxy';
import { checkDrillProxies, putDrillProxies } from './proxies';
import { proxy } from './proxy';

const store = testDatabase();
const scene = drillScene(store);
let haproxy: Awaited<ReturnType<typeof startHaproxy>>;
beforeAll(async () => {
  haproxy = await startHaproxy({ expire: '20s' });
  await putCohort(scene.at(), { key: 'pro', rules: [{ attribute: 'plan', in: ['pro'] }] });
});
beforeEach(() => named([haproxy.proxy]));
afterAll(async () => {
  await scene.close();
  await haproxy.stop();
});

const level = {
  level: 'proxy' as const,
  fault: { share: 50, status: 503, expiresAfter: '10m' },
  blast: { cohort: 'pro', share: 100, minutes: 20 },
  control: 'beta',
};
const named = (proxies: object[]) => putDrillProxies(scene.at(), { proxies });
const users = ['pro', 'beta', 'free'].flatMap((plan) =>
  Array.from({ length: 30 }, (_, i) => ({ targetingKey: `${plan}-${i}`, plan })),
);
const over = (run: RunView) => run.endedAt !== null;
const said = (run: RunView) => run.log.map((l) => l.text).join('\n');

type Told = Traffic & { drill: string | undefined };
/** What a gateway does: asks for the version and the mark, says both to HAProxy, and reports what came back. */
async function serve(feature: string, overMs: number): Promise<Told[]> {
  const state = await loadFlagState(store.database().db);
  const groups = new Map<string, Told>();
  const of = users.map(async (context) => {
    const ask = (key: string) => {
      const body = Buffer.from(JSON.stringify({ context }));
      const path = `/ofrep/v1/evaluate/flags/${key}`;
      const request = { method: 'POST', path, headers: {}, body };
      return JSON.parse(answerOfrep(state, 'production', request, scene.now().getTime()).body);
    };
    const { variant: version, metadata } = ask(feature);
    const drill: string | undefined = ask(`${feature}.fault`).value.drillId;
    const answers = await haproxy.many(5, { drill, version, cohort: metadata.cohort ?? '' });
    const mark = drill === undefined ? {} : { attributes: { 'drill.id': drill } };
    const key = `${version} ${context.plan} ${drill}`;
    const group = groups.get(key) ?? { version, cohort: context.plan, ok: 0, bad: 0, drill, ...mark };
    group.bad += answers.filter((a) => a.status !== 200).length;
    group.ok += answers.filter((a) => a.status === 200).length;
    groups.set(key, group);
  });
  await Promise.all(of);
  const traffic = [...groups.values()];
  const at = scene.now().getTime();
  const body = requestsBody({ feature, environment: 'production', at, overMs, traffic });
  const receiver = openReceiver({ database: store.database(), now: scene.now });
  const sent = { path: '/v1/metrics', method: 'POST', contentType: 'application/json', body, environment: null };
  expect((await receiver.receive(sent)).status).toBe(200);
  return traffic;
}
const bad = (traffic: Told[]) => traffic.filter((t) => t.bad > 0).map((t) => `${t.version} ${t.cohort}`);
const step = (feature: string) => async (id: string) => {
  scene.pass(4);
  await serve(feature, 4_000);
  await stepRun(scene.home(), id, 0);
};
const entry = (id: string) => readEntry(haproxy.proxy, `${id}|treatment|pro`);
const underFault = async (over_: Partial<DrillInput> = {}) => {
  const begun = await scene.started({ ...level, ...over_ });
  const run = await scene.until(begun.id, (r) => r.state === 'detecting' || over(r), step(begun.feature));
  expect(run.endedAt, said(run)).toBeNull();
  return begun;
};
const refusal = async (over_: Partial<DrillInput> = {}) => {
  const { id } = await scene.started({ ...level, ...over_ });
  const run = await scene.until(id, over, (runId) => stepRun(scene.home(), runId, 0));
  expect(run.undo).toBeNull();
  return `${run.state}: ${run.why}`;
};

test('HAProxy fails them, the judge sees it, the real rollback takes it back, and both are proven', async () => {
  const { id, feature } = await scene.started(level);
  const failing = new Set<string>();
  const run = await scene.until(id, over, async (runId) => {
    scene.pass(4);
    for (const who of bad(await serve(feature, 4_000))) failing.add(who);
    const { undo, faultAt } = await row(id);
    if (await entry(id)) expect([undo?.state, faultAt === null]).toEqual(['planned', false]);
    await stepRun(scene.home(), runId, 0);
  });
  expect(run.state, said(run)).toBe('restored');
  expect([...failing]).toEqual(['treatment pro']);
  expect(said(run)).toMatch(/HAProxy at unix@.* answers 503 to 50 % of the marked requests, and forgets it 20 s after/);
  expect(said(run)).toMatch(/HAProxy at unix@.* fails nothing any more/);
  expect(run.proof?.detail).toMatch(/production is what was recorded\. HAProxy fails no request of it/);
  expect(run.control).toMatchObject({ cohort: 'beta', touched: false });
  expect(run.clocks.map((c) => c.state)).toEqual(Array(5).fill('recorded'));
  expect(await entry(id)).toBeNull();
}, 240_000);

const row = async (id: string) => {
  const [found] = await store.database().db.select().from(drillRun).where(eq(drillRun.id, id));
  if (!found) throw new Error('it is there');
  return found;
};

test('is never written so late that it would outlive the fault, nor by who has lost the run', async () => {
  const { id } = await underFault();
  expect(await entry(id)).toMatchObject({ share: 50, status: 503 });
  const held = await row(id);
  const [exposed] = await store.database().db.select().from(drillFault).where(eq(drillFault.runId, id));
  const until = exposed?.expiresAt.getTime() ?? 0;
  expect(until).toBeLessThanOrEqual(held.faultUntil?.getTime() ?? 0);
  const bringAbout = (of = held) => proxy.outside?.(scene.home(), of);
  const forget = async () => {
    await haproxy.forget(`${id}|treatment|pro`);
    expect(await entry(id)).toBeNull();
  };

  await forget();
  await bringAbout({ ...held, attempts: held.attempts - 1 });
  expect(await entry(id)).toBeNull();
  await bringAbout();
  expect(await entry(id)).not.toBeNull();

  // The table keeps it for 20 s, and writing it may take 2.
  await forget();
  const now = scene.now().getTime();
  scene.pass((until - 22_000 - now) / 1_000 + 1);
  await bringAbout();
  expect(await entry(id)).toBeNull();
  scene.pass(-1);
  await bringAbout();
  expect(await entry(id)).not.toBeNull();

  // Past it, whoever looks takes away what is there.
  scene.pass(23);
  await bringAbout();
  expect(await entry(id)).toBeNull();
  scene.pass((now - scene.now().getTime()) / 1_000);
  await expect(named([])).rejects.toThrow(/A drill uses the HAProxies of production/);
  await named([haproxy.proxy, { ...haproxy.proxy, environment: 'staging' }]);
  await abortRun(scene.at(), id, { reason: 'r' });
  await scene.until(id, over);
}, 240_000);

test('an abort and real trouble take it back at once, and it stays away', async () => {
  for (const [end, stop] of [
    ['aborted', (id: string) => abortRun(scene.at(), id, { reason: 'enough' })],
    [
      'interrupted',
      (_: string, feature: string) => kill(scene.at(), feature, { reason: 'fire', environment: 'production' }),
    ],
  ] as const) {
    const { id, feature } = await underFault();
    expect(await entry(id)).not.toBeNull();
    expect(bad(await serve(feature, 1_000))).toEqual(['treatment pro']);
    await stop(id, feature);
    // Nobody is marked or exposed any more, though HAProxy has not been told yet.
    expect(bad(await serve(feature, 1_000))).toEqual([]);
    const run = await scene.until(id, over);
    expect(run.state).toBe(end);
    expect(run.undo?.state).toBe('done');
    expect(await entry(id)).toBeNull();
  }
}, 240_000);

test('whoever dies in between, it comes to the same end', async () => {
  const { id, feature } = await scene.started(level);
  let deaths = 0;
  const run = await scene.until(id, over, async (runId) => {
    scene.pass(4);
    await serve(feature, 4_000);
    await scene.dyingStep(runId, 2 + (deaths++ % 9));
  });
  expect(run.state, said(run)).toBe('restored');
  expect(await entry(id)).toBeNull();
}, 240_000);

test('a HAProxy that is gone in the middle is said so; what cannot be asked is not proven', async () => {
  const second = await startHaproxy({ expire: '10s' });
  await named([haproxy.proxy, second.proxy]);
  const { id, feature } = await underFault();
  await second.stop();
  const run = await scene.until(id, over, step(feature));
  // The one that is there goes on, and is told to stop.
  expect(said(run)).toMatch(/HAProxy at unix@.* is not there/);
  expect(run.state).toBe('failed');
  expect(run.why).toMatch(/so nobody knows whether it still fails requests/);
  expect(said(run)).toMatch(/It forgets the fault by itself/);
  expect(await entry(id)).toBeNull();
}, 240_000);

test('is refused before anything is touched, in a sentence that says what to do', async () => {
  await named([]);
  const { drillId } = await scene.planned(level);
  const start = startRun(scene.at(), drillId, { reason: 'r' });
  await expect(start).rejects.toThrow(/No HAProxy is named for production: name its runtime socket under Settings/);
  await named([{ ...haproxy.proxy, environment: 'staging' }]);
  await expect(startRun(scene.at(), drillId, { reason: 'r' })).rejects.toThrow(/No HAProxy is named for production/);
  await named([haproxy.proxy, { environment: 'production', address: 'unix@/nowhere/admin.sock' }]);
  expect(await refusal()).toMatch(/^aborted: HAProxy at unix@\/nowhere\/admin.sock is not there/);
  await named([{ ...haproxy.proxy, table: 'none' }]);
  expect(await refusal()).toMatch(/^aborted: .* has no stick-table none: copy it from haproxy-drill.cfg/);
  await named([haproxy.proxy]);
  expect(await refusal({ fault: { ...level.fault, expiresAfter: '15s' } })).toMatch(
    /^aborted: .* forgets a fault after 20 s, and this one may take 15 s/,
  );
});

test('names the field of a fault that HAProxy cannot bring about', async () => {
  const made = (fault: object) => scene.planned({ ...level, fault: { ...level.fault, ...fault } });
  const fields = (of: Promise<unknown>) =>
    of.then(
      () => null,
      (error) => error.fields?.map((f: { field: string }) => f.field),
    );
  expect(await fields(made({ latencyMs: 200 }))).toEqual(['fault.latencyMs']);
  expect(await fields(made({ latencyMs: 200, jitterMs: 20 }))).toEqual(['fault.latencyMs', 'fault.jitterMs']);
  expect(await fields(made({ status: 418 }))).toEqual(['fault.status']);
  expect(await fields(made({ status: null, latencyMs: 200 }))).toEqual(['fault.status', 'fault.latencyMs']);
  expect(await fields(made({ status: 429 }))).toBeNull();
});

test('says of each that is named whether a drill could use it', async () => {
  await named([haproxy.proxy, { environment: 'staging', address: 'ipv4@127.0.0.1:1' }]);
  const answers = await checkDrillProxies(scene.at());
  expect(answers.map((a) => [a.environment, a.ok])).toEqual([
    ['production', true],
    ['staging', false],
  ]);
  expect(answers[0]?.detail).toBe('It answers, and forgets a fault after 20 s');
  expect(answers[1]?.detail).toMatch(/nobody listens/);
  expect((await getRun(scene.at(), (await scene.started({ ...level })).id)).state).toBe('planned');
});
