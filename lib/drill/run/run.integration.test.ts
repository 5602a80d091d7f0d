import { eq } from 'drizzle-orm';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { drillPart, drillRun } from '@/drizzle/schema/drill';
import { override } from '@/drizzle/schema/feature';
import { rollback } from '@/drizzle/schema/rollback';
import { verdict } from '@/drizzle/schema/rollout';
import { testDatabase } from '@/e2e/database';
import { drillScene } from '@/e2e/drill-scene';
import { requestsBody } from '@/jobs/bench/requests';
import type { Actor } from '@/lib/access/model';
import { BelayError } from '@/lib/errors';
import { history } from '@/lib/event/event';
import { kill } from '@/lib/feature/feature';
import { createDatabase } from '@/lib/migration/target';
import { addAddress } from '@/lib/notice/address';
import { listNotices } from '@/lib/notice/notice';
import { openReceiver } from '@/lib/otlp/receive';
import type { Verdict } from '@/lib/rollout/model';
import { decisionsOf, listRollouts, perform } from '@/lib/rollout/rollout';
import { createWebhook } from '@/lib/webhook/target';
import type { DrillInput, RunState, RunView } from '../model';
import { abortRun, correctClock, decideRun, getRun, linesOf, reapRuns, runsOf, startRun, stepRun } from './run';

// Many steps of a minute each, on whatever machine.
vi.setConfig({ testTimeout: 240_000 });

const store = testDatabase();
const scene = drillScene(store);
afterAll(() => scene.close());

const said = (run: RunView) => run.log.map((line) => `${line.state}: ${line.text}`).join('\n');
const eventsOf = async (run: RunView) =>
  (await history(store.context(), { limit: 1_000 })).filter((e) => e.data.runId === run.id);
const count = async (run: RunView, kind: string) => (await eventsOf(run)).filter((e) => e.kind === kind).length;
const takenBack = async (run: RunView) =>
  run.rolloutId === null
    ? []
    : (await decisionsOf(store.context(), run.rolloutId)).filter((d) => d.action === 'roll_back');
const over = (run: RunView) => run.endedAt !== null;
const inState = (state: RunState) => (run: RunView) => run.state === state || over(run);
const refusalOf = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error) => (error instanceof BelayError ? `${error.code}: ${error.message}` : error),
  );
const person = (name: string, role: 'operator' | 'approver' | 'admin' = 'operator'): Actor => ({
  kind: 'person',
  id: `per_${name}`,
  name,
  role,
  environment: null,
});
const asks = (more: object = {}): Partial<DrillInput> => ({
  decision: { by: 'person', role: 'operator', deadline: '30s', ...more },
});
const answer = (value: 'roll_back' | 'hold' | 'abort') => ({ answer: value, note: 'seen it', saw: { page: 'run' } });

/** Nothing is exposed in the shadow, and whatever was planned as undo is done. */
async function isBack(run: RunView): Promise<void> {
  const shadows = await listRollouts(store.context(), { environment: `drill/${run.id}` });
  expect(shadows.map((r) => r.state).filter((s) => s === 'running' || s === 'held')).toEqual([]);
  expect(run.undo?.state ?? 'done').toBe('done');
  expect((await takenBack(run)).length).toBeLessThanOrEqual(1);
}

