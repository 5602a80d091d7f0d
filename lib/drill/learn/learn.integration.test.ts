/** What is learnt from runs that are in the tables, and a stage that waits for one that was proven. */
import { eq } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { person } from '@/drizzle/schema/access';
import { drillPart, drillRun, drill as drillTable } from '@/drizzle/schema/drill';
import { rollout } from '@/drizzle/schema/rollout';
import { testDatabase } from '@/e2e/database';
import { checkoutPlan } from '@/e2e/plan';
import type { Actor } from '@/lib/access/model';
import { putCohort, putFeature } from '@/lib/feature/feature';
import { coverageView, proposalView, readinessView } from '@/lib/http/views/drill-learning';
import { apply } from '@/lib/rollout/act/apply';
import { createRollout, perform, preview } from '@/lib/rollout/rollout';
import { createTemplate } from '@/lib/template/template';
import { archiveDrill, createDrill } from '../drill';
import { drillFaults, parseDrill } from '../parse';
import { plannedRun, type RunRow } from '../run/run-store';
import { coverage, readiness } from './coverage';
import { proposeDrills } from './propose';

const house = testDatabase();
const now = new Date('2026-11-22T12:00:00Z');
const ago = (days: number) => new Date(now.getTime() - days * 86_400_000);
const context = (over: object = {}) => house.context({ now: () => now, ...over });
const db = () => house.context({}).db;
const viewer: Actor = { kind: 'key', id: 'k', name: 'k', role: 'viewer', environment: 'staging' };
const reason = { reason: 'because' };
const drill = (over: object = {}) => ({
  name: 'Weekly',
  feature: 'new-checkout',
  environment: 'production',
  owner: 'payments',
  fault: { share: 40, expiresAfter: '5m' },
  ...over,
});
let n = 0;
/** A run of a drill that is archived again at once, so that nothing but the run is there. */
async function ran(over: Partial<RunRow> = {}, given: object = {}): Promise<string> {
  const made = await createDrill(context(), drill(given));
  await archiveDrill(context(), made.id, reason);
  const [row] = await db().select().from(drillTable).where(eq(drillTable.id, made.id));
  if (!row) throw new Error('the drill is there');
  const id = `run_${n++}`;
  const planned = plannedRun(row, { id, now, trigger: 'person', by: 'ada', scheduledFor: null });
  const proof = { restored: true, detail: '', differences: [] };
  await db()
    .insert(drillRun)
    .values({ ...planned, state: 'restored', proof, endedAt: ago(1), ...over });
  return id;
}

beforeAll(async () => {
  const versions = { control: false, treatment: true };
  for (const key of ['new-checkout', 'search', 'idle'])
    await putFeature(context(), { key, owner: 'payments', versions, baseline: 'control' });
  for (const key of ['beta', 'staff']) await putCohort(context(), { key, rules: [{ attribute: 'plan', in: [key] }] });
  await createRollout(context(), checkoutPlan());
});
beforeEach(async () => {
  await db().delete(drillRun);
});

describe('coverage', () => {
  test('names the features that were not proven lately, and when they were', async () => {
    const features = async (days?: number) => coverageView.parse(await coverage(context(), { days })).features;
    const place = { feature: 'new-checkout', environment: 'production' };
    expect(await features()).toEqual([{ ...place, last: null, lately: false }]);
    await ran({ state: 'failed' });
    await ran({ proof: null });
    await ran({ endedAt: ago(1), environment: 'staging' });
    await ran({ endedAt: ago(1), level: 'tabletop' });
    expect(await features()).toEqual([{ ...place, last: null, lately: false }]);
    await ran({ endedAt: ago(30) });
    expect(await features(31)).toEqual([{ ...place, last: ago(30).toISOString(), lately: true }]);
    expect(await features(29)).toEqual([{ ...place, last: ago(30).toISOString(), lately: false }]);
  });

  test('names the cohorts that the newest plan exposes, each by whom was rehearsed with', async () => {
    const cohorts = async () => (await coverage(context())).cohorts.map((c) => [c.cohort, c.last, c.lately]);
    const never = [
      ['beta', null, false],
      ['*', null, false],
    ];
    expect(await cohorts()).toEqual(never);
    await ran({ endedAt: ago(3) }, { blast: { cohort: 'staff' } });
    expect(await cohorts()).toEqual(never);
    await ran({ endedAt: ago(2) }, { blast: { cohort: 'beta' } });
    expect(await cohorts()).toEqual([
      ['*', null, false],
      ['beta', ago(2).toISOString(), true],
    ]);
    // Where the drill names nobody, whom its own rollout exposed counts.
    const [real] = await db().select().from(rollout).where(eq(rollout.environment, 'production'));
    if (!real) throw new Error('the rollout is there');
    const everybody = { ...real.plan, stages: [{ ...real.plan.stages[0], exposure: { '*': 100 } }] };
    const shadow = { ...real, id: 'rol_shadow', environment: 'drill/run_x', plan: everybody as typeof real.plan };
    await db().insert(rollout).values(shadow);
    await ran({ endedAt: ago(1), rolloutId: shadow.id });
    expect(await cohorts()).toContainEqual(['*', ago(1).toISOString(), true]);
  });

  test('names the people who may roll back and took no part', async () => {
    const createdAt = now;
    const people = [
      { id: 'ada', name: 'Ada', role: 'operator' as const, createdAt },
      { id: 'bob', name: 'Bob', role: 'admin' as const, createdAt },
      { id: 'cy', name: 'Cy', role: 'viewer' as const, createdAt },
      { id: 'di', name: 'Di', role: 'operator' as const, createdAt, disabledAt: now },
    ];
    await db().insert(person).values(people);
    const runId = await ran();
    await db()
      .insert(drillPart)
      .values([
        { runId, person: 'ada', name: 'Ada', role: 'decided', at: ago(2) },
        { runId, person: 'bob', name: 'Bob', role: 'started', at: ago(2) },
      ]);
    const given = (await coverage(context())).people?.filter((p) => ['Ada', 'Bob', 'Cy', 'Di'].includes(p.name));
    expect(given).toEqual([
      { name: 'Bob', role: 'admin', last: null, lately: false },
      { name: 'Ada', role: 'operator', last: ago(2).toISOString(), lately: true },
    ]);
    expect((await coverage(context(), { days: 1 })).people?.some((p) => p.lately)).toBe(false);
  });

  test('tells a key of one environment of that one, and of no people', async () => {
    await ran();
    const seen = await coverage(context({ actor: viewer }));
    expect([seen.features, seen.cohorts, seen.people]).toEqual([[], [], null]);
    await expect(coverage(context(), { days: 0 })).rejects.toMatchObject({ fields: [{ field: 'days' }] });
  });
});

