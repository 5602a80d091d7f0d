/** Incidents that people mark have a page by themselves; rehearsals that failed have one once a person wants it. */
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { drillScene } from '@/e2e/drill-scene';
import type { Context } from '@/lib/context';
import { record } from '@/lib/event/event';
import type { EventKind } from '@/lib/event/model';
import { putFeature } from '@/lib/feature/feature';
import { endIncident, markIncident } from '@/lib/incident/incident';
import { followHistory } from '@/lib/postmortem/open';
import { followStatus } from './follow';
import { draftWhatGoesOn } from './going-on';
import type { StatusSubject, StatusView } from './model';
import { openPublicDoor } from './public';
import { getStatusPage, linkStatusPage, listStatusPages, openStatusPage } from './status';
import { dropUpdate, editUpdate, sendUpdate } from './update';

vi.setConfig({ testTimeout: 60_000 });

const store = testDatabase();
let scene: ReturnType<typeof drillScene>;
beforeAll(() => {
  scene = drillScene(store);
});
afterAll(() => scene.close());

const t0 = Date.now() - 6 * 3_600_000;
const minute = 60_000;
const at = (minutes: number, over: Partial<Context> = {}) =>
  store.context({ now: () => new Date(t0 + minutes * minute), ...over });
/** What the worker does every second. */
const swept = async (minutes: number) => {
  await followStatus(at(minutes));
  await draftWhatGoesOn(at(minutes));
};
beforeEach(() => swept(0));

let features = 0;
async function marked(reason = 'Cards of Acme are refused') {
  const feature = `told-${++features}`;
  await putFeature(at(0), { key: feature, owner: 'o', versions: { control: 1, treatment: 2 }, baseline: 'control' });
  const { id } = await markIncident(at(0), feature, { environment: 'production', reason });
  await swept(0);
  return { feature, id, page: await pageOf('incident', id) };
}
async function pageOf(kind: StatusSubject, id: string): Promise<StatusView> {
  const [line, ...more] = await listStatusPages(at(0), { subject: { kind, id } });
  expect(more).toEqual([]);
  if (!line) throw new Error(`the ${kind} has no page`);
  return getStatusPage(at(0), line.id);
}
const shown = async (id: string) =>
  (await getStatusPage(at(0), id)).updates.map(({ moment, state }) => `${moment} ${state}`).toSorted();
const draftOf = (page: StatusView) => {
  const draft = page.updates.find(({ state }) => state === 'draft');
  if (!draft) throw new Error('there is no draft');
  return draft;
};

test('has its page and the draft of its first words as soon as it is marked, however many look', async () => {
  const feature = `told-${++features}`;
  await putFeature(at(0), { key: feature, owner: 'o', versions: { control: 1, treatment: 2 }, baseline: 'control' });
  const { id } = await markIncident(at(0), feature, { environment: 'production', reason: 'Cards are refused' });
  await Promise.all(Array.from({ length: 5 }, () => swept(0)));
  const page = await pageOf('incident', id);
  expect(page).toMatchObject({ public: false, createdBy: 'status', drafts: 1 });
  expect(page.title).toMatch(new RegExp(`^Incident: ${feature} in production, `));
  const draft = draftOf(page);
  expect(draft).toMatchObject({ moment: 'marked', standing: 'trouble', nextAt: at(30).now().toISOString() });
  expect(draft.text).toBe(
    `Something is wrong with ${feature} in production: Cards are refused.\n` +
      'Test Admin has marked it as an incident, and it is being looked into.',
  );
  expect(draft.publicText).not.toContain('Cards');
});

test('that outlasts its promise has a draft that says so, once for each promise, and none before', async () => {
  const { page } = await marked();
  // Nobody has promised anything yet.
  await swept(40);
  expect(await shown(page.id)).toEqual(['marked draft']);
  await editUpdate(at(40), draftOf(page).id, { basedOn: 0, nextAt: at(70).now().toISOString() });
  await sendUpdate(at(40), draftOf(page).id, { basedOn: 1 });
  await swept(64);
  expect(await shown(page.id)).toEqual(['marked sent']);
  await Promise.all(Array.from({ length: 4 }, () => swept(65)));
  expect(await shown(page.id)).toEqual(['goes_on draft', 'marked sent']);
  const first = draftOf(await getStatusPage(at(0), page.id));
  expect(first.headline).toContain('still goes on, after 65 minutes');
  expect(first).toMatchObject({ outdated: false, nextAt: at(95).now().toISOString() });
  // Who does not want it is not asked again for the same promise.
  await dropUpdate(at(66), first.id, { reason: 'told on the phone' });
  await swept(90);
  expect(await shown(page.id)).toEqual(['goes_on dropped', 'marked sent']);
});

