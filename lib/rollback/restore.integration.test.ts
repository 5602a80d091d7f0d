import { beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { rollbackScene, shownAt, stepOf } from '@/e2e/rollback-scene';
import type { Actor } from '@/lib/access/model';
import { getConfiguration, putConfiguration } from '@/lib/configuration/configuration';
import { history } from '@/lib/event/event';
import { evaluate } from '@/lib/feature/evaluate';
import { kill, overridesOf, putCohort, removeOverride, setOverride } from '@/lib/feature/feature';
import { loadFlagState } from '@/lib/feature/state';
import { apply } from '@/lib/rollout/act/apply';
import { getRollout, perform, preview } from '@/lib/rollout/rollout';
import { findRollout } from '@/lib/rollout/store';
import { listSnapshots, takeSnapshotNow } from '@/lib/snapshot/snapshot';
import { previewRestore, restoreSnapshot } from './restore';
import { dueRollbacks, getRollback, listRollbacks, stepRollback } from './rollback';

const store = testDatabase();
const { at, send, feature, started, only } = rollbackScene(store);
const environment = 'production';
const rule: Actor = { kind: 'rule', id: 'guardrail', name: 'guardrail', environment: null };
const person = (role: 'operator' | 'approver'): Actor => ({
  kind: 'person',
  id: role,
  name: role,
  role,
  environment: null,
});

const values = (retries: number) => ({ control: { retries }, treatment: { retries: retries + 1 } });
const configure = (key: string, retries: number) =>
  putConfiguration(at(0), key, { environment, values: values(retries), reason: 'r' });
const serve = (key: string, version: string, cohort = 'beta') =>
  setOverride(at(0), key, { scope: 'cohort', value: cohort, environment, effect: 'serve', version, reason: 'r' });
const state = () => loadFlagState(at(0).db);
const versionFor = async (key: string, context: Record<string, unknown> = {}) =>
  evaluate(await state(), key, environment, { targetingKey: 'somebody', ...context })?.version;
/** Of a hundred users, how many get the version. */
const usersOn = async (key: string, version: string) => {
  const flags = await state();
  return Array.from(
    { length: 100 },
    (_, i) => evaluate(flags, key, environment, { targetingKey: `user-${i}` })?.version,
  ).filter((v) => v === version).length;
};
const recorded = async (key: string) => (await listSnapshots(at(0), key)).map((s) => s.cause);

beforeAll(async () => {
  await putCohort(at(0), { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] });
});

describe('a rollback', () => {
  it('takes flags, configuration and overrides back together, in one revision, and proves it', async () => {
    const key = await feature();
    await configure(key, 1);
    const kept = await serve(key, 'control');
    const { id } = await started({ feature: key });
    await configure(key, 7);
    await removeOverride(at(0), key, kept.id, 'gone');
    await serve(key, 'treatment');
    expect(await versionFor(key, { plan: 'beta' })).toBe('treatment');
    const seen = await preview(at(0), id, 'roll-back');
    const before = (await state()).revision;
    await perform(at(0), id, 'roll-back', { reason: 'back' });
    expect((await state()).revision).toBe(before + 1);
    expect(await versionFor(key, { plan: 'beta' })).toBe('control');
    expect(await usersOn(key, 'treatment')).toBe(0);
    expect(await getConfiguration(at(0), key, environment)).toMatchObject({ values: values(1), restoredFrom: 1 });
    expect((await overridesOf(at(0), key)).map((o) => o.version)).toEqual(['control']);
    // What was said before is what was done.
    expect(seen.restore?.changes.map((c) => c.part)).toEqual(
      expect.arrayContaining(['exposure', 'overrides', 'configuration']),
    );
    const rollback = await only(id);
    expect(rollback.target).toBe(seen.restore?.target.id);
    await stepRollback(at(1), rollback.id);
    await send(key, 10, shownAt, { control: 1 });
    for (const s of [30, 100, shownAt]) await stepRollback(at(s), rollback.id);
    expect(await getRollback(at(0), rollback.id)).toMatchObject({ state: 'verified' });
    expect(await recorded(key)).toEqual(expect.arrayContaining(['rollback', 'start']));
  });

  it('is recorded before a start, a widening and a completion', async () => {
    const { feature: key, id } = await started();
    await perform(at(1), id, 'widen', { reason: 'more' });
    await perform(at(2), id, 'complete', { reason: 'all' });
    expect(await recorded(key)).toEqual(['change', 'widen', 'start']);
    const [, widened, start] = await listSnapshots(at(0), key);
    expect(start?.body.flags.exposure).toBeNull();
    expect(widened?.body.flags.exposure).toMatchObject({ candidate: 'treatment' });
    expect(start?.body.criteria[0]).toMatchObject({ criterion: 'errors', version: 'control', value: 0.01 });
  });

  it('never exposes the candidate again, though the snapshot did', async () => {
    const first = await started();
    const { feature: key } = first;
    const exposing = await takeSnapshotNow(at(0), key, { environment });
    await perform(at(0), first.id, 'roll-back', { reason: 'back' });
    await restoreSnapshot(at(1), exposing.id, { reason: 'as it was' });
    expect(await usersOn(key, 'treatment')).toBeGreaterThan(10);
    // The rollback was not shown before the restore took its place: it ends, and not as proven.
    const overtaken = await only(first.id);
    await stepRollback(at(1), overtaken.id);
    expect(await only(first.id)).toMatchObject({ state: 'unconfirmed', endedAt: expect.any(String) });
    expect((await getRollout(at(1), first.id)).state).toBe('rolled_back');
    const { id } = await started({ feature: key });
    const row = await findRollout(at(0).db, id);
    if (!row) throw new Error('there is no rollout');
    await apply(at(2, { actor: rule }), row, { kind: 'roll_back' }, { reason: 'errors', evidence: null });
    expect(await usersOn(key, 'treatment')).toBe(0);
    const rollback = await only(id);
    await stepRollback(at(3), rollback.id);
    expect(stepOf(await getRollback(at(3), rollback.id), 'read_back').state).toBe('done');
    expect((await getRollout(at(3), id)).state).toBe('rolled_back');
    expect(await usersOn(key, 'treatment')).toBe(0);
    expect((await history(at(0), { feature: key, kinds: ['rollout.started'] })).length).toBe(2);
  });

  it('leaves a kill that was thrown since', async () => {
    const { feature: key, id } = await started();
    await kill(at(0), key, { environment, reason: 'stop' });
    await perform(at(0), id, 'roll-back', { reason: 'back' });
    expect((await overridesOf(at(0), key)).map((o) => o.effect)).toEqual(['kill']);
    const rollback = await only(id);
    await stepRollback(at(1), rollback.id);
    expect(stepOf(await getRollback(at(1), rollback.id), 'read_back').state).toBe('done');
  });
});

