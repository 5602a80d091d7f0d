import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { postmortemAction } from '@/drizzle/schema/postmortem';
import { rollout } from '@/drizzle/schema/rollout';
import { testDatabase } from '@/e2e/database';
import { postmortemScene } from '@/e2e/postmortem-scene';
import { postmortemLine, trendsView } from '@/lib/http/views/postmortems';
import { newId } from '@/lib/id';
import { addAction, closeAction } from '../action/action';
import { day, plusDays } from '../action/due';
import { causeTrait } from '../document';
import { editPostmortem } from '../edit';
import { type Document, type Figure, type Milestone, sectionNames } from '../model';
import { getPostmortem, listPostmortems } from '../postmortem';
import { postmortemTrends } from './trends';

const store = testDatabase();
const scene = postmortemScene(store);
const { as, key, now, pass, drafted, planted, feature } = scene;
beforeAll(() => scene.people());
beforeEach(() => pass(40 * 86_400_000));

const found = async (q: string, name: 'vera' | 'ada' = 'vera') =>
  (await listPostmortems(as(name), { q })).map(({ id }) => id);
const write = (id: string, text: string, over: Record<string, unknown> = {}) =>
  editPostmortem(as('otto'), id, { basedOn: 0, sections: { lessons: { text } }, ...over });

describe('searching', () => {
  test('finds words of people, of drafted sentences, and of action items; the title first', async () => {
    const named = await drafted({ title: 'Quokka escaped' });
    const written = await drafted();
    await write(written.id, 'The *quokka* was in the cache.');
    const acted = await drafted();
    await addAction(as('otto'), acted.id, { title: 'Feed the quokka', owner: 'ada', dueOn: day(now()) });
    const all = await found('quokka');
    expect(all[0]).toBe(named.id);
    expect(all.slice(1).sort()).toEqual([written.id, acted.id].sort());
    expect((await found('quokka cache')).sort()).toEqual([written.id]);
    expect((await found('QUOKKA -cache')).sort()).toEqual([named.id, acted.id].sort());
    expect(await found('"quokka was in"')).toEqual([written.id]);
    expect(await found(written.subject.feature)).toContain(written.id);
    const lines = await listPostmortems(as('vera'), { q: 'quokka' });
    expect(lines.map((line) => postmortemLine.parse(line))).toEqual(lines);
    expect(lines.find(({ id }) => id === written.id)?.excerpt).toContain('quokka');
    expect(lines.find(({ id }) => id === acted.id)).toMatchObject({ excerpt: 'Feed the quokka', openActions: 1 });
  });

  test('does not find what was struck out, nor what one may not see', async () => {
    const { id, document } = await drafted({ title: 'Numbat' });
    const sentences = document.draft.sections.evidence.sentences;
    expect(sentences.map(({ spans }) => spans.map(({ text }) => text).join('')).join(' ')).toContain('snapshots');
    expect(await found('snapshots numbat')).toEqual([id]);
    const struck = sentences.map((sentence) => sentence.id);
    await editPostmortem(as('root'), id, { basedOn: 0, audience: 'approver', sections: { evidence: { struck } } });
    expect(await found('snapshots numbat', 'ada')).toEqual([]);
    expect(await found('numbat', 'ada')).toEqual([id]);
    expect(await found('numbat')).toEqual([]);
  });

  test.each([
    "'; drop table postmortem; --",
    '" unbalanced',
    '!!! & | ( ) <-> :*',
    '\\',
    '%_%',
    '- - -',
    'or or or',
    '\u202e\u0007\ufeff',
    '😀 🇩🇪',
    'a'.repeat(500),
    '<script>alert(1)</script>',
  ])('takes %j as words, and refuses none', async (q) => {
    expect(await found(q)).toBeInstanceOf(Array);
  });

  test('takes any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), async (q) => {
        // What cannot be kept is refused at the door.
        await found(q.replaceAll('\u0000', ''));
      }),
      { numRuns: 60 },
    );
  });

  test('keeps words however many and strange they are', async () => {
    const { id } = await drafted();
    const many = Array.from({ length: 49_000 / 2 }, (_, i) => String.fromCodePoint(0x4e00 + (i % 20_000))).join(' ');
    const sections = Object.fromEntries(
      ['trigger', 'resolution', 'well', 'wrong', 'lucky'].map((name) => [name, { text: many }]),
    );
    const view = await editPostmortem(as('otto'), id, { basedOn: 0, sections });
    expect(view.revision).toBe(1);
    expect(await found('\u4e05')).toContain(id);
  });
});

