import { eq } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { event } from '@/drizzle/schema/event';
import { testDatabase } from '@/e2e/database';
import { postmortemScene } from '@/e2e/postmortem-scene';
import { rollbackScene, t0 } from '@/e2e/rollback-scene';
import { verifyChain } from '@/lib/event/event';
import { openApi } from '@/lib/http/openapi';
import { postmortemLine, postmortemView, versionComparisonView, wholeVersionView } from '@/lib/http/views/postmortems';
import { createTemplate } from '@/lib/template/template';
import { addComment, resolveComment } from './comment';
import { compareVersions } from './compare';
import { amendPostmortem, editPostmortem, startFrom } from './edit';
import type { PostmortemView } from './model';
import { draftPostmortem, followHistory } from './open';
import { getEvidence, getPostmortem, getVersion, listPostmortems, redraftPostmortem } from './postmortem';
import { publishPostmortem } from './publish';
import { evidenceHash } from './seal';
import { openPostmortem } from './stretch';

const store = testDatabase();
const scene = postmortemScene(store);
const rollbacks = rollbackScene(store);
const { as, key, pass, drafted, stretch, feature, draftNow, rowOf } = scene;
beforeAll(() => scene.people());

const eventsOf = async (id: string) => {
  const rows = await store.database().db.select().from(event).orderBy(event.seq);
  return rows.filter(({ data }) => data.postmortemId === id);
};
const told = async (id: string) => (await eventsOf(id)).map(({ kind }) => kind);
const refusal = (field: string) => ({ code: 'bad_input', fields: [expect.objectContaining({ field })] });
const text = (view: PostmortemView, section: 'factors' | 'lessons' | 'summary') => view.document.written[section]?.text;

describe('opening by hand', () => {
  test('takes a stretch, keeps what it was given, and is drafted by the job that it wakes', async () => {
    const woken: unknown[] = [];
    const ctx = as('otto', { enqueue: async (name, payload) => void woken.push([name, payload]) });
    const of = await feature();
    const opened = await openPostmortem(ctx, stretch(of, { title: 'A slow Friday', template: 'postmortem-short' }));
    expect(opened).toMatchObject({ title: 'A slow Friday', state: 'draft', settling: true, revision: 0 });
    expect(opened.seal.state).toBe('unsealed');
    expect(opened.subject).toMatchObject({ kind: 'stretch', id: null, feature: of, rolloutId: null });
    expect(woken).toEqual([['postmortem', { postmortemId: opened.id }]]);
    await expect(editPostmortem(ctx, opened.id, { basedOn: 0, title: 'x' })).rejects.toMatchObject({
      code: 'conflict',
    });
    await draftNow(opened.id);
    const view = await getPostmortem(as('vera'), opened.id);
    expect(postmortemView.parse(view)).toEqual(view);
    expect(view).toMatchObject({ title: 'A slow Friday', seal: { state: 'intact' } });
    expect(text(view, 'factors')).toContain('What let it come so far');
    expect(view.document.draft.title).toContain(of);
    expect(await told(opened.id)).toEqual(['postmortem.opened', 'postmortem.drafted']);
  });

  test('is refused for what is not there, not over yet, or too long', async () => {
    const of = await feature();
    const open = (over: Record<string, unknown>) => openPostmortem(as('otto'), stretch(of, over));
    await expect(open({ feature: 'nobody-knows-it' })).rejects.toMatchObject(refusal('feature'));
    await expect(open({ to: new Date(scene.now().getTime() + 1).toISOString() })).rejects.toMatchObject(refusal('to'));
    await expect(open({ to: stretch(of).from })).rejects.toMatchObject(refusal('to'));
    await expect(open({ from: '2025-01-01T00:00:00Z' })).rejects.toMatchObject(refusal('from'));
    await expect(open({ rollout: 'rol_none' })).rejects.toMatchObject(refusal('rollout'));
    await expect(open({ template: 'canary' })).rejects.toMatchObject({
      code: expect.stringMatching(/not_found|bad_input/),
    });
    await expect(openPostmortem(as('vera'), stretch(of))).rejects.toMatchObject({ code: 'forbidden' });
    await expect(openPostmortem(key('staging'), stretch(of))).rejects.toMatchObject({ code: 'forbidden' });
    expect(await listPostmortems(as('root'), { feature: of })).toEqual([]);
  });
});

