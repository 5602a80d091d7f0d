import { asc, eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { person } from '@/drizzle/schema/access';
import { drillRun, drill as drillTable } from '@/drizzle/schema/drill';
import { postmortem, postmortemCursor, postmortemEvidence, postmortemVersion } from '@/drizzle/schema/postmortem';
import { testDatabase } from '@/e2e/database';
import { rollbackScene, t0 } from '@/e2e/rollback-scene';
import { requestsPlan } from '@/jobs/bench/requests';
import { handlersFor } from '@/jobs/handlers';
import { createDrill } from '@/lib/drill/drill';
import { plannedRun } from '@/lib/drill/run/run-store';
import { history, record, verifyChain } from '@/lib/event/event';
import { putFeature } from '@/lib/feature/feature';
import { newId } from '@/lib/id';
import { openLog } from '@/lib/log';
import { acknowledgeRollback } from '@/lib/rollback/person';
import { stepRollback } from '@/lib/rollback/rollback';
import { createRollout } from '@/lib/rollout/rollout';
import { createTemplate, removeTemplate } from '@/lib/template/template';
import { textOf } from './draft/sentence';
import { draftPostmortem, duePostmortems, followHistory } from './open';
import { putOpeningTemplate } from './opening-template';
import { getPostmortem, redraftPostmortem } from './postmortem';
import { publishPostmortem } from './publish';
import { askReview, reviewPostmortem } from './review';
import { checkSeal } from './seal';

const store = testDatabase();
const { at, rolledBack, only, shown, send } = rollbackScene(store);
const second = 1_000;
const home = (seconds: number) => ({ db: store.database().db, now: () => new Date(t0 + seconds * second) });
const rule = { kind: 'rule', id: 'test', name: 'test', environment: null } as const;

/** As the sweep and the job do. */
async function tick(seconds: number): Promise<string[]> {
  await followHistory(home(seconds));
  const due = await duePostmortems(store.database().db, new Date(t0 + seconds * second));
  for (const id of due) await draftPostmortem(home(seconds), id);
  return due;
}
const rows = () => store.database().db.select().from(postmortem).orderBy(asc(postmortem.createdAt));
async function of(subjectId: string) {
  const { db } = store.database();
  const found = await db.select().from(postmortem).where(eq(postmortem.subjectId, subjectId));
  expect(found).toHaveLength(1);
  const [row] = found;
  if (!row) throw new Error('there is no report');
  const evidence = await db.select().from(postmortemEvidence).where(eq(postmortemEvidence.postmortemId, row.id));
  const versions = await db.select().from(postmortemVersion).where(eq(postmortemVersion.postmortemId, row.id));
  const told = await db.$client<{ kind: string }[]>`
    select kind from event where data->>'postmortemId' = ${row.id} order by seq`;
  return { row, evidence, versions, told: told.map(({ kind }) => kind) };
}
const summaryOf = (row: Awaited<ReturnType<typeof of>>['row']) =>
  row.document?.draft.sections.summary.sentences.map(textOf).join(' ') ?? '';

beforeEach(async () => {
  // What other tests left open is theirs.
  await store.database().db.update(postmortem).set({ draftDueAt: null });
  await followHistory(home(0));
  await store.database().db.update(postmortem).set({ draftDueAt: null });
});

describe('a report opens', () => {
  it('once for a rollback, however many look, and is drafted at once', async () => {
    const { rollbackId, id } = await rolledBack();
    await Promise.all(Array.from({ length: 6 }, () => followHistory(home(1))));
    expect((await of(rollbackId)).row).toMatchObject({ state: 'draft', document: null, rolloutId: id });
    const due = await duePostmortems(store.database().db, new Date(t0 + second));
    const { row } = await of(rollbackId);
    expect(due).toContain(row.id);
    // Two workers have the same job.
    const both = await Promise.all([draftPostmortem(home(1), row.id), draftPostmortem(home(1), row.id)]);
    expect(both.sort()).toEqual([false, true]);
    const after = await of(rollbackId);
    expect(after.evidence).toHaveLength(1);
    expect(after.versions).toHaveLength(1);
    expect(after.told).toEqual(['postmortem.opened', 'postmortem.drafted']);
    expect(summaryOf(after.row)).toContain('Test Admin took');
    expect(summaryOf(after.row)).toContain('not proven yet');
    const head = { id: row.id, state: after.row.state, document: after.row.document };
    expect(checkSeal({ head, evidence: after.evidence, versions: after.versions }, [])).toMatchObject({
      state: 'intact',
    });
    expect(await verifyChain(store.database().db)).toMatchObject({ ok: true });
  });

  it('by the sweep of the worker, which wakes the job', async () => {
    const { rollbackId } = await rolledBack();
    const woken: unknown[] = [];
    const seams = { ...home(1), enqueue: async (name: string, payload: unknown) => void woken.push([name, payload]) };
    const run = { log: openLog('test', { level: 'silent' }), signal: new AbortController().signal, attempt: 1 };
    await handlersFor(seams).sweep({}, run);
    const { row } = await of(rollbackId);
    expect(woken).toContainEqual(['postmortem', { postmortemId: row.id }]);
    await handlersFor(seams).postmortem({ postmortemId: row.id }, run);
    expect((await of(rollbackId)).row.document).not.toBeNull();
  });

  it('from the template that people chose for its environment, and from none that is gone', async () => {
    const opened = async (rollbackId: string) => {
      const { row } = await of(rollbackId);
      const [told] = await store.database().db.$client<{ reason: string; data: Record<string, unknown> }[]>`
        select reason, data from event where kind = 'postmortem.opened' and data->>'postmortemId' = ${row.id}`;
      return { row, told };
    };
    const body = { sections: { lessons: '## Ours\n\nWhat would have caught it?' } };
    const { id } = await createTemplate(at(0), { kind: 'postmortem', name: 'Ours', body });
    const choose = (setting: unknown) => putOpeningTemplate(at(0), setting);
    await expect(choose({ template: 'tpl_none' })).rejects.toMatchObject({ fields: [{ field: 'template' }] });
    await expect(choose({ environments: { production: 'quick-flag' } })).rejects.toMatchObject({
      fields: [{ field: 'environments.production' }],
    });
    const setting = { template: 'postmortem-short', environments: { production: id } };
    expect(await choose(setting)).toEqual(setting);
    const [changed] = await history(at(0), { kinds: ['settings.changed'], limit: 1 });
    expect(changed?.data).toMatchObject({ setting: 'postmortem_template', after: setting });

    const first = await rolledBack();
    await tick(1);
    const began = await opened(first.rollbackId);
    expect(began.told).toMatchObject({ data: { template: { id, name: 'Ours' } } });
    expect(began.row.document?.written).toEqual({ lessons: { text: body.sections.lessons, struck: [] } });
    // The title is Belay's still, and what it drafted stands beside.
    expect(began.row.title).toBe(began.row.document?.draft.title);
    expect(summaryOf(began.row)).toContain('Test Admin took');

    await removeTemplate(at(0), id);
    const later = await rolledBack();
    await tick(2);
    const without = await opened(later.rollbackId);
    expect(without.told).toMatchObject({
      reason: expect.stringContaining('is not there any more'),
      data: { templateGone: id },
    });
    expect(without.row.document?.written).toEqual({});
    await choose({});
    const third = await rolledBack();
    await tick(3);
    expect((await opened(third.rollbackId)).told?.data).not.toHaveProperty('templateGone');
  });

  it('for a drill that failed, and for nothing that happens within it', async () => {
    const { db } = store.database();
    const feature = 'rehearsed';
    await putFeature(at(0), { key: feature, owner: 'o', versions: { control: 1, treatment: 2 }, baseline: 'control' });
    await createRollout(at(0), requestsPlan(feature));
    const fault = { share: 40, expiresAfter: '5m' };
    const spec = {
      name: 'Weekly',
      feature,
      environment: 'production',
      owner: 'o',
      fault,
      objectives: { detect: '30s' },
    };
    const made = await createDrill(at(0), spec);
    const [drill] = await db.select().from(drillTable).where(eq(drillTable.id, made.id));
    if (!drill) throw new Error('the drill is there');
    const id = newId('run', new Date(t0));
    const planned = plannedRun(drill, { id, now: new Date(t0), trigger: 'person', by: 'ada', scheduledFor: null });
    const shadow = `drill/${id}`;
    const ended = { startedAt: new Date(t0), endedAt: new Date(t0 + 60_000), why: 'Nothing noticed the fault', shadow };
    await db.insert(drillRun).values({ ...planned, ...ended, state: 'failed' });
    const before = (await rows()).length;
    const tell = (
      kind: 'drill.failed' | 'rollout.rolling_back' | 'drill.restored',
      environment: string,
      data: object,
    ) =>
      db.transaction((tx) =>
        record(tx, new Date(t0 + 60_000), rule, { kind, reason: 'r', environment, feature, data: { ...data } }),
      );
    await tell('rollout.rolling_back', shadow, { rollbackId: 'rbk_shadow' });
    await tell('drill.restored', 'production', { runId: 'run_other' });
    await tick(61);
    expect((await rows()).length).toBe(before);
    await tell('drill.failed', 'production', { runId: id, shadow });
    await tick(62);
    const { row } = await of(id);
    expect(row).toMatchObject({ subjectKind: 'drill_run', environment: 'production', lastError: null });
    expect(row.title).toBe('Drill “Weekly” of rehearsed failed in production');
    expect(summaryOf(row)).toContain('Nothing noticed the fault');
    expect(summaryOf(row)).toContain('No user was touched');
    expect(row.draftDueAt).toEqual(new Date(t0 + 660_000));
  });

  it('for what happened lately where the history was never followed, and for nothing older', async () => {
    const { rollbackId } = await rolledBack();
    await store.database().db.delete(postmortemCursor);
    await followHistory(home(3 * 86_400));
    expect(await store.database().db.select().from(postmortem).where(eq(postmortem.subjectId, rollbackId))).toEqual([]);
    await store.database().db.delete(postmortemCursor);
    await followHistory(home(60));
    expect((await of(rollbackId)).told).toEqual(['postmortem.opened']);
  });
});

describe('a report is drafted again', () => {
  it('when the return is proven, and once more for late data; then it is settled', async () => {
    const { feature, rollbackId } = await rolledBack();
    await tick(1);
    await stepRollback(at(1), rollbackId);
    const end = await shown(feature, rollbackId);
    expect(end?.state).toBe('verified');
    await tick(131);
    const proven = await of(rollbackId);
    expect(summaryOf(proven.row)).toContain('The return is proven');
    expect(proven.evidence).toHaveLength(2);
    const settledAt = Date.parse(end?.endedAt ?? '') + 600_000;
    expect(proven.row.draftDueAt?.getTime()).toBe(settledAt);
    // What the report tells of is not changed by its own events; nothing new makes nothing new.
    const seconds = (settledAt - t0) / second;
    expect(await tick(seconds - 1)).not.toContain(proven.row.id);
    expect(await tick(seconds)).toContain(proven.row.id);
    const settled = await of(rollbackId);
    expect(settled.row.draftDueAt).toBeNull();
    expect(settled.versions.length).toBe(settled.evidence.length);
    expect(await tick(seconds + 10_000)).not.toContain(proven.row.id);
  });

  it('with late data in it', async () => {
    const { feature, rollbackId } = await rolledBack();
    await stepRollback(at(1), rollbackId);
    const end = await shown(feature, rollbackId);
    await tick(131);
    const before = await of(rollbackId);
    await send(feature, -60, 0, { treatment: 50 }, 'late');
    await tick((Date.parse(end?.endedAt ?? '') + 600_000 - t0) / second);
    const after = await of(rollbackId);
    expect(after.evidence).toHaveLength(before.evidence.length + 1);
    expect(after.row.document?.draft.figures.find((f) => f.id === 'impact/requests/late')?.value).toBe(600);
  });

  it('and what people approved stays approved, unless a reader sees something else', async () => {
    const { db } = store.database();
    const { feature, rollbackId } = await rolledBack();
    await stepRollback(at(1), rollbackId);
    const end = await shown(feature, rollbackId);
    await tick(131);
    const { row } = await of(rollbackId);
    await db
      .insert(person)
      .values({ id: 'per_ada', name: 'ada', role: 'approver', createdAt: new Date(t0) })
      .onConflictDoNothing();
    const ada = (seconds: number) =>
      store.context({
        now: () => new Date(t0 + seconds * second),
        actor: { kind: 'person', id: 'per_ada', name: 'ada', role: 'approver', environment: null },
      });
    const { versions } = await askReview(at(140), row.id, { reviewers: ['ada'] });
    await reviewPostmortem(ada(141), row.id, { state: 'approved', version: versions.length });
    // Telemetry of the baseline alone, in a cohort that nobody of the candidate was in.
    await send(feature, -60, 0, { control: 50 }, 'unmoved');
    const settledAt = (Date.parse(end?.endedAt ?? '') + 600_000 - t0) / second;
    await tick(settledAt);
    const same = await getPostmortem(ada(settledAt), row.id);
    expect(same.document.draft.evidence.number).toBeGreaterThan(row.document?.draft.evidence.number ?? 0);
    expect(same.versions.length).toBeGreaterThan(versions.length);
    expect(same.reviews).toMatchObject([{ state: 'approved', version: versions.length, changed: [], stale: false }]);

    await send(feature, -60, 0, { treatment: 50 }, 'late');
    await redraftPostmortem(at(settledAt + 1), row.id);
    await tick(settledAt + 2);
    const other = await getPostmortem(ada(settledAt + 3), row.id);
    const [review] = other.reviews;
    expect(review).toMatchObject({ state: 'approved', stale: true });
    expect(review?.changed.join('; ')).toMatch(/Summary; .*Figures \(/);
    const publish = (version: number) => publishPostmortem(ada(settledAt + 4), row.id, { version });
    await expect(publish(other.versions.length)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('changed since: Summary'),
    });
  });

  it('when nothing confirms it, ever more seldom while it stays so, and when a person takes it over', async () => {
    const { rollbackId } = await rolledBack();
    for (const s of [1, 30, 125, 200, 500, 901]) await stepRollback(at(s), rollbackId);
    expect((await only((await of1(rollbackId)).rolloutId ?? '')).state).toBe('unconfirmed');
    await tick(902);
    const open = await of(rollbackId);
    expect(summaryOf(open.row)).toContain('The return is not proven; this failed');
    expect(open.row.draftDueAt).toEqual(new Date(t0 + 2 * 902 * second));
    await acknowledgeRollback(at(1000), rollbackId, { reason: 'Looked myself' });
    await tick(1001);
    const taken = await of(rollbackId);
    expect(summaryOf(taken.row)).toContain('“Looked myself”');
    expect(taken.row.draftDueAt).toEqual(new Date(t0 + 1_600 * second));
  });

  it('never over what a person wrote, nor once it is published', async () => {
    const { db } = store.database();
    const { rollbackId } = await rolledBack();
    await tick(1);
    const { row } = await of(rollbackId);
    if (!row.document) throw new Error('there is no draft');
    const written = { summary: { text: 'We broke it.', struck: ['summary/what'] } };
    const document = { ...row.document, title: 'The Friday one', written };
    await db
      .update(postmortem)
      .set({ document, title: document.title, draftDueAt: new Date(t0) })
      .where(eq(postmortem.id, row.id));
    await stepRollback(at(1), rollbackId);
    await tick(2);
    const again = await of(rollbackId);
    expect(again.row.document?.draft.evidence.number).toBe(2);
    expect(again.row).toMatchObject({ title: 'The Friday one', document: { written, title: 'The Friday one' } });
    await db
      .update(postmortem)
      .set({ state: 'published', draftDueAt: new Date(t0) })
      .where(eq(postmortem.id, row.id));
    expect(await draftPostmortem(home(3), row.id)).toBe(false);
    expect(await tick(3)).not.toContain(row.id);
    expect((await of(rollbackId)).evidence).toHaveLength(2);
  });
});

/** A worker that dies between two writes leaves what its transaction left: nothing. */
const writes: Array<[table: string, when: string]> = [
  ['postmortem_cursor', 'update'],
  ['postmortem', 'insert'],
  ['event', 'insert'],
  ['postmortem_evidence', 'insert'],
  ['postmortem', 'update'],
  ['postmortem_version', 'insert'],
];

describe('what is cut off between two writes', () => {
  it.each(writes)('at the %s (%s) is opened once and drafted once', async (table, when) => {
    const { rollbackId } = await rolledBack();
    const { sql } = store.database();
    await sql.unsafe(`
      create or replace function cut() returns trigger language plpgsql as $$ begin raise exception 'cut off'; end $$;
      create trigger cut_off after ${when} on ${table} for each row execute function cut()`);
    await expect(tick(1)).rejects.toThrow();
    await sql.unsafe(`drop trigger cut_off on ${table}`);
    // A worker that was killed says nothing; its lease runs out.
    await store.database().db.update(postmortem).set({ leaseUntil: null });
    await tick(60);
    await tick(61);
    const { row, evidence, versions, told } = await of(rollbackId);
    expect(row.document).not.toBeNull();
    expect(row.lastError).toBeNull();
    expect([evidence.length, versions.length]).toEqual([1, 1]);
    expect(told).toEqual(['postmortem.opened', 'postmortem.drafted']);
  });
});

async function of1(subjectId: string) {
  await followHistory(home(1));
  return (await of(subjectId)).row;
}