test('readiness is read from the runs of the feature, in the environment that is asked for', async () => {
  await ran();
  await ran({ state: 'failed', endedAt: ago(0) });
  const [of, ...rest] = await readiness(context(), 'new-checkout');
  expect(rest).toEqual([]);
  expect(readinessView.parse(of)).toEqual(of);
  expect(of).toMatchObject({ environment: 'production', lastProven: { at: ago(1).toISOString() }, halfLifeDays: 30 });
  expect(of?.ends).toEqual({ restored: 1, failed: 1, aborted: 0, interrupted: 0 });
  const [blank] = await readiness(context(), 'new-checkout', { environment: 'staging' });
  expect(blank).toMatchObject({ environment: 'staging', lastProven: null, staleness: 'unknown' });
  expect(await readiness(context({ actor: viewer }), 'new-checkout')).toEqual([]);
  const production = { environment: 'production' };
  await expect(readiness(context({ actor: viewer }), 'new-checkout', production)).rejects.toMatchObject({
    code: 'forbidden',
  });
  await expect(readiness(context(), 'nothing')).rejects.toMatchObject({ code: 'not_found' });
});

describe('a proposal', () => {
  test('is a whole drill for what is rolled out and has none, and is gone once it is planned', async () => {
    const [first, ...rest] = await proposeDrills(context(), { zone: 'Europe/Berlin' });
    expect(rest).toEqual([]);
    proposalView.parse(first);
    const given = parseDrill(first?.drill);
    expect(drillFaults(given, now)).toEqual([]);
    expect(given).toMatchObject({
      feature: 'new-checkout',
      environment: 'production',
      level: 'synthetic',
      fault: { share: 30, expiresAfter: '5m' },
      objectives: { detect: '2m', actuate: '10s' },
      schedule: { timeZone: 'Europe/Berlin' },
    });
    expect(first?.objectives.actuate).toBe('usual');
    const made = await createDrill(context(), first?.drill);
    expect(new Date(made.nextRunAt ?? 0).getUTCDay()).toBeGreaterThanOrEqual(1);
    expect(await proposeDrills(context())).toEqual([]);
    await archiveDrill(context(), made.id, reason);
    expect(await proposeDrills(context())).toHaveLength(1);
    expect(await proposeDrills(context({ actor: viewer }))).toEqual([]);
    await expect(proposeDrills(context(), { zone: 'Moon' })).rejects.toMatchObject({ fields: [{ field: 'zone' }] });
  });
});

test('a drill becomes a template without what is of its feature alone, and a drill again', async () => {
  const made = await createDrill(context(), drill({ level: 'synthetic', objectives: { detect: '3m' } }));
  const { body } = await createTemplate(context(), { kind: 'drill', name: 'ours', from: made.id });
  expect(body).not.toHaveProperty('feature');
  expect(body).not.toHaveProperty('id');
  expect(body).toMatchObject({ name: 'Weekly', objectives: { detect: '3m' }, fault: { share: 40 } });
  const again = { ...(body as object), feature: 'new-checkout', environment: 'production', owner: 'search' };
  expect(await createDrill(context(), again)).toMatchObject({ owner: 'search', fault: { share: 40 } });
  await expect(createTemplate(context(), { kind: 'drill', name: 'none', from: 'drl_none' })).rejects.toMatchObject({
    code: 'not_found',
  });
});

describe('a stage that asks for a proven drill', () => {
  const asking = checkoutPlan().replace('minSamples: 100 }', 'minSamples: 100, requireDrill: 7d }');
  test('is not entered before there is one that is fresh, whoever asks', async () => {
    const made = await createRollout(context(), asking.replace('production', 'staging'));
    const start = () => perform(context(), made.id, 'start', reason);
    const refused = { code: 'conflict', fields: [{ field: 'requireDrill' }] };
    await expect(start()).rejects.toMatchObject(refused);
    expect(await preview(context(), made.id, 'start')).toMatchObject({ possible: false });
    await ran({ environment: 'staging', endedAt: ago(8) });
    await ran({ environment: 'production', endedAt: ago(1) });
    await ran({ environment: 'staging', endedAt: ago(1), state: 'failed' });
    await expect(start()).rejects.toMatchObject(refused);
    // Also where nobody looked before: what is written is held to it.
    const [row] = await db().select().from(rollout).where(eq(rollout.id, made.id));
    if (!row) throw new Error('the rollout is there');
    const entering = apply(context(), row, { kind: 'start' }, { reason: 'x', evidence: null });
    await expect(entering).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('within 7d') });
    await ran({ environment: 'staging', endedAt: ago(6) });
    expect(await start()).toMatchObject({ state: 'running', stage: 0 });
  });
});
