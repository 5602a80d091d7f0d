import { describe, expect, test } from 'vitest';
import { exampleView } from './example';
import type { Document } from './model';
import { differencesSeen } from './sight';

const { document } = exampleView();
const after = (change: (of: Document) => void): string[] => {
  const other = structuredClone(document);
  change(other);
  return differencesSeen(document, other);
};

test('drafted again from newer evidence with the same words, it is the same to a reader', () => {
  expect(
    after((of) => {
      of.draft.evidence = { number: 9, hash: 'ff' };
      for (const { sentences } of Object.values(of.draft.sections))
        for (const sentence of sentences) sentence.spans = sentence.spans.map((span) => ({ ...span, sources: [] }));
      for (const figure of of.draft.figures) figure.inputs = {};
    }),
  ).toEqual([]);
});

describe('what a reader sees differ is named', () => {
  const cases: Array<[what: string, change: (of: Document) => void, named: RegExp]> = [
    ['the title', (of) => void Object.assign(of, { title: 'Another' }), /^Title$/],
    ['a drafted sentence', (of) => void of.draft.sections.summary.sentences.pop(), /^Summary$/],
    [
      'a sentence struck out',
      (of) => {
        of.written.impact = { text: '', struck: [of.draft.sections.impact.sentences[0]?.id ?? ''] };
      },
      /^Impact$/,
    ],
    [
      'words of people',
      (of) => void Object.assign(of.written, { lessons: { text: 'Learnt', struck: [] } }),
      /^Lessons$/,
    ],
    [
      'a figure',
      (of) => {
        const [first] = of.draft.figures;
        if (first) first.high = 12_345;
      },
      /^Figures \(.+\)$/,
    ],
    [
      'a milestone',
      (of) => {
        const onset = of.draft.milestones.find(({ name }) => name === 'onset');
        if (onset) onset.at = null;
      },
      /^Milestones \(onset\)$/,
    ],
    ['an entry of the timeline', (of) => void of.draft.timeline.pop(), /^Timeline entries \(2026-/],
    [
      'an entry that was hidden',
      (of) =>
        void of.curations.push({
          kind: 'hide',
          entry: of.draft.timeline[0]?.id ?? '',
          reason: 'r',
          id: 'cur_1',
          by: 'ada',
          madeAt: '2026-11-22T12:00:00.000Z',
        }),
      /^Timeline entries/,
    ],
    ['the order of candidates', (of) => void of.draft.candidates.reverse(), /^Ranked candidates \(their order\)$/],
    [
      'a link',
      (of) => void of.links.push({ id: 'l', title: 'Ticket', url: 'https://t.example', by: 'ada', at: '' }),
      /^Links \(Ticket\)$/,
    ],
  ];
  test.each(cases)('%s', (_what, change, named) => expect(after(change)).toEqual([expect.stringMatching(named)]));
});
