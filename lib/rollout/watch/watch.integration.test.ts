import { expect, it } from 'vitest';
import { arms, log, minute, watched } from '@/e2e/watched';
import { handlersFor } from '@/jobs/handlers';
import { history } from '@/lib/event/event';
import { resumeAutomation, stopAutomation } from '@/lib/event/setting';
import { rollbacksOf } from '@/lib/rollback/rollback';
import { openFold } from '@/lib/signal/fold/fold';
import { decisionsOf, getRollout, looksOf, perform } from '../rollout';

const { store, begin, send, sendAt, until, served, lead, stop, now } = watched();

it('widens on healthy telemetry, then rolls back on bad, and everybody is served the baseline', async () => {
  const { feature, id, startedAt } = await begin();
  await send(feature, startedAt, startedAt + 2.5 * minute, arms('eu', 0.01));
  await sendAt(feature, Date.now(), arms('eu', 0.01));
  const wider = await until(id, (r) => r.stage === 1);
  expect(wider).toMatchObject({ state: 'running' });
  expect(served(feature)).toEqual(['control', 'treatment']);
  // What went wrong in between arrives only now.
  await send(feature, startedAt + 2.5 * minute, Date.now(), arms('eu', 0.2));
  const back = await until(id, (r) => r.state === 'rolled_back');
  expect(served(feature)).toEqual(['control']);
  expect(back.verdict).toMatchObject({
    kind: 'roll_back',
    reason: 'guardrail_failed',
    deciding: { criterion: 'errors' },
  });
  const decisions = await decisionsOf(store.context(), id);
  expect(decisions.map((d) => [d.action, d.actor.kind, d.actor.id])).toEqual([
    ['confirm_rolled_back', 'rule', 'rollback'],
    ['roll_back', 'rule', 'guardrail'],
    ['widen', 'rule', 'gate'],
    ['start', 'person', 'per_test'],
  ]);
  expect(decisions[1]?.evidence?.outcomes.some((o) => o.outcome === 'fail')).toBe(true);
  const looks = await looksOf(store.context(), id, { criterion: 'errors', cohort: null });
  expect(looks.length).toBeGreaterThan(0);
  const [rollback] = await rollbacksOf(store.context(), id);
  expect(rollback?.steps.slice(0, 2).map((s) => s.state)).toEqual(['done', 'done']);
  const kinds = (await history(store.context(), { rolloutId: id })).map((e) => e.kind);
  expect(kinds).toEqual(expect.arrayContaining(['rollout.rolled_back', 'rollout.rolling_back', 'rollout.widened']));
}, 90_000);

it('in observe mode says what it would do, once, and does nothing', async () => {
  const { feature, id, startedAt } = await begin('mode: observe');
  await send(feature, startedAt, startedAt + 3 * minute, arms('eu', 0.2));
  const seen = await until(id, (r) => r.verdict?.kind === 'roll_back');
  expect(seen).toMatchObject({ state: 'running', stage: 0, epoch: 1 });
  await send(feature, startedAt + 3 * minute, startedAt + 4 * minute, arms('eu', 0.2));
  await until(id, (r) => Date.parse(r.verdict?.at ?? '') > Date.parse(seen.verdict?.at ?? '') + 2_000);
  const decisions = await decisionsOf(store.context(), id);
  expect(decisions.filter((d) => !d.acted).map((d) => d.action)).toEqual(['roll_back']);
  const turns = await history(store.context(), { rolloutId: id, kinds: ['verdict.changed'] });
  expect(turns[0]?.data).toMatchObject({ after: 'roll_back', reason: 'guardrail_failed' });
  expect(served(feature)).toEqual(['control', 'treatment']);
});

it('acts on nothing while everything automatic is stopped, and at once when it goes on', async () => {
  await stopAutomation(store.context(), 'incident');
  const { feature, id, startedAt } = await begin();
  await send(feature, startedAt, startedAt + 3 * minute, arms('eu', 0.2));
  await until(id, (r) => r.verdict?.reason === 'automation_stopped');
  expect((await getRollout(store.context(), id)).state).toBe('running');
  await resumeAutomation(store.context(), 'over');
  await until(id, (r) => r.state === 'rolled_back');
});

it('rolls back what a person holds when it gets worse, and does not resume by itself what got better', async () => {
  const held = await begin();
  await perform(store.context(), held.id, 'hold', { reason: 'a look first' });
  await send(held.feature, held.startedAt, held.startedAt + 3 * minute, arms('eu', 0.2));
  await until(held.id, (r) => r.state === 'rolled_back');

  const { feature, id, startedAt } = await begin('onRegression: hold');
  await send(feature, startedAt, startedAt + 2 * minute, arms('eu', 0.2));
  const stands = await until(id, (r) => r.state === 'held');
  expect(stands.heldReason).toBe('guardrail_failed');
  expect(served(feature)).toEqual(['control', 'treatment']);
});

it('is never green on silence, and late data in a closed bin counts', async () => {
  const { feature, id, startedAt } = await begin('onRegression: hold');
  await until(id, (r) => r.verdict?.outcomes[0]?.outcome === 'no_data');
  await send(feature, startedAt, startedAt + 2 * minute, arms('eu', 0.01));
  // Minutes old, so both versions are silent now: known, but nothing to go on with.
  const silent = await until(id, (r) => r.verdict?.outcomes[0]?.outcome === 'inconclusive');
  expect(silent.verdict?.outcomes[0]?.reason).toBe('both_silent');
  expect(silent).toMatchObject({ state: 'running', stage: 0 });
  await send(feature, startedAt, startedAt + 2 * minute, arms('eu', 0.4));
  await until(id, (r) => r.state === 'held');
}, 90_000);

it('data that comes half an hour late counts, also for whoever leads after it was folded', async () => {
  const { feature, id, startedAt } = await begin('onRegression: hold', 40);
  await send(feature, startedAt + 35 * minute, Date.now(), arms('eu', 0.01));
  await until(id, (r) => (r.verdict?.outcomes[0]?.candidate.n ?? 0) >= 11_000);
  await send(feature, startedAt + 8 * minute, startedAt + 10 * minute, arms('eu', 0.01));
  await until(id, (r) => (r.verdict?.outcomes[0]?.candidate.n ?? 0) >= 15_000);
  // Folded by a leader that dies before it has judged anything of it.
  await stop();
  await send(feature, startedAt + 10 * minute, startedAt + 13 * minute, arms('eu', 0.4));
  const fold = await openFold({ database: store.database(), now });
  while ((await fold.step()).behind > 0);
  await fold.close();
  await lead();
  const stands = await until(id, (r) => r.state === 'held');
  expect(stands).toMatchObject({ heldReason: 'guardrail_failed' });
  expect(stands.verdict?.outcomes[0]?.candidate.n).toBeGreaterThan(22_000);
}, 90_000);

it('retention and audit run on what came of it', async () => {
  const handlers = handlersFor({ db: store.database().db, now, enqueue: async () => {} });
  const run = { log, signal: new AbortController().signal, attempt: 1 };
  await handlers.retention({}, run);
  await handlers.audit({}, run);
  await handlers.sweep({}, run);
});
