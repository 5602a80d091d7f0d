import { eq, sql } from 'drizzle-orm';
import { afterEach, describe, expect, test } from 'vitest';
import { drillRun, drillSkip, drill as drillTable } from '@/drizzle/schema/drill';
import { rollout } from '@/drizzle/schema/rollout';
import { testDatabase } from '@/e2e/database';
import { checkoutPlan } from '@/e2e/plan';
import { history } from '@/lib/event/event';
import { resumeAutomation, stopAutomation } from '@/lib/event/setting';
import { putCohort, putFeature } from '@/lib/feature/feature';
import { createRollout } from '@/lib/rollout/rollout';
import {
  archiveDrill,
  createDrill,
  getDrill,
  pauseDrill,
  planRuns,
  putDrill,
  putDrillLimit,
  putFreeze,
  skipsOf,
} from '../drill';
import { placeRun } from '../fault/place';
import type { Drill } from '../model';
import { findDrill, lockDrill } from '../store';

const house = testDatabase();
const db = () => house.database().db;
const at = (text: string) => new Date(`2026-${text}Z`);
const noon = at('11-20T12:00:00');
const context = (now = noon) => house.context({ now: () => now });
const tick = (text: string) => planRuns(db(), at(text));
const reason = { reason: 'as planned' };
let names = 0;

type Planned = { id: string; feature: string; input: Omit<Drill, 'blast'> & { blast: null } };
/** Every five minutes, on a feature of its own. */
async function plan(schedule: object = {}, now = noon): Promise<Planned> {
  const feature = `feature-${++names}`;
  const versions = { control: false, treatment: true };
  await putFeature(context(now), { key: feature, owner: 'o', versions, baseline: 'control' });
  const input = {
    name: feature,
    feature,
    environment: 'production',
    owner: 'o',
    level: 'tabletop',
    decision: { by: 'person' },
    schedule: { cron: '*/5 * * * *', ...schedule },
  };
  const { id } = await createDrill(context(now), input);
  return { id, feature, input: input as unknown as Planned['input'] };
}
const short = (time: Date | string | null | undefined) =>
  time ? new Date(time).toISOString().slice(5, 16) : (time ?? null);
async function runsOf(id: string) {
  const rows = await db().select().from(drillRun).where(eq(drillRun.drillId, id)).orderBy(drillRun.scheduledFor);
  return rows.map((row) => short(row.scheduledFor));
}
const skips = async (id: string) => (await skipsOf(context(), id)).map((s) => [short(s.scheduledFor), s.reason]);
const nextOf = async (id: string) => short((await getDrill(context(), id)).nextRunAt);
const endRuns = () => db().update(drillRun).set({ state: 'restored', endedAt: noon });
const toldOf = async (id: string) =>
  (await history(context(), { kinds: ['drill.skipped'], limit: 500 })).filter((e) => e.data.drillId === id);

afterEach(async () => {
  await endRuns();
  await db().update(drillTable).set({ archivedAt: noon });
});

