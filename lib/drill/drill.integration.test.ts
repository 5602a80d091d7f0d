import { eq } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { drillRun } from '@/drizzle/schema/drill';
import { testDatabase } from '@/e2e/database';
import { checkoutPlan } from '@/e2e/plan';
import type { Actor } from '@/lib/access/model';
import { BelayError } from '@/lib/errors';
import { history } from '@/lib/event/event';
import { putCohort, putFeature } from '@/lib/feature/feature';
import { createDatabase, putDatabase } from '@/lib/migration/target';
import { createRollout } from '@/lib/rollout/rollout';
import { putRunbook } from '@/lib/runbook/runbook';
import { library } from '@/lib/template/library';
import { createWebhook, removeWebhook } from '@/lib/webhook/target';
import {
  archiveDrill,
  createDrill,
  getDrill,
  getDrillLimit,
  getFreeze,
  listDrills,
  parseDrill,
  pauseDrill,
  previewSchedule,
  putDrill,
  putDrillLimit,
  putFreeze,
} from './drill';
import { exportDrill } from './export';
import type { Drill, DrillInput, DrillView } from './model';
import { plannedRun } from './run/run-store';

const house = testDatabase();
const friday = new Date('2026-11-20T12:00:00Z');
const context = (over: object = {}) => house.context({ now: () => friday, ...over });
const keyOf = (role: 'viewer' | 'operator' | 'admin', environment: string | null = null): Actor => ({
  kind: 'key',
  id: `key_${role}`,
  name: role,
  role,
  environment,
});
const reason = { reason: 'the team is away' };
const drill = (over: Partial<DrillInput> = {}): DrillInput => ({
  name: 'Weekly checkout drill',
  feature: 'new-checkout',
  environment: 'production',
  owner: 'payments',
  fault: { share: 40, expiresAfter: '5m' },
  schedule: { cron: '0 9 * * 1', timeZone: 'Europe/Berlin' },
  ...over,
});
const eventsOf = async (id: string) =>
  (await history(context(), { limit: 200 })).filter((e) => e.data.drillId === id).map((e) => e.kind);
const faults = async (what: Promise<unknown>) => {
  try {
    await what;
  } catch (error) {
    if (error instanceof BelayError) return error.fields;
    throw error;
  }
  return [];
};
const fields = async (over: object) => (await faults(createDrill(context(), drill(over)))).map((f) => f.field);
/** What `PUT` takes of an answer. */
function inputOf(view: DrillView): DrillInput {
  const { id, version, nextRunAt, lastRun, overdueSince, unprovenSince, blockedBy, ...rest } = view;
  const { createdBy, createdAt, updatedAt, archivedAt, ...input } = rest;
  return input;
}

beforeAll(async () => {
  const versions = { control: false, treatment: true };
  for (const key of ['new-checkout', 'search'])
    await putFeature(context(), { key, owner: 'payments', versions, baseline: 'control' });
  for (const key of ['beta', 'staff']) await putCohort(context(), { key, rules: [{ attribute: 'plan', in: [key] }] });
  await createRollout(context(), checkoutPlan());
});