test('gives way to its end, which is told with how long it went on', async () => {
  const { id, page, feature } = await marked();
  await sendUpdate(at(1), draftOf(page).id, { basedOn: 0 });
  await swept(26);
  expect(await shown(page.id)).toEqual(['goes_on draft', 'marked sent']);
  await endIncident(at(42), id, { reason: 'The bank was told' });
  await swept(43);
  expect(await shown(page.id)).toEqual(['ended draft', 'goes_on dropped', 'marked sent']);
  const ended = draftOf(await getStatusPage(at(0), page.id));
  expect(ended.text).toBe(
    `The incident of ${feature} in production is over, after 42 minutes.\nHow it ended: The bank was told.\n` +
      'What was wrong: Cards of Acme are refused.',
  );
  await swept(120);
  expect(await shown(page.id)).toEqual(['ended draft', 'goes_on dropped', 'marked sent']);
  const { path } = await linkStatusPage(at(43), page.id, { title: 'Checkout' });
  await sendUpdate(at(44), ended.id, { basedOn: 0 });
  expect(await openPublicDoor(at(44)).read(path.slice(3), '')).toMatchObject({
    standing: { text: 'The problem is over.', tone: 'good' },
  });
});

const tell = (kind: EventKind, minutes: number, of: { feature: string; environment: string; rollbackId: string }) =>
  store.database().db.transaction((tx) =>
    record(tx, at(minutes).now(), at(0).actor, {
      kind,
      reason: 'errors rose',
      environment: of.environment,
      feature: of.feature,
      rolloutId: `rol_${of.rollbackId}`,
      data: { rollbackId: of.rollbackId, candidate: 'treatment', baseline: 'control' },
    }),
  );

test('tells of a rollback there meanwhile, not of one elsewhere, before or after', async () => {
  const { id, page, feature } = await marked();
  await tell('rollout.rolling_back', 1, { feature, environment: 'staging', rollbackId: 'rbk_elsewhere' });
  await tell('rollout.rolling_back', -1, { feature, environment: 'production', rollbackId: 'rbk_before' });
  await swept(2);
  expect(await shown(page.id)).toEqual(['marked draft']);
  await tell('rollout.rolling_back', 3, { feature, environment: 'production', rollbackId: 'rbk_there' });
  await swept(4);
  expect(await shown(page.id)).toEqual(['marked dropped', 'rolled_back draft']);
  await endIncident(at(5), id, { reason: 'over' });
  await tell('rollback.unconfirmed', 6, { feature, environment: 'production', rollbackId: 'rbk_there' });
  await swept(7);
  expect(await shown(page.id)).toEqual(['ended draft', 'marked dropped', 'rolled_back dropped']);
});

test('a rehearsal that failed has no page by itself, one press opens one, and it stays inside', async () => {
  const { id, feature } = await scene.started({ decision: { by: 'person', deadline: '60s', atDeadline: 'fail' } });
  const open = (subject: StatusSubject, of: string) => openStatusPage(scene.at(), { subject, id: of });
  await expect(open('drill', id)).rejects.toMatchObject({ code: 'conflict' });
  const run = await scene.until(id, (seen) => seen.endedAt !== null);
  expect(run.state).toBe('failed');
  await followHistory(scene.home());
  await followStatus(scene.home());
  expect(await listStatusPages(scene.at(), { feature })).toEqual([]);
  const page = await open('drill', id);
  expect(page).toMatchObject({ subject: { kind: 'drill', id }, drafts: 1, public: false });
  expect(draftOf(page)).toMatchObject({ moment: 'drill_failed', publicText: '' });
  expect(draftOf(page).text).toContain('It was a rehearsal: nothing had gone wrong');
  // From its report it is the same page.
  const [report] = await store.database().db.$client<
    { id: string }[]
  >`select id from postmortem where subject_id = ${id}`;
  expect((await open('postmortem', report?.id ?? '')).id).toBe(page.id);
  await expect(linkStatusPage(scene.at(), page.id, { title: 'x' })).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('stays inside'),
  });
});
