import fc from 'fast-check';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { describe, expect, test } from 'vitest';
import { plain } from '../draft/sentence';
import { exampleFacts, exampleView, type Names, usualNames } from '../example';
import { toMarkdown } from './markdown';
import { escaped, harmless, unescaped } from './markdown-text';
import { type Report, reportOf } from './report';

/** Another reader than the one that writes: a whole document, by CommonMark and GFM. */
const reader = unified().use(remarkParse).use(remarkGfm);
type Node = {
  type: string;
  children?: Node[];
  value?: string;
  url?: string;
  label?: string;
  identifier?: string;
  depth?: number;
};
type Root = Node & { children: Node[] };
const parse = (text: string): Root => reader.runSync(reader.parse(text)) as Root;
const all = (node: Node): Node[] => [node, ...(node.children ?? []).flatMap(all)];
const read = (node: Node): string => node.children?.map(read).join('') ?? node.value ?? '';

const vicious = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<!-- ',
  '[click](javascript:alert(1))',
  '![](https://evil.example/p.png)',
  '[e104]',
  '[e104]: https://evil.example',
  '[x]: <javascript:alert(1)>',
  '![x][y]',
  'https://evil.example/a?b=c',
  'http://evil.example',
  'www.evil.example',
  'mail@evil.example',
  'mailto:mail@evil.example',
  '<https://evil.example>',
  '# heading',
  '===',
  '---',
  '- item',
  '1. item',
  '+ item',
  '> quote',
  '    code',
  '\tcode',
  '```\nfence',
  '~~~',
  '`code`',
  '``',
  '**bold** __bold__ *i* _i_ ~~s~~',
  '| a | b |',
  '|',
  '\\|',
  '\\\\|',
  '\\',
  'a\\',
  '[^1]: note',
  '[^1]',
  '&lt;b&gt; &#60; &amp;',
  '&',
  '$x$ $$y$$',
  '\u202egnp.exe',
  '\u2066x\u2069',
  '\u0000\u0007\u001b[31m',
  '\u200b\u2060\ufeff',
  'a\nb\r\n\r\n# c',
  '\u2028# c',
  '=HYPERLINK("x")',
  'العربية',
  '👩‍👩‍👧‍👦',
  '- [ ] task',
  ':::note',
  '{{x}}',
  '%s%n',
  '',
  ' ',
];
const hostile = fc.oneof(
  fc.constantFrom(...vicious),
  fc.tuple(fc.constantFrom(...vicious), fc.constantFrom(...vicious)).map(([a, b]) => a + b),
  fc.string({ maxLength: 40, unit: 'grapheme' }),
  fc.string({ maxLength: 40, unit: fc.constantFrom(...'\\`*_{}[]()<>#+-.!|~@:/&$w=^ \n\tah1') }),
  fc.string({ maxLength: 20, unit: 'binary' }),
);

/** What is left once what does not show is taken away. */
const seen = (text: string): string => unescaped(text);

describe('text from outside', () => {
  test.each([
    ['in a paragraph', (text: string) => `x ${text} x\n`],
    ['at the start of a line', (text: string) => `${text}\n`],
    ['in a heading', (text: string) => `## ${text}\n`],
    ['in a list', (text: string) => `- ${text}\n- next\n`],
    ['in a cell', (text: string) => `| a | b |\n| --- | --- |\n| ${text} | y |\n`],
  ])('%s reads as it is and makes nothing', (_where, around) => {
    fc.assert(
      fc.property(hostile, (text) => {
        const want = plain(text).trim();
        fc.pre(want !== '');
        const tree = parse(around(escaped(text)));
        const kinds = new Set(all(tree).map(({ type }) => type));
        for (const kind of [
          'html',
          'link',
          'linkReference',
          'image',
          'imageReference',
          'definition',
          'footnoteDefinition',
          'footnoteReference',
          'code',
          'inlineCode',
          'emphasis',
          'strong',
          'delete',
          'blockquote',
          'thematicBreak',
          'break',
        ] as const)
          expect(kinds, kind).not.toContain(kind);
        expect(seen(read(tree))).toContain(seen(want));
        const [first] = tree.children;
        expect(tree.children).toHaveLength(1);
        if (around('').startsWith('|')) {
          expect(first?.children?.map((row) => row.children?.length)).toEqual([2, 2]);
          expect(seen(read(first?.children?.[1]?.children?.[0] as Node))).toBe(seen(want));
        }
      }),
      { numRuns: 300 },
    );
  });
});

