/** Judged live by the watch, then again by the backtest: the same, or other by what was edited and nothing else. */
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { requestsBody, requestsPlan } from '@/jobs/bench/requests';
import { BelayError } from '@/lib/errors';
import { putFeature } from '@/lib/feature/feature';
import { openLog } from '@/lib/log';
import { openReceiver, type Receiver } from '@/lib/otlp/receive';
import type { DecisionView, RolloutView } from '@/lib/rollout/model';
import { createRollout, decisionsOf, getRollout, perform } from '@/lib/rollout/rollout';
import { openWatch, type Watch } from '@/lib/rollout/watch/watch';
import { backtest } from './backtest';
import type { BacktestView } from './model';

const store = testDatabase();
const now = () => new Date();
const minute = 60_000;
let receiver: Receiver;
let watch: Watch | undefined;
/** rolled back by the watch: healthy for two and a half minutes, and a fifth of requests failing from then on */
let bad: { id: string; feature: string; startedAt: number };
let happened: DecisionView[];

beforeAll(async () => {
  const database = store.database();
  receiver = openReceiver({ database, now });
  const log = { ...openLog('test', { level: 'silent' }), info: () => {}, warn: () => {}, debug: () => {} };
  watch = await openWatch({ database, url: store.url(), now, enqueue: async () => {}, log });
  bad = await begin('bad');
  await send(bad.feature, bad.startedAt, bad.startedAt + 2.5 * minute, 0.01);
  await sendAt(bad.feature, Date.now(), 0.01);
  await until(bad.id, (r) => r.stage === 1);
  await send(bad.feature, bad.startedAt + 2.5 * minute, bad.startedAt + 4.5 * minute, 0.2);
  await until(bad.id, (r) => r.state === 'rolled_back');
  happened = (await decisionsOf(store.context(), bad.id)).reverse();
}, 90_000);
afterAll(async () => {
  await watch?.close();
  await receiver?.close();
});

async function begin(feature: string, more = ''): Promise<typeof bad> {
  const startedAt = Date.now() - 5 * minute;
  const ctx = store.context({ now: () => new Date(startedAt) });
  const versions = { control: false, treatment: true };
  await putFeature(ctx, { key: feature, owner: 'o', versions, baseline: 'control' });
  const { id } = await createRollout(ctx, requestsPlan(feature, more));
  await perform(ctx, id, 'start', { reason: 'go' });
  return { feature, id, startedAt };
}

async function send(feature: string, from: number, to: number, badShare: number): Promise<void> {
  for (let at = from + 10_000; at <= to; at += 10_000) await sendAt(feature, at - 1, badShare);
}

let sent = 0;
async function sendAt(feature: string, at: number, badShare: number): Promise<void> {
  const failing = Math.round(400 * badShare);
  const body = requestsBody({
    feature,
    environment: 'production',
    at: at + (++sent % 1000) / 1000, // no two requests are the same, or the second would be taken for a retry
    overMs: 10_000,
    traffic: [
      { version: 'control', cohort: 'eu', ok: 396, bad: 4 },
      { version: 'treatment', cohort: 'eu', ok: 400 - failing, bad: failing },
    ],
  });
  const request = { path: '/v1/metrics', method: 'POST', contentType: 'application/json', environment: null };
  expect((await receiver.receive({ ...request, body })).status).toBe(200);
}

async function until(id: string, what: (rollout: RolloutView) => boolean): Promise<RolloutView> {
  let seen: RolloutView | undefined;
  for (let i = 0; i < 300; i++) {
    seen = await getRollout(store.context(), id);
    if (what(seen)) return seen;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`it did not come to that: ${JSON.stringify({ ...seen, plan: undefined })}`);
}

/** Over what was sent, however long the machine took to send it. */
const run = (input: object, id = bad.id): Promise<BacktestView> =>
  backtest(store.context(), id, { to: new Date(bad.startedAt + 4.5 * minute).toISOString(), ...input });