describe('a time of the schedule', () => {
  test('becomes a run that says what is to be rehearsed, and the drill moves on', async () => {
    const { id, feature } = await plan();
    expect(await tick('11-20T12:04:59')).toMatchObject({ runs: [], skipped: 0 });
    const { runs } = await tick('11-20T12:05:03');
    expect(runs).toHaveLength(1);
    const [row] = await db().select().from(drillRun).where(eq(drillRun.drillId, id));
    expect(row).toMatchObject({ id: runs[0], featureKey: feature, state: 'planned', trigger: 'schedule' });
    expect(row).toMatchObject({ level: 'tabletop', createdBy: 'schedule', dueAt: at('11-20T12:05:03') });
    expect(row?.clocks.map((c) => c.name)).toEqual(['detect', 'decide', 'actuate', 'propagate', 'recover']);
    expect(await getDrill(context(), id)).toMatchObject({ lastRun: { id: runs[0], state: 'planned', endedAt: null } });
    expect(await nextOf(id)).toBe('11-20T12:10');
    expect(await tick('11-20T12:05:13')).toMatchObject({ runs: [], skipped: 0 });
  });

  test('is run once though many workers look at once', async () => {
    const drills = [await plan(), await plan(), await plan()];
    await putDrillLimit(context(), { max: 100 });
    const reports = await Promise.all(Array.from({ length: 8 }, () => tick('11-20T12:05:01')));
    expect(reports.flatMap((r) => r.runs)).toHaveLength(3);
    for (const { id } of drills) expect(await runsOf(id)).toEqual(['11-20T12:05']);
    await putDrillLimit(context(), { max: 2 });
  });

  test('waits for nobody: a drill that another is at is left to that one', async () => {
    const held = await plan();
    const free = await plan();
    let letGo = () => {};
    const holding = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const lock = { taken: () => {} };
    const taken = new Promise<void>((resolve) => {
      lock.taken = resolve;
    });
    const other = db().transaction(async (tx) => {
      await lockDrill(tx, held.id);
      lock.taken();
      await holding;
    });
    await taken;
    const first = await Promise.race([tick('11-20T12:05:01'), new Promise((resolve) => setTimeout(resolve, 10_000))]);
    letGo();
    await other;
    expect(first).toMatchObject({ runs: [expect.any(String)] });
    expect([await runsOf(free.id), await runsOf(held.id)]).toEqual([['11-20T12:05'], []]);
    await tick('11-20T12:05:11');
    expect(await runsOf(held.id)).toEqual(['11-20T12:05']);
  });

  test('is run once though somebody sets the clock of the drill back', async () => {
    const { id } = await plan();
    await tick('11-20T12:05:01');
    await endRuns();
    await db()
      .update(drillTable)
      .set({ nextRunAt: at('11-20T12:05:00') })
      .where(eq(drillTable.id, id));
    expect(await tick('11-20T12:06:00')).toMatchObject({ runs: [], skipped: 0 });
    expect([await runsOf(id), await skips(id), await nextOf(id)]).toEqual([['11-20T12:05'], [], '11-20T12:10']);
    await db()
      .update(drillTable)
      .set({ nextRunAt: at('11-20T12:05:00') })
      .where(eq(drillTable.id, id));
    await tick('11-20T12:15:01');
    expect(await runsOf(id)).toEqual(['11-20T12:05', '11-20T12:15']);
    expect(await skips(id)).toEqual([['11-20T12:10', 'missed']]);
  });

  test('is planned by its scheduled time, whatever the clocks of the workers say', async () => {
    const { id } = await plan();
    for (const text of ['12:05:01', '12:04:59', '12:05:03', '12:09:58', '12:10:02', '12:10:00', '12:09:59']) {
      await tick(`11-20T${text}`);
      await endRuns();
    }
    expect([await runsOf(id), await skips(id)]).toEqual([['11-20T12:05', '11-20T12:10'], []]);
  });
});