describe('a drill', () => {
  test('is planned, read, changed, paused, resumed and archived, each with its event', async () => {
    const made = await createDrill(context(), stringify(drill()));
    expect(made).toMatchObject({
      level: 'synthetic',
      nextRunAt: '2026-11-23T08:00:00.000Z',
      lastRun: null,
      overdueSince: null,
      blockedBy: null,
      createdBy: 'Test Admin',
    });
    expect(await getDrill(context(), made.id)).toEqual(made);
    expect(await putDrill(context(), made.id, inputOf(made))).toEqual(made);
    const input = inputOf(made);
    const changed = await putDrill(context(), made.id, {
      ...input,
      schedule: { ...input.schedule, cron: '0 10 * * 1' },
    });
    expect(changed.nextRunAt).toBe('2026-11-23T09:00:00.000Z');
    const paused = await pauseDrill(context(), made.id, true, reason);
    expect(paused).toMatchObject({ nextRunAt: null, blockedBy: 'paused', schedule: { paused: true } });
    expect(await pauseDrill(context(), made.id, true, reason)).toEqual(paused);
    const later = context({ now: () => new Date('2026-12-01T00:00:00Z') });
    expect(await pauseDrill(later, made.id, false, reason)).toMatchObject({ nextRunAt: '2026-12-07T09:00:00.000Z' });
    expect(await archiveDrill(later, made.id, reason)).toMatchObject({ nextRunAt: null, blockedBy: null });
    await expect(putDrill(context(), made.id, drill())).rejects.toMatchObject({ code: 'conflict' });
    expect(await listDrills(context())).toEqual([]);
    expect((await listDrills(context(), { archived: true })).map((d) => d.id)).toEqual([made.id]);
    expect((await eventsOf(made.id)).toReversed()).toEqual([
      'drill.created',
      'drill.changed',
      'drill.paused',
      'drill.resumed',
      'drill.archived',
    ]);
  });

  test('is changed by one of two who began with the same version; the other is told by whom, and what', async () => {
    const as = (name: string) => context({ actor: { ...keyOf('operator'), id: name, name } });
    const made = await createDrill(context(), drill());
    expect(made.version).toBe(1);
    const input = inputOf(made);
    const hers = { ...input, name: 'Hers', objectives: { detect: '1m' }, basedOn: 1 };
    const his = { ...input, name: 'His', basedOn: 1 };
    const both = await Promise.allSettled([
      putDrill(as('grace'), made.id, hers),
      putDrill(as('otto'), made.id, his),
    ] as const);
    const [won, lost] = both.toSorted((a, b) => a.status.localeCompare(b.status));
    expect(won).toMatchObject({ status: 'fulfilled', value: { version: 2 } });
    const winner = both[0].status === 'fulfilled' ? 'grace changed name, objectives.detect' : 'otto changed name';
    expect(lost).toMatchObject({
      status: 'rejected',
      reason: {
        code: 'conflict',
        message: `The drill ${(await getDrill(context(), made.id)).name} is at version 2 meanwhile: ${winner}. Look again`,
        fields: [{ field: 'basedOn', message: 'is 2 by now' }],
      },
    });
    // Pausing is a change of it too, and says who.
    await pauseDrill(as('ada'), made.id, true, reason);
    await pauseDrill(as('ada'), made.id, false, reason);
    const late = (basedOn: number) => putDrill(as('otto'), made.id, { ...his, name: 'Late', basedOn });
    await expect(late(2)).rejects.toMatchObject({
      message: expect.stringContaining('at version 4 meanwhile: ada paused it; ada resumed it. Look again'),
    });
    await expect(late(9)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('version 9') });
    expect(await getDrill(context(), made.id)).toMatchObject({ version: 4 });
    expect(await late(4)).toMatchObject({ version: 5, name: 'Late' });
    // What is there already takes nothing from anybody, and whoever says no version takes what there is.
    expect(await late(1)).toMatchObject({ version: 5 });
    expect(await putDrill(as('otto'), made.id, { ...input, name: 'Last' })).toMatchObject({ version: 6 });
    expect(await faults(late(0))).toMatchObject([{ field: 'basedOn' }]);
    await archiveDrill(context(), made.id, reason);
  });

  test('is sent back as it was read, or planned again; its version is what a change is based on', async () => {
    const made = await createDrill(context(), drill());
    const changed = await putDrill(context(), made.id, { ...made, name: 'Second' });
    expect(changed).toMatchObject({ name: 'Second', version: 2 });
    await expect(putDrill(context(), made.id, { ...made, name: 'Third' })).rejects.toMatchObject({ code: 'conflict' });
    const again = await createDrill(context(), changed);
    expect(inputOf(again)).toEqual(inputOf(changed));
    expect(again).toMatchObject({ version: 1, lastRun: null });
    expect(again.id).not.toBe(made.id);
    const text = await exportDrill(context(), made.id);
    expect(text).toContain('basedOn: 2');
    expect(parseDrill(text)).toEqual(inputOf(changed));
    const yaml = await putDrill(context(), made.id, `${text.replace('Second', 'In YAML')}basedOn: 2\n`);
    expect(yaml).toMatchObject({ name: 'In YAML', version: 3 });
    for (const { id } of [made, again]) await archiveDrill(context(), id, reason);
  });

  test('keeps a time that is due when only words of it change', async () => {
    const made = await createDrill(context(), drill());
    const after = context({ now: () => new Date('2026-11-23T08:00:30Z') });
    const kept = await putDrill(after, made.id, { ...inputOf(made), name: 'Another name' });
    expect(kept).toMatchObject({ name: 'Another name', nextRunAt: made.nextRunAt, overdueSince: null });
    const owed = context({ now: () => new Date('2026-11-23T08:01:30Z') });
    expect(await getDrill(owed, made.id)).toMatchObject({ overdueSince: made.nextRunAt });
    await archiveDrill(context(), made.id, reason);
  });

  test('stays of its feature and environment', async () => {
    const made = await createDrill(context(), drill({ schedule: null }));
    expect(made.nextRunAt).toBe(null);
    expect(await faults(putDrill(context(), made.id, drill({ feature: 'search' })))).toMatchObject([
      { field: 'feature' },
    ]);
    expect(await faults(putDrill(context(), made.id, drill({ environment: 'x' })))).toMatchObject([
      { field: 'environment' },
    ]);
    await expect(pauseDrill(context(), made.id, true, reason)).rejects.toMatchObject({ code: 'conflict' });
    expect(await faults(pauseDrill(context(), made.id, true, {}))).toMatchObject([{ field: 'reason' }]);
    await archiveDrill(context(), made.id, reason);
  });

  test('is for who may: operators change, viewers look, a key of one environment keeps to it', async () => {
    const made = await createDrill(context({ actor: keyOf('operator', 'production') }), drill());
    const viewer = context({ actor: keyOf('viewer') });
    const elsewhere = context({ actor: keyOf('operator', 'staging') });
    expect(await listDrills(viewer)).toHaveLength(1);
    expect(await listDrills(elsewhere)).toEqual([]);
    const forbidden = { code: 'forbidden' };
    await expect(createDrill(viewer, drill())).rejects.toMatchObject(forbidden);
    await expect(getDrill(elsewhere, made.id)).rejects.toMatchObject(forbidden);
    await expect(previewSchedule(elsewhere, made.id)).rejects.toMatchObject(forbidden);
    await expect(createDrill(elsewhere, drill())).rejects.toMatchObject(forbidden);
    for (const ctx of [viewer, elsewhere]) {
      await expect(putDrill(ctx, made.id, drill({ name: 'x' }))).rejects.toMatchObject(forbidden);
      await expect(pauseDrill(ctx, made.id, true, reason)).rejects.toMatchObject(forbidden);
      await expect(archiveDrill(ctx, made.id, reason)).rejects.toMatchObject(forbidden);
      await expect(putFreeze(ctx, { until: null, reason: 'x' })).rejects.toMatchObject(forbidden);
    }
    await expect(putDrillLimit(context({ actor: keyOf('operator') }), { max: 1 })).rejects.toMatchObject(forbidden);
    await expect(getDrill(context(), 'drl_none')).rejects.toMatchObject({ code: 'not_found' });
    await archiveDrill(context(), made.id, reason);
  });
});

