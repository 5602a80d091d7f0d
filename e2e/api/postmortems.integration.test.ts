/** Reports as they leave through REST: to nobody who may not see them, and harmless whatever stands in them. */
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Role } from '@/lib/access/model';
import { exportSchema } from '@/lib/postmortem/hand-out/export-json';
import { draftPostmortem } from '@/lib/postmortem/open';
import { call, testConsole } from './console';

const house = testConsole();
const keys = new Map<Role, string>();
const roles = ['viewer', 'operator', 'approver', 'admin'] as const;
const keyOf = (role: Role) => keys.get(role) ?? '';

beforeAll(async () => {
  for (const role of roles) keys.set(role, await house.newKey(role));
  const body = { owner: 'o', versions: { control: 1, treatment: 2 }, baseline: 'control' };
  await call('PUT', '/features/told', { key: keyOf('admin'), body });
});

async function drafted(over: Record<string, unknown> = {}): Promise<{ id: string; revision: number }> {
  const now = Date.now();
  const at = (hours: number) => new Date(now - hours * 3_600_000).toISOString();
  const opened = await call('POST', '/postmortems', {
    key: keyOf('operator'),
    body: { feature: 'told', environment: 'production', from: at(2), to: at(1), ...over },
  });
  expect(opened.status, opened.text).toBe(201);
  const { id } = opened.body as { id: string };
  await draftPostmortem({ db: house.database().db, now: () => new Date() }, id);
  return { id, revision: 0 };
}
async function edited(id: string, by: Role, body: Record<string, unknown>): Promise<void> {
  const { status, text } = await call('PUT', `/postmortems/${id}`, { key: keyOf(by), body });
  expect(status, text).toBe(200);
}

const exports = ['?as=markdown', '?as=json', '?as=csv', ''];
const waysTo = (id: string): Array<[path: string, headers: Record<string, string>]> => [
  ...exports.map((query): [string, Record<string, string>] => [`/postmortems/${id}${query}`, {}]),
  [`/postmortems/${id}`, { accept: 'text/markdown' }],
  [`/postmortems/${id}`, { accept: 'text/csv' }],
  [`/postmortems/${id}/versions/1`, {}],
  [`/postmortems/${id}/evidence/1`, {}],
  [`/postmortems/${id}/send`, {}],
  [`/postmortems/${id}/compare?from=1&to=2`, {}],
];

describe('what is private to a role', () => {
  test('leaves in no form for a lesser one, who is told what who asks for nothing is told', async () => {
    const { id } = await drafted({ title: 'Wages were leaked' });
    await edited(id, 'admin', { basedOn: 0, audience: 'approver' });
    await edited(id, 'approver', { basedOn: 1, sections: { lessons: { text: 'Wages' } } });
    const action = { title: 'Wages', owner: 'ada', dueOn: '2026-12-01' };
    const made = await call('POST', `/postmortems/${id}/actions`, { key: keyOf('approver'), body: action });
    const elsewhere = await house.newKey('approver', 'staging');
    const nobody = `pm_${'0'.repeat(26)}`;
    for (const [path, headers] of waysTo(id)) {
      for (const role of ['approver', 'admin'] as const)
        expect([path, role, (await call('GET', path, { key: keyOf(role), headers })).status]).toEqual([
          path,
          role,
          200,
        ]);
      const none = await call('GET', path.replace(id, nobody), { key: keyOf('viewer'), headers });
      for (const key of [keyOf('viewer'), keyOf('operator'), elsewhere]) {
        const refused = await call('GET', path, { key, headers });
        expect([path, refused.status]).toEqual([path, 404]);
        const unnamed = ({ text }: { text: string }, of: string) => text.replaceAll(of, 'ID');
        expect(unnamed(refused, id)).toBe(unnamed(none, nobody));
        expect(refused.text).not.toContain('Wages');
      }
    }
    for (const path of [
      '/postmortems',
      '/postmortems?q=Wages',
      '/actions',
      `/actions?postmortem=${id}`,
      '/postmortems/trends',
    ])
      for (const role of ['viewer', 'operator'] as const) {
        const { status, text } = await call('GET', path, { key: keyOf(role) });
        expect([path, status]).toEqual([path, 200]);
        expect(text).not.toMatch(new RegExp(`Wages|${id}`));
      }
    const { id: actionId } = made.body as { id: string };
    expect((await call('GET', `/actions/${actionId}`, { key: keyOf('operator') })).status).toBe(404);
    const history = await call('GET', '/events?limit=1000', { key: keyOf('viewer') });
    // That it is opened was told before it was private; what came later is told without words.
    const since = (history.body as Array<{ kind: string; data: { postmortemId?: string } }>).filter(
      (e) => e.data.postmortemId === id && e.kind !== 'postmortem.opened' && e.kind !== 'postmortem.drafted',
    );
    expect(since.length).toBeGreaterThan(1);
    expect(JSON.stringify(since)).not.toContain('Wages');
  });
});