describe('what came late', () => {
  it('counts from its own time, and what differs is said from when on', async () => {
    const view = await run({});
    const [, widened, rolledBack] = happened;
    const kinds = view.wouldHave.map((t) => [t.kind, t.reason, t.action]);
    expect(kinds).toEqual([
      ['hold', 'gate_waits', null],
      ['widen', 'gate_holds', 'widen'],
      ['hold', 'gate_waits', null],
      ['roll_back', 'guardrail_failed', 'roll_back'],
    ]);
    // Live, all of it came minutes late.
    const [, would, , back] = view.wouldHave;
    expect(Date.parse(would?.at ?? '')).toBeLessThan(Date.parse(widened?.at ?? '') - minute);
    expect(Date.parse(back?.at ?? '')).toBeLessThan(Date.parse(rolledBack?.at ?? '') - minute);
    expect(back?.deciding).toMatchObject({ criterion: 'errors' });
    expect(view.caveats.find((c) => c.kind === 'exposure_differs')?.at).toBe(would?.at);
    expect(view).toMatchObject({ resolution: 10, mode: 'as_happened', edited: [] });
    expect(view.looks).toBe(Math.ceil((Date.parse(view.to) - Math.floor(bad.startedAt / 10_000) * 10_000) / 10_000));
    const later = store.context({ now: () => new Date(Date.now() + 30_000) });
    const whole = await backtest(later, bad.id, {});
    expect(whole.happened.map((h) => h.action)).toEqual(['start', 'widen', 'roll_back', 'confirm_rolled_back']);
    expect(whole.from).toBe(new Date(bad.startedAt).toISOString());
    const overall = view.first.find((f) => f.cohort === null);
    expect(overall).toMatchObject({ criterion: 'errors', passAt: would?.at, failAt: back?.at });
    const live = whole.first.find((f) => f.cohort === null)?.live;
    expect(Date.parse(live?.failAt ?? '')).toBeGreaterThan(Date.parse(overall?.failAt ?? ''));
  });

  it('as decided, it goes the way of its own verdicts and ends with them', async () => {
    const view = await run({ mode: 'as_decided' });
    expect(view.wouldHave.map((t) => [t.stage, t.kind, t.action])).toEqual([
      [0, 'hold', null],
      [0, 'widen', 'widen'],
      [1, 'hold', null],
      [1, 'roll_back', 'roll_back'],
    ]);
    expect(view.looks).toBeLessThan((await run({})).looks);
  });
});

