/** Runs of drills over REST: started, followed, answered, aborted, corrected. */
import { beforeAll, expect, test } from 'vitest';
import type { RunView } from '@/lib/drill/model';
import { stepRun } from '@/lib/drill/run/run';
import { runLineView, runView } from '@/lib/http/views/drill-runs';
import { call, testConsole } from './console';

const house = testConsole();
let operator = '';
let viewer = '';
const tabletop = {
  name: 'What would we do',
  feature: 'new-checkout',
  environment: 'production',
  owner: 'payments',
  level: 'tabletop',
  situation: 'Half of all payments fail',
  decision: { by: 'person', deadline: '10m' },
  objectives: { decide: '5m' },
};
const because = { reason: 'a test' };

const carryOn = (id: string) =>
  stepRun({ db: house.database().db, now: () => new Date(), enqueue: async () => {} }, id);

async function started(): Promise<RunView> {
  const drill = (await call('POST', '/drills', { key: operator, body: tabletop })).body as { id: string };
  const made = await call('POST', `/drills/${drill.id}/runs`, { key: operator, body: because });
  expect(made.status, made.text).toBe(201);
  const run = runView.parse(made.body) as RunView;
  expect(made.body).toEqual(run);
  expect((await call('GET', `/drills/${drill.id}/runs`, { key: viewer })).body).toEqual([{ ...run, log: [] }]);
  return run;
}

beforeAll(async () => {
  operator = await house.newKey('operator');
  viewer = await house.newKey('viewer');
  const body = { key: 'new-checkout', owner: 'payments', versions: { control: 0, treatment: 1 }, baseline: 'control' };
  expect((await call('PUT', '/features/new-checkout', { key: operator, body })).status).toBe(200);
});

test('a run is started, asks, is answered and corrected', async () => {
  const { id, drillId } = await started();
  const path = `/drill-runs/${id}`;
  expect((await call('POST', `/drills/${drillId}/runs`, { key: operator, body: because })).status).toBe(409);
  expect((await call('POST', `/drills/${drillId}/runs`, { key: viewer, body: because })).status).toBe(403);
  await carryOn(id);
  expect((await call('GET', path, { key: viewer })).body).toMatchObject({
    state: 'deciding',
    decision: { answer: null },
  });
  const bad = await call('POST', `${path}/decide`, { key: operator, body: { answer: 'maybe' } });
  expect(bad.status).toBe(400);
  const body = { answer: 'roll_back', note: 'as the runbook says', saw: { page: 'run' } };
  expect((await call('POST', `${path}/decide`, { key: viewer, body })).status).toBe(403);
  expect((await call('POST', `${path}/decide`, { key: operator, body })).body).toMatchObject({
    decision: { answer: 'roll_back', note: 'as the runbook says', saw: { page: 'run', verdict: null } },
  });
  expect((await call('POST', `${path}/decide`, { key: operator, body })).status).toBe(409);
  await carryOn(id);
  const run = runView.parse((await call('GET', path, { key: viewer })).body) as RunView;
  expect(run).toMatchObject({ state: 'restored' });
  const lines = (await call('GET', `${path}/lines?after=0`, { key: viewer })).body as unknown[];
  expect(lines.map((l) => runLineView.parse(l).seq)).toEqual(run.log.slice(1).map((_, i) => i + 1));
  const from = run.clocks[1]?.from ?? '';
  const correction = {
    clock: 'decide',
    from,
    to: new Date(Date.parse(from) - 1_000).toISOString(),
    reason: 'a wrong clock',
  };
  const corrected = await call('POST', `${path}/correct`, { key: operator, body: correction });
  expect(runView.parse(corrected.body).clocks[1]).toMatchObject({ state: 'invalid', ms: null, met: null });
  const other = await call('POST', `${path}/correct`, { key: operator, body: { ...correction, clock: 'detect' } });
  expect(other.body).toMatchObject({ errors: [{ field: 'clock' }] });
  expect((await call('POST', `${path}/abort`, { key: operator, body: because })).status).toBe(409);
  const report = await call('GET', `${path}?as=markdown`, { key: viewer });
  expect(report.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
  expect(report.text).toMatch(/^# Drill: What would we do\n/);
  expect(report.text).toContain('Answered by');
  expect((await call('GET', `${path}?as=paper`, { key: viewer })).body).toMatchObject({ errors: [{ field: 'as' }] });
});

test('a run is aborted', async () => {
  const { id } = await started();
  expect((await call('POST', `/drill-runs/${id}/abort`, { key: operator, body: because })).status).toBe(200);
  await carryOn(id);
  expect((await call('GET', `/drill-runs/${id}`, { key: viewer })).body).toMatchObject({
    state: 'aborted',
    why: 'a test',
  });
  expect((await call('GET', '/drill-runs/run_none', { key: viewer })).status).toBe(404);
});
