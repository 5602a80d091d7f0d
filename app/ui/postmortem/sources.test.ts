import { expect, test } from 'vitest';
import { exampleFacts, exampleView, usualNames } from '@/lib/postmortem/example';
import { reportOf } from '@/lib/postmortem/hand-out/report';
import { sourceAnchor, sourceKey } from '@/lib/postmortem/source-model';
import { cardsOf } from './sources';

const facts = exampleFacts();
const report = reportOf(exampleView(), facts);
const cards = cardsOf(report);

test('whatever a sentence cites has a card that says something of its own', () => {
  const cited = report.sections.flatMap((s) =>
    s.sentences.flatMap(({ spans }) => spans.flatMap((span) => span.sources)),
  );
  expect(cited.length).toBeGreaterThan(20);
  for (const source of cited) {
    const card = cards.find(({ key }) => key === sourceKey(source));
    expect([sourceKey(source), card?.title !== '' && (card?.rows.length ?? 0) > 0]).toEqual([sourceKey(source), true]);
  }
});

test('a figure says its value, interval, formula and what went into it', () => {
  const figure = cards.find(({ key }) => key === 'figure/impact/errors');
  const labels = figure?.rows.map(({ label }) => label);
  expect(labels).toEqual(
    expect.arrayContaining(['Value', 'How it is computed', 'Candidate, all (n₁)', 'Baseline, all (n₀)']),
  );
  expect(labels?.some((label) => label.includes('interval'))).toBe(true);
  expect(figure?.from).toContain('evidence/measured/errors');
});

test('an event leads to its place in the history, with its hash', () => {
  const [event] = facts.events;
  const card = cards.find(({ key }) => key === `event/${event?.seq}`);
  expect(card).toMatchObject({
    kind: 'Event',
    hash: event?.hash,
    href: `/history?before=${(event?.seq ?? 0) + 1}#event-${event?.seq}`,
  });
});

test('without the evidence the cards say so and nothing breaks', () => {
  const bare = cardsOf(reportOf(exampleView(), null));
  expect(bare.length).toBe(cards.length);
  expect(bare.find(({ key }) => key === 'evidence/rollback')?.rows[0]?.text).toContain('could not be read');
});

test('hostile names stay in their place, marked and cut', () => {
  const nasty = `\u202eevil\u0000<script>${'x'.repeat(5_000)}`;
  const names = { ...usualNames, reason: nasty, person: nasty };
  const view = exampleView(names);
  const texts = cardsOf(reportOf(view, exampleFacts(names))).flatMap((c) => [
    c.title,
    c.raw,
    ...c.rows.map((r) => r.text),
  ]);
  expect(texts.some((text) => text.includes('evil'))).toBe(true);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  for (const text of texts) expect(text).not.toMatch(/[\u0000\u202e]/);
  expect(Math.max(...texts.map((text) => text.length))).toBeLessThan(2_000);
});

test('an address of a source is one piece', () => {
  expect(sourceAnchor('figure/impact/a b')).toBe('source-figure%2Fimpact%2Fa%20b');
});