describe('what was missed', () => {
  test('is left out, each time with its reason, and told once', async () => {
    const { id } = await plan();
    await tick('11-20T12:31:00');
    expect(await runsOf(id)).toEqual(['11-20T12:30']);
    expect(await skips(id)).toEqual(
      ['12:25', '12:20', '12:15', '12:10', '12:05'].map((time) => [`11-20T${time}`, 'missed']),
    );
    expect(await toldOf(id)).toMatchObject([{ data: { count: 5 }, feature: `feature-${names}` }]);
  });

  test('is run once, late, where the schedule says so', async () => {
    const skip = await plan({ cron: '0 9 * * *' });
    const once = await plan({ cron: '0 9 * * *', missed: 'run_once' });
    await tick('11-23T11:00:00');
    expect([await runsOf(skip.id), await runsOf(once.id)]).toEqual([[], ['11-23T09:00']]);
    expect((await skips(skip.id)).map(([time]) => time)).toEqual(['11-23T09:00', '11-22T09:00', '11-21T09:00']);
    expect((await skips(once.id)).map(([time]) => time)).toEqual(['11-22T09:00', '11-21T09:00']);
    await endRuns();
    await tick('11-23T11:00:10');
    expect([await runsOf(once.id), await nextOf(once.id)]).toEqual([['11-23T09:00'], '11-24T09:00']);
  });

  test('is not run late where a window is closed by then', async () => {
    const { id } = await plan({ cron: '0 9 * * *', missed: 'run_once', allowed: [{ from: '08:00', to: '10:00' }] });
    await tick('11-21T11:00:00');
    expect([await runsOf(id), await skips(id)]).toEqual([[], [['11-21T09:00', 'window']]]);
  });

  test('in weeks of it is worked off, and every time is written down', async () => {
    const { id } = await plan({ cron: '* * * * *' });
    await tick('11-21T12:00:30');
    const [{ n } = { n: 0 }] = await db()
      .select({ n: sql<number>`count(*)::int` })
      .from(drillSkip)
      .where(eq(drillSkip.drillId, id));
    expect([n, await runsOf(id)]).toEqual([24 * 60 - 1, ['11-21T12:00']]);
  });

  test('during a pause is nobody’s', async () => {
    const { id } = await plan();
    await pauseDrill(context(), id, true, reason);
    await db()
      .update(drillTable)
      .set({ nextRunAt: at('11-20T12:25:00') })
      .where(eq(drillTable.id, id));
    await tick('11-20T12:30:00');
    expect(await nextOf(id)).toBe(null);
    await pauseDrill(context(at('11-20T12:31:00')), id, false, reason);
    await tick('11-20T12:35:01');
    expect([await runsOf(id), await skips(id)]).toEqual([['11-20T12:35'], []]);
  });
});

describe('nothing is run, and it is said why', () => {
  test('while automation is stopped, drills are frozen, or too many run', async () => {
    const { id } = await plan();
    await stopAutomation(context(), 'an incident');
    await tick('11-20T12:05:01');
    await resumeAutomation(context(), 'it is over');
    await putFreeze(context(), { until: '2026-11-20T12:11:00Z', reason: 'sale', environments: ['production'] });
    await tick('11-20T12:10:01');
    await putDrillLimit(context(), { max: 0 });
    await tick('11-20T12:15:01');
    await putDrillLimit(context(), { max: 2 });
    await putFreeze(context(), { until: '2026-12-20T00:00:00Z', reason: 'sale', environments: ['elsewhere'] });
    await tick('11-20T12:20:01');
    await putFreeze(context(), { until: null, reason: 'over' });
    expect(await skips(id)).toEqual([
      ['11-20T12:15', 'limit'],
      ['11-20T12:10', 'freeze'],
      ['11-20T12:05', 'automation_stopped'],
    ]);
    expect(await runsOf(id)).toEqual(['11-20T12:20']);
    expect((await toldOf(id)).map((e) => e.reason).at(-1)).toContain('2026-11-20T12:05:00.000Z: automation is stopped');
  });

  test('while one of the feature runs, or the feature is being rolled back', async () => {
    const { id, feature } = await plan();
    await tick('11-20T12:05:01');
    await tick('11-20T12:10:01');
    await endRuns();
    await putCohort(context(), { key: 'beta', rules: [{ attribute: 'plan', in: ['beta'] }] });
    const { id: rolloutId } = await createRollout(context(), checkoutPlan().replace('new-checkout', feature));
    await db().update(rollout).set({ state: 'rolling_back' }).where(eq(rollout.id, rolloutId));
    await tick('11-20T12:15:01');
    expect(await getDrill(context(), id)).toMatchObject({ blockedBy: 'busy' });
    await db().update(rollout).set({ state: 'rolled_back' }).where(eq(rollout.id, rolloutId));
    await tick('11-20T12:20:01');
    expect(await runsOf(id)).toEqual(['11-20T12:05', '11-20T12:20']);
    expect(await skips(id)).toEqual([
      ['11-20T12:15', 'busy'],
      ['11-20T12:10', 'busy'],
    ]);
  });

  test('beyond the limit, exactly, however many are due at once', async () => {
    const drills = await Promise.all(Array.from({ length: 5 }, () => plan()));
    const reports = await Promise.all([tick('11-20T12:05:01'), tick('11-20T12:05:01'), tick('11-20T12:05:01')]);
    expect(reports.flatMap((r) => r.runs)).toHaveLength(2);
    const reasons = (await Promise.all(drills.map(({ id }) => skips(id)))).flat().map(([, why]) => why);
    expect(reasons).toEqual(['limit', 'limit', 'limit']);
  });

  test('once it is archived', async () => {
    const { id } = await plan();
    await archiveDrill(context(), id, reason);
    await db().update(drillTable).set({ nextRunAt: noon }).where(eq(drillTable.id, id));
    await tick('11-20T12:05:01');
    expect([await runsOf(id), await skips(id)]).toEqual([[], []]);
  });
});

