import { expect, it } from 'vitest';
import { drillInput, type RunView } from '@/lib/drill/model';
import { type Judged, sawOf } from './known';

const saw = (given: object, outcomes: Array<[cohort: string | null, outcome: string]>) => {
  const base = { name: 'n', feature: 'f', environment: 'e', owner: 'o', fault: { share: 50, expiresAfter: '5m' } };
  const run = { state: 'deciding', drill: drillInput.parse({ ...base, ...given }) } as RunView;
  const verdict = { outcomes: outcomes.map(([cohort, outcome]) => ({ criterion: 'errors', cohort, outcome })) };
  const judged = { verdict, criteria: [], units: {} } as unknown as Judged;
  return (sawOf(run, judged).outcomes as Array<{ cohort: string | null }>).map((of) => of.cohort);
};

it('who decides is not told of whom no candidate could reach, nor the same thing twice', () => {
  const seen: Array<[string | null, string]> = [
    ['others', 'no_data'],
    [null, 'fail'],
    ['internal', 'fail'],
    ['beta', 'no_data'],
  ];
  // Named by the drill, or made up because it names none.
  expect(saw({ control: 'beta' }, seen.slice(1))).toEqual(['internal']);
  expect(saw({}, seen.slice(0, 3))).toEqual(['internal']);
  expect(saw({ control: 'beta' }, seen)).toContain('others');
  expect(saw({ blast: { cohort: 'others' } }, seen.slice(0, 2))).toContain('others');
});