describe('edited', () => {
  it('a wide margin never fails, a narrow one fails what was healthy', async () => {
    const [criterion] = (await getRollout(store.context(), bad.id)).plan.criteria;
    const wide = await run({ criteria: [{ ...criterion, margin: '40pp' }] });
    expect(wide.first.every((f) => f.failAt === null)).toBe(true);
    expect(wide.outcomes.map((o) => o.outcome)).toEqual(['pass', 'pass']);
    expect(wide.edited).toEqual(['criteria']);
    expect(wide.caveats.map((c) => c.kind)).toContain('chosen_in_hindsight');
    const strict = await run({
      criteria: [{ ...criterion, against: { threshold: '0.1%' }, margin: 0 }],
      to: new Date(bad.startedAt + 2 * minute).toISOString(),
    });
    expect(strict.wouldHave.at(-1)).toMatchObject({ kind: 'roll_back', reason: 'guardrail_failed' });
    expect(strict.outcomes[0]).toMatchObject({ outcome: 'fail', baseline: null });
  });

  it('onRegression and the gate of a stage are judged by, exposure cannot be edited', async () => {
    const held = await run({ onRegression: 'hold', stages: [{ name: 'half', minSamples: 1_000_000 }] });
    expect(held.wouldHave.map((t) => [t.kind, t.reason, t.action])).toEqual([
      ['hold', 'gate_waits', null],
      ['hold', 'guardrail_failed', 'hold'],
    ]);
    expect(held.edited).toEqual(['onRegression', 'stages']);
    const whole = (await getRollout(store.context(), bad.id)).plan;
    expect((await run(whole)).edited).toEqual([]);
  });

  const wrong: Array<[what: string, input: unknown, field: string]> = [
    ['a margin that is none', { criteria: [{ name: 'errors', margin: 'much' }] }, 'criteria[0].margin'],
    ['a field that there is not', { marginn: 1 }, 'marginn'],
    ['who was exposed', { stages: [{ name: 'half', exposure: { '*': 60 } }] }, 'stages[0].exposure'],
    ['another version', { candidate: 'control-2' }, 'candidate'],
    ['a stage that there is not', { stages: [{ name: 'third' }] }, 'stages[0].name'],
    ['a gate that there is not', { stages: [{ name: 'most', gate: 'open' }] }, 'stages[0].gate'],
    ['a mode that there is not', { mode: 'as_wished' }, 'mode'],
    ['a time that is none', { from: 'yesterday' }, 'from'],
    ['an end before the start', { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }, 'to'],
    ['a time of which nothing is left', { from: '2020-01-01T00:00:00Z', to: undefined }, 'from'],
    ['a rate of nothing', { falseRollbackRate: 0 }, 'falseRollbackRate'],
  ];
  it.each(wrong)('%s is refused by its field', async (_, input, field) => {
    const error = await run(input as object).then(
      () => null,
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(BelayError);
    expect((error as BelayError).fields.map((f) => f.field)).toContain(field);
  });
});

it('other times of the feature can be judged too, and it is said that they are', async () => {
  const from = new Date(bad.startedAt + 2.5 * minute).toISOString();
  const later = await run({ from });
  expect(later.caveats.find((c) => c.kind === 'starts_anew')).toMatchObject({ at: from });
  expect(later.wouldHave.at(-1)).toMatchObject({ kind: 'roll_back' });
  const before = await run({
    from: new Date(bad.startedAt - minute).toISOString(),
    to: new Date(bad.startedAt).toISOString(),
  });
  expect(before.caveats.map((c) => c.kind)).toEqual(expect.arrayContaining(['outside_rollout', 'no_data']));
  expect(before.outcomes[0]).toMatchObject({ outcome: 'no_data', reason: 'no_observations' });
  const draft = await createRollout(store.context(), requestsPlan(bad.feature));
  await expect(run({}, draft.id)).rejects.toMatchObject({ fields: [{ field: 'from' }] });
  // A draft judges what another rollout of the feature recorded: criteria are tried before anybody is exposed.
  const tried = await run({ from: new Date(bad.startedAt).toISOString() }, draft.id);
  expect(tried.wouldHave.at(-1)).toMatchObject({ kind: 'roll_back' });
});

it('where only longer bins are left these are judged, and it is said that they are longer', async () => {
  const ctx = store.context();
  // Nothing of 10 s is kept for as long as that.
  const from = new Date(Date.now() - 80 * 60 * minute).toISOString();
  const [criterion] = (await getRollout(ctx, bad.id)).plan.criteria;
  const view = await run({ from, criteria: [{ ...criterion, against: { threshold: '0.1%' }, margin: 0 }] });
  expect(view.resolution).toBe(60);
  expect(view.caveats.map((c) => c.kind)).toContain('coarse');
  // How many minutes are bad depends on when it began; that they were seen, minute by minute, does not.
  expect(view.outcomes[0]?.candidate.n).toBeGreaterThan(3 * 2400);
  expect(view.wouldHave.every((t) => Date.parse(t.at) % minute === 5_000)).toBe(true);
  expect(view.curves[0]?.points.length).toBeLessThanOrEqual(300);
});

it('writes nothing at all', async () => {
  // Nor does anybody else meanwhile: a rollback that is being proven is written to now and then.
  await watch?.close();
  watch = undefined;
  const { db } = store.database();
  const rows = async () => {
    const tables = await db.execute<{ name: string }>(
      sql`select table_name as name from information_schema.tables where table_schema = 'public' order by 1`,
    );
    const counted: Record<string, unknown> = {};
    for (const { name } of tables) {
      const [row] = await db.execute(
        sql`select count(*) as n, md5(string_agg(t::text, '|' order by t::text)) as all from ${sql.identifier(name)} t`,
      );
      counted[name] = row;
    }
    return counted;
  };
  const before = await rows();
  expect(Object.keys(before).length).toBeGreaterThan(15);
  const seen = await getRollout(store.context(), bad.id);
  await run({ onRegression: 'hold' });
  await run({ mode: 'as_decided' });
  expect(await rows()).toEqual(before);
  expect(await getRollout(store.context(), bad.id)).toEqual(seen);
});

it('is for whoever may look, in their environment', async () => {
  const key = (role: 'viewer' | 'ingest', environment: string | null = null) =>
    store.context({ actor: { kind: 'key', id: 'key_1', name: 'k', role, environment } });
  await expect(backtest(key('ingest'), bad.id, {})).rejects.toMatchObject({ code: 'forbidden' });
  await expect(backtest(key('viewer', 'staging'), bad.id, {})).rejects.toMatchObject({ code: 'forbidden' });
  await expect(backtest(key('viewer'), 'rol_none', {})).rejects.toMatchObject({ code: 'not_found' });
  expect((await backtest(key('viewer', 'production'), bad.id, {})).rolloutId).toBe(bad.id);
  const together = await Promise.allSettled([run({}), run({}), run({}), run({})]);
  expect(together.filter((t) => t.status === 'fulfilled')).toHaveLength(2);
  expect(together.find((t) => t.status === 'rejected')).toMatchObject({ reason: { code: 'unavailable' } });
  await run({});
});