describe('a restore', () => {
  it('done twice changes nothing the second time, and says so', async () => {
    const key = await feature();
    await configure(key, 1);
    const snapshot = await takeSnapshotNow(at(0), key, { environment });
    await configure(key, 2);
    const changes = (await previewRestore(at(0), snapshot.id)).changes;
    expect(changes.map((c) => c.path)).toEqual(['configuration.control.retries', 'configuration.treatment.retries']);
    const first = await restoreSnapshot(at(1), snapshot.id, { reason: 'back' });
    expect(first).toMatchObject({ changed: true, rollback: { kind: 'restore', rolloutId: null, target: snapshot.id } });
    const before = [(await state()).revision, (await history(at(0), {})).length];
    expect((await previewRestore(at(0), snapshot.id)).changes).toEqual([]);
    expect(await restoreSnapshot(at(2), snapshot.id, { reason: 'again' })).toEqual({ changed: false, rollback: null });
    expect([(await state()).revision, (await history(at(0), {})).length]).toEqual(before);
    expect(await listRollbacks(at(0), { feature: key })).toHaveLength(1);
    const id = first.rollback?.id ?? '';
    expect(await dueRollbacks(at(0).db, at(10).now())).toContain(id);
    await stepRollback(at(3), id);
    expect(stepOf(await getRollback(at(3), id), 'read_back').state).toBe('done');
  });

  it('that exposes somebody to more takes an approver', async () => {
    const first = await started();
    const { feature: key } = first;
    const exposing = await takeSnapshotNow(at(0), key, { environment });
    await perform(at(0), first.id, 'roll-back', { reason: 'back' });
    const asOperator = restoreSnapshot(at(1, { actor: person('operator') }), exposing.id, { reason: 'r' });
    await expect(asOperator).rejects.toMatchObject({ code: 'forbidden' });
    const asRule = restoreSnapshot(at(1, { actor: rule }), exposing.id, { reason: 'r' });
    await expect(asRule).rejects.toMatchObject({ code: 'forbidden' });
    expect(await usersOn(key, 'treatment')).toBe(0);
    await restoreSnapshot(at(1, { actor: person('approver') }), exposing.id, { reason: 'r' });
    expect(await usersOn(key, 'treatment')).toBeGreaterThan(10);
  });

  it('rolls a live rollout back to it', async () => {
    const key = await feature();
    await configure(key, 1);
    const snapshot = await takeSnapshotNow(at(0), key, { environment });
    await configure(key, 2);
    const { id } = await started({ feature: key });
    await configure(key, 3);
    const done = await restoreSnapshot(at(1), snapshot.id, { reason: 'to the very first' });
    expect(done.rollback).toMatchObject({ rolloutId: id, kind: 'restore', target: snapshot.id });
    expect((await getRollout(at(1), id)).state).toBe('rolling_back');
    expect(await getConfiguration(at(1), key, environment)).toMatchObject({ values: values(1) });
    expect(await usersOn(key, 'treatment')).toBe(0);
    expect(await restoreSnapshot(at(2), snapshot.id, { reason: 'again' })).toMatchObject({ changed: false });
  });

  it('wants a reason, and belongs to an environment', async () => {
    const key = await feature();
    const snapshot = await takeSnapshotNow(at(0), key, { environment });
    await expect(restoreSnapshot(at(1), snapshot.id, { reason: ' ' })).rejects.toMatchObject({ code: 'bad_input' });
    const bound: Actor = { kind: 'key', id: 'k', name: 'k', role: 'admin', environment: 'staging' };
    await expect(previewRestore(at(1, { actor: bound }), snapshot.id)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(previewRestore(at(1), 'snp_none')).rejects.toMatchObject({ code: 'not_found' });
  });
});