describe('a report that is sent', () => {
  test('is sent once under its key, to people who may see it, and to nobody else', async () => {
    const { id } = await drafted();
    const invited = await call('POST', '/people', { key: keyOf('admin'), body: { name: 'Vera', role: 'viewer' } });
    expect(invited.status, invited.text).toBe(201);
    const order = (people: string[], key = 'send-1', version = 1) =>
      call('POST', `/postmortems/${id}/send`, {
        key: keyOf('operator'),
        headers: { 'idempotency-key': key },
        body: { version, people, note: 'Read it' },
      });
    const sent = await order(['Vera']);
    expect(sent.status, sent.text).toBe(200);
    expect(sent.body).toMatchObject({ version: 1, people: [{ name: 'Vera', state: 'not_mailed' }] });
    expect((await order(['Vera'])).body).toEqual(sent.body);
    const list = await call('GET', `/postmortems/${id}/send`, { key: keyOf('viewer') });
    expect(list.body).toEqual([sent.body]);
    const refused = await order(['Vera', 'Nobody'], 'send-2');
    expect([refused.status, refused.body]).toMatchObject([400, { errors: [{ field: 'people[1]' }] }]);
    expect((await order(['Vera'], 'send-3', 7)).status).toBe(409);
  });
});

const script = '<script>alert(1)</script>';
const hostile = [
  `=HYPERLINK("https://evil.example","x")`,
  `${script}<img src=x onerror=alert(1)>`,
  '[x](javascript:alert(1)) ![x](https://evil.example/p.png)',
  '| a | b |\n| --- | --- |\n| c | d |',
  '\u202egnp.exe\u202c\u0007\u001b[31m',
  '# Heading\n\n```\nfence\n\n[f]: javascript:alert(1)',
  '@SUM(A1)+1',
].join(' ');

describe('a hostile report', () => {
  test('is handed out harmless, in every form', async () => {
    const line = hostile.replaceAll('\n', ' ').slice(0, 180);
    const { id } = await drafted({ title: line, environment: line.slice(0, 90).trim() });
    await edited(id, 'operator', {
      basedOn: 0,
      sections: { lessons: { text: hostile }, summary: { text: hostile } },
      curate: [{ kind: 'add', at: new Date(Date.now() - 5_400_000).toISOString(), text: hostile, reason: line }],
      links: { add: [{ title: line, url: 'https://tickets.example/1' }] },
    });
    await call('POST', `/postmortems/${id}/actions`, {
      key: keyOf('operator'),
      body: { title: hostile, detail: hostile, owner: line, dueOn: '2026-12-01' },
    });
    const get = (as: string) => call('GET', `/postmortems/${id}?as=${as}`, { key: keyOf('viewer') });
    for (const as of ['markdown', 'json', 'csv']) {
      const { status, headers, text } = await get(as);
      expect([as, status, headers.get('x-content-type-options')]).toEqual([as, 200, 'nosniff']);
      // A name that nobody chose, and never shown as a page of Belay's own.
      expect(headers.get('content-disposition')).toMatch(/^attachment; filename="postmortem-pm_\w+\.(md|json|csv)"$/);
      expect(headers.get('content-type')).not.toMatch(/html|svg|xml/);
      const hidden = [...text].filter((c) => /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(c) && !/[\t\r\n]/.test(c));
      expect([as, hidden]).toEqual([as, []]);
    }
    harmlessMarkdown((await get('markdown')).text);
    harmlessCsv((await get('csv')).text);
    const json = exportSchema.parse(JSON.parse((await get('json')).text));
    // Escaped or not, it is what was written: a seal can be computed from it.
    expect(json.sections.find(({ name }) => name === 'lessons')?.text).toBe(hostile);
  });
});

type Node = { type: string; url?: string; children?: Node[] };
const all = (node: Node): Node[] => [node, ...(node.children ?? []).flatMap(all)];

/** Read as GitHub and others read it. */
function harmlessMarkdown(text: string): void {
  const reader = unified().use(remarkParse).use(remarkGfm);
  const nodes = all(reader.runSync(reader.parse(text)) as unknown as Node);
  const types = new Set(nodes.map(({ type }) => type));
  for (const type of ['html', 'image', 'imageReference']) expect(types).not.toContain(type);
  for (const { url } of nodes) if (url !== undefined) expect(url).toMatch(/^(https?:|mailto:|#)/);
  expect(nodes.map(({ url }) => url)).toContain('https://tickets.example/1');
  // What people wrote as Markdown may link, and fetches nothing; a title is text.
  const [title] = nodes.filter(({ type }) => type === 'heading');
  expect(title && new Set(all(title).map(({ type }) => type))).toEqual(new Set(['heading', 'text']));
}

/** No cell begins as a formula does. */
function harmlessCsv(text: string): void {
  const cells = [...text.matchAll(/(?:^|,|\r\n)(?:"((?:[^"]|"")*)"|([^,\r\n]*))/g)].map(([, a, b]) => a ?? b ?? '');
  expect(cells.length).toBeGreaterThan(20);
  for (const cell of cells) expect(cell).not.toMatch(/^\s*[=+@＝]|^\s*-(?!\d+(\.\d+)?(e[+-]?\d+)?$)/i);
}
