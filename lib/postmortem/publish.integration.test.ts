import { sql } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { event } from '@/drizzle/schema/event';
import { notice } from '@/drizzle/schema/notice';
import { testDatabase } from '@/e2e/database';
import { type PersonName, postmortemScene } from '@/e2e/postmortem-scene';
import { addAddress } from '@/lib/notice/address';
import { createWebhook } from '@/lib/webhook/target';
import { addComment } from './comment';
import { amendPostmortem, editPostmortem } from './edit';
import type { PostmortemView } from './model';
import { getPostmortem, getVersion, redraftPostmortem } from './postmortem';
import { publishPostmortem } from './publish';
import { askReview, reviewPostmortem, withdrawReview } from './review';

const store = testDatabase();
const scene = postmortemScene(store);
const { as, pass, drafted, rowOf } = scene;
beforeAll(async () => {
  await scene.people();
  const { id } = await createWebhook(as('root'), { name: 'chat', url: 'http://127.0.0.1:9/', allowPrivate: true });
  await addAddress(as('root'), { webhook: id });
});
beforeEach(() => pass(60_000));

const newest = (view: PostmortemView) => view.versions.at(-1)?.number ?? 0;
const write = (name: PersonName, view: PostmortemView, words: string) =>
  editPostmortem(as(name), view.id, { basedOn: view.revision, sections: { lessons: { text: words } } });
const approve = (name: PersonName, view: PostmortemView) =>
  reviewPostmortem(as(name), view.id, { state: 'approved', version: newest(view) });
const publish = (name: PersonName, view: PostmortemView) =>
  publishPostmortem(as(name), view.id, { version: newest(view) });
const asked = async (...reviewers: PersonName[]) => {
  const view = await write('otto', await drafted(), 'Written by otto');
  return askReview(as('otto'), view.id, { reviewers });
};
const conflict = { code: 'conflict' };
const events = async (id: string) =>
  (await store.database().db.select().from(event).orderBy(event.seq)).filter(({ data }) => data.postmortemId === id);
const noticesOf = async (id: string) =>
  (await store.database().db.select({ body: notice.body }).from(notice))
    .map(({ body }) => body)
    .filter(({ path }) => path === `/postmortems/${id}`);

