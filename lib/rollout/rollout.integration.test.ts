import { beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { planText } from '@/e2e/design-plan';
import type { Actor, Role } from '@/lib/access/model';
import type { Context } from '@/lib/context';
import { BelayError } from '@/lib/errors';
import { history, verifyChain } from '@/lib/event/event';
import { evaluate } from '@/lib/feature/evaluate';
import { getFeature, putCohort, putFeature } from '@/lib/feature/feature';
import { loadFlagState } from '@/lib/feature/state';
import type { JobPayload } from '@/lib/queue/contract';
import { rollbacksOf } from '@/lib/rollback/rollback';
import { apply } from './act/apply';
import {
  createRollout,
  decideApproval,
  decisionsOf,
  deleteRollout,
  editRollout,
  getRollout,
  listApprovals,
  listRollouts,
  perform,
  preview,
} from './rollout';
import { findRollout } from './store';

const store = testDatabase();
const ctx = (over: Partial<Context> = {}) => store.context(over);
const person = (id: string, role: Role): Actor => ({ kind: 'person', id, name: id, role, environment: null });
const key = (environment: string | null, role: Role = 'operator'): Actor => ({
  kind: 'key',
  id: `key_${environment}`,
  name: `key ${environment}`,
  role,
  environment,
});

let features = 0;
/** A feature of its own with a plan for it, so that tests do not stand in each other's way. */
async function newPlan(over: (text: string) => string = (t) => t): Promise<{ feature: string; text: string }> {
  const feature = `feature-${++features}`;
  await putFeature(ctx(), {
    key: feature,
    owner: 'payments',
    versions: { control: false, treatment: true },
    baseline: 'control',
  });
  return { feature, text: over(planText.replace('new-checkout', feature)) };
}
async function started(over?: (text: string) => string) {
  const { feature, text } = await newPlan(over);
  const { id } = await createRollout(ctx(), text);
  return { feature, rollout: await perform(ctx(), id, 'start', { reason: 'go' }) };
}
const refused = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error) => (error instanceof BelayError ? { code: error.code, fields: error.fields.map((f) => f.field) } : error),
  );

beforeAll(async () => {
  await putCohort(ctx(), { key: 'internal', rules: [{ attribute: 'plan', in: ['internal'] }] });
  await putCohort(ctx(), { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] });
});

describe('a plan against what there is', () => {
  it('names every field that does not fit', async () => {
    const { text } = await newPlan();
    const create = (t: string) => refused(createRollout(ctx(), t));
    expect(await create(text.replace(/feature: .*/, 'feature: nothing'))).toEqual({
      code: 'bad_input',
      fields: ['feature'],
    });
    expect(await create(text.replace('beta: 25', 'gamma: 25'))).toEqual({
      code: 'bad_input',
      fields: ['stages[1].exposure.gamma'],
    });
    expect(await create(text.replace('candidate: treatment', 'candidate: other'))).toMatchObject({
      fields: ['candidate'],
    });
    const swapped = text
      .replace('baseline: control', 'baseline: treatment')
      .replace('candidate: treatment', 'candidate: control');
    expect(await create(swapped)).toMatchObject({ fields: ['baseline'] });
    expect(await listRollouts(ctx(), { feature: 'nothing' })).toEqual([]);
  });

  it('keeps the order of cohorts through the database', async () => {
    const { text } = await newPlan((t) =>
      t.replace('{ internal: 100, beta: 25 }', '{ internal: 100, beta: 25, "*": 1 }'),
    );
    const { id } = await createRollout(ctx(), text);
    const { plan } = await getRollout(ctx(), id);
    expect(Object.keys(plan.stages[1]?.exposure ?? {})).toEqual(['internal', 'beta', '*']);
  });

  it('edits and deletes drafts, and nothing else', async () => {
    const { text } = await newPlan();
    const { id } = await createRollout(ctx(), text);
    const edited = await editRollout(ctx(), id, text.replace('owner: payments', 'owner: growth'));
    expect(edited).toMatchObject({ owner: 'growth', epoch: 1, state: 'draft' });
    await deleteRollout(ctx(), id);
    expect(await refused(getRollout(ctx(), id))).toMatchObject({ code: 'not_found' });
    const { rollout } = await started();
    expect(await refused(editRollout(ctx(), rollout.id, text))).toMatchObject({ code: 'conflict' });
    expect(await refused(deleteRollout(ctx(), rollout.id))).toMatchObject({ code: 'conflict' });
  });
});