describe('what a drill says wrongly is named by field', () => {
  const check = (database: string) => ({ kind: 'sql', name: 'sums', database, query: 'select 1' }) as const;
  test.each<[object, string[]]>([
    [{ fault: null }, ['fault']],
    [{ fault: { share: 40 } }, ['fault.expiresAfter']],
    [{ fault: { share: 40, expiresAfter: 'soon' } }, ['fault.expiresAfter']],
    [{ fault: { share: 40, expiresAfter: '0s' } }, ['fault.expiresAfter']],
    [
      { level: 'fault', blast: { cohort: 'beta', minutes: 4 }, fault: { share: 40, expiresAfter: '5m' } },
      ['fault.expiresAfter'],
    ],
    [{ objectives: { provenBy: '2026-11-20T11:59:59Z' } }, ['objectives.provenBy']],
    [{ objectives: { provenBy: '2026-11-20T12:30:00+01:00' } }, ['objectives.provenBy']],
    [{ objectives: { provenBy: '2026-12-24' } }, ['objectives.provenBy']],
    [{ objectives: { detect: '0s' } }, ['objectives.detect']],
    [{ objectives: { detect: '-1m', recover: 60 } }, ['objectives.detect', 'objectives.recover']],
    // What does not end in a lifetime has no end.
    [{ fault: { share: 40, expiresAfter: '9999999d' } }, ['fault.expiresAfter']],
    [{ fault: { share: 40, expiresAfter: `${'9'.repeat(400)}s` } }, ['fault.expiresAfter']],
    [{ objectives: { recover: '8d' }, abort: { after: '999d' } }, ['objectives.recover', 'abort.after']],
    [
      { level: 'tabletop', fault: null, decision: { by: 'person', deadline: `${'9'.repeat(400)}d` } },
      ['decision.deadline'],
    ],
    [
      { level: 'fault', blast: { cohort: 'beta', share: 0 }, fault: { share: 40, expiresAfter: '5m' } },
      ['blast.share'],
    ],
    [{ environment: 'drill/run_1' }, ['environment']],
    [{ feature: 'none' }, ['feature']],
    [{ feature: 'search' }, ['rollout']],
    [{ rollout: 'rol_none' }, ['rollout']],
    [{ blast: { cohort: 'nobody' }, control: 'noone' }, ['blast.cohort', 'control']],
    [{ runbook: 'rbk_none' }, ['runbook']],
    [{ knownGood: { checks: [check('here'), check('nowhere')] } }, ['knownGood.checks[1].database']],
    [{ abort: { checks: [{ kind: 'webhook', name: 'ask', webhook: 'none' }] } }, ['abort.checks[0].webhook']],
    [{ schedule: { cron: 'every monday' } }, ['schedule.cron']],
    [{ schedule: { cron: '0 9 * * 1', timeZone: 'Mars/Base' } }, ['schedule.timeZone']],
    [{ schedule: { cron: '0 9 * * 1', allowed: [{ from: '9', to: '10:00' }] } }, ['schedule.allowed[0].from']],
    [{ schedule: { cron: '0 9 * * 1', allowed: [{ from: '10:00', to: '11:00' }] } }, ['schedule.allowed[0]']],
    [{ schedule: { cron: '0 9 * * 1', blackout: ['2026-02-30'] } }, ['schedule.blackout[0]']],
  ])('%o', async (over, wanted) => {
    if ('knownGood' in over) await createDatabase(context(), { name: 'here', url: 'postgres://u:p@127.0.0.1/x' });
    expect(await fields(over)).toEqual(wanted);
  });

  test('all of it at once', async () => {
    expect(
      await fields({ control: 'nobody', objectives: { provenBy: '2020-01-01T00:00:00Z' }, schedule: { cron: 'x' } }),
    ).toEqual(['objectives.provenBy', 'schedule.cron', 'control']);
  });

  test('another feature’s rollout and runbook are none of it; a tabletop needs no rollout', async () => {
    const steps = library.find((t) => t.id === 'flag-only')?.body;
    const book = await putRunbook(context(), 'search', { name: 'Search', steps, reason: 'x' });
    expect(await fields({ runbook: book.id })).toEqual(['runbook']);
    const staging = await createRollout(context(), checkoutPlan().replace('production', 'staging'));
    expect(await fields({ rollout: staging.id })).toEqual(['rollout']);
    const table = { level: 'tabletop', feature: 'search', fault: null, decision: { by: 'person' } } as const;
    const made = await createDrill(context(), drill(table));
    await archiveDrill(context(), made.id, reason);
  });

  test('what a check of it asks stays registered under its name, until it is archived', async () => {
    const base = await createDatabase(context(), { name: 'orders', url: 'postgres://u:p@127.0.0.1/x' });
    const hook = await createWebhook(context(), { name: 'asks', url: 'https://example.com/ask' });
    const made = await createDrill(
      context(),
      drill({
        knownGood: { checks: [check('orders')] },
        abort: { checks: [{ kind: 'webhook', name: 'ask', webhook: hook.id }] },
      }),
    );
    const renamed = { name: 'other', url: 'postgres://u:p@127.0.0.1/x' };
    const conflicts = { code: 'conflict', message: expect.stringContaining('the drill Weekly checkout drill') };
    await expect(putDatabase(context(), base.id, renamed)).rejects.toMatchObject(conflicts);
    await expect(removeWebhook(context(), hook.id)).rejects.toMatchObject(conflicts);
    await archiveDrill(context(), made.id, reason);
    expect(await putDatabase(context(), base.id, renamed)).toMatchObject({ name: 'other' });
    await removeWebhook(context(), hook.id);
  });

  test('an objective that has come of age does not keep the rest from being changed', async () => {
    const made = await createDrill(context(), drill({ objectives: { provenBy: '2026-11-25T00:00:00Z' } }));
    const later = context({ now: () => new Date('2026-11-26T00:00:00Z') });
    expect(await putDrill(later, made.id, { ...inputOf(made), name: 'After' })).toMatchObject({ name: 'After' });
    // It was to be proven by then: that it was not is told, until it is or nobody asks for it any more.
    expect((await getDrill(context(), made.id)).unprovenSince).toBe(null);
    expect((await getDrill(later, made.id)).unprovenSince).toBe('2026-11-25T00:00:00.000Z');
    const planned = plannedRun(
      { ...made, featureKey: made.feature, spec: inputOf(made) as Drill },
      { id: 'run_proven', now: friday, trigger: 'person', by: 'ada', scheduledFor: null },
    );
    const proof = { restored: true, detail: '', differences: [] };
    await context()
      .db.insert(drillRun)
      .values({ ...planned, state: 'restored', proof, endedAt: friday });
    expect((await getDrill(later, made.id)).unprovenSince).toBe(null);
    await context().db.update(drillRun).set({ proof: null }).where(eq(drillRun.id, 'run_proven'));
    expect((await getDrill(later, made.id)).unprovenSince).not.toBe(null);
    await archiveDrill(context(), made.id, reason);
  });

  test('text that is no drill', () => {
    expect(() => parseDrill('')).toThrow('drill: is empty');
    expect(() => parseDrill('a: [')).toThrow('drill: is not YAML');
    expect(() => parseDrill(`# ${'x'.repeat(300_000)}`)).toThrow('drill: is longer');
  });
});