test('a report on a real rollback is what the document says, and is found by its rollback and its rollout', async () => {
  const { rollbackId, id: rolloutId } = await rollbacks.rolledBack();
  const then = { db: store.database().db, now: () => new Date(t0 + 1_000) };
  await followHistory(then);
  const [line] = await listPostmortems(as('vera'), { subject: rollbackId });
  if (!line) throw new Error('a rollback opens a report');
  await draftPostmortem(then, line.id);
  const view = await getPostmortem(as('vera'), line.id);
  expect(view.document.draft.figures.length).toBeGreaterThan(3);
  expect(view.document.draft.timeline.length).toBeGreaterThan(0);
  expect(postmortemView.parse(view)).toEqual(view);
  expect(view.seal.state).toBe('intact');
  expect((await listPostmortems(as('vera'), { subject: rolloutId })).map(({ id }) => id)).toEqual([line.id]);
  const version = await getVersion(as('vera'), line.id, 1);
  expect(wholeVersionView.parse(version)).toEqual(version);
  // A stretch in which it ran is told of by the same rollout.
  const { subject } = await openPostmortem(store.context({ now: () => new Date(t0 + 7_200_000) }), {
    feature: view.subject.feature,
    environment: 'production',
    from: new Date(t0 - 60_000).toISOString(),
    to: new Date(t0 + 60_000).toISOString(),
  });
  expect(subject.rolloutId).toBe(rolloutId);
});

