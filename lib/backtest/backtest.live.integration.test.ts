/** Live on a clock that the test moves, bin by bin; then again by the backtest, which has to come to the same. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { requestsBody, requestsPlan } from '@/jobs/bench/requests';
import { putCohort, putFeature } from '@/lib/feature/feature';
import { openLog } from '@/lib/log';
import { openReceiver, type Receiver } from '@/lib/otlp/receive';
import type { DecisionView, RolloutView } from '@/lib/rollout/model';
import { createRollout, decisionsOf, getRollout, perform } from '@/lib/rollout/rollout';
import { openWatch, type Watch } from '@/lib/rollout/watch/watch';
import { backtest } from './backtest';
import { sameWithinMs } from './view';

const store = testDatabase();
const bin = 10_000;
const latest = 5_000;
let clock = Math.floor(Date.now() / bin) * bin - 3_600_000;
const now = () => new Date(clock);
const context = () => store.context({ now });
let receiver: Receiver;
let watch: Watch;

beforeAll(async () => {
  const database = store.database();
  receiver = openReceiver({ database, now });
  const log = { ...openLog('test', { level: 'silent' }), info: () => {}, warn: () => {}, debug: () => {} };
  // Ten seconds pass as soon as they have been looked at.
  watch = await openWatch({ database, url: store.url(), now, enqueue: async () => {}, log, lookEveryMs: 50 });
});
afterAll(async () => {
  await watch?.close();
  await receiver?.close();
});

async function send(feature: string, at: number, bad: { eu: number; us: number }): Promise<void> {
  const arms = (cohort: 'eu' | 'us') => [
    { version: 'control', cohort, ok: 396, bad: 4 },
    { version: 'treatment', cohort, ok: 400 - bad[cohort], bad: bad[cohort] },
  ];
  const traffic = [...arms('eu'), ...arms('us')];
  const body = requestsBody({ feature, environment: 'production', at, overMs: bin, traffic });
  const request = { path: '/v1/metrics', method: 'POST', contentType: 'application/json', environment: null };
  expect((await receiver.receive({ ...request, body })).status).toBe(200);
}

/** Until the watch has looked at the clock as it stands. */
async function looked(id: string): Promise<RolloutView> {
  for (let i = 0; i < 2_000; i++) {
    const seen = await getRollout(context(), id);
    if (!['running', 'held'].includes(seen.state)) return seen;
    // A verdict stands a moment before it is acted on, and the clock must not move in between.
    if (seen.verdict?.kind === 'hold' && Date.parse(seen.verdict.at) >= clock) return seen;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('the watch does not look');
}

type Live = { id: string; decisions: DecisionView[] };

async function live(
  feature: string,
  of: { more?: string; bins: number },
  badOf: (bin: number) => { eu: number; us: number },
): Promise<Live> {
  await putFeature(context(), {
    key: feature,
    owner: 'o',
    versions: { control: 0, treatment: 1 },
    baseline: 'control',
  });
  // Bins are those of the clock, however far a test before this one has moved it; people do not begin at their start.
  clock = Math.ceil(clock / bin) * bin;
  const first = clock;
  clock += 3_000;
  const { id } = await createRollout(context(), requestsPlan(feature, of.more));
  await perform(context(), id, 'start', { reason: 'go' });
  for (let i = 0; i < of.bins; i++) {
    const end = first + (i + 1) * bin;
    await send(feature, end - 1, badOf(i));
    for (const at of [end, end + latest]) {
      clock = at;
      const { state } = await looked(id);
      if (state !== 'running' && state !== 'held') {
        // The rollback is proven with the candidate gone.
        for (let k = 0; (await getRollout(context(), id)).endedAt === null && k < 300; k++) {
          clock += 1_000;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        return { id, decisions: (await decisionsOf(context(), id)).reverse() };
      }
    }
  }
  return { id, decisions: (await decisionsOf(context(), id)).reverse() };
}

it('unchanged criteria come to the same verdicts, in the same bins, from the same counts', async () => {
  const { id, decisions } = await live('f-1', { bins: 40 }, (i) => (i < 15 ? { eu: 4, us: 4 } : { eu: 4, us: 40 }));
  expect(decisions.map((d) => d.action).slice(0, 3)).toEqual(['start', 'widen', 'roll_back']);
  clock += 60_000;
  const view = await backtest(context(), id, {});
  const turned = view.wouldHave.map((t) => `${t.kind} ${t.reason}`);
  expect(turned).toEqual(['hold gate_waits', 'widen gate_holds', 'hold gate_waits', 'roll_back guardrail_failed']);
  for (const [turn, decision] of [
    [view.wouldHave[1], decisions[1]],
    [view.wouldHave[3], decisions[2]],
  ] as const) {
    // The bin whose closing the backtest waits for is the one at the end of which it was decided.
    const binOfTurn = Date.parse(turn?.at ?? '') - latest - bin;
    const late = Date.parse(decision?.at ?? '') - bin;
    expect(Math.abs(binOfTurn - late)).toBeLessThanOrEqual(latest);
    expect(turn?.deciding ?? null).toEqual(decision?.evidence?.deciding ?? null);
    const to = new Date(binOfTurn + bin).toISOString();
    const there = await backtest(context(), id, { to });
    const short = (outcomes = there.outcomes) =>
      outcomes.map((o) => [o.criterion, o.cohort, o.outcome, o.reason, o.baseline, o.candidate]);
    expect(short()).toEqual(short(decision?.evidence?.outcomes));
  }
  expect(view.caveats.map((c) => c.kind)).toEqual(['closed_bins', 'late_data_in_place', 'receiver_assumed_alive']);
  // As decided goes the same way, for there was nothing to decide otherwise.
  const decided = await backtest(context(), id, { mode: 'as_decided' });
  expect(decided.wouldHave.map((t) => [t.kind, t.action])).toEqual(view.wouldHave.map((t) => [t.kind, t.action]));
  expect(sameWithinMs(bin)).toBeGreaterThan(bin + latest);
}, 240_000);

it('a cohort that leaves, leaves the backtest too, and the rest is judged again without it', async () => {
  for (const key of ['eu', 'us']) await putCohort(context(), { key, rules: [{ attribute: 'region', in: [key] }] });
  const of = { more: 'onRegressionScope: cohort', bins: 24 };
  const { id, decisions } = await live('f-2', of, (i) => (i < 15 ? { eu: 4, us: 4 } : { eu: 4, us: 40 }));
  expect(decisions.map((d) => [d.action, d.cohorts])).toEqual([
    ['start', []],
    ['widen', []],
    ['withdraw', ['us']],
  ]);
  const rollout = await getRollout(context(), id);
  clock += 60_000;
  const to = new Date(clock - 60_000).toISOString();
  const view = await backtest(context(), id, { to });
  const turned = view.wouldHave.map((t) => [t.kind, t.reason, t.action]);
  expect(turned.slice(3, 5)).toEqual([
    ['roll_back', 'cohort_regressed', 'withdraw'],
    ['hold', rollout.verdict?.reason, null],
  ]);
  const late = Date.parse(view.wouldHave[3]?.at ?? '') - Date.parse(decisions[2]?.at ?? '');
  expect(Math.abs(late - latest)).toBeLessThanOrEqual(latest);
  const short = (outcomes = view.outcomes) =>
    outcomes.map((o) => [o.criterion, o.cohort, o.outcome, o.baseline?.n, o.candidate.k]);
  expect(short()).toEqual(short(rollout.verdict?.outcomes));
  // Whoever takes everybody back at once, would have.
  const whole = await backtest(context(), id, { to, onRegressionScope: 'rollout' });
  expect(whole.wouldHave.map((t) => t.action)).toContain('roll_back');
  expect(whole.caveats.map((c) => c.kind)).toContain('exposure_differs');
}, 240_000);