describe('a preview', () => {
  const autumn = { from: new Date('2026-10-23T00:00:00Z'), count: 3 };
  const schedule = { cron: '30 2 * * *', timeZone: 'Europe/Berlin', blackout: ['2026-10-24'] };

  test('shows the same times in any reader’s zone, and where a clock changes', async () => {
    const here = await previewSchedule(context(), { schedule }, autumn);
    expect(here.times.map((t) => [t.at, t.local, t.clockChanged])).toEqual([
      ['2026-10-23T00:30:00.000Z', '2026-10-23T02:30+02:00', false],
      ['2026-10-25T00:30:00.000Z', '2026-10-25T02:30+02:00', false],
      ['2026-10-26T01:30:00.000Z', '2026-10-26T02:30+01:00', true],
    ]);
    expect(here.closed).toEqual([
      {
        at: '2026-10-24T00:30:00.000Z',
        local: '2026-10-24T02:30+02:00',
        reader: '2026-10-24T02:30+02:00',
        reason: 'blackout',
      },
    ]);
    expect(here.change).toMatchObject({
      at: '2027-03-28T01:00:00.000Z',
      timeZone: 'Europe/Berlin',
      before: { local: '2027-03-27T02:30+01:00' },
      after: { local: '2027-03-28T03:00+02:00', moved: true, clockChanged: true },
    });
    const there = await previewSchedule(context(), { schedule }, { ...autumn, zone: 'Asia/Kathmandu' });
    expect(there.times.map((t) => t.reader)).toEqual([
      '2026-10-23T06:15+05:45',
      '2026-10-25T06:15+05:45',
      '2026-10-26T07:15+05:45',
    ]);
    expect(there.times.map(({ reader, ...rest }) => rest)).toEqual(here.times.map(({ reader, ...rest }) => rest));
    expect(await faults(previewSchedule(context(), { schedule }, { zone: 'Mars/Base' }))).toMatchObject([
      { field: 'zone' },
    ]);
  });

  test('says which time the day does not have', async () => {
    const spring = { from: new Date('2026-03-28T12:00:00Z'), count: 2 };
    const { times } = await previewSchedule(context(), { schedule }, spring);
    expect(times.map((t) => [t.local, t.moved, t.clockChanged])).toEqual([
      ['2026-03-29T03:00+02:00', true, true],
      ['2026-03-30T02:30+02:00', false, false],
    ]);
  });

  test('of a drill that is there knows its freeze and its pause; of a draft names what is wrong', async () => {
    const made = await createDrill(context(), drill());
    await putFreeze(context(), { until: '2026-11-24T00:00:00Z', reason: 'x', environments: ['production'] });
    const blocked = async (of: string | object) =>
      (await previewSchedule(context(), of, { count: 2 })).times.map((t) => t.blockedBy);
    expect(await blocked(made.id)).toEqual(['freeze', null]);
    expect(await blocked(drill())).toEqual(['freeze', null]);
    expect(await blocked(drill({ environment: 'staging' }))).toEqual([null, null]);
    expect(await getDrill(context(), made.id)).toMatchObject({ blockedBy: 'freeze' });
    await pauseDrill(context(), made.id, true, reason);
    expect(await blocked(made.id)).toEqual(['paused', 'paused']);
    await putFreeze(context(), { until: null, reason: 'over' });
    expect(await faults(previewSchedule(context(), { schedule: { cron: 'x' } }))).toMatchObject([
      { field: 'schedule.cron' },
    ]);
    expect(await faults(previewSchedule(context(), {}))).toMatchObject([{ field: 'schedule' }]);
    await archiveDrill(context(), made.id, reason);
  });
});

describe('a freeze and the limit', () => {
  test('are kept with who set them, and told', async () => {
    const until = '2026-11-21T00:00:00Z';
    const set = await putFreeze(context(), { until, reason: 'Black Friday' });
    expect(set).toMatchObject({ until, by: 'Test Admin', environments: [] });
    expect(await getFreeze(context())).toEqual(set);
    expect(await faults(putFreeze(context(), { until: '2026-11-20T12:00:00Z', reason: 'x' }))).toMatchObject([
      { field: 'until' },
    ]);
    expect(await faults(putFreeze(context(), { until: null, reason: ' ' }))).toMatchObject([{ field: 'reason' }]);
    await putFreeze(context(), { until: null, reason: 'it is over' });
    expect(await getDrillLimit(context())).toEqual({ max: 2 });
    expect(await putDrillLimit(context(), { max: 0 })).toEqual({ max: 0 });
    expect(await getDrillLimit(context())).toEqual({ max: 0 });
    await putDrillLimit(context(), { max: 2 });
    const told = await history(context(), { kinds: ['drill.frozen', 'settings.changed'], limit: 4 });
    expect(told.map((e) => e.kind)).toEqual(['settings.changed', 'settings.changed', 'drill.frozen', 'drill.frozen']);
  });
});
