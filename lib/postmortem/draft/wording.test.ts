/** What a draft says where a beginning or an end is known and where it is not. */
import { describe, expect, test } from 'vitest';
import { exampleFacts } from '../example';
import type { Facts } from '../facts';
import { draft } from './draft';
import { textOf } from './sentence';

const base = exampleFacts();
/** As many errors on both, so that no onset can be found. */
const even: Facts['measured'] = base.measured.map((m) => ({
  ...m,
  excess: null,
  cells: m.cells.map((c) => ({ ...c, k: 0, ...('over' in c ? { over: (c.over ?? []).map(() => 0) } : {}) })),
}));
/** Telemetry ends while the candidate is served, and no step shows that nobody is. */
const endless = (facts: Facts): Facts => {
  const until = Date.parse('2026-11-22T12:01:30Z');
  const { rollback } = facts;
  return {
    ...facts,
    to: new Date(until).toISOString(),
    events: facts.events.filter(({ kind }) => kind !== 'rollback.verified'),
    measured: facts.measured.map((m) => ({ ...m, cells: m.cells.filter(({ at }) => at < until) })),
    rollback: rollback && {
      ...rollback,
      state: 'verifying',
      endedAt: null,
      steps: rollback.steps.map((s) =>
        s.work.kind === 'exposure' || s.work.kind === 'criteria' ? { ...s, state: 'pending', endedAt: null } : s,
      ),
    },
  };
};
const stretch = (facts: Facts): Facts => ({
  ...facts,
  subject: { ...facts.subject, kind: 'stretch', id: null },
  rollback: null,
});
const saying = (facts: Facts, words: RegExp) => {
  const { sections } = draft(facts, { number: 1, hash: '0'.repeat(64) });
  const all = Object.values(sections).flatMap(({ sentences }) => sentences.map(textOf));
  return all.filter((text) => words.test(text));
};

describe('who met the candidate is one plain sentence', () => {
  const unknown = { ...base, measured: even };
  const [earliest, nowhere] = [
    /, the earliest that it may have got worse/,
    /, where counting begins because it is not known when it got worse/,
  ];
  test.each<[what: string, facts: Facts, onset: RegExp, end: RegExp]>([
    ['known, known', base, earliest, /, until 12:01:40 UTC, when telemetry showed nobody on it any more\.$/],
    ['unknown, known', unknown, nowhere, /, until 12:01:40 UTC, when telemetry showed nobody on it any more\.$/],
    [
      'known, unknown',
      endless(base),
      earliest,
      /, to 12:01:30 UTC, where this report ends; nothing shows yet that nobody is on it any more\.$/,
    ],
    [
      'unknown, unknown',
      endless(unknown),
      nowhere,
      /, to 12:01:30 UTC, where this report ends; nothing shows yet that nobody is on it any more\.$/,
    ],
    ['of a stretch', stretch(endless(base)), earliest, /, to 12:01:30 UTC, where this report ends\.$/],
  ])('%s', (_what, facts, onset, end) => {
    const [said, ...more] = saying(facts, / answered [\d,]+ requests/);
    expect(more).toEqual([]);
    expect(said).toMatch(
      /^The candidate treatment answered [\d,]+ requests of the cohorts eu and us from 11:59:00 UTC, /,
    );
    expect(said).toMatch(onset);
    expect(said).toMatch(end);
  });
});

test('where the onset is not known nothing is said to be before or after it', () => {
  const unknown = { ...base, measured: even };
  expect(saying(base, /before the onset/)).not.toEqual([]);
  expect(saying(unknown, /the onset/)).toEqual([]);
  expect(
    saying(unknown, /^The nearest change before it: .* before it was noticed \(when it began is not known\)/),
  ).toHaveLength(1);
  expect(
    saying(unknown, /^How long users met it: not known, because it is not known when it began \(errors: /),
  ).toHaveLength(1);
});

test('of a stretch it is said what was noticed', () => {
  expect(saying(stretch(base), /was noticed at/)).toEqual([
    expect.stringMatching(/^That the candidate did worse was /),
  ]);
});

test('a verdict is told in words', () => {
  const { timeline } = draft(base, { number: 1, hash: '0'.repeat(64) });
  expect(timeline.map(({ text }) => text).join('\n')).not.toContain('roll_back');
});
