import { describe, expect, test } from 'vitest';
import { exampleFacts } from '../example';
import type { Facts } from '../facts';
import { impactOf } from '../impact/impact';
import { momentsOf } from '../impact/milestones';
import { exposureOf, gateOf, restored } from './aftermath';
import { drafted } from './draft';
import { textOf } from './sentence';
import type { Told } from './words';

const toldOf = (facts: Facts): Told => {
  const moments = momentsOf(facts);
  return { facts, milestones: moments.milestones, figures: impactOf(facts, moments) };
};
const facts = exampleFacts();
const { plan, rollback } = facts;
const [stage] = plan?.stages ?? [];
const [step] = rollback?.steps ?? [];
if (!plan || !rollback || !stage || !step) throw new Error('the example has a plan and a rollback');

describe('a stage', () => {
  test.each([
    [{ internal: 100, beta: 100, '*': 100 }, '100\u202f% of everybody'],
    [{ internal: 100, beta: 10, '*': 10 }, '100\u202f% of internal and 10\u202f% of everybody'],
    [{ beta: 5, '*': 50 }, '5\u202f% of beta and 50\u202f% of everybody'],
    [{ beta: 25 }, '25\u202f% of beta'],
  ])('of %j exposes each once', (exposure, said) => {
    expect(exposureOf({ ...stage, exposure })).toBe(said);
  });

  test('asks for a time in words', () => {
    const asks = { ...stage, minDuration: '2m', minSamples: 1000 };
    const sentence = gateOf(toldOf({ ...facts, plan: { ...plan, stages: plan.stages.map(() => asks) } }));
    expect(sentence && textOf(sentence)).toContain('at least 2\u202fmin and 1,000 observations');
  });
});

describe('the steps of the way back', () => {
  const withSteps = (...steps: Array<Partial<typeof step>>) =>
    restored(toldOf({ ...facts, rollback: { ...rollback, steps: steps.map((over) => ({ ...step, ...over })) } }));
  const person = { kind: 'person', who: 'payments', blocking: false } as unknown as typeof step.work;

  test('that are not done are named, with whom they wait for', () => {
    const sentence = withSteps(
      { state: 'done' },
      { state: 'waiting', title: 'Tell support', detail: 'Waits for payments', work: person },
    );
    expect(sentence && textOf(sentence)).toMatch(
      /1 of 2 steps is done; at \d\d:\d\d:\d\d UTC still open: “Tell support” \(waits for payments\)\.$/,
    );
  });

  test('are named no more than they are open', () => {
    const sentence = withSteps({ state: 'done' }, { state: 'left' });
    expect(sentence && textOf(sentence)).toMatch(/1 of 2 steps is done\.$/);
  });
});

test('a moment that no event tells of stands after the one that it follows from, at the same instant', () => {
  const told = toldOf(facts);
  const started = told.milestones.find(({ name }) => name === 'started');
  if (!started?.at) throw new Error('the example has begun');
  const { at } = started;
  const milestones = told.milestones.map((m) => (m.name === 'onset' ? { ...m, at } : m));
  const order = drafted({ ...told, milestones }, { number: 1, hash: '' }).timeline.flatMap(({ milestone, at: when }) =>
    milestone && when === at ? [milestone] : [],
  );
  expect(order.slice(0, 2)).toEqual(['started', 'onset']);
});
