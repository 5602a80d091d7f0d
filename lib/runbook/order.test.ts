import { describe, expect, test } from 'vitest';
import { defaultRunbook } from './default';
import { type ProvingAct, provingActs, type RunbookStep, runbookStep, runbookSteps } from './model';
import { faultsOf } from './order';

const of = (...acts: string[]): RunbookStep[] =>
  acts.map((act, i) => runbookStep.parse({ act, name: `step-${i}`, title: act }));
const all = [...provingActs];

describe('the steps of a runbook', () => {
  test('the one that comes with Belay is a runbook', () => {
    expect(runbookSteps.parse(defaultRunbook.steps)).toEqual(defaultRunbook.steps);
    expect(faultsOf(defaultRunbook.steps)).toEqual([]);
  });

  test.each(all)('are not without %s, and not with it twice', (act) => {
    const without = faultsOf(of(...all.filter((a) => a !== act)));
    expect(without).toEqual([{ field: 'steps', message: `needs a step ${act}: without it nothing is proven` }]);
    const twice = faultsOf(of(...all, act));
    expect(twice).toEqual([{ field: 'steps[6].act', message: `${act} is there already: once is enough` }]);
  });

  test.each(['integrity', 'read_back', 'exposure', 'criteria'])('have %s after the migrations are reverted', (late) => {
    const acts = all.filter((act) => act !== late).toSpliced(1, 0, late as ProvingAct);
    expect(faultsOf(of(...acts))).toEqual([
      { field: 'steps[1].act', message: `${late} must come after revert_migrations` },
    ]);
  });

  test.each(['person', 'call', 'revert_migrations', 'criteria'])('begin with restore, not with %s', (early) => {
    const person = of('person')[0] as RunbookStep;
    const acts: string[] = all.filter((act) => act !== early);
    const first = early === 'call' ? { ...person, act: 'call', webhook: 'w', body: {}, timeoutMs: 100 } : of(early)[0];
    const steps = [first as RunbookStep, ...of(...acts).map((step) => ({ ...step, name: `${step.name}-later` }))];
    expect(faultsOf(steps)).toContainEqual({
      field: 'steps[1].act',
      message: 'restore must be the first step: nothing may hold it up',
    });
  });

  test('the proofs stand in any order, and people between them', () => {
    const steps = of('restore', 'person', 'revert_migrations', 'criteria', 'exposure', 'read_back', 'integrity');
    expect(faultsOf(steps)).toEqual([]);
  });

  test('have names of their own', () => {
    const [first, second, ...rest] = of(...all);
    if (!first || !second) throw new Error('there are six');
    expect(faultsOf([first, { ...second, name: first.name }, ...rest])).toEqual([
      { field: 'steps[1].name', message: '"step-0" is used twice' },
    ]);
  });
});
