/** The whole life of a drill over REST alone: planned as YAML, previewed, run, answered, timed, proven, exported. */
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { drillScene } from '@/e2e/drill-scene';
import { requestsPlan } from '@/jobs/bench/requests';
import { type DrillView, drillInput, type RunView, type SchedulePreview } from '@/lib/drill/model';
import { stepRun } from '@/lib/drill/run/run';
import { call, testConsole } from './console';

const house = testConsole();
const scene = drillScene(house);
afterAll(scene.close);
afterEach(() => void vi.useRealTimers());
let operator = '';
let admin = '';
const yaml = { 'content-type': 'application/yaml' };
const because = { reason: 'before the release' };

beforeAll(async () => {
  operator = await house.newKey('operator');
  admin = await house.newKey('admin');
  expect((await call('PUT', '/settings/drill-limit', { key: admin, body: { max: 10 } })).status).toBe(200);
});

async function ok<T>(what: Promise<{ status: number; text: string; body: unknown }>): Promise<T> {
  const answer = await what;
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.body as T;
}

const text = `# what we rehearse
name: Search goes back
feature: fast-search
environment: production
owner: catalogue
fault: { share: 50, expiresAfter: 10m }
control: beta
objectives: { detect: 2m, decide: 5m, actuate: 30s, propagate: 5m, recover: 10m }
decision: { by: person, deadline: 9m, atDeadline: fail }
schedule:
  cron: 0 9 * * mon
  timeZone: Europe/Berlin
  allowed: [{ days: [mon], from: "08:00", to: "18:00" }]
`;

test('a drill lives without a page', async () => {
  // The doors read the clock of the process: it goes with that of the scene.
  vi.useFakeTimers({ toFake: ['Date'], now: scene.now() });
  const feature = {
    key: 'fast-search',
    owner: 'catalogue',
    versions: { control: false, treatment: true },
    baseline: 'control',
  };
  await ok(call('PUT', '/features/fast-search', { key: operator, body: feature }));
  const beta = { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] };
  await ok(call('PUT', '/cohorts/beta', { key: operator, body: beta }));
  await ok(call('POST', '/rollouts', { key: operator, headers: yaml, body: requestsPlan('fast-search') }));

  const draft = await ok<SchedulePreview>(
    call('POST', '/drills/preview?from=2026-10-20T00:00:00Z&count=1&zone=Asia/Kathmandu', {
      key: operator,
      headers: yaml,
      body: text,
    }),
  );
  expect(draft.times[0]).toMatchObject({ local: '2026-10-26T09:00+01:00', reader: '2026-10-26T13:45+05:45' });
  const { id } = await ok<DrillView>(call('POST', '/drills', { key: operator, headers: yaml, body: text }));
  const { id: runId } = await ok<RunView>(call('POST', `/drills/${id}/runs`, { key: operator, body: because }));
  const read = () => ok<RunView>(call('GET', `/drill-runs/${runId}`, { key: operator }));

  await scene.until(runId, (run) => run.decision.askedAt !== null);
  vi.setSystemTime(scene.now());
  expect(await read()).toMatchObject({ state: 'deciding', undo: { state: 'planned' } });
  const answer = { answer: 'roll_back', note: 'half of all requests fail' };
  await ok(call('POST', `/drill-runs/${runId}/decide`, { key: operator, body: answer }));
  await scene.until(runId, (run) => run.endedAt !== null);
  vi.setSystemTime(scene.now());

  const run = await read();
  expect(run).toMatchObject({
    state: 'restored',
    undo: { state: 'done' },
    proof: { restored: true, differences: [] },
    decision: { answer: 'roll_back', note: 'half of all requests fail' },
    control: { cohort: 'beta', touched: false },
  });
  expect(run.clocks.map((clock) => [clock.name, clock.state])).toEqual(
    ['detect', 'decide', 'actuate', 'propagate', 'recover'].map((name) => [name, 'recorded']),
  );
  for (const clock of run.clocks) expect(clock.met, clock.name).not.toBeNull();
  const lines = await ok<unknown[]>(call('GET', `/drill-runs/${runId}/lines`, { key: operator }));
  expect(lines.length).toBe(run.log.length);
  const ready = await ok<Array<{ lastProven: { runId: string } | null }>>(
    call('GET', '/features/fast-search/readiness?environment=production', { key: operator }),
  );
  expect(ready[0]?.lastProven?.runId).toBe(runId);

  const asYaml = await call('GET', `/drills/${id}`, { key: operator, headers: { accept: 'application/yaml' } });
  expect(asYaml.headers.get('content-type')).toBe('application/yaml; charset=utf-8');
  const view = await ok<DrillView>(
    call('GET', `/drills/${id}`, { key: operator, headers: { accept: 'application/json, application/yaml' } }),
  );
  expect(drillInput.parse(parse(asYaml.text))).toMatchObject({ name: view.name, schedule: view.schedule });
  const unchanged = await ok<DrillView>(
    call('PUT', `/drills/${id}`, { key: operator, headers: yaml, body: asYaml.text }),
  );
  expect(unchanged).toEqual(view);
  await ok(call('POST', `/drills/${id}/archive`, { key: operator, body: because }));
  const again = await ok<DrillView>(call('POST', '/drills', { key: operator, headers: yaml, body: asYaml.text }));
  const said = (of: DrillView) =>
    drillInput.parse(Object.fromEntries(Object.keys(drillInput.shape).map((k) => [k, of[k as 'name']])));
  expect(said(again)).toEqual(said(view));
  const body = { kind: 'drill', name: 'As search has it', description: 'x', body: parse(asYaml.text) };
  for (const own of ['feature', 'environment', 'owner'] as const) delete body.body[own];
  await ok(call('POST', '/templates', { key: operator, body }));
}, 120_000);

