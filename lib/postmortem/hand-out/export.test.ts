import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '@/lib/event/canonical';
import { exampleFacts, exampleView, usualNames } from '../example';
import { evidenceHash } from '../seal';
import { csvHead, toCsv } from './export-csv';
import { exportSchema, toExport } from './export-json';
import { reportOf } from './report';

const reportFor = (names = usualNames) => {
  const facts = exampleFacts(names);
  return reportOf(exampleView(names, facts), facts);
};

/** RFC 4180, as a spreadsheet reads it. */
function records(text: string): string[][] {
  const out: string[][] = [[]];
  let quoted = false;
  let cell = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (quoted && c === '"' && text[i + 1] === '"') cell += text[++i];
    else if (c === '"') quoted = !quoted;
    else if (!quoted && (c === ',' || c === '\r')) {
      out.at(-1)?.push(cell);
      cell = '';
      if (c === '\r') i++;
      if (c === '\r' && i < text.length - 1) out.push([]);
    } else cell += c;
  }
  return out;
}

describe('a report as CSV', () => {
  test('has every figure and every cell, as they were counted', () => {
    const report = reportFor();
    const [head, ...rows] = records(toCsv(report));
    expect(head).toEqual([...csvHead]);
    const cells = report.facts?.measured.flatMap((m) => m.cells) ?? [];
    expect(rows).toHaveLength(report.figures.length + cells.length);
    const at = (name: (typeof csvHead)[number]) => csvHead.indexOf(name);
    const errors = rows.find((row) => row[at('id')] === 'impact/errors');
    expect(Number(errors?.[at('value')])).toBe(report.figures.find(({ id }) => id === 'impact/errors')?.value);
    const counted = rows.filter((row) => row[0] === 'cell').reduce((sum, row) => sum + Number(row[at('n')]), 0);
    expect(counted).toBe(cells.reduce((sum, { n }) => sum + n, 0));
    expect(rows.find((row) => row[at('above')] !== '')?.[at('above')]).toMatch(/^250: \d+; 500: \d+$/);
  });

  test('no cell is a formula, and none breaks its row', () => {
    const nasty = fc.oneof(
      fc.constantFrom(
        '=1+1',
        '+1',
        '-1+cmd|x',
        '@SUM(A1)',
        '\t=1',
        ' =1',
        '\n=1',
        '＝1+1',
        '"',
        '","',
        "'",
        'a\r\nb',
        '\u202e',
        '',
      ),
      fc.string({ maxLength: 20, unit: 'binary' }),
    );
    const view = exampleView();
    fc.assert(
      fc.property(nasty, nasty, nasty, (cohort, errors, candidate) => {
        const facts = exampleFacts({ ...usualNames, cohort, errors: `${errors}e`, candidate: `${candidate}c` });
        const [measured] = facts.measured;
        if (measured) facts.measured = [{ ...measured, cells: measured.cells.slice(-8) }];
        const report = reportOf(view, facts);
        for (const row of records(toCsv(report))) {
          expect(row).toHaveLength(csvHead.length);
          for (const cell of row) {
            if (/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/.test(cell)) continue;
            expect(cell).not.toMatch(/^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('a report as JSON', () => {
  test('follows its schema and can be checked without Belay', () => {
    const facts = exampleFacts();
    const view = exampleView(usualNames, facts);
    const json = JSON.parse(JSON.stringify(toExport(view, facts)));
    expect(exportSchema.parse(json)).toEqual(json);
    expect(evidenceHash(canonicalJson(json.evidence.facts))).toBe(json.evidence.hash);
    expect(json.document).toEqual(JSON.parse(JSON.stringify(view.document)));
    expect(json.timeline.find((e: { added: boolean }) => e.added)).toMatchObject({ trace: [{ by: 'Ada Lovelace' }] });
  });

  test('is what is named and nothing else', () => {
    const facts = exampleFacts();
    const json = toExport({ ...exampleView(usualNames, facts), secret: 'x' } as never, facts);
    expect(JSON.stringify(json)).not.toContain('secret');
    expect(Object.keys(json)).toMatchInlineSnapshot(`
      [
        "format",
        "id",
        "title",
        "state",
        "subject",
        "from",
        "to",
        "baseline",
        "candidate",
        "revision",
        "createdAt",
        "publishedAt",
        "sections",
        "figures",
        "milestones",
        "timeline",
        "candidates",
        "changes",
        "actions",
        "reviews",
        "links",
        "sources",
        "versions",
        "seal",
        "document",
        "evidence",
      ]
    `);
  });
});