const cause = (value: string) => causeTrait('http.route', value);

describe('related reports', () => {
  test('share a clear cause candidate, a failed criterion or the feature, and say which; the cause counts most', async () => {
    const of = await feature('related');
    const own = await planted({ feature: of, title: 'Own', traits: [cause('/pay'), 'criterion:errors'] });
    pass(1_000);
    const byCause = await planted({ feature: 'other', title: 'Cause', traits: [cause('/pay')] });
    const byCriterion = await planted({
      feature: 'other',
      title: 'Criterion',
      traits: ['criterion:errors', cause('/x')],
    });
    const byFeature = await planted({ feature: of, title: 'Feature' });
    const hidden = await planted({ feature: of, title: 'Hidden', audience: 'admin', traits: [cause('/pay')] });
    await planted({ feature: 'other', title: 'Nothing', traits: [cause('/x')] });
    const { related } = await getPostmortem(as('vera'), own);
    expect(related.map(({ id, why }) => [id, why])).toEqual([
      [byCause, 'Shares the cause candidate http.route=/pay'],
      [byCriterion, 'Shares the failed criterion errors'],
      [byFeature, 'Shares the feature'],
    ]);
    expect((await getPostmortem(as('root'), own)).related[0]?.id).toBe(hidden);
    const other = await planted({ feature: of, environment: 'staging', traits: [] });
    expect((await getPostmortem(key('staging', 'viewer'), other)).related).toEqual([]);
  });
});

const sections = Object.fromEntries(
  sectionNames.map((name) => [name, { sentences: [] }]),
) as unknown as Document['draft']['sections'];
const figure = (id: string, value: number | null): Figure => ({
  id,
  label: id,
  state: value === null ? 'unknown' : 'known',
  value,
  unit: 'ms',
  low: null,
  high: null,
  level: null,
  why: '',
  method: '',
  inputs: {},
  sources: [],
});
const milestone = (name: Milestone['name'], at: string | null): Milestone => ({ name, at, sources: [], why: '' });
function timed(detect: number | null, restoreMs: number | null): Document {
  const milestones = [
    milestone('onset', '2026-01-01T00:00:00.000Z'),
    milestone('recovered', restoreMs === null ? null : new Date(Date.parse('2026-01-01') + restoreMs).toISOString()),
  ];
  const figures = [figure('clock/detect', detect), figure('clock/decide', 500), figure('clock/recover', null)];
  const draft = {
    title: 't',
    sections,
    figures,
    milestones,
    timeline: [],
    candidates: [],
    changes: [],
    evidence: { number: 1, hash: '' },
  };
  return { title: 't', draft, written: {}, curations: [], links: [] };
}

