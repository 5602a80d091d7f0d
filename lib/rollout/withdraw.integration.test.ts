import { beforeAll, expect, it } from 'vitest';
import { arms, minute, watched } from '@/e2e/watched';
import { history } from '@/lib/event/event';
import { deleteCohort, overridesOf, putCohort } from '@/lib/feature/feature';
import { rollbacksOf } from '@/lib/rollback/rollback';
import { putRollbackCap } from './act/cap';
import { decisionsOf, getRollout, looksOf, perform, preview } from './rollout';

const { store, begin, send, sendAt, until, served } = watched();
const eu = { region: 'eu' };
const us = { region: 'us' };

beforeAll(async () => {
  // More is rolled back here than Belay may by itself unless it is told so.
  await putRollbackCap(store.context(), { max: 100 });
  for (const key of ['eu', 'us'])
    await putCohort(store.context(), { key, rules: [{ attribute: 'region', in: [key] }] });
});

it('takes back the cohort that regressed, proves it, and goes on with the others', async () => {
  const { feature, id, startedAt } = await begin('onRegressionScope: cohort');
  const bad = [...arms('eu', 0.25), ...arms('us', 0.01)];
  await send(feature, startedAt, startedAt + 2 * minute, bad);
  const less = await until(id, (r) => r.withdrawn.length > 0);
  expect(less).toMatchObject({ state: 'running', withdrawn: ['eu'] });
  // The rest is judged without it from the start: what was bad there does not fail it now.
  const onBaseline = { version: 'control', cohort: 'eu', ok: 396, bad: 4 };
  await send(feature, startedAt + 2 * minute, startedAt + 3 * minute, [onBaseline, ...arms('us', 0.01)]);
  await sendAt(feature, Date.now(), arms('us', 0.01));
  const wider = await until(id, (r) => r.stage === 1);
  expect(wider).toMatchObject({ state: 'running', withdrawn: ['eu'] });
  expect([served(feature, eu), served(feature, us)]).toEqual([['control'], ['control', 'treatment']]);

  const [withdrawal] = (await decisionsOf(store.context(), id)).filter((d) => d.action === 'withdraw');
  expect(withdrawal).toMatchObject({
    cohorts: ['eu'],
    fromState: 'running',
    toState: 'running',
    reason: 'errors fails in eu',
  });
  expect(withdrawal?.evidence).toMatchObject({
    reason: 'cohort_regressed',
    deciding: { criterion: 'errors', cohort: 'eu' },
  });
  const [event] = await history(store.context(), { rolloutId: id, kinds: ['rollout.cohort_withdrawn'] });
  expect(event?.data).toMatchObject({ cohorts: ['eu'], withdrawn: ['eu'], rollbackId: expect.any(String) });
  const rollback = async () => (await rollbacksOf(store.context(), id))[0];
  await expect.poll(async () => (await rollback())?.state, { timeout: 20_000 }).toBe('verifying');
  expect(await rollback()).toMatchObject({ cohorts: ['eu'] });
  // Its own outcome stays visible as it was; the overall one is of the rest.
  const { verdict } = await getRollout(store.context(), id);
  const shown = verdict?.outcomes.map((o) => [o.cohort, o.outcome === 'fail']);
  expect(shown).toEqual(
    expect.arrayContaining([
      [null, false],
      ['eu', true],
      ['us', false],
    ]),
  );
  expect(verdict?.split.map((s) => s.cohort)).not.toContain('eu');
  expect((await looksOf(store.context(), id, { cohort: 'us' })).length).toBeGreaterThan(0);
  await expect(deleteCohort(store.context(), 'eu', 'tidy')).rejects.toMatchObject({ code: 'conflict' });

  // What is left fails as a whole: everything goes back.
  await send(feature, startedAt + 3 * minute, startedAt + 4.5 * minute, arms('us', 0.3));
  await until(id, (r) => r.state === 'rolled_back');
  expect([served(feature, eu), served(feature, us)]).toEqual([['control'], ['control']]);
}, 90_000);

