import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rollback } from '@/drizzle/schema/rollback';
import { snapshot } from '@/drizzle/schema/snapshot';
import { testDatabase } from '@/e2e/database';
import { requestsBody, requestsPlan, type Traffic } from '@/jobs/bench/requests';
import { putFeature, setOverride } from '@/lib/feature/feature';
import { openReceiver, type Receiver } from '@/lib/otlp/receive';
import { createRollout, perform } from '@/lib/rollout/rollout';
import { type Fold, openFold } from '@/lib/signal/fold/fold';
import type { TaskResult } from './model';
import { proveCriteria } from './proof-criteria';
import { proveExposure } from './proof-exposure';
import { rollbacksOf } from './rollback';

const store = testDatabase();
const second = 1_000;
const minute = 60 * second;
/** Forty minutes ago: what is sent lies in the past of the real clock, which the receiver goes by. */
const t0 = Math.floor((Date.now() - 40 * minute) / (30 * second)) * 30 * second;
const date = (ms: number) => new Date(t0 + ms);
const at = (ms: number) => store.context({ now: () => date(ms) });
const startMs = 10 * minute;
const decidedMs = 13 * minute;

let receiver: Receiver;
let fold: Fold;
beforeAll(async () => {
  const now = () => new Date();
  receiver = openReceiver({ database: store.database(), now });
  fold = await openFold({ database: store.database(), now });
});
afterAll(async () => {
  await fold?.close();
  await receiver?.close();
});

let features = 0;
let sent = 0;
type Row = typeof rollback.$inferSelect;
type Send = (from: number, to: number, traffic: (i: number) => Traffic[]) => Promise<void>;

async function begin(): Promise<{ feature: string; send: Send }> {
  const feature = `proof-${++features}`;
  await putFeature(at(0), { key: feature, owner: 'o', versions: { control: 1, treatment: 2 }, baseline: 'control' });
  const head = { path: '/v1/metrics', method: 'POST', contentType: 'application/json', environment: null };
  const send: Send = async (from, to, traffic) => {
    for (let ms = from, i = 0; ms < to; ms += 10 * second, i++) {
      // No two requests are the same, or the second would be taken for a retry.
      const end = t0 + ms + 9 * second + (++sent % 1000) / 1000;
      const of = { feature, environment: 'production', at: end, overMs: 8 * second, traffic: traffic(i) };
      expect((await receiver.receive({ ...head, body: requestsBody(of) })).status).toBe(200);
    }
    while ((await fold.step()).behind > 0);
  };
  return { feature, send };
}

/** About one in a hundred fails, now more and now less. */
const good = (i: number, cohort = 'eu'): Traffic => ({
  version: 'control',
  cohort,
  ok: 396,
  bad: 3 + (Math.floor(i / 3) % 3),
});
const bad = (_i: number, version = 'treatment', cohort = 'eu'): Traffic => ({ version, cohort, ok: 300, bad: 100 });

/** Started at ten minutes and rolled back at thirteen; everybody serves it a second later. */
async function rolledBack(feature: string, more = ''): Promise<Row> {
  const { id } = await createRollout(at(0), requestsPlan(feature, more));
  await perform(at(startMs), id, 'start', { reason: 'go' });
  await perform(at(decidedMs), id, 'roll-back', { reason: 'back' });
  const [view] = await rollbacksOf(at(0), id);
  const [row] = await store
    .database()
    .db.select()
    .from(rollback)
    .where(eq(rollback.id, view?.id ?? ''));
  if (!row) throw new Error('no rollback was written');
  return {
    ...row,
    steps: row.steps.map((s) => (/serve|restore/.test(s.work.kind) ? ended(s, decidedMs + second) : s)),
  };
}
const ended = (step: Row['steps'][number], ms: number) => ({ ...step, endedAt: date(ms).toISOString() });
const goneAt = (row: Row, ms: number): Row => ({
  ...row,
  steps: row.steps.map((s) => (s.work.kind === 'exposure' ? ended(s, ms) : s)),
});
const exposure = (row: Row, ms: number): Promise<TaskResult> => proveExposure(store.database().db, date(ms), row);
const criteria = (row: Row, ms: number): Promise<TaskResult> => proveCriteria(store.database().db, date(ms), row);