describe('a run that a person asks for', () => {
  const start = (id: string) =>
    db().transaction(async (tx) => {
      const drill = await findDrill(tx, id);
      if (!drill) throw new Error('it was planned');
      return placeRun(tx, noon, { drill, by: 'Test Admin', scheduledFor: null });
    });

  test('minds freeze, limit and what runs; neither windows nor a stopped automation', async () => {
    const { id } = await plan({ blocked: [{ from: '11:00', to: '12:03' }] });
    await putFreeze(context(), { until: '2026-11-20T12:11:00Z', reason: 'sale' });
    expect(await start(id)).toEqual({ run: null, why: 'freeze' });
    await putFreeze(context(), { until: null, reason: 'over' });
    await putDrillLimit(context(), { max: 0 });
    expect(await start(id)).toEqual({ run: null, why: 'limit' });
    await putDrillLimit(context(), { max: 2 });
    await stopAutomation(context(), 'an incident');
    expect(await start(id)).toMatchObject({ run: expect.stringMatching(/^run_/) });
    await resumeAutomation(context(), 'it is over');
    expect(await start(id)).toEqual({ run: null, why: 'busy' });
  });
});

describe('the next time', () => {
  test('is put right where it is not the first after the last', async () => {
    const { id } = await plan({ cron: '0 9 * * *' });
    const wrong = async (nextRunAt: Date | null) => {
      await db().update(drillTable).set({ nextRunAt }).where(eq(drillTable.id, id));
      await tick('11-20T13:00:00');
      return nextOf(id);
    };
    expect(await wrong(null)).toBe('11-21T09:00');
    expect(await wrong(at('12-01T09:00:00'))).toBe('11-21T09:00');
    // Due, and no time of the schedule: nothing is run for it.
    expect(await wrong(at('11-20T12:59:00'))).toBe('11-21T09:00');
    expect([await runsOf(id), await skips(id)]).toEqual([[], []]);
  });

  test('of one drill that cannot be planned keeps none of the others from theirs', async () => {
    const broken = await plan();
    const fine = await plan();
    await db()
      .update(drillTable)
      .set({ spec: sql`jsonb_set(spec::jsonb, '{abort}', 'null') - 'objectives'` })
      .where(eq(drillTable.id, broken.id));
    const unknown = await plan();
    await db()
      .update(drillTable)
      .set({ nextRunAt: null, spec: sql`jsonb_set(spec::jsonb, '{schedule,timeZone}', '"Mars/Base"')` })
      .where(eq(drillTable.id, unknown.id));
    const report = await tick('11-20T12:05:01');
    expect(report.failed.map((f) => f.drillId)).toEqual([unknown.id, broken.id]);
    expect(await runsOf(fine.id)).toEqual(['11-20T12:05']);
    expect(await getDrill(context(at('11-20T12:10:00')), broken.id)).toMatchObject({
      overdueSince: '2026-11-20T12:05:00.000Z',
    });
  });

  test('is that of the new schedule once it is changed', async () => {
    const { id, input } = await plan();
    await putDrill(context(), id, { ...input, schedule: { cron: '0 9 * * *' } });
    await tick('11-20T12:05:01');
    expect([await runsOf(id), await nextOf(id)]).toEqual([[], '11-21T09:00']);
  });
});