describe('verbs', () => {
  it('expose, widen, hold, and what they change is served', async () => {
    const { feature, rollout } = await started((t) => t.replace('feature:', 'holdback: 0\nfeature:'));
    const serves = async (plan: string, targetingKey: string) => {
      const state = await loadFlagState(store.database().db);
      return evaluate(state, feature, 'production', { targetingKey, plan })?.version;
    };
    expect(await serves('internal', 'ann')).toBe('treatment');
    expect(await serves('beta', 'bob')).toBe('control');
    expect(rollout).toMatchObject({ state: 'running', stage: 0, epoch: 1 });
    const held = await perform(ctx(), rollout.id, 'hold', { reason: 'lunch' });
    expect(held).toMatchObject({ state: 'held', heldReason: 'held_by_person' });
    expect(await serves('internal', 'ann')).toBe('treatment');
    expect(await refused(perform(ctx(), rollout.id, 'widen', { reason: 'no' }))).toMatchObject({ code: 'conflict' });
    await perform(ctx(), rollout.id, 'resume', { reason: 'back' });
    const wider = await perform(ctx(), rollout.id, 'widen', { reason: 'on' });
    expect(wider).toMatchObject({ state: 'running', stage: 1, epoch: 4 });
    const buckets = await Promise.all(Array.from({ length: 200 }, (_, i) => serves('beta', `user-${i}`)));
    const exposed = buckets.filter((v) => v === 'treatment').length;
    expect(exposed).toBeGreaterThan(20);
    expect(exposed).toBeLessThan(90);
    const jobs: JobPayload<'rollback'>[] = [];
    const enqueue: Context['enqueue'] = async (_name, payload) => void jobs.push(payload as JobPayload<'rollback'>);
    const back = await perform(ctx({ enqueue }), rollout.id, 'roll-back', { reason: 'enough' });
    expect(back.state).toBe('rolling_back');
    expect(await serves('internal', 'ann')).toBe('control');
    const [intent] = await rollbacksOf(ctx(), rollout.id);
    expect(jobs).toEqual([{ rollbackId: intent?.id }]);
    expect((await decisionsOf(ctx(), rollout.id)).map((d) => d.action)).toEqual([
      'roll_back',
      'widen',
      'resume',
      'hold',
      'start',
    ]);
  });

  it('refuse a second running rollout of one feature and environment, and name the field', async () => {
    const { feature } = await started();
    const text = planText.replace('new-checkout', feature);
    const second = await createRollout(ctx(), text);
    expect(await refused(perform(ctx(), second.id, 'start', { reason: 'too' }))).toEqual({
      code: 'conflict',
      fields: ['feature'],
    });
    expect((await getRollout(ctx(), second.id)).state).toBe('draft');
    const elsewhere = await createRollout(ctx(), text.replace('production', 'staging'));
    expect((await perform(ctx(), elsewhere.id, 'start', { reason: 'there' })).state).toBe('running');
  });

  it('have one winner among fifty', async () => {
    const { rollout } = await started();
    const seen = await findRollout(store.database().db, rollout.id);
    if (!seen) throw new Error('it was started');
    const actions = [
      { kind: 'roll_back' },
      { kind: 'hold', reason: 'held_by_person' },
      { kind: 'widen', toStage: 1 },
    ] as const;
    const tries = await Promise.allSettled(
      Array.from({ length: 50 }, (_, i) =>
        apply(ctx({ actor: person(`p${i}`, 'admin') }), seen, actions[i % 3] ?? actions[0], {
          reason: `${i}`,
          evidence: null,
        }),
      ),
    );
    const won = tries.filter((t) => t.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const t of tries)
      if (t.status === 'rejected') expect(t.reason).toMatchObject({ name: 'BelayError', code: 'conflict' });
    expect((await getRollout(ctx(), rollout.id)).epoch).toBe(2);
    expect(await decisionsOf(ctx(), rollout.id)).toHaveLength(2);
    const events = await history(ctx(), { rolloutId: rollout.id });
    expect(
      events.filter((e) => ['rollout.rolling_back', 'rollout.held', 'rollout.widened'].includes(e.kind)),
    ).toHaveLength(1);
  });

  it('take the epoch that the caller saw', async () => {
    const { rollout } = await started();
    await perform(ctx(), rollout.id, 'hold', { reason: 'a' });
    expect(await refused(perform(ctx(), rollout.id, 'resume', { reason: 'b', expectedEpoch: 1 }))).toMatchObject({
      code: 'conflict',
    });
    expect((await perform(ctx(), rollout.id, 'resume', { reason: 'b', expectedEpoch: 2 })).state).toBe('running');
  });

  it('want a reason, a right and the right environment', async () => {
    const { rollout } = await started();
    const hold = (actor: Actor, reason = 'r') => refused(perform(ctx({ actor }), rollout.id, 'hold', { reason }));
    expect(await hold(person('op', 'operator'), '  ')).toMatchObject({ fields: ['reason'] });
    expect(await hold(person('vi', 'viewer'))).toMatchObject({ code: 'forbidden' });
    expect(await hold(key('staging'))).toMatchObject({ code: 'forbidden' });
    expect(await hold({ kind: 'loopback', id: 'loopback', name: 'loopback', environment: null })).toMatchObject({
      code: 'unauthenticated',
    });
    expect(await listRollouts(ctx({ actor: key('nowhere') }))).toEqual([]);
    expect(await refused(listRollouts(ctx({ actor: key('nowhere') }), { environment: 'production' }))).toMatchObject({
      code: 'forbidden',
    });
    expect(await hold(key('production'))).toBeNull();
  });

  it('show before what they change', async () => {
    const { rollout } = await started();
    expect(await preview(ctx(), rollout.id, 'widen')).toMatchObject({
      possible: true,
      stage: { before: 0, after: 1, name: 'beta' },
      exposure: [
        { cohort: 'internal', before: 90, after: 90 },
        { cohort: 'beta', before: 0, after: 25 },
        { cohort: '*', before: 0, after: 0 },
      ],
    });
    expect(await preview(ctx(), rollout.id, 'roll-back')).toMatchObject({
      state: { before: 'running', after: 'rolling_back' },
      exposure: [
        { cohort: 'internal', before: 90, after: 0 },
        { cohort: 'beta', after: 0 },
        { cohort: '*', after: 0 },
      ],
    });
    expect(await preview(ctx(), rollout.id, 'resume')).toMatchObject({ possible: false });
    expect((await getRollout(ctx(), rollout.id)).epoch).toBe(1);
  });

  it('completing makes the candidate the baseline, in the same breath', async () => {
    const { feature, rollout } = await started((t) => t.replace(', approval: true', ''));
    const done = await perform(ctx(), rollout.id, 'complete', { reason: 'ship it' });
    expect(done).toMatchObject({ state: 'completed' });
    expect(await getFeature(ctx(), feature)).toMatchObject({
      baseline: 'control',
      baselines: { production: 'treatment' },
    });
    expect(await refused(perform(ctx(), rollout.id, 'roll-back', { reason: 'late' }))).toMatchObject({
      code: 'conflict',
    });
    const again = await createRollout(ctx(), planText.replace('new-checkout', feature)).catch(
      (e: BelayError) => e.fields,
    );
    expect(again).toEqual([expect.objectContaining({ field: 'baseline' })]);
  });
});