it('rolls back whole where the plan does not say so, or nobody else is there to go on', async () => {
  const whole = await begin();
  await send(whole.feature, whole.startedAt, whole.startedAt + 2 * minute, [...arms('eu', 0.25), ...arms('us', 0.01)]);
  await until(whole.id, (r) => r.state === 'rolled_back');
  const alone = await begin('onRegressionScope: cohort');
  await send(alone.feature, alone.startedAt, alone.startedAt + 2 * minute, arms('eu', 0.25));
  expect(await until(alone.id, (r) => r.state === 'rolled_back')).toMatchObject({ withdrawn: [] });
  // Nobody declared this cohort, so the flags cannot tell it from others.
  const unknown = await begin('onRegressionScope: cohort');
  await send(unknown.feature, unknown.startedAt, unknown.startedAt + 2 * minute, [
    ...arms('moon', 0.25),
    ...arms('us', 0.01),
  ]);
  expect(await until(unknown.id, (r) => r.state === 'rolled_back')).toMatchObject({ withdrawn: [] });
}, 90_000);

it('in observe mode says whom it would take back, and does not', async () => {
  const { feature, id, startedAt } = await begin('onRegressionScope: cohort\nmode: observe');
  await send(feature, startedAt, startedAt + 2 * minute, [...arms('eu', 0.25), ...arms('us', 0.01)]);
  await until(id, (r) => r.verdict?.reason === 'cohort_regressed');
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const decisions = await decisionsOf(store.context(), id);
  expect(decisions.filter((d) => !d.acted).map((d) => [d.action, d.cohorts])).toEqual([['withdraw', ['eu']]]);
  expect(served(feature, eu)).toEqual(['control', 'treatment']);
});

it('a person takes a cohort back too; on completing, it stays on the baseline until somebody decides', async () => {
  const { feature, id } = await begin();
  const ctx = store.context();
  const seen = await preview(ctx, id, 'roll-back', ['eu']);
  expect(seen).toMatchObject({ possible: true, cohorts: ['eu'], state: { before: 'running', after: 'running' } });
  expect(seen.exposure).toEqual([
    { cohort: '*', before: 50, after: 50 },
    { cohort: 'eu', before: 50, after: 0 },
  ]);
  const less = await perform(ctx, id, 'roll-back', { reason: 'complaints', cohorts: ['eu'] });
  expect(less).toMatchObject({ state: 'running', withdrawn: ['eu'] });
  expect([served(feature, eu), served(feature, us)]).toEqual([['control'], ['control', 'treatment']]);
  for (const [cohorts, field] of [
    [['eu'], 'cohorts[0]'],
    [['mars'], 'cohorts[0]'],
    [['*'], 'cohorts[0]'],
  ] as const)
    await expect(perform(ctx, id, 'roll-back', { reason: 'r', cohorts: [...cohorts] })).rejects.toMatchObject({
      fields: [{ field }],
    });
  await expect(perform(ctx, id, 'resume', { reason: 'r', cohorts: ['eu'] })).rejects.toMatchObject({
    fields: [{ field: 'cohorts' }],
  });
  await perform(ctx, id, 'hold', { reason: 'r' });
  expect(await perform(ctx, id, 'roll-back', { reason: 'r', cohorts: ['us'] })).toMatchObject({
    state: 'held',
    withdrawn: ['eu', 'us'],
  });
  await perform(ctx, id, 'complete', { reason: 'good elsewhere' });
  expect([served(feature, eu), served(feature)]).toEqual([['control'], ['treatment']]);
  expect((await overridesOf(ctx, feature)).map((o) => [o.value, o.environment, o.version]).sort()).toEqual([
    ['eu', 'production', 'control'],
    ['us', 'production', 'control'],
  ]);
});