describe('nobody is served it any more', () => {
  test('seen to go, and not before', async () => {
    const { feature, send } = await begin();
    const row = await rolledBack(feature);
    await send(decidedMs, decidedMs + 20 * second, (i) => [good(i), bad(i)]);
    expect(await exposure(row, decidedMs + 10 * second)).toMatchObject({ kind: 'wait', afterMs: 15 * second });
    expect(await exposure(row, decidedMs + 25 * second)).toMatchObject({
      kind: 'wait',
      detail: expect.stringContaining('still shows treatment'),
    });
    await send(decidedMs + 20 * second, decidedMs + 30 * second, (i) => [good(i)]);
    expect(await exposure(row, decidedMs + 35 * second)).toEqual({
      kind: 'done',
      detail: 'Telemetry shows no treatment any more',
    });
  });

  test('silence proves nothing, of flags neither: it waits, then fails and says what to do', async () => {
    const { feature } = await begin();
    const row = await rolledBack(feature);
    expect(await exposure(row, decidedMs + minute)).toMatchObject({ kind: 'wait' });
    expect(await exposure(row, decidedMs + 3 * minute)).toMatchObject({
      kind: 'failed',
      detail: expect.stringContaining('No telemetry shows that treatment is gone'),
      next: expect.stringContaining('acknowledge'),
      retryAfterMs: expect.any(Number),
    });
  });

  test('past the deadline it fails, names who may still have it, and is done once it is gone after all', async () => {
    const { feature, send } = await begin();
    const row = await rolledBack(feature);
    const late = decidedMs + 3 * minute;
    await send(late - 30 * second, late, (i) => [good(i), bad(i)]);
    expect(await exposure(row, late + 5 * second)).toMatchObject({
      kind: 'failed',
      next: expect.stringContaining('cache'),
    });
    const user = { scope: 'user', value: 'u1', effect: 'serve', version: 'treatment', reason: 'tester' };
    await setOverride(at(late), feature, user);
    expect(await exposure(row, late + 5 * second)).toMatchObject({
      next: expect.stringContaining('One user is set to it'),
    });
    await send(late, late + 10 * second, (i) => [good(i)]);
    expect(await exposure(row, late + 15 * second)).toMatchObject({ kind: 'done' });
  });

  test('of cohorts that were taken back only they are looked at', async () => {
    const { feature, send } = await begin();
    const row = { ...(await rolledBack(feature)), cohorts: ['us'] };
    const both = (i: number) => [good(i, 'us'), bad(i)];
    await send(decidedMs, decidedMs + 30 * second, both);
    expect(await exposure(row, decidedMs + 35 * second)).toMatchObject({ kind: 'done' });
    expect(await exposure({ ...row, cohorts: ['eu'] }, decidedMs + 35 * second)).toMatchObject({ kind: 'wait' });
  });

  test('a version that the target itself serves need not be gone', async () => {
    const { feature } = await begin();
    const row = await rolledBack(feature);
    const desired = { ...row.desired, exposure: [{ cohort: 'beta', version: 'treatment', share: 10 }] };
    expect(await exposure({ ...row, desired }, decidedMs + minute)).toMatchObject({ kind: 'left' });
  });

  test('a restore without a rollout: whatever its target does not serve, by any telemetry', async () => {
    const { feature, send } = await begin();
    const row = { ...(await rolledBack(feature)), rolloutId: null };
    await send(decidedMs + 10 * second, decidedMs + 20 * second, (i) => [good(i), bad(i)]);
    expect(await exposure(row, decidedMs + 25 * second)).toMatchObject({ kind: 'wait' });
    await send(decidedMs + 20 * second, decidedMs + 30 * second, (i) => [good(i)]);
    expect(await exposure(row, decidedMs + 35 * second)).toMatchObject({ kind: 'done' });
  });
});