function viewOf(names: Names, most = Number.POSITIVE_INFINITY) {
  const facts = exampleFacts(names);
  facts.measured = facts.measured.map((m) => ({ ...m, cells: m.cells.filter((_, i) => i % 60 < most) }));
  return { report: reportOf(exampleView(names, facts), facts) };
}

/** Every table of a report has as many cells in each row, and no more columns than Belay gave it. */
function checked(report: Report): Root {
  const tree = parse(toMarkdown(report, { zone: 'Europe/Berlin', base: 'https://belay.example' }));
  const nodes = all(tree);
  const kinds = new Set(nodes.map(({ type }) => type));
  for (const kind of ['html', 'image', 'imageReference', 'code', 'footnoteDefinition', 'footnoteReference'] as const)
    expect(kinds, kind).not.toContain(kind);
  for (const node of nodes) {
    if (node.type === 'table') {
      const [head, ...rows] = (node.children ?? []).map((row) => row.children?.length);
      expect(rows.every((cells) => cells === head)).toBe(true);
    }
    if (node.type === 'definition') expect(node.url).toMatch(/^https:\/\/belay\.example\/postmortems\/pm_1#source-/);
    if (node.type === 'link') expect(node.url).toBe('https://example.com/board?a=1&b=2');
    if (node.type === 'linkReference') expect(node.label).toMatch(/^(?:e\d+|[fx]\d+|[fx]:[\w/-]+)$/);
  }
  return tree;
}
const headings = (tree: Root): string[] =>
  tree.children.flatMap((node) =>
    node.type === 'heading' && Number(node.depth) <= 2 ? [read(node).split(':')[0] ?? ''] : [],
  );

describe('a report as Markdown', () => {
  test('says first what a stranger asks, then what it rests on', () => {
    const { report } = viewOf(usualNames);
    const text = toMarkdown(report, { zone: 'Europe/Berlin', base: null });
    expect(headings(parse(text)).slice(0, 5)).toEqual([
      'new-checkout treatment taken back in production',
      'Summary',
      'Impact',
      'Timeline',
      'Candidates for the cause',
    ]);
    expect(text).toContain('| When (2026-11-22, UTC+01:00) |');
    expect(text).toMatch(
      /\| Excess errors \(errors\) \| 44 \(40 to 48\) \| 45 \(42 to 48\) \| −1 \(−4 to 1\) \| \[f:impact\/errors\] \|/,
    );
    expect(text).toContain(report.evidence.hash);
    for (const { seq, hash } of report.facts?.events ?? []) {
      expect(text).toContain(`[e${seq}] |`);
      expect(text).toContain(hash);
    }
    expect(text.match(/^\| \d\d:\d\d:\d\d \| (?:control|treatment) \| (?:eu|us) \|/gm)).toHaveLength(348);
  });

  test('links each citation to where the page shows it', () => {
    const tree = checked(viewOf(usualNames).report);
    const cited = all(tree).flatMap((node) => (node.type === 'linkReference' ? [node.identifier] : []));
    const defined = all(tree).flatMap((node) => (node.type === 'definition' ? [node.identifier] : []));
    expect(cited.length).toBeGreaterThan(20);
    expect(new Set(defined)).toEqual(new Set([...defined, ...cited]));
  });

  test('keeps its shape whatever things are called', () => {
    const usual = headings(checked(viewOf(usualNames, 4).report)).length;
    const names = fc.record({
      ...Object.fromEntries(Object.keys(usualNames).map((name) => [name, hostile])),
      written: fc.constant(''),
    } as unknown as { [K in keyof Names]: fc.Arbitrary<string> });
    fc.assert(
      fc.property(names, (some) => {
        const distinct = {
          ...some,
          baseline: `${some.baseline}a`,
          candidate: `${some.candidate}b`,
          errors: `${some.errors}e`,
          slow: `${some.slow}s`,
        };
        const tree = checked(viewOf(distinct as Names, 4).report);
        expect(headings(tree)).toHaveLength(usual);
      }),
      { numRuns: 20 },
    );
  });

  test('is not drowned by names of a megabyte', () => {
    const long = '|*[<`'.repeat(200_000);
    const { report } = viewOf({
      ...usualNames,
      cohort: long.slice(0, 20_000),
      value: long,
      reason: long,
      person: long,
      title: long,
    });
    const text = toMarkdown(report, { zone: 'UTC', base: null });
    expect(text.length).toBeLessThan(1_500_000);
    checked(report);
  });

  test('says that a broken seal is one before anything else', () => {
    const { report } = viewOf(usualNames);
    const text = toMarkdown(
      { ...report, seal: { ...report.seal, state: 'broken', detail: 'version 2 is <b>not</b>' } },
      { zone: 'UTC', base: null },
    );
    expect(text.split('\n\n')[1]).toBe('> **This report is not what was sealed: version 2 is \\<b\\>not\\</b\\>.**');
  });

  test('has what people wrote, less what they struck out', () => {
    const facts = exampleFacts();
    const view = exampleView(usualNames, facts);
    const [struck, stays] = view.document.draft.sections.summary.sentences;
    view.document.written.summary = {
      text: '# Ours\n\n**Know** [this](https://ours.example)',
      struck: [struck?.id ?? ''],
    };
    const text = toMarkdown(reportOf(view, facts), { zone: 'UTC', base: null });
    const [summary = ''] = text.split('## Impact');
    expect(summary).toContain('### Ours\n\n**Know** [this](https://ours.example)');
    expect(summary).not.toContain('had failed in the cohort');
    expect(summary).toContain(stays?.spans[0]?.text.slice(0, 20));
    expect(text).toContain('Summary: ~~On 2026-11-22 at 12:01:10 UTC');
  });
});

describe('what people write', () => {
  test('keeps what reads, and loses what loads, runs or leads elsewhere', () => {
    const text = harmless(
      [
        '# One',
        '| a | b |\n| - | - |\n| 1 | 2 |',
        '- [x] done\n- *so*',
        '```sql\nselect 1;\n```',
        '<script>alert(1)</script>',
        'a <b onclick="x">b</b> ![pic](https://pics.example/p.png "t") [j](javascript:alert(1)) [d][d]',
        '[m](mailto:a@b.example) [r](/relative) [s](//host) [u](data:text/html,x)',
        '[d]: javascript:alert(2)',
        'note[^1]\n\n[^1]: https://deep.example',
      ].join('\n\n'),
    );
    const nodes = all(parse(text));
    const kinds = nodes.map(({ type }) => type);
    expect(kinds).toEqual(expect.arrayContaining(['table', 'listItem', 'emphasis', 'code', 'link']));
    expect(kinds).not.toContain('html');
    expect(kinds).not.toContain('image');
    expect(nodes.flatMap((node) => (node.type === 'link' ? [node.url] : []))).toEqual([
      'https://pics.example/p.png',
      'mailto:a@b.example',
      'https://deep.example',
    ]);
    expect(nodes.flatMap((node) => (node.type === 'heading' ? [node.depth] : []))).toEqual([3]);
    expect(read(parse(text))).toContain('<script>alert(1)</script>');
  });

  test('is harmless whatever it is, and so a second time', () => {
    const markdown = fc.array(hostile, { maxLength: 8 }).map((parts) => parts.join('\n'));
    fc.assert(
      fc.property(fc.oneof(markdown, hostile), (text) => {
        const out = harmless(text);
        for (const node of all(parse(out))) {
          expect(['html', 'image', 'imageReference', 'definition', 'footnoteDefinition']).not.toContain(node.type);
          if (node.type === 'link') expect(node.url).toMatch(/^(?:https?:\/\/|mailto:)/i);
          if (node.type === 'heading') expect(node.depth).toBeGreaterThan(2);
        }
        expect(out).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
        expect(out).not.toContain('\u0000');
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['quotes', '>'.repeat(50_000)],
    ['quotes of many lines', `${'> '.repeat(200)}x\n`.repeat(120)],
    ['lists', '- '.repeat(25_000)],
    ['numbered lists', '1. '.repeat(16_000)],
    ['stars', '*a '.repeat(16_000)],
    ['stars that close', `${'*a '.repeat(8_000)}${'b*'.repeat(8_000)}`],
    ['nested stars', `${'*a **b '.repeat(3_000)}${'c** d*'.repeat(3_000)}`],
    ['brackets', '['.repeat(50_000)],
    ['links in links', `${'[a'.repeat(12_000)}${'](b)'.repeat(6_000)}`],
    ['pictures in pictures', `${'![a'.repeat(8_000)}${'](b)'.repeat(6_000)}`],
    ['backticks', '`a``b'.repeat(10_000)],
    ['tables', `|a|b|\n|-|-|\n${'|'.repeat(40_000)}`],
    ['entities', '&#x41;'.repeat(8_000)],
    ['angle brackets', '<a '.repeat(16_000)],
    ['tildes', '~a~~b'.repeat(10_000)],
    ['lazy lines', `${'>'.repeat(20)}\n`.repeat(2_000)],
  ])('a heap of %s is answered, in a size of its own', (_what, text) => {
    const out = harmless(text);
    expect(out.length).toBeLessThan(8 * text.length + 1_000);
    expect(all(parse(out.slice(0, 20_000))).some(({ type }) => type === 'html' || type === 'image')).toBe(false);
  });
});