test('of twenty who start at once exactly one does, whichever drill of the feature it is', async () => {
  const feature = { key: 'raced', owner: 'o', versions: { control: false, treatment: true }, baseline: 'control' };
  await ok(call('PUT', '/features/raced', { key: operator, body: feature }));
  const drill = (name: string) => ({
    name,
    feature: 'raced',
    environment: 'production',
    owner: 'o',
    level: 'tabletop',
    decision: { by: 'person' },
  });
  const ids = await Promise.all(
    ['a', 'b', 'c', 'd'].map(
      async (name) => (await ok<DrillView>(call('POST', '/drills', { key: operator, body: drill(name) }))).id,
    ),
  );
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => call('POST', `/drills/${ids[i % 4]}/runs`, { key: operator, body: because })),
  );
  expect(answers.map((a) => a.status).toSorted()).toEqual([201, ...Array(19).fill(409)]);
  for (const { status, body } of answers)
    if (status === 409)
      expect(body).toMatchObject({ detail: expect.stringContaining('A drill of raced is running in production') });
  const { id } = (answers.find((a) => a.status === 201) ?? { body: {} }).body as RunView;
  // Aborted by twenty at once, it ends once.
  const aborts = await Promise.all(
    Array.from({ length: 20 }, () => call('POST', `/drill-runs/${id}/abort`, { key: operator, body: because })),
  );
  expect(aborts.some((a) => a.status === 200)).toBe(true);
  await stepRun(scene.home(), id, 0);
  const lines = await ok<Array<{ state: string }>>(call('GET', `/drill-runs/${id}/lines`, { key: operator }));
  expect(lines.filter((line) => line.state === 'aborted')).toHaveLength(1);
});

test('twenty who start drills of as many features stay within the limit; a freeze stops the rest', async () => {
  await ok(call('PUT', '/settings/drill-limit', { key: admin, body: { max: 3 } }));
  const ids: string[] = [];
  for (let i = 0; i < 20; i++) {
    const feature = {
      key: `many-${i}`,
      owner: 'o',
      versions: { control: false, treatment: true },
      baseline: 'control',
    };
    await ok(call('PUT', `/features/many-${i}`, { key: operator, body: feature }));
    const body = {
      name: 'n',
      feature: `many-${i}`,
      environment: 'production',
      owner: 'o',
      level: 'tabletop',
      decision: { by: 'person' },
    };
    ids.push((await ok<DrillView>(call('POST', '/drills', { key: operator, body }))).id);
  }
  const answers = await Promise.all(
    ids.map((id) => call('POST', `/drills/${id}/runs`, { key: operator, body: because })),
  );
  expect(answers.map((a) => a.status).toSorted()).toEqual([201, 201, 201, ...Array(17).fill(409)]);
  for (const { status, body } of answers)
    if (status === 409) expect(body).toMatchObject({ detail: 'As many drills run as may at once (3)' });
  const until = new Date(Date.now() + 3_600_000).toISOString();
  await ok(call('PUT', '/settings/drill-limit', { key: admin, body: { max: 100 } }));
  await ok(call('PUT', '/settings/drill-freeze', { key: operator, body: { until, reason: 'sale' } }));
  const frozen = await call('POST', `/drills/${ids.at(-1)}/runs`, { key: operator, body: because });
  expect([frozen.status, frozen.body]).toMatchObject([409, { detail: `No drill begins until ${until}: sale` }]);
  await ok(call('PUT', '/settings/drill-freeze', { key: operator, body: { until: null, reason: 'over' } }));
});