describe('the criteria are back', () => {
  const gone = decidedMs + 30 * second;
  const range = expect.stringContaining('from the snapshot');

  test('inside what the snapshot recorded, of two windows at the least', async () => {
    const { feature, send } = await begin();
    await send(0, startMs, (i) => [good(i), good(i, 'us')]);
    await send(startMs, gone, (i) => [good(i), bad(i)]);
    const row = goneAt(await rolledBack(feature), gone);
    const [taken] = await store
      .database()
      .db.select()
      .from(snapshot)
      .where(eq(snapshot.id, row.target ?? ''));
    const [whole] = taken?.body.criteria ?? [];
    expect(whole).toMatchObject({ criterion: 'errors', cohort: null, version: 'control', windows: 19 });
    expect(whole?.low).toBeCloseTo(3 / 399, 6);
    expect(whole?.high).toBeCloseTo(5 / 401, 6);
    await send(gone, gone + minute, (i) => [good(i)]);
    expect(await criteria(row, gone + 40 * second)).toMatchObject({ kind: 'wait', afterMs: 25 * second });
    expect(await criteria(row, gone + 65 * second)).toEqual({ kind: 'done', detail: range });
  });

  test('still worse: it waits, then fails with the criterion, its value, the range and what to do', async () => {
    const { feature, send } = await begin();
    await send(0, startMs, (i) => [good(i)]);
    const row = goneAt(await rolledBack(feature), gone);
    await send(gone, gone + 6 * minute, () => [bad(0, 'control')]);
    expect(await criteria(row, gone + 2 * minute)).toMatchObject({
      kind: 'wait',
      detail: expect.stringContaining('25 %'),
    });
    const failed = await criteria(row, gone + 6 * minute + 5 * second);
    expect(failed).toMatchObject({
      kind: 'failed',
      detail: range,
      next: expect.stringContaining('errors is still worse'),
    });
    expect(failed.detail).toMatch(/errors is 25 % \(at most 2\.\d+ %, from the snapshot\)/);
    // It goes on looking, and is done when it has come back after all.
    await send(gone + 6 * minute, gone + 8 * minute, (i) => [good(i)]);
    expect(await criteria(row, gone + 8 * minute + 5 * second)).toMatchObject({ kind: 'done' });
  });

  test('no telemetry is no proof', async () => {
    const { feature, send } = await begin();
    await send(0, startMs, (i) => [good(i)]);
    const row = goneAt(await rolledBack(feature), gone);
    expect(await criteria(row, gone + 2 * minute)).toMatchObject({ kind: 'wait' });
    expect(await criteria(row, gone + 6 * minute)).toMatchObject({
      kind: 'failed',
      detail: expect.stringContaining('nothing shows it'),
    });
  });

  test('a fresh feature: what the known-good version measured during the rollout counts, and it is said', async () => {
    const { feature, send } = await begin();
    await send(startMs, gone, (i) => [good(i), bad(i)]);
    const row = goneAt(await rolledBack(feature), gone);
    await send(gone, gone + minute, (i) => [good(i)]);
    expect(await criteria(row, gone + 65 * second)).toEqual({
      kind: 'done',
      detail: expect.stringContaining('control during the rollout, for the snapshot has no readings'),
    });
  });

  test('nobody knows what is usual: never done; a threshold will do', async () => {
    const { feature, send } = await begin();
    const row = goneAt(await rolledBack(feature), gone);
    await send(gone, gone + 6 * minute, (i) => [good(i)]);
    expect(await criteria(row, gone + minute)).toMatchObject({ kind: 'wait' });
    expect(await criteria(row, gone + 6 * minute)).toMatchObject({
      kind: 'failed',
      detail: expect.stringContaining('nothing says what is usual'),
    });
    const other = await begin();
    const text = requestsPlan(other.feature).replace('against: baseline', 'against: { threshold: 5% }');
    const { id } = await createRollout(at(0), text);
    await other.send(gone, gone + minute, (i) => [good(i)]);
    const judged = { ...row, featureKey: other.feature, rolloutId: id };
    expect(await criteria(judged, gone + 65 * second)).toEqual({
      kind: 'done',
      detail: expect.stringContaining('from its threshold'),
    });
  });

  test('cohorts that were taken back are compared with themselves, and nobody else is looked at', async () => {
    const { feature, send } = await begin();
    await send(0, startMs, (i) => [good(i), good(i, 'us')]);
    const whole = goneAt(await rolledBack(feature), gone);
    const row = { ...whole, cohorts: ['us'], target: null };
    await send(gone, gone + minute, (i) => [bad(i, 'control'), good(i, 'us')]);
    expect(await criteria(row, gone + 65 * second)).toEqual({
      kind: 'done',
      detail: expect.stringContaining('errors in us'),
    });
    expect(await criteria({ ...row, cohorts: ['eu'] }, gone + 65 * second)).toMatchObject({ kind: 'wait' });
    expect(await criteria(whole, gone + 65 * second)).toMatchObject({ kind: 'wait' });
  });

  test('a success criterion is mirrored: fewer of what is wanted is not back', async () => {
    const { feature, send } = await begin();
    const more =
      '  - { name: served, kind: success, measure: share, metric: requests, of: { http.response.status_code: 200 },\n' +
      '      against: baseline, better: higher, margin: 0 }';
    await send(0, startMs, (i) => [good(i)]);
    const row = goneAt(await rolledBack(feature, more), gone);
    await send(gone, gone + minute, () => [bad(0, 'control')]);
    const found = await criteria(row, gone + 65 * second);
    expect(found.kind).toBe('wait');
    expect(found.detail).toMatch(/served is 75 % \(at least 98\.\d %, from the snapshot\)/);
  });
});
