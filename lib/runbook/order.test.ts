import { describe, expect, test } from 'vitest';
import { defaultRunbook } from './default';
import { provingActs, type RunbookStep, runbookStep, runbookSteps } from './model';
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

  test.each([
    ['revert_migrations', 'restore'],
    ['integrity', 'restore'],
    ['integrity', 'revert_migrations'],
    ['read_back', 'restore'],
    ['read_back', 'revert_migrations'],
    ['exposure', 'restore'],
    ['exposure', 'revert_migrations'],
    ['criteria', 'restore'],
    ['criteria', 'revert_migrations'],
  ])('have %s after %s', (late, early) => {
    const acts = [late, ...all.filter((a) => a !== late)];
    const first = acts.filter((a) => a !== early);
    first.splice(first.indexOf(late) + 1, 0, early);
    expect(faultsOf(of(...first)).map((f) => f.message)).toContain(`${late} must come after ${early}`);
    expect(faultsOf(of(...all))).toEqual([]);
  });

  test('the proofs stand in any order, and people between them', () => {
    const steps = of(
      'person',
      'restore',
      'person',
      'revert_migrations',
      'criteria',
      'exposure',
      'read_back',
      'integrity',
    );
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
