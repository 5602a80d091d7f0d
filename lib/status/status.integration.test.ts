import { asc, eq } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import { event } from '@/drizzle/schema/event';
import { notice, noticeAddress } from '@/drizzle/schema/notice';
import { statusCursor, statusPage, statusUpdate } from '@/drizzle/schema/status';
import { testDatabase } from '@/e2e/database';
import { rollbackScene, t0 } from '@/e2e/rollback-scene';
import type { Context } from '@/lib/context';
import { record, verifyChain } from '@/lib/event/event';
import { putFeature } from '@/lib/feature/feature';
import { addAddress } from '@/lib/notice/address';
import { followHistory } from '@/lib/postmortem/open';
import { stepRollback } from '@/lib/rollback/rollback';
import { perform } from '@/lib/rollout/rollout';
import { createWebhook } from '@/lib/webhook/target';
import { followStatus } from './follow';
import type { StatusView } from './model';
import { openPublicDoor } from './public';
import {
  closeStatusPage,
  getStatusPage,
  linkStatusPage,
  listStatusPages,
  openStatusPage,
  unlinkStatusPage,
} from './status';
import { editUpdate, sendUpdate, writeUpdate } from './update';

const store = testDatabase();
const { at, started, rolledBack, shown } = rollbackScene(store);
const second = 1_000;
const home = (seconds: number) => ({ db: store.database().db, now: () => new Date(t0 + seconds * second) });

async function pageOf(kind: 'rollout' | 'postmortem', id: string): Promise<StatusView> {
  const [line] = await listStatusPages(at(0), { subject: { kind, id } });
  if (!line) throw new Error(`the ${kind} has no page`);
  return getStatusPage(at(0), line.id);
}
const momentsOf = (page: StatusView) => page.updates.map(({ moment, state }) => `${moment} ${state}`).toSorted();
const draftOf = (page: StatusView) => {
  const [draft, ...more] = page.updates.filter(({ state }) => state === 'draft');
  if (!draft) throw new Error('there is no draft');
  expect(more).toEqual([]);
  return draft;
};

beforeEach(() => followStatus(home(0)));

describe('a rollout', () => {
  test('drafts an update at each moment, once, however many look', async () => {
    const { id, feature } = await started();
    await Promise.all(Array.from({ length: 5 }, () => followStatus(home(1))));
    const first = await pageOf('rollout', id);
    expect(momentsOf(first)).toEqual(['started draft']);
    expect(first.now?.text).toContain(`“treatment” of ${feature} has begun to be rolled out in production`);
    await perform(at(2), id, 'hold', { reason: 'lunch' });
    await followStatus(home(3));
    await perform(at(4), id, 'roll-back', { reason: 'orders fell' });
    await Promise.all(Array.from({ length: 5 }, () => followStatus(home(5))));
    const page = await pageOf('rollout', id);
    // What nobody had touched gives way to what is true now.
    expect(momentsOf(page)).toEqual(['held dropped', 'rolled_back draft', 'started dropped']);
    expect(draftOf(page).text).toContain('Why: orders fell.');
    expect(draftOf(page)).toMatchObject({ standing: 'returning', nextAt: new Date(t0 + 1_804_000).toISOString() });
  });

  test('cites the events that its words come from', async () => {
    const { id, rollbackId, feature } = await rolledBack();
    await stepRollback(at(1), rollbackId);
    expect((await shown(feature, rollbackId))?.state).toBe('verified');
    await followStatus(home(200));
    const draft = draftOf(await pageOf('rollout', id));
    expect(draft.moment).toBe('return_proven');
    const { db } = store.database();
    const rows = await db.select().from(event).where(eq(event.rolloutId, id)).orderBy(asc(event.seq));
    const kinds = draft.draftedFrom.map((seq) => rows.find((row) => row.seq === seq)?.kind);
    expect(kinds).toEqual(['rollout.rolling_back', 'rollback.verified']);
    expect(draft.headline).toMatch(/Everybody is back on “control” in production, and that is proven, 2 minutes after/);
  });

  test('that a person has edited is left to them, and said to be outdated', async () => {
    const { id } = await started();
    await followStatus(home(1));
    const { id: update } = draftOf(await pageOf('rollout', id));
    await editUpdate(at(1), update, { basedOn: 0, text: 'Ours' });
    await perform(at(2), id, 'hold', { reason: 'lunch' });
    await followStatus(home(3));
    const { updates } = await pageOf('rollout', id);
    expect(updates.find((u) => u.id === update)).toMatchObject({ state: 'draft', text: 'Ours', outdated: true });
    expect(updates.find((u) => u.moment === 'held')).toMatchObject({ state: 'draft', outdated: false });
  });

  test('is told nothing of a rehearsal, and nothing of what was long before', async () => {
    const { db } = store.database();
    const before = (await db.select().from(statusPage)).length;
    await db.transaction((tx) =>
      record(tx, new Date(t0), at(0).actor, {
        kind: 'rollout.rolling_back',
        reason: 'r',
        environment: 'drill/run_1',
        feature: 'x',
        rolloutId: 'rol_shadow',
        data: {},
      }),
    );
    await followStatus(home(1));
    expect((await db.select().from(statusPage)).length).toBe(before);
    const { id } = await started();
    await db.delete(statusCursor);
    await followStatus(home(3 * 86_400));
    expect(await listStatusPages(at(0), { subject: { kind: 'rollout', id } })).toEqual([]);
    const opened = await openStatusPage(at(1), { subject: 'rollout', id });
    expect(momentsOf(opened)).toEqual(['started draft']);
    expect((await openStatusPage(at(2), { subject: 'rollout', id })).id).toBe(opened.id);
  });
});