it('completing in one environment changes what no other serves', async () => {
  const { feature, rollout } = await started((t) => t.replace(', approval: true', ''));
  const text = planText.replace('new-checkout', feature).replace('production', 'staging');
  const elsewhere = await createRollout(ctx(), text);
  await perform(ctx(), elsewhere.id, 'start', { reason: 'there' });
  await perform(ctx(), rollout.id, 'complete', { reason: 'ship' });
  await perform(ctx(), elsewhere.id, 'roll-back', { reason: 'not there' });
  const state = await loadFlagState(store.database().db);
  const served = (environment: string) => evaluate(state, feature, environment, { targetingKey: 'ana' })?.version;
  expect([served('production'), served('staging'), served('anywhere')]).toEqual(['treatment', 'control', 'control']);
});

describe('approvals', () => {
  const author = person('author', 'admin');
  const other = person('other', 'approver');
  const once = (t: string) => t.replace('minDuration: 5m }', 'minDuration: 5m, approval: true }');

  it('gate a stage, are not given by its author, and open it', async () => {
    const { text } = await newPlan(once);
    const { id } = await createRollout(ctx({ actor: author }), text);
    await perform(ctx({ actor: author }), id, 'start', { reason: 'go' });
    const [asked] = await listApprovals(ctx(), { rolloutId: id, state: 'pending' });
    if (!asked) throw new Error('it asks on entering');
    expect(asked).toMatchObject({ stage: 0, stageName: 'internal', rolloutId: id });
    expect(await refused(perform(ctx({ actor: author }), id, 'widen', { reason: 'on' }))).toEqual({
      code: 'conflict',
      fields: ['stages[0].approval'],
    });
    const answer = (actor: Actor, approve = true) =>
      refused(decideApproval(ctx({ actor }), asked.id, { approve, comment: '' }));
    expect(await answer(person('op', 'operator'))).toMatchObject({ code: 'forbidden' });
    // Nobody else could approve yet; the history would say so.
    await store.database()
      .sql`insert into person (id, name, role, created_at) values ('other', 'other', 'approver', now())`;
    expect(await answer(author)).toMatchObject({ code: 'forbidden' });
    expect(await answer(other)).toBeNull();
    expect(await answer(other)).toMatchObject({ code: 'conflict' });
    expect((await perform(ctx({ actor: author }), id, 'widen', { reason: 'on' })).stage).toBe(1);
    await store.database().sql`delete from person where id = 'other'`;
  });

  it('are void when the stage is left another way, and asked for again after a refusal', async () => {
    const { text } = await newPlan(once);
    const { id } = await createRollout(ctx({ actor: author }), text);
    await perform(ctx({ actor: author }), id, 'start', { reason: 'go' });
    const [asked] = await listApprovals(ctx(), { rolloutId: id });
    await decideApproval(ctx({ actor: other }), asked?.id ?? '', { approve: false, comment: 'not today' });
    await perform(ctx(), id, 'hold', { reason: 'h' });
    await perform(ctx(), id, 'resume', { reason: 'r' });
    const states = () => listApprovals(ctx(), { rolloutId: id }).then((a) => a.map((x) => x.state).sort());
    expect(await states()).toEqual(['pending', 'refused']);
    await perform(ctx(), id, 'roll-back', { reason: 'b' });
    expect(await states()).toEqual(['refused', 'void']);
  });
});

it('all of it is in one unbroken history', async () => {
  expect(await verifyChain(store.database().db)).toMatchObject({ ok: true });
});