describe('a run', () => {
  it('rehearses the rollback by itself and proves that everything is as it was', async () => {
    const { id } = await scene.started({ objectives: { detect: '2m', recover: '10m' } });
    const run = await scene.until(id, over);
    expect(run.state, said(run)).toBe('restored');
    expect(run.proof).toMatchObject({ restored: true, differences: [] });
    expect(run.control).toMatchObject({ cohort: 'beta', touched: false });
    expect(run.clocks.map((c) => [c.name, c.state])).toEqual(
      ['detect', 'decide', 'actuate', 'propagate', 'recover'].map((name) => [name, 'recorded']),
    );
    expect(run.clocks[0]?.met).toBe(true);
    expect(await takenBack(run)).toHaveLength(1);
    for (const kind of ['drill.started', 'drill.injected', 'drill.detected', 'drill.decided', 'drill.restored'])
      expect(await count(run, kind)).toBe(1);
    const lines = await linesOf(store.context(), id);
    expect(lines.map((l) => l.seq)).toEqual(lines.map((_, i) => i));
    expect(await linesOf(store.context(), id, 3)).toEqual(lines.slice(4));
    // A person corrects a clock: what was stays beside it.
    const [detect] = run.clocks;
    const to = new Date(Date.parse(detect?.from ?? '') + 5_000).toISOString();
    const given = { clock: 'detect' as const, from: detect?.from ?? null, to, reason: 'seen in the shop first' };
    const corrected = await correctClock(store.context(), id, given);
    expect(corrected.clocks[0]).toMatchObject({ ms: 5_000, corrected: { to: detect?.to, by: 'Test Admin' } });
    expect(await count(run, 'drill.corrected')).toBe(1);
  });

  it('is killed between every two writes, and comes to the same end', async () => {
    const { id } = await scene.started(asks());
    let deaths = 0;
    const dies = (runId: string) => scene.dyingStep(runId, 2 + (deaths++ % 9));
    const asked = await scene.until(id, (r) => r.decision.askedAt !== null || over(r), dies);
    await decideRun(scene.at({ actor: person('ada') }), id, answer('roll_back'));
    expect(asked.state, said(asked)).toBe('deciding');
    const run = await scene.until(id, over, dies);
    expect(run.state, said(run)).toBe('restored');
    expect(run.undo?.state).toBe('done');
    expect(await takenBack(run)).toHaveLength(1);
    for (const kind of ['drill.injected', 'drill.detected', 'drill.decided', 'drill.restored'])
      expect(await count(run, kind)).toBe(1);
  });

  it.each<RunState>(['preparing', 'injecting', 'detecting', 'deciding', 'rolling_back', 'propagating', 'verifying'])(
    'is aborted while %s, and its workers die: everything is taken back, once',
    async (state) => {
      const { id } = await scene.started(asks());
      const after = ['rolling_back', 'propagating', 'verifying'].includes(state);
      const there = await scene.until(id, inState(state), async (runId) => {
        await scene.dyingStep(runId, 1_000, state);
        const { askedAt, answer: given } = (await getRun(store.context(), id)).decision;
        if (after && askedAt !== null && given === null) await decideRun(scene.at(), id, answer('roll_back'));
      });
      expect(there.state, said(there)).toBe(state);
      await abortRun(scene.at({ actor: person('ada') }), id, { reason: 'enough' });
      // Said before it is through.
      expect((await getRun(store.context(), id)).stop).toMatchObject({ kind: 'aborted', by: 'ada', why: 'enough' });
      // Not even a second passes on the drill's own clock.
      for (let i = 0; i < 6; i++) await scene.dyingStep(id, 2);
      const run = await getRun(store.context(), id);
      expect(run, said(run)).toMatchObject({ state: 'aborted', why: 'enough' });
      await isBack(run);
      expect(await count(run, 'drill.aborted')).toBe(1);
      expect(await stepRun(scene.home(), id, 0)).toBeNull();
    },
  );
});