describe('a review', () => {
  test('is asked of those who may approve and may see it, and they are told', async () => {
    const view = await drafted();
    const ask = (reviewers: string[]) => askReview(as('otto'), view.id, { reviewers });
    for (const nobody of ['vera', 'otto', 'eve'])
      await expect(ask(['ada', nobody])).rejects.toMatchObject({
        code: 'bad_input',
        fields: [{ field: 'reviewers[1]' }],
      });
    await editPostmortem(as('root'), view.id, { basedOn: 0, audience: 'admin' });
    await expect(askReview(as('root'), view.id, { reviewers: ['ada'] })).rejects.toMatchObject({ code: 'bad_input' });
    await editPostmortem(as('root'), view.id, { basedOn: 1, audience: 'viewer' });
    const inReview = await ask(['ada', 'abel', 'ada']);
    expect(inReview).toMatchObject({ state: 'in_review', seal: { state: 'intact' } });
    expect(inReview.reviews.map(({ person, state }) => [person, state])).toEqual([
      ['abel', 'asked'],
      ['ada', 'asked'],
    ]);
    expect(await noticesOf(view.id)).toMatchObject([
      { kind: 'review_asked', text: 'otto asks ada, abel for a review.' },
    ]);
  });

  test('is of one version: whoever read an older one is refused, and an edit takes approvals back', async () => {
    const view = await asked('ada');
    const edited = await write('otto', view, 'Changed while it was read');
    await expect(approve('ada', view)).rejects.toMatchObject({ ...conflict, fields: [{ field: 'version' }] });
    const approved = await approve('ada', edited);
    expect(approved.reviews).toMatchObject([{ person: 'ada', state: 'approved', stale: false }]);
    const again = await write('otto', approved, 'Changed after it was approved');
    expect(again.reviews).toMatchObject([{ person: 'ada', state: 'approved', stale: true }]);
    await expect(publish('abel', again)).rejects.toMatchObject({
      ...conflict,
      message: expect.stringContaining('ada has not approved'),
    });
    await publish('abel', await approve('ada', again));
  });

  test('that asks for changes makes it a draft again, which is not published before it was asked again', async () => {
    const view = await asked('ada');
    const changes = (note: string) =>
      reviewPostmortem(as('ada'), view.id, { state: 'changes', version: newest(view), note });
    await expect(changes('')).rejects.toMatchObject({ code: 'bad_input' });
    const back = await changes('The impact leaves out refunds');
    expect(back).toMatchObject({ state: 'draft', seal: { state: 'intact' } });
    expect(back.reviews).toMatchObject([{ state: 'changes', note: 'The impact leaves out refunds' }]);
    await expect(publish('abel', back)).rejects.toMatchObject(conflict);
    await expect(approve('ada', back)).rejects.toMatchObject(conflict);
    const again = await askReview(as('otto'), view.id, { reviewers: ['ada'] });
    expect((await publish('ada', await approve('ada', again))).state).toBe('published');
  });

  test('that is taken back is a draft; who has not answered is asked no more', async () => {
    const view = await asked('ada', 'abel');
    await approve('ada', view);
    const back = await withdrawReview(as('otto'), view.id);
    expect(back).toMatchObject({ state: 'draft', reviews: [{ person: 'ada', state: 'approved' }] });
    await expect(publish('abel', back)).rejects.toMatchObject(conflict);
    await expect(withdrawReview(as('otto'), view.id)).rejects.toMatchObject(conflict);
  });

  test('by the only author alone does not do', async () => {
    const view = await write('ada', await drafted(), 'Ada wrote it');
    const own = await approve('ada', await askReview(as('otto'), view.id, { reviewers: ['ada'] }));
    await expect(publish('ada', own)).rejects.toMatchObject({
      ...conflict,
      message: expect.stringContaining('ada wrote it'),
    });
    await expect(publish('abel', own)).rejects.toMatchObject(conflict);
    const both = await askReview(as('otto'), view.id, { reviewers: ['abel'] });
    await publish('ada', await approve('abel', both));
  });

  test('is for approvers', async () => {
    const view = await asked('ada');
    await expect(approve('otto', view)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(askReview(as('vera'), view.id, { reviewers: ['ada'] })).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('publishing', () => {
  test('of another version than the newest is refused, and says which that is and what has changed', async () => {
    const view = await drafted();
    const read = view.versions.at(-1)?.number ?? 0;
    const refusal = (version: number) =>
      publishPostmortem(as('ada'), view.id, { version }).then(
        () => 'published',
        (error: { code: string; message: string; fields: unknown }) => error,
      );
    const again = await write('otto', await write('otto', view, 'Written'), '');
    const newest = again.versions.at(-1)?.number ?? 0;
    expect(newest).toBe(read + 2);
    expect(await refusal(read)).toMatchObject({
      ...conflict,
      message: `Version ${newest} is the newest, and you read ${read}; a reader sees the same in both`,
      fields: [{ field: 'version', message: `is ${newest} by now` }],
    });
    const written = await write('otto', again, 'Changed meanwhile');
    const last = written.versions.at(-1)?.number ?? 0;
    expect(await refusal(read)).toMatchObject({
      message: `Version ${last} is the newest, and you read ${read}; changed since: Lessons`,
    });
    expect(await refusal(99)).toMatchObject({ message: `Version ${last} is the newest, and there is no version 99` });
    expect(await publishPostmortem(as('ada'), view.id, { version: last })).toMatchObject({ state: 'published' });
  });

  test('seals the version that was read: row, version and event agree, and nothing is drafted any more', async () => {
    const view = await write('otto', await drafted(), 'What we learnt');
    await expect(publish('otto', view)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(publishPostmortem(as('ada'), view.id, { version: 1 })).rejects.toMatchObject(conflict);
    const published = await publish('ada', view);
    expect(published).toMatchObject({ state: 'published', publishedAt: scene.now().toISOString(), settling: false });
    expect(published.seal).toMatchObject({
      state: 'intact',
      detail: expect.stringContaining('1 of them repeated in the history'),
    });
    const told = (await events(view.id)).at(-1);
    expect(told).toMatchObject({
      kind: 'postmortem.published',
      actorName: 'ada',
      data: { version: 3, hash: published.versions.at(-1)?.hash, evidenceHash: published.document.draft.evidence.hash },
    });
    await expect(write('otto', published, 'Later')).rejects.toMatchObject({
      ...conflict,
      message: expect.stringContaining('amend it'),
    });
    await expect(redraftPostmortem(as('otto'), view.id)).rejects.toMatchObject(conflict);
    await expect(publish('ada', published)).rejects.toMatchObject(conflict);
    expect(await noticesOf(view.id)).toMatchObject([{ kind: 'postmortem_published' }]);
    await addComment(as('otto'), view.id, { section: 'lessons', text: 'Still good' });
  });

  test('by two at once is done by one of them, with one event', async () => {
    const view = await drafted();
    const both = await Promise.allSettled([publish('ada', view), publish('abel', view)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const kinds = (await events(view.id)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'postmortem.published')).toHaveLength(1);
    expect((await getPostmortem(as('vera'), view.id)).seal.state).toBe('intact');
  });

  test('at the time of an edit publishes what was read, or nothing', async () => {
    for (let round = 0; round < 4; round++) {
      const view = await drafted();
      const [, published] = await Promise.allSettled([write('otto', view, 'At the same time'), publish('ada', view)]);
      const after = await getPostmortem(as('vera'), view.id);
      expect(after.seal.state).toBe('intact');
      if (published?.status === 'fulfilled') expect(after.document.written.lessons).toBeUndefined();
      else expect(after).toMatchObject({ state: 'draft', publishedAt: null });
    }
  });

  test.each(['postmortem_version', 'event', 'postmortem', 'notice'])(
    'that is cut off at the %s leaves nothing',
    async (table) => {
      const view = await drafted();
      const raw = store.database().sql;
      await raw.unsafe(`
      create or replace function cut() returns trigger language plpgsql as $$ begin raise exception 'cut off'; end $$;
      create trigger cut_off after insert or update on ${table} for each row execute function cut()`);
      await expect(publish('ada', view)).rejects.toThrow();
      await raw.unsafe(`drop trigger cut_off on ${table}`);
      const after = await getPostmortem(as('ada'), view.id);
      expect(after).toMatchObject({ state: 'draft', seal: { state: 'intact' }, versions: [{ number: 1 }] });
      expect((await publish('ada', after)).seal.state).toBe('intact');
    },
  );

  test('is amended under a reason, by an approver, and the version before stays what it was', async () => {
    const published = await publish('ada', await write('otto', await drafted(), 'First'));
    const amend = (name: PersonName, over: Record<string, unknown> = {}) =>
      amendPostmortem(as(name), published.id, {
        basedOn: published.revision,
        reason: 'Refunds were counted later',
        sections: { lessons: { text: 'Second' } },
        ...over,
      });
    await expect(amend('otto')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(amend('ada', { reason: ' ' })).rejects.toMatchObject({ code: 'bad_input' });
    await expect(amend('ada', { audience: 'admin' })).rejects.toMatchObject({ code: 'bad_input' });
    await expect(amend('ada', { sections: {} })).rejects.toMatchObject(conflict);
    const both = await Promise.allSettled([amend('ada'), amend('abel')]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const after = await getPostmortem(as('vera'), published.id);
    expect(after).toMatchObject({ state: 'amended', publishedAt: published.publishedAt, seal: { state: 'intact' } });
    expect(after.versions.at(-1)).toMatchObject({ number: 4, note: 'Refunds were counted later' });
    expect((await getVersion(as('vera'), published.id, 3)).document.written.lessons?.text).toBe('First');
    const amended = (await events(published.id)).filter(({ kind }) => kind === 'postmortem.amended');
    expect(amended).toMatchObject([
      { reason: 'Refunds were counted later', data: { version: 4, touched: ['lessons'] } },
    ]);
  });

  test('of a private one has no words of it in history or notices', async () => {
    const view = await drafted();
    await editPostmortem(as('root'), view.id, { basedOn: 0, audience: 'approver' });
    const written = await editPostmortem(as('ada'), view.id, { basedOn: 1, title: 'Wages were leaked' });
    await publishPostmortem(as('abel'), view.id, { version: newest(written), note: 'Wages, as discussed' });
    expect(JSON.stringify((await events(view.id)).slice(2))).not.toMatch(/[Ww]ages/);
    expect(JSON.stringify(await noticesOf(view.id))).not.toMatch(/[Ww]ages/);
  });
});

/** As somebody who owns the database can: without the guards. */
async function tamper(statement: string): Promise<void> {
  await store.database().sql.unsafe(`
    set session_replication_role = replica;
    ${statement};
    set session_replication_role = origin`);
}

describe('a record that was tampered with', () => {
  const change = (path: string) => `replace(document::text, 'What we learnt', '${path}')`;
  const cases: Array<[what: string, statement: (id: string) => string, detail: RegExp]> = [
    [
      'the words that are shown',
      (id) => `update postmortem set document = ${change('Nothing happened')}::json where id = '${id}'`,
      /what is shown is not version 3/,
    ],
    ['the title of the list', (id) => `update postmortem set title = 'All was well' where id = '${id}'`, /its title/],
    ['the state', (id) => `update postmortem set state = 'draft' where id = '${id}'`, /shown as draft/],
    [
      'a version',
      (id) =>
        `update postmortem_version set document = ${change('Nothing happened')} where postmortem_id = '${id}' and number = 2`,
      /version 2 is not what was sealed/,
    ],
    [
      'the newest version and the words together',
      (id) =>
        `update postmortem set document = ${change('Nothing')}::json where id = '${id}'; update postmortem_version set document = ${change('Nothing')} where postmortem_id = '${id}' and number = 3`,
      /version 3 is not what was sealed/,
    ],
    [
      'a version that is taken away',
      (id) => `delete from postmortem_version where postmortem_id = '${id}' and number = 2`,
      /version 2 is missing/,
    ],
    ['all versions', (id) => `delete from postmortem_version where postmortem_id = '${id}'`, /there is none/],
    [
      'evidence',
      (id) => `update postmortem_evidence set facts = facts || ' ' where postmortem_id = '${id}'`,
      /evidence 1 is not what was sealed/,
    ],
    [
      'evidence that is taken away',
      (id) => `delete from postmortem_evidence where postmortem_id = '${id}'`,
      /evidence 1, which is missing/,
    ],
    [
      'the event that repeats the hash',
      (id) =>
        `update event set data = jsonb_set(data, '{hash}', '"00"') where kind = 'postmortem.published' and data->>'postmortemId' = '${id}'`,
      /event \d+ of the history is not what was recorded/,
    ],
    [
      'the event, taken away',
      (id) => `delete from event where kind = 'postmortem.published' and data->>'postmortemId' = '${id}'`,
      /event \d+, which version 3 names, is missing/,
    ],
    ...(
      [
        ['audience', "audience = 'operator'", /its audience is operator, and event \d+ of the history tells viewer/],
        ['feature', "feature = 'elsewhere'", /its feature is elsewhere, and event \d+/],
        ['environment', "environment = 'staging'", /its environment is staging, and event \d+ .* tells production/],
        ['rollout', "rollout_id = 'ro_1'", /its rollout is ro_1, and event \d+ .* tells none/],
        ['subject', "subject_kind = 'rollback', subject_id = 'rb_1'", /its subject is rollback rb_1/],
        ['author', "created_by = 'vera'", /its author is vera/],
        ['time of opening', "created_at = created_at - interval '1 day'", /its time of opening/],
        ['time of publishing', "published_at = published_at - interval '1 day'", /its time of publishing/],
        ['time of publishing, taken away', 'published_at = null', /its time of publishing is none/],
        ['beginning', "from_at = from_at - interval '1 hour'", /its beginning/],
        ['end', "to_at = to_at + interval '1 hour'", /its end/],
      ] as const
    ).map(([what, set, detail]): (typeof cases)[number] => [
      `its ${what}`,
      (id) => `update postmortem set ${set} where id = '${id}'`,
      detail,
    ]),
    [
      'the event that opened it',
      (id) => `delete from event where kind = 'postmortem.opened' and data->>'postmortemId' = '${id}'`,
      /the event that tells of its opening is missing/,
    ],
  ];

  test.each(cases)('%s is detected, and shown with it', async (_what, statement, detail) => {
    const view = await publish('ada', await write('otto', await drafted(), 'What we learnt'));
    expect(view.seal.state).toBe('intact');
    await tamper(statement(view.id));
    const shown = await getPostmortem(as('root'), view.id);
    expect(shown.seal).toMatchObject({ state: 'broken', detail: expect.stringMatching(detail) });
    expect(shown.id).toBe(view.id);
  });

  test('whom a published report is for changes by people, and only so', async () => {
    const view = await publish('ada', await write('otto', await drafted(), 'What we learnt'));
    const forWhom = (audience: string, basedOn: number) => editPostmortem(as('root'), view.id, { basedOn, audience });
    const narrowed = await forWhom('approver', view.revision);
    expect(narrowed).toMatchObject({ state: 'published', audience: 'approver', seal: { state: 'intact' } });
    // Amended meanwhile, its seal repeats what people have made of it.
    const amended = await amendPostmortem(as('ada'), view.id, {
      basedOn: narrowed.revision,
      reason: 'Said better',
      sections: { lessons: { text: 'What we learnt since' } },
    });
    expect(amended.seal.state).toBe('intact');
    expect(await forWhom('viewer', amended.revision)).toMatchObject({ seal: { state: 'intact' } });
    await tamper(`update postmortem set audience = 'admin' where id = '${view.id}'`);
    const shown = async () => (await getPostmortem(as('root'), view.id)).seal;
    expect(await shown()).toMatchObject({
      state: 'broken',
      detail: expect.stringMatching(/its audience is admin, and event \d+ of the history tells viewer/),
    });
    // A change that is taken out of the history leaves a gap, whatever the row says.
    await tamper(`update postmortem set audience = 'viewer' where id = '${view.id}';
      delete from event where kind = 'postmortem.edited' and data->'audience'->>'to' = 'approver'
        and data->>'postmortemId' = '${view.id}'`);
    expect(await shown()).toMatchObject({
      state: 'broken',
      detail: expect.stringMatching(/tells of another audience than the one before it/),
    });
  });

  test('to be no document at all is shown as broken still', async () => {
    const view = await publish('ada', await drafted());
    await tamper(`update postmortem set document = '{}'::json where id = '${view.id}'`);
    expect((await getPostmortem(as('vera'), view.id)).seal.state).toBe('broken');
  });

  test('is refused to everybody who speaks SQL as Belay', async () => {
    const { id } = await drafted();
    const { db } = store.database();
    for (const statement of [
      sql`update postmortem_version set note = 'x' where postmortem_id = ${id}`,
      sql`delete from postmortem_version where postmortem_id = ${id}`,
      sql`update postmortem_evidence set hash = 'x' where postmortem_id = ${id}`,
      sql`delete from postmortem_evidence where postmortem_id = ${id}`,
      sql`truncate postmortem_version`,
      sql`truncate postmortem_evidence`,
    ])
      await expect(db.execute(statement)).rejects.toMatchObject({
        cause: { message: expect.stringContaining('never changed') },
      });
    expect((await rowOf(id)).state).toBe('draft');
  });
});
