import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differences } from './difference';
import { type RunbookStep, runbookStep } from './model';

const person = (name: string, over: object = {}): RunbookStep =>
  runbookStep.parse({ act: 'person', name, title: `Do ${name}`, ...over });
const of = (...names: string[]) => names.map((name) => person(name));

describe('the difference between two versions', () => {
  test('is nothing where they say the same', () => {
    expect(differences(of('a', 'b'), of('a', 'b'))).toEqual([]);
  });

  test('names what was added, and after what', () => {
    expect(differences(of('a', 'b'), of('x', 'a', 'y', 'b'))).toEqual([
      { kind: 'added', name: 'x', title: 'Do x', after: null },
      { kind: 'added', name: 'y', title: 'Do y', after: 'Do a' },
    ]);
  });

  test('names what is gone', () => {
    expect(differences(of('a', 'b', 'c'), of('c'))).toEqual([
      { kind: 'removed', name: 'a', title: 'Do a' },
      { kind: 'removed', name: 'b', title: 'Do b' },
    ]);
  });

  test('one step that moved is one step that moved, whatever it passed', () => {
    expect(differences(of('a', 'b', 'c', 'd'), of('b', 'c', 'd', 'a'))).toEqual([
      { kind: 'moved', name: 'a', title: 'Do a', after: 'Do d' },
    ]);
  });

  test('says field by field what changed, also inside', () => {
    const check = (query: string) =>
      runbookStep.parse({
        act: 'check',
        name: 'look',
        title: 'Look',
        check: { kind: 'sql', name: 'look', database: 'shop', query },
      });
    expect(differences([check('select 1')], [check('select 2')])).toEqual([
      {
        kind: 'changed',
        name: 'look',
        title: 'Look',
        changes: [{ field: 'check.query', before: 'select 1', after: 'select 2' }],
      },
    ]);
    const act = differences([person('a')], [runbookStep.parse({ act: 'criteria', name: 'a', title: 'Do a' })]);
    // `who` was empty: of that there is nothing to tell.
    expect(act[0]).toMatchObject({
      changes: [
        { field: 'act', before: 'person', after: 'criteria' },
        { field: 'blocking', before: 'false', after: '' },
      ],
    });
  });

  test('taking away what was added and putting back what moved gives the one before', () => {
    const names = fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { maxLength: 8 });
    fc.assert(
      fc.property(names, names, (a, b) => {
        const found = differences(of(...a), of(...b));
        const all = (kind: string) => found.filter((d) => d.kind === kind).map((d) => d.name);
        expect(all('added').toSorted()).toEqual(b.filter((n) => !a.includes(n)).toSorted());
        expect(all('removed').toSorted()).toEqual(a.filter((n) => !b.includes(n)).toSorted());
        const stay = (list: string[]) => list.filter((n) => !found.some((d) => d.name === n));
        // What is not named stands in the same order in both.
        expect(stay(a)).toEqual(stay(b));
      }),
    );
  });
});