describe('trends', () => {
  test('are counted from rollouts, reports and actions, by month and feature, and never from drills', async () => {
    const of = await feature('trending');
    const { db } = store.database();
    const plant = async (state: 'completed' | 'rolled_back' | 'held', over: Record<string, unknown> = {}) => {
      const at = now();
      await db.insert(rollout).values({
        id: newId('rol', at),
        featureKey: of,
        environment: 'production',
        owner: 'o',
        state,
        mode: 'act',
        stage: 0,
        epoch: 1,
        plan: {} as never,
        startedAt: at,
        endedAt: state === 'held' ? null : at,
        createdBy: 't',
        createdAt: at,
        updatedAt: at,
        ...over,
      });
    };
    for (const state of ['completed', 'completed', 'rolled_back', 'held'] as const) await plant(state);
    await plant('completed', { withdrawn: ['eu'] });
    await plant('rolled_back', { environment: 'drill/run_1' });
    await plant('rolled_back', { startedAt: null });
    await planted({ feature: of, title: 'One', traits: [cause('/pay')] }, timed(1_000, 60_000));
    pass(1_000);
    await planted({ feature: of, title: 'Two', traits: [cause('/pay'), cause('/x')] }, timed(3_000, null));
    await planted({ feature: of, title: 'Hidden', audience: 'admin', traits: [cause('/pay')] }, timed(9_000, 9_000));
    await planted({ feature: of, subjectKind: 'drill_run', traits: [cause('/pay')] }, timed(7_000, 7_000));
    const report = await drafted({}, of);
    const action = (dueOn: string) => addAction(as('otto'), report.id, { title: 't', owner: 'ada', dueOn });
    const [inTime, late, dropped] = [
      await action(day(now())),
      await action(plusDays(day(now()), -1)),
      await action(day(now())),
    ];
    await action(day(now()));
    for (const { id } of [inTime, late]) await closeAction(as('otto'), id, {});
    await closeAction(as('otto'), dropped.id, { state: 'dropped', reason: 'r' });
    pass(86_400_000);
    const trends = await postmortemTrends(as('vera'), { feature: of, months: 3 });
    expect(trendsView.parse(trends)).toEqual(trends);
    expect(trends.months).toHaveLength(3);
    expect(trends.all.changeFailure).toMatchObject({ n: 1, of: 4, share: 0.25 });
    expect(trends.all.partly).toBe(1);
    expect(trends.all.clocks).toEqual({
      detect: { n: 2, unknown: 0, medianMs: 2_000 },
      decide: { n: 2, unknown: 0, medianMs: 500 },
      recover: { n: 0, unknown: 2, medianMs: null },
      restore: { n: 1, unknown: 1, medianMs: 60_000 },
    });
    expect(trends.all.inTime).toMatchObject({ n: 1, of: 3 });
    expect(trends.repeats).toMatchObject([
      { cause: 'http.route=/pay', features: [of], reports: [{ title: 'One' }, { title: 'Two' }] },
    ]);
    expect(trends.features).toMatchObject([{ feature: of, changeFailure: { of: 4 } }]);
    expect(trends.months[0]).toMatchObject({
      changeFailure: { of: 0, share: null, low: null },
      clocks: { detect: { n: 0, medianMs: null } },
    });
    expect((await postmortemTrends(as('root'), { feature: of })).repeats[0]?.reports).toHaveLength(3);
    expect((await postmortemTrends(key('staging', 'viewer'), { feature: of })).all.changeFailure.of).toBe(0);
    await expect(postmortemTrends(key('staging', 'viewer'), { environment: 'production' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await db.delete(postmortemAction);
  });

  test('are cut nowhere, however much there is', async () => {
    const of = await feature('busy');
    const raw = store.database().sql;
    const many = 5_200;
    const at = now().toISOString();
    await raw`insert into rollout (id, feature_key, environment, owner, state, mode, stage, epoch, plan, started_at,
        ended_at, created_by, created_at, updated_at)
      select 'rol_busy_' || n, ${of}, 'production', 'o', case when n % 4 = 0 then 'rolled_back' else 'completed' end,
        'act', 0, 1, '{}', ${at}, ${at}, 't', ${at}, ${at} from generate_series(1, ${many}::int) n`;
    // In the same instant, as those of one loss of power are.
    const id = await planted({ feature: of, traits: [cause('/busy')] }, timed(1_000, 60_000));
    await raw`insert into postmortem (id, subject_kind, subject_id, feature, environment, state, title, revision,
        from_at, to_at, created_by, created_at, updated_at, document, traits)
      select id || '_' || n, subject_kind, id || '_' || n, feature, environment, state, title, revision,
        from_at, to_at, created_by, created_at, updated_at, document, traits
      from postmortem, generate_series(1, ${many}::int) n where id = ${id}`;
    await raw`insert into postmortem_action (id, postmortem_id, title, detail, type, owner, due_on, priority, state,
        created_by, created_at, closed_at, closed_by)
      select 'act_busy_' || n, ${id}, 't', '', 'prevent', 'ada', ${day(now())}::date, 'normal', 'done', 't', ${at},
        ${at}::timestamptz + case when n % 2 = 0 then interval '0' else interval '1 day' end, 'ada'
      from generate_series(1, ${many}::int) n`;
    pass(3 * 86_400_000);
    const { all, months, repeats } = await postmortemTrends(as('vera'), { feature: of, months: 2 });
    expect(all.changeFailure).toMatchObject({ n: many / 4, of: many });
    expect(all.inTime).toMatchObject({ n: many / 2, of: many });
    expect(all.reports).toBe(many + 1);
    expect(all.clocks.detect).toEqual({ n: many + 1, unknown: 0, medianMs: 1_000 });
    expect(months.reduce((sum, month) => sum + month.reports, 0)).toBe(many + 1);
    expect(repeats).toMatchObject([{ cause: 'http.route=/busy', count: many + 1 }]);
    await raw`delete from postmortem_action`;
  });
});