describe('a decision by a person', () => {
  it('is asked of the right people, recorded with what they saw, and carried out as theirs', async () => {
    const { id } = await scene.started(asks({ role: 'approver', notThese: ['expert'] }));
    expect(await refusalOf(decideRun(scene.at(), id, answer('roll_back')))).toMatch(/Nothing is asked/);
    const asked = await scene.until(id, (r) => r.decision.askedAt !== null || over(r));
    expect(asked.state, said(asked)).toBe('deciding');
    const by = (actor: Actor) => refusalOf(decideRun(scene.at({ actor }), id, answer('roll_back')));
    expect(await by(person('bob'))).toMatch(/forbidden: bob may not approve/);
    expect(await by(person('expert', 'approver'))).toMatch(/forbidden: expert should not answer this time/);
    const decided = await decideRun(scene.at({ actor: person('ada', 'approver') }), id, answer('roll_back'));
    expect(decided.decision).toMatchObject({ answer: 'roll_back', by: 'ada', note: 'seen it' });
    expect(decided.decision.saw).toMatchObject({ page: 'run', verdict: { reason: 'guardrail_failed' } });
    expect(await by(person('eve', 'admin'))).toMatch(/ada has answered already/);
    expect((await takenBack(asked)).map((d) => [d.actor.kind, d.actor.name])).toEqual([['person', 'ada']]);
    const run = await scene.until(id, over);
    expect(run.state, said(run)).toBe('restored');
    const parts = await store.database().db.select().from(drillPart).where(eq(drillPart.runId, id));
    expect(parts.map((p) => [p.name, p.role]).sort()).toEqual([
      ['Test Admin', 'started'],
      ['ada', 'decided'],
    ]);
  });

  it.each<['roll_back' | 'fail' | 'abort', RunState, number]>([
    ['roll_back', 'restored', 0],
    ['fail', 'failed', 1],
    ['abort', 'aborted', 0],
  ])('is not given: at the deadline %s, and it is %s', async (atDeadline, end, failures) => {
    const { id } = await scene.started(asks({ atDeadline }));
    const run = await scene.until(id, over);
    expect(run.state, said(run)).toBe(end);
    await isBack(run);
    const failed = (await eventsOf(run)).filter((e) => e.kind === 'drill.failed');
    expect(failed).toHaveLength(failures);
    for (const { data } of failed)
      expect(data).toMatchObject({
        spec: { name: run.name },
        verdict: { deciding: { criterion: 'errors' } },
        clocks: run.clocks,
      });
  });

  it('to hold is no rollback: it has failed, and is undone', async () => {
    const { id } = await scene.started(asks());
    await scene.until(id, (r) => r.decision.askedAt !== null || over(r));
    await decideRun(scene.at(), id, answer('hold'));
    const run = await scene.until(id, over);
    expect(run.state, said(run)).toBe('failed');
    await isBack(run);
  });
});

it('people are told when they are asked and when it failed, and nothing of the shadow', async () => {
  const pager = await createWebhook(scene.at(), { name: 'pager', url: 'http://127.0.0.1:9/hook', allowPrivate: true });
  await addAddress(scene.at(), { webhook: pager.id });
  const { id } = await scene.started(asks({ atDeadline: 'fail' }));
  const run = await scene.until(id, over);
  expect(run.state, said(run)).toBe('failed');
  const told = (await listNotices(store.context(), { limit: 100 })).filter((n) => n.feature === run.feature);
  expect(told.map((n) => [n.kind, n.environment, n.path]).sort()).toEqual([
    ['drill_failed', 'production', `/drills/runs/${id}`],
    ['drill_waits_for_person', 'production', `/drills/runs/${id}`],
  ]);
});

describe('real trouble', () => {
  it.each<[string, (feature: string) => Promise<unknown>]>([
    ['a kill', (feature) => kill(scene.at(), feature, { environment: null, reason: 'an incident' })],
    [
      'a rollback of the real rollout',
      async (feature) => {
        const [real] = await listRollouts(scene.at(), { feature, environment: 'production' });
        await perform(scene.at(), real?.id ?? '', 'start', { reason: 'go' });
        await perform(scene.at(), real?.id ?? '', 'roll-back', { reason: 'it is bad' });
      },
    ],
  ])('%s interrupts it, which is no failure', async (_what, happens) => {
    const { id, feature } = await scene.started();
    await scene.until(id, inState('detecting'));
    await happens(feature);
    expect(await stepRun(scene.home(), id, 0)).toBe('interrupted');
    const run = await getRun(store.context(), id);
    expect(run.state, said(run)).toBe('interrupted');
    await isBack(run);
    expect(await count(run, 'drill.interrupted')).toBe(1);
    expect(await count(run, 'drill.failed')).toBe(0);
  });

  it('elsewhere leaves it alone', async () => {
    const { id, feature } = await scene.started();
    await kill(scene.at(), feature, { environment: 'staging', reason: 'an incident' });
    expect((await scene.until(id, inState('detecting'))).state).toBe('detecting');
    await abortRun(scene.at(), id, { reason: 'enough' });
    await stepRun(scene.home(), id, 0);
  });
});