describe('editing', () => {
  test('keeps words, struck sentences, curations and links, each with its name on it', async () => {
    const before = await drafted();
    const [sentence] = before.document.draft.sections.evidence.sentences;
    if (!sentence) throw new Error('a draft says what it was read from');
    pass(1_000);
    const after = await editPostmortem(as('otto'), before.id, {
      basedOn: 0,
      title: 'The Friday\u0007 one',
      sections: { factors: { text: 'A key without the currency.' }, evidence: { struck: [sentence.id] } },
      curate: [{ kind: 'add', at: before.from, text: 'Support was told' }],
      links: { add: [{ title: 'Thread', url: 'https://chat.example.com/t/42' }] },
    });
    expect(after).toMatchObject({ revision: 1, title: 'The Friday\ufffd one', seal: { state: 'intact' } });
    expect(after.document.written).toEqual({
      factors: { text: 'A key without the currency.', struck: [] },
      evidence: { text: '', struck: [sentence.id] },
    });
    expect(after.document.curations).toMatchObject([{ kind: 'add', by: 'otto', madeAt: scene.now().toISOString() }]);
    expect(after.document.links).toMatchObject([{ title: 'Thread', url: 'https://chat.example.com/t/42', by: 'otto' }]);
    expect(after.versions.at(-1)).toMatchObject({
      number: 2,
      by: 'otto',
      note: 'Edited title, factors, evidence, timeline, links',
    });
    // The curation that was just made can be curated itself.
    const entry = `added/${after.document.curations[0]?.id}`;
    const hidden = await editPostmortem(as('ada'), before.id, {
      basedOn: 1,
      curate: [{ kind: 'hide', entry, reason: 'It was another feature' }],
      links: { remove: [after.document.links[0]?.id] },
    });
    expect(hidden.document.curations.map(({ by, kind }) => [by, kind])).toEqual([
      ['otto', 'add'],
      ['ada', 'hide'],
    ]);
    expect(hidden.document.links).toEqual([]);
    const events = await eventsOf(before.id);
    expect(events.at(-1)).toMatchObject({
      kind: 'postmortem.edited',
      actorName: 'ada',
      data: { revision: 2, version: 3, touched: ['timeline', 'links'] },
    });
  });

  test('of what somebody else has changed meanwhile is refused, and says whose change that was', async () => {
    const { id } = await drafted();
    await editPostmortem(as('ada'), id, { basedOn: 0, sections: { lessons: { text: 'Hers' } } });
    const late = editPostmortem(as('otto'), id, { basedOn: 0, sections: { lessons: { text: 'His' } } });
    await expect(late).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/revision 1, by ada at .*you saw 0/),
      fields: [{ field: 'basedOn', message: 'is 1 by now' }],
    });
    expect(text(await getPostmortem(as('otto'), id), 'lessons')).toBe('Hers');
  });

  test('by two at once is done by one of them, and makes one version', async () => {
    const { id } = await drafted();
    const edit = (name: 'ada' | 'otto') =>
      editPostmortem(as(name), id, { basedOn: 0, sections: { lessons: { text: name } } });
    const both = await Promise.allSettled([edit('ada'), edit('otto')]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const view = await getPostmortem(as('vera'), id);
    expect(view).toMatchObject({ revision: 1, seal: { state: 'intact' } });
    expect(view.versions.map(({ number }) => number)).toEqual([1, 2]);
    expect(text(view, 'lessons')).toBe(both[0]?.status === 'fulfilled' ? 'ada' : 'otto');
  });

  test('at the very time of a draft loses neither words nor draft', async () => {
    const { id } = await drafted();
    await redraftPostmortem(as('otto'), id);
    pass(60_000);
    const edits = [1, 2, 3].map((n) => n - 1);
    const work = async () => {
      for (const basedOn of edits)
        await editPostmortem(as('otto'), id, { basedOn, sections: { lessons: { text: `${basedOn}` } } });
    };
    await Promise.all([work(), draftNow(id)]);
    const view = await getPostmortem(as('vera'), id);
    expect(text(view, 'lessons')).toBe('2');
    expect(view.seal.state).toBe('intact');
    expect(view.versions.map(({ number }) => number)).toEqual(view.versions.map((_, i) => i + 1));
  });

  test('refuses what is not there, what is no address, and what nothing is to be made of', async () => {
    const { id } = await drafted();
    const edit = (over: Record<string, unknown>) => editPostmortem(as('otto'), id, { basedOn: 0, ...over });
    await expect(edit({ sections: { factors: { struck: ['summary/none'] } } })).rejects.toMatchObject(
      refusal('sections.factors.struck[0]'),
    );
    await expect(edit({ curate: [{ kind: 'hide', entry: 'event/0', reason: 'r' }] })).rejects.toMatchObject(
      refusal('curate[0].entry'),
    );
    for (const url of [
      'javascript:alert(1)',
      'data:text/html,x',
      'https://ada:secret@example.com/',
      'ftp://example.com',
    ])
      await expect(edit({ links: { add: [{ title: 't', url }] } })).rejects.toMatchObject({ code: 'bad_input' });
    await expect(edit({ links: { remove: ['lnk_none'] } })).rejects.toMatchObject(refusal('links.remove[0]'));
    await expect(edit({ sections: { nothing: { text: 'x' } } })).rejects.toMatchObject({ code: 'bad_input' });
    await expect(editPostmortem(as('vera'), id, { basedOn: 0, title: 'x' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect((await getPostmortem(as('otto'), id)).versions).toHaveLength(1);
  });

  test('to the same words changes nothing', async () => {
    const { id, title } = await drafted();
    const same = await editPostmortem(as('otto'), id, { basedOn: 0, title, sections: { lessons: { text: '' } } });
    expect(same).toMatchObject({ revision: 0 });
    expect(same.versions).toHaveLength(1);
  });
});

describe('an audience', () => {
  test('is set by an administrator; whoever is less finds nothing, and the history has no word of it', async () => {
    const { id, feature: of } = { ...(await drafted()), feature: '' };
    await expect(editPostmortem(as('ada'), id, { basedOn: 0, audience: 'approver' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await editPostmortem(as('root'), id, { basedOn: 0, audience: 'approver' });
    await editPostmortem(as('ada'), id, {
      basedOn: 1,
      title: 'Wages were leaked',
      sections: { lessons: { text: 'Secret' } },
    });
    for (const name of ['vera', 'otto'] as const) {
      await expect(getPostmortem(as(name), id)).rejects.toMatchObject({ code: 'not_found' });
      await expect(getVersion(as(name), id, 1)).rejects.toMatchObject({ code: 'not_found' });
      await expect(getEvidence(as(name), id, 1)).rejects.toMatchObject({ code: 'not_found' });
      await expect(compareVersions(as(name), id, { from: 1, to: 2 })).rejects.toMatchObject({ code: 'not_found' });
      expect((await listPostmortems(as(name), { q: 'wages' })).map((line) => line.id)).toEqual([]);
    }
    await expect(addComment(as('otto'), id, { section: 'causes', text: 'x' })).rejects.toMatchObject({
      code: 'not_found',
    });
    expect((await listPostmortems(as('ada'), { q: 'wages' })).map((line) => line.id)).toEqual([id]);
    const written = JSON.stringify((await eventsOf(id)).slice(2));
    expect(written).not.toMatch(/[Ww]ages|Secret/);
    expect(of).toBe('');
  });

  test('of a key is its environment', async () => {
    const { id } = await drafted();
    await expect(getPostmortem(key('staging'), id)).rejects.toMatchObject({ code: 'not_found' });
    expect((await getPostmortem(key('production'), id)).id).toBe(id);
    expect((await listPostmortems(key('staging'))).map((line) => line.id)).not.toContain(id);
    await expect(
      getPostmortem(
        store.context({ actor: { kind: 'loopback', id: 'loopback', name: 'loopback', environment: null } }),
        id,
      ),
    ).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('templates', () => {
  test('stand where nobody has written yet, and never over words', async () => {
    const { id } = await drafted();
    await editPostmortem(as('otto'), id, { basedOn: 0, sections: { lessons: { text: 'Mine' } } });
    const started = await startFrom(as('otto'), id, { basedOn: 1, template: 'postmortem-standard' });
    expect(text(started, 'lessons')).toBe('Mine');
    expect(text(started, 'factors')).toContain('Contributing factors');
    const again = await startFrom(as('otto'), id, { basedOn: 2, template: 'postmortem-short' });
    expect(again.revision).toBe(2);
    const own = await createTemplate(as('root'), {
      kind: 'postmortem',
      name: 'Ours',
      body: { sections: { well: 'What went well?' } },
    });
    const last = await startFrom(as('otto'), id, { basedOn: 2, template: own.id });
    expect(last.revision).toBe(again.document.written.well ? 2 : 3);
    await expect(
      createTemplate(as('root'), { kind: 'postmortem', name: 'Bad', body: { sections: { nowhere: 'x' } } }),
    ).rejects.toMatchObject({ code: 'bad_input' });
    await expect(createTemplate(as('root'), { kind: 'postmortem', name: 'Bad', from: id })).rejects.toMatchObject(
      refusal('from'),
    );
    await expect(startFrom(as('otto'), id, { basedOn: 3, template: 'tabletop-questions' })).rejects.toMatchObject(
      refusal('template'),
    );
  });
});

describe('comments', () => {
  test('stay until they are settled, by whoever was first', async () => {
    const { id } = await drafted();
    const comment = await addComment(as('otto'), id, { section: 'causes', text: 'Why did the canary not show it?' });
    const [first, second] = await Promise.all([
      resolveComment(as('ada'), id, comment.id),
      resolveComment(as('abel'), id, comment.id),
    ]);
    expect(first.resolved?.by).toBe(second.resolved?.by);
    expect((await getPostmortem(as('vera'), id)).comments).toEqual([first]);
    expect((await told(id)).filter((kind) => kind === 'postmortem.commented')).toHaveLength(2);
    await expect(resolveComment(as('ada'), id, 'cmt_none')).rejects.toMatchObject({ code: 'not_found' });
    const other = await drafted();
    await expect(resolveComment(as('ada'), other.id, comment.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(addComment(as('vera'), id, { section: 'causes', text: 'x' })).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});

describe('versions', () => {
  test('are compared section by section, with what was done to actions between them', async () => {
    const { id } = await drafted();
    pass(1_000);
    await editPostmortem(as('otto'), id, {
      basedOn: 0,
      title: 'Renamed',
      sections: { lessons: { text: 'one\ntwo\nthree' } },
    });
    pass(1_000);
    await editPostmortem(as('otto'), id, {
      basedOn: 1,
      sections: { lessons: { text: 'one\n2\nthree' } },
      curate: [{ kind: 'add', at: scene.now().toISOString(), text: 'Added' }],
    });
    const compared = await compareVersions(as('vera'), id, { from: 2, to: 3 });
    expect(versionComparisonView.parse(compared)).toEqual(compared);
    expect(compared.title).toBeNull();
    expect(compared.sections.map(({ name }) => name)).toEqual(['lessons']);
    expect(compared.sections[0]?.lines.filter(({ kind }) => kind !== 'same')).toEqual([
      { kind: 'removed', text: 'two' },
      { kind: 'added', text: '2' },
    ]);
    expect(compared.curations).toMatchObject([{ kind: 'add', text: 'Added' }]);
    expect((await compareVersions(as('vera'), id, { from: 1, to: 3 })).title).toMatchObject({ to: 'Renamed' });
    await expect(compareVersions(as('vera'), id, { from: 3, to: 9 })).rejects.toMatchObject({ code: 'not_found' });
    await expect(getVersion(as('vera'), id, '1 or 1=1')).rejects.toMatchObject({ code: 'not_found' });
    const evidence = await getEvidence(as('vera'), id, 1);
    expect(evidenceHash(evidence.facts)).toBe(evidence.hash);
  });
});

describe('a list', () => {
  test('is newest first, in pages, by feature, state and subject', async () => {
    const of = await feature();
    const made: string[] = [];
    for (let i = 0; i < 5; i++) {
      pass(1_000);
      made.unshift((await drafted({}, of)).id);
    }
    const ids = async (over: Parameters<typeof listPostmortems>[1]) =>
      (await listPostmortems(as('vera'), { feature: of, ...over })).map(({ id }) => id);
    const lines = await listPostmortems(as('vera'), { feature: of });
    expect(lines.map((line) => postmortemLine.parse(line))).toEqual(lines);
    expect(lines.map(({ id }) => id)).toEqual(made);
    expect(lines[0]?.summary).not.toBe('');
    expect(await ids({ limit: 2 })).toEqual(made.slice(0, 2));
    expect(await ids({ limit: 2, before: made[1] ?? '' })).toEqual(made.slice(2, 4));
    expect(await ids({ before: 'none' })).toEqual([]);
    expect(await ids({ state: ['published'] })).toEqual([]);
    expect(await ids({ environment: 'staging' })).toEqual([]);
    await publishPostmortem(as('ada'), made[0] ?? '', { version: 1 });
    expect(await ids({ state: ['published', 'amended'] })).toEqual(made.slice(0, 1));
    expect(await ids({ subject: 'rbk_none' })).toEqual([]);
  });
});

test('the document has an example of every body of a report that parses as such', () => {
  const { paths } = openApi() as {
    paths: Record<
      string,
      Record<string, { requestBody?: { content: Record<string, { schema: { examples?: unknown[] } }> } }>
    >;
  };
  const bodies = Object.entries(paths)
    .filter(([path]) => path.startsWith('/postmortems') || path.startsWith('/actions'))
    .flatMap(([path, methods]) => Object.values(methods).map(({ requestBody }) => ({ path, requestBody })))
    .filter(({ requestBody }) => requestBody !== undefined);
  expect(bodies.length).toBeGreaterThan(8);
  for (const { path, requestBody } of bodies)
    expect(requestBody?.content['application/json']?.schema.examples?.length, path).toBeGreaterThan(0);
});

test('all of it is in the history, which is whole', async () => {
  expect(await verifyChain(store.database().db)).toMatchObject({ ok: true });
  const [row] = await store.database().db.select().from(event).where(eq(event.kind, 'postmortem.edited')).limit(1);
  expect(row?.actorName).toBeDefined();
  expect((await rowOf((row?.data.postmortemId as string) ?? '')).id).toBeDefined();
  await expect(
    amendPostmortem(as('ada'), row?.data.postmortemId as string, { basedOn: 0, reason: 'r', title: 'x' }),
  ).rejects.toMatchObject({ code: 'conflict' });
});
