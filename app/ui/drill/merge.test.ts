import { expect, it } from 'vitest';
import { takenIn, theirsIn } from './merge';
import { drillIn } from './text';

const base = 'name: a\nobjectives: { detect: 2m, decide: 30s }\nschedule: { cron: 0 9 * * 1 }\n';

it('what others have changed comes in beside what one is writing, whose comments stay', () => {
  const now = base.replace('2m', '3m').replace('name: a', 'name: theirs');
  const mine = `# mine\n${base.replace('30s', '1m')}`;
  const theirs = theirsIn({ base, now, mine });
  expect(theirs).toEqual([
    { field: 'name', from: 'a', to: 'theirs' },
    { field: 'objectives.detect', from: '2m', to: '3m' },
  ]);
  const text = takenIn(mine, theirs);
  expect(text).toContain('# mine');
  expect(drillIn(text)).toMatchObject({ name: 'theirs', objectives: { detect: '3m', decide: '1m' } });
});

it('what both have changed is told, and one’s own is kept', () => {
  const now = base.replace('2m', '3m').replace('name: a', 'name: b');
  const mine = base.replace('2m', '4m').replace('name: a', 'name: b');
  const theirs = theirsIn({ base, now, mine });
  // Both have renamed it alike: that is nothing to settle.
  expect(theirs).toEqual([{ field: 'objectives.detect', from: '2m', to: '3m', mine: { value: '4m' } }]);
  expect(takenIn(mine, theirs)).toBe(mine);
});

it('a part that is gone or new meanwhile is one change, and so is one that was edited in it', () => {
  const gone = 'name: a\nobjectives: { detect: 2m, decide: 30s }\n';
  const mine = base.replace('0 9 * * 1', '0 8 * * 1');
  expect(theirsIn({ base, now: gone, mine })).toEqual([
    { field: 'schedule', from: { cron: '0 9 * * 1' }, to: undefined, mine: { value: { cron: '0 8 * * 1' } } },
  ]);
  const theirs = theirsIn({ base, now: gone, mine: base.replace('name: a', 'name: c') });
  expect(drillIn(takenIn(base.replace('name: a', 'name: c'), theirs))).toEqual({
    name: 'c',
    objectives: { detect: '2m', decide: '30s' },
  });
  const added = theirsIn({ base: gone, now: base, mine: gone });
  expect(drillIn(takenIn(gone, added))).toEqual(drillIn(base));
});