test('an incident has a page of its own once its report opens, with what had happened until then', async () => {
  const { rollbackId, id, feature } = await rolledBack();
  await followHistory(home(1));
  const { db } = store.database();
  const [report] = await db.$client<{ id: string }[]>`select id from postmortem where subject_id = ${rollbackId}`;
  await followStatus(home(2));
  const page = await pageOf('postmortem', report?.id ?? '');
  expect(momentsOf(page)).toEqual(['rolled_back draft']);
  await stepRollback(at(1), rollbackId);
  await shown(feature, rollbackId);
  await followStatus(home(200));
  expect(momentsOf(await pageOf('postmortem', page.subject.id))).toEqual([
    'return_proven draft',
    'rolled_back dropped',
  ]);
  expect(draftOf(await pageOf('rollout', id)).moment).toBe('return_proven');
  await db.transaction((tx) =>
    record(tx, new Date(t0 + 300_000), at(0).actor, {
      kind: 'postmortem.published',
      reason: 'done',
      environment: 'production',
      feature,
      rolloutId: id,
      data: { postmortemId: page.subject.id, version: 99 },
    }),
  );
  await followStatus(home(301));
  expect(draftOf(await pageOf('postmortem', page.subject.id))).toMatchObject({ moment: 'published' });
});

describe('an update', () => {
  const drafted = async () => {
    const { id } = await started();
    await followStatus(home(1));
    const page = await pageOf('rollout', id);
    return { page, draft: draftOf(page), rollout: id };
  };
  const toldOf = async (path: string) => {
    const rows = await store.database().db.select().from(notice);
    return rows.filter(({ body }) => body.path === path);
  };

  test('is sent once: of many who press, one has sent it, and one notice goes out to an address', async () => {
    const hook = await createWebhook(at(0), { name: 'chat', url: 'http://127.0.0.1:9/hook', allowPrivate: true });
    await store.database().db.delete(noticeAddress);
    await addAddress(at(0), { webhook: hook.id, kinds: ['status_update'] });
    const { page, draft } = await drafted();
    const tries = await Promise.allSettled(
      Array.from({ length: 6 }, () => sendUpdate(at(2), draft.id, { basedOn: draft.revision })),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const tried of tries)
      if (tried.status === 'rejected') expect(tried.reason).toMatchObject({ code: 'conflict' });
    expect(await getStatusPage(at(3), page.id)).toMatchObject({
      drafts: 0,
      sentAt: new Date(t0 + 2_000).toISOString(),
    });
    const told = await toldOf(`/status/${page.id}`);
    expect(told).toHaveLength(1);
    expect(told[0]?.body).toMatchObject({ kind: 'status_update', text: draft.text });
    const { db } = store.database();
    const sent = await db.select().from(event).where(eq(event.kind, 'status_update.sent'));
    expect(sent.filter(({ data }) => data.statusUpdateId === draft.id)).toMatchObject([
      { actorName: 'Test Admin', data: { text: draft.text, publicText: draft.publicText } },
    ]);
    expect(await verifyChain(db)).toMatchObject({ ok: true });
  });

  test('goes out in the words that were read', async () => {
    const { page, draft } = await drafted();
    await editUpdate(at(2), draft.id, { basedOn: 0, text: 'Other words' });
    await expect(sendUpdate(at(3), draft.id, { basedOn: 0 })).rejects.toMatchObject({ code: 'conflict' });
    expect(await toldOf(`/status/${page.id}`)).toEqual([]);
    const sent = await sendUpdate(at(3), draft.id, { basedOn: 1 });
    expect(sent).toMatchObject({
      state: 'sent',
      text: 'Other words',
      publicText: draft.publicText,
      endedBy: 'Test Admin',
    });
  });

  test('that was sent cannot be changed, not even by who speaks SQL', async () => {
    const { draft } = await drafted();
    await sendUpdate(at(2), draft.id, { basedOn: 0 });
    await expect(editUpdate(at(3), draft.id, { basedOn: 0, text: 'x' })).rejects.toMatchObject({ code: 'conflict' });
    const { db } = store.database();
    const change = db.update(statusUpdate).set({ text: 'x' }).where(eq(statusUpdate.id, draft.id));
    await expect(change).rejects.toMatchObject({
      cause: { message: 'an update that was sent or dropped is never changed' },
    });
    const remove = db.delete(statusUpdate).where(eq(statusUpdate.id, draft.id));
    await expect(remove).rejects.toThrow();
  });

  test('promises nothing that is past', async () => {
    const { page } = await drafted();
    const nextAt = new Date(t0 + 10_000).toISOString();
    const own = await writeUpdate(at(2), page.id, { standing: 'trouble', text: 'x', nextAt });
    await expect(sendUpdate(at(11), own.id, { basedOn: 0 })).rejects.toMatchObject({
      code: 'bad_input',
      fields: [{ field: 'nextAt' }],
    });
    await editUpdate(at(11), own.id, { basedOn: 0, nextAt: null });
    expect(await sendUpdate(at(12), own.id, { basedOn: 1 })).toMatchObject({ state: 'sent', moment: 'written' });
  });

  test('is not sent by who may only look, nor on another environment, nor on a closed page', async () => {
    const { page, draft } = await drafted();
    const as = (role: 'viewer' | 'operator', environment: string | null): Context =>
      at(2, { actor: { kind: 'key', id: 'k', name: 'k', role, environment } });
    for (const ctx of [as('viewer', null), as('operator', 'staging')]) {
      await expect(sendUpdate(ctx, draft.id, { basedOn: 0 })).rejects.toMatchObject({ code: 'forbidden' });
      await expect(linkStatusPage(ctx, page.id, { title: 'x' })).rejects.toMatchObject({ code: 'forbidden' });
    }
    await expect(getStatusPage(as('operator', 'staging'), page.id)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await listStatusPages(as('operator', 'staging'))).toEqual([]);
    await closeStatusPage(at(3), page.id, { reason: 'over' });
    await expect(sendUpdate(at(4), draft.id, { basedOn: 0 })).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('the public page', () => {
  const linked = async () => {
    const { id, feature } = await started();
    await followStatus(home(1));
    const page = await pageOf('rollout', id);
    const { path } = await linkStatusPage(at(2), page.id, { title: 'Checkout' });
    return { page, id, feature, secret: path.slice('/s/'.length), draft: draftOf(page) };
  };
  const see = (secret: string) => openPublicDoor(home(0)).read(secret, '');

  test('shows what was sent for the public, and nothing else', async () => {
    const { page, id, feature, secret, draft } = await linked();
    expect(await see(secret)).toEqual({
      title: 'Checkout',
      standing: null,
      closed: false,
      next: null,
      updates: [],
      more: false,
    });
    await sendUpdate(at(3), draft.id, { basedOn: 0 });
    const inside = await writeUpdate(at(4), page.id, { standing: 'trouble', text: 'Only for us' });
    await sendUpdate(at(5), inside.id, { basedOn: 0 });
    const nextAt = new Date(t0 + 3_600_000).toISOString();
    const own = await writeUpdate(at(6), page.id, {
      standing: 'in_progress',
      text: 'i',
      publicText: 'All is well',
      nextAt,
    });
    await writeUpdate(at(6), page.id, { standing: 'trouble', text: 'draft', publicText: 'never sent' });
    await sendUpdate(at(7), own.id, { basedOn: 0 });
    const seen = await see(secret);
    expect(seen).toEqual({
      title: 'Checkout',
      standing: {
        text: 'A change is being introduced step by step.',
        tone: 'plain',
        since: new Date(t0 + 3_000).toISOString(),
      },
      closed: false,
      next: nextAt,
      updates: [
        { at: new Date(t0 + 7_000).toISOString(), text: 'All is well' },
        { at: new Date(t0 + 3_000).toISOString(), text: draft.publicText },
      ],
      more: false,
    });
    const all = JSON.stringify(seen);
    for (const inner of [page.id, id, feature, draft.id, 'Test Admin', 'production', 'treatment', 'Only for us'])
      expect(all).not.toContain(inner);
  });

  test('is gone with the link: revoked, replaced and unknown are the same', async () => {
    const { page, secret } = await linked();
    const { db } = store.database();
    const [row] = await db.select().from(statusPage).where(eq(statusPage.id, page.id));
    expect(JSON.stringify(row)).not.toContain(secret);
    const events = await db.select().from(event);
    expect(JSON.stringify(events)).not.toContain(secret);
    const { path } = await linkStatusPage(at(3), page.id, { title: 'Checkout' });
    expect(await see(secret)).toBeNull();
    expect(await see(path.slice(3))).not.toBeNull();
    await unlinkStatusPage(at(4), page.id);
    for (const gone of [secret, path.slice(3), '0'.repeat(40), '', '../x', row?.linkHash ?? 'x'])
      expect(await see(gone)).toBeNull();
    expect(await getStatusPage(at(5), page.id)).toMatchObject({ public: false, link: null });
  });
});

test('a feature with a hostile name is told of harmlessly', async () => {
  const { db } = store.database();
  const feature = 'evil';
  await putFeature(at(0), { key: feature, owner: 'o', versions: { control: 1, treatment: 2 }, baseline: 'control' });
  const cohort = '<img src=x onerror=alert(1)>\u202e';
  await db.transaction((tx) =>
    record(tx, new Date(t0), at(0).actor, {
      kind: 'rollout.cohort_withdrawn',
      reason: 'a\nb\u2028c',
      environment: 'production',
      feature,
      rolloutId: 'rol_evil',
      data: { cohorts: [cohort, 7], stage: 'odd', exposure: [1], candidate: 3, rollbackId: 'rbk_none' },
    }),
  );
  await followStatus(home(1));
  const { text } = draftOf(await pageOf('rollout', 'rol_evil'));
  expect(text).not.toMatch(/[\u202e\u2028]/);
  expect(text).toContain('Why: a b c.');
});
