/** When harm to one cohort began, beside another that met the candidate before and is well. */
import { describe, expect, test } from 'vitest';
import { exampleFacts } from '@/lib/postmortem/example';
import type { Cell, Facts } from '@/lib/postmortem/facts';
import { onsetOf } from '@/lib/postmortem/impact/onset';
import { randomFrom } from './random';

const stepMs = 10_000;
/** the steps since which internal met the candidate, since which beta did, and with which it ended */
const steps = { internal: 3, beta: 14, end: 19 };
const seeds = 200;

function factsOf(seed: number, rates: { internal: number; beta: number }): Facts {
  const random = randomFrom(97, seed);
  const cells: Cell[] = [];
  const facts = exampleFacts();
  const begun = Date.parse(facts.rollout?.startedAt ?? '');
  const cell = (version: string, cohort: string, step: number, n: number, rate: number) =>
    cells.push({ at: begun + (step - steps.internal) * stepMs, version, cohort, n, k: random.binomial(n, rate) });
  for (let step = 0; step < steps.end; step++)
    for (const cohort of ['internal', 'beta'] as const) {
      cell('control', cohort, step, 190, 0.004);
      if (step >= steps[cohort]) cell('treatment', cohort, step, 120, rates[cohort]);
    }
  return {
    ...facts,
    decisions: facts.decisions.map((d) =>
      d.evidence?.deciding ? { ...d, evidence: { ...d.evidence, deciding: { criterion: 'errors', cohort: null } } } : d,
    ),
    measured: facts.measured.filter((m) => m.criterion.name === 'errors').map((m) => ({ ...m, stepMs, cells })),
  };
}
const at = (step: number) => Date.parse(exampleFacts().rollout?.startedAt ?? '') + (step - steps.internal) * stepMs;
const found = (rates: { internal: number; beta: number }) =>
  Array.from({ length: seeds }, (_, seed) => onsetOf(factsOf(seed, rates), null)).flatMap((o) => (o.known ? [o] : []));

describe('the onset, where all cohorts decided together', () => {
  test('is that of the cohort which is harmed, and not before it met the candidate', () => {
    const onsets = found({ internal: 0.004, beta: 0.13 });
    expect(onsets.length).toBeGreaterThanOrEqual(0.95 * seeds);
    expect(onsets.filter(({ cohort }) => cohort === 'beta').length).toBeGreaterThanOrEqual(0.95 * seeds);
    expect(onsets.filter(({ change }) => change.at === at(steps.beta)).length).toBeGreaterThanOrEqual(0.95 * seeds);
  });
  test('is that of all where all are harmed alike', () => {
    const onsets = found({ internal: 0.13, beta: 0.13 });
    expect(onsets.filter(({ cohort }) => cohort === null).length).toBeGreaterThanOrEqual(0.9 * seeds);
    expect(onsets.filter(({ change }) => change.at === at(steps.internal)).length).toBeGreaterThanOrEqual(0.95 * seeds);
  });
  test('looking in more places finds no more where there is none', () =>
    expect(found({ internal: 0.004, beta: 0.004 }).length).toBeLessThanOrEqual(0.03 * seeds));
});
