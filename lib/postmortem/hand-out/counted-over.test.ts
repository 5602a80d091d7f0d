import { expect, test } from 'vitest';
import { exampleFacts, exampleView, usualNames } from '../example';
import type { Facts } from '../facts';
import { countedOver } from './counted-over';
import { toMarkdown } from './markdown';
import { reportOf } from './report';

/** The example, with its excess counted over another stretch. */
function report(over: (at: { onset: string; gone: string }) => Facts['measured'][number]['excessOver']) {
  const first = exampleView().document.draft.milestones;
  const at = (name: string) => first.find((m) => m.name === name)?.at ?? '';
  const excessOver = over({ onset: at('onset'), gone: at('propagated') });
  const facts = exampleFacts();
  const changed = { ...facts, measured: facts.measured.map((m) => ({ ...m, excessOver })) };
  return reportOf(exampleView(usualNames, changed), changed);
}
const { from, to } = exampleFacts();

test.each([
  [
    ({ onset, gone }: { onset: string; gone: string }) => ({ from: onset, to: gone }),
    /^the stretch of “How long users/,
  ],
  [({ onset }: { onset: string }) => ({ from: onset, to }), /to the end of what is told/],
  [({ gone }: { gone: string }) => ({ from, to: gone }), /the onset is not known/],
  [() => ({ from, to }), /^all of what is told/],
])('says whose stretch it is', (over, what) => {
  const read = report(over);
  const [first, ...more] = countedOver(read);
  expect(more).toEqual([]);
  expect(first?.what).toMatch(what);
  expect(first?.criteria).toEqual(
    exampleFacts().measured.flatMap(({ criterion, excess }) => (excess ? [criterion.name] : [])),
  );
  const said = toMarkdown(read, { zone: 'UTC', base: null });
  expect(said).toContain('## What candidates were counted over');
  expect(said).toContain(`${first?.from.slice(11, 19)} UTC`);
});

test('says what the impact is counted over, where that is longer', () => {
  const [over] = countedOver(report(({ onset, gone }) => ({ from: onset, to: gone })));
  expect(over?.impact?.to).toBe(to);
  expect(Date.parse(over?.impact?.from ?? '')).toBeLessThanOrEqual(Date.parse(over?.from ?? ''));
});

test('is nothing where no excess was counted, or nothing can be read', () => {
  const facts = exampleFacts();
  const none = { ...facts, measured: facts.measured.map((m) => ({ ...m, excess: null })) };
  expect(countedOver(reportOf(exampleView(usualNames, none), none))).toEqual([]);
  expect(countedOver(reportOf(exampleView(), null))).toEqual([]);
});