describe('it is not restored', () => {
  it('while somebody serves the candidate in the shadow, however quick it was', async () => {
    const { id, feature } = await scene.started();
    await scene.until(id, inState('propagating'));
    // No face would: as a faulty control plane, or a hand in the database, might.
    const to = { scope: 'environment' as const, value: `drill/${id}`, effect: 'serve' as const, version: 'treatment' };
    const row = { id: `ovr_${id}`, featureKey: feature, ...to, reason: 'r', createdBy: 'x', createdAt: scene.now() };
    await store.database().db.insert(override).values(row);
    const run = await scene.until(id, over);
    expect(run.state, said(run)).toBe('failed');
    expect(run.proof?.restored).toBe(false);
    expect(run.proof?.differences.map((d) => d.path).join()).toContain('environment');
  });

  it('where the control cohort was touched, however well the rest came back', async () => {
    const { id, feature } = await scene.started();
    const there = await scene.until(id, inState('detecting'));
    expect(there.state, said(there)).toBe('detecting');
    const receiver = openReceiver({ database: store.database(), now: scene.now });
    const traffic = [{ version: 'treatment', cohort: 'beta', ok: 5, bad: 0 }];
    const of = { feature, environment: `drill/${id}`, at: scene.now().getTime(), overMs: 1_000, traffic };
    const head = { path: '/v1/metrics', method: 'POST', contentType: 'application/json', environment: null };
    const { status } = await receiver.receive({ ...head, body: requestsBody(of) });
    await receiver.close();
    expect(status).toBe(200);
    const run = await scene.until(id, over);
    expect(run.state, said(run)).toBe('failed');
    expect(run.control).toMatchObject({ cohort: 'beta', touched: true });
    expect(run.why).toMatch(/control cohort beta was served treatment 5 times/);
    await isBack(run);
  });

  it('where one of its own checks no longer holds: aborted by itself, and what the check said is why', async () => {
    await store.database().sql`create table trouble (what text)`;
    await createDatabase(scene.at(), { name: 'shop', url: store.url() });
    const check = { kind: 'sql' as const, name: 'untroubled', database: 'shop', query: 'select * from trouble' };
    const { id } = await scene.started({ ...asks({ deadline: '9m' }), abort: { checks: [check] } });
    const there = await scene.until(id, inState('detecting'));
    expect(there.state, said(there)).toBe('detecting');
    await store.database().sql`insert into trouble values ('a fire')`;
    const run = await scene.until(id, over);
    expect(run, said(run)).toMatchObject({ state: 'aborted', stop: { kind: 'aborted', by: 'belay' } });
    expect(run.why).toMatch(/untroubled/);
    await isBack(run);
  });

  it('where too much has failed, or it takes too long: aborted by itself', async () => {
    const errors = await scene.started({ ...asks({ deadline: '9m' }), abort: { errors: 20 } });
    const run = await scene.until(errors.id, over);
    expect(run, said(run)).toMatchObject({ state: 'aborted' });
    expect(run.why).toMatch(/marked requests have failed, and 20 may/);
    await isBack(run);
    const slow = await scene.started({ ...asks({ deadline: '9m' }), abort: { after: '2m' } });
    const late = await scene.until(slow.id, over);
    expect(late, said(late)).toMatchObject({ state: 'aborted' });
    await isBack(late);
  });

  it('where nobody carries it on: the reaper ends it', async () => {
    const { id } = await scene.started({ ...asks({ deadline: '19s' }), fault: { share: 50, expiresAfter: '20s' } });
    const before = await scene.until(id, inState('detecting'));
    expect(before.state, said(before)).toBe('detecting');
    expect(await reapRuns(scene.home(), scene.now())).not.toContain(id);
    scene.pass(90);
    expect(await reapRuns(scene.home(), scene.now())).toContain(id);
    const run = await getRun(store.context(), id);
    expect(run.state, said(run)).toBe('aborted');
    await isBack(run);
    // What nobody will prove any more is let be.
    const open = async () =>
      (
        await store
          .database()
          .db.select()
          .from(rollback)
          .where(eq(rollback.id, run.rollbackId ?? ''))
      )[0]?.endedAt;
    expect(await open()).toBeNull();
    scene.pass(90);
    await reapRuns(scene.home(), scene.now());
    expect(await open()).not.toBeNull();
  });
});

describe('a tabletop', () => {
  it('asks at once, touches nothing, and is restored when the rollback is named in time', async () => {
    const { id } = await scene.started({ level: 'tabletop', control: null, situation: 'All is red', ...asks() });
    const asked = await scene.until(id, (r) => r.decision.askedAt !== null);
    expect(asked).toMatchObject({ state: 'deciding', shadow: null, rolloutId: null });
    scene.pass(5);
    await decideRun(scene.at({ actor: person('ada') }), id, answer('roll_back'));
    const run = await scene.until(id, over);
    expect(run.state, said(run)).toBe('restored');
    expect(run.clocks.map((c) => c.state)).toEqual(
      run.clocks.map((c) => (c.name === 'decide' ? 'recorded' : 'not_applicable')),
    );
    expect(run.undo).toBeNull();
  });

  it('has failed when nobody answers', async () => {
    const { id } = await scene.started({ level: 'tabletop', control: null, ...asks() });
    expect((await scene.until(id, over)).state).toBe('failed');
  });
});

describe('starting one', () => {
  it('is refused in a plain sentence where it cannot be', async () => {
    const { drillId, feature } = await scene.planned();
    const start = () => startRun(scene.at(), drillId, { reason: 'r' });
    const { id } = await start();
    expect(await refusalOf(start())).toMatch(/conflict: A drill of .* is running in production already/);
    const other = await scene.planned({ feature, level: 'proxy', blast: { cohort: 'beta' }, control: null });
    expect(await refusalOf(startRun(scene.at(), other.drillId, { reason: 'r' }))).toMatch(
      /No HAProxy is named for production/,
    );
    expect((await runsOf(store.context(), drillId)).map((r) => r.id)).toEqual([id]);
    const viewer: Actor = { kind: 'key', id: 'key_v', name: 'v', role: 'operator', environment: 'staging' };
    expect(await refusalOf(abortRun(scene.at({ actor: viewer }), id, { reason: 'r' }))).toMatch(/forbidden/);
    await abortRun(scene.at(), id, { reason: 'r' });
    await stepRun(scene.home(), id, 0);
    const [row] = await store.database().db.select().from(drillRun).where(eq(drillRun.id, id));
    expect(row).toMatchObject({ state: 'aborted', undo: null });
    expect(await refusalOf(abortRun(scene.at(), id, { reason: 'r' }))).toMatch(/ended already/);
  });

  it('is refused while a guardrail of a live rollout fails for real, though nothing is rolled back', async () => {
    const { drillId, feature } = await scene.planned();
    const [real] = (await listRollouts(scene.at(), { feature })).filter((r) => r.environment === 'production');
    await perform(scene.at(), real?.id ?? '', 'start', { reason: 'go' });
    const verdictOf = (outcome: 'pass' | 'fail') => ({
      kind: 'hold' as const,
      reason: 'gate_waits' as const,
      body: { outcomes: [{ criterion: 'errors', kind: 'guardrail', cohort: null, outcome }] } as unknown as Verdict,
    });
    const { db } = store.database();
    const row = { rolloutId: real?.id ?? '', epoch: 1, since: scene.now(), at: scene.now() };
    await db.insert(verdict).values({ ...row, ...verdictOf('fail') });
    const start = () => startRun(scene.at(), drillId, { reason: 'r' });
    expect(await refusalOf(start())).toMatch(/errors fails for real in production: look at that first/);
    await db.update(verdict).set(verdictOf('pass')).where(eq(verdict.rolloutId, row.rolloutId));
    expect(await refusalOf(start())).toBeNull();
  });
});
