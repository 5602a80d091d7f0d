/** The short run of `npm run crash -- --drill`: a worker is killed on its way to the fault, and where it ends early. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drillFailpoints } from '@/lib/failpoint';
import { type Bed, makeBed } from '../bed';
import { chains, type DrillCase, drillCases, endings, levels } from './case';
import { crashDrills } from './crash';

let bed: Bed;
beforeAll(async () => {
  bed = await makeBed();
});
afterAll(() => bed?.close());

const dyingAt = (cases: DrillCase[], at: string) =>
  cases.filter((of) => of.deaths.includes(at as DrillCase['deaths'][0]));

test('the whole run dies at every point, in a chain and in a run that is ended there, on both backends', () => {
  const all = drillCases({ only: [], on: ['postgres', 'redis'], level: levels });
  for (const level of levels)
    for (const backend of ['postgres', 'redis'] as const)
      for (const point of drillFailpoints) {
        const foreign = level === 'synthetic' ? '.expose.' : '.deliver.';
        const mine = all.filter((of) => of.level === level && of.backend === backend);
        const times = (afterwards: string) => dyingAt(mine, point).filter((of) => of.afterwards === afterwards).length;
        expect(times('goes_on') > 0, `${point} ${level}`).toBe(!point.includes(foreign));
        expect(times('ended'), `${point} ${level}`).toBe(point.includes(foreign) ? 0 : 1);
      }
});

test('killed before the fault and as it ends, nothing is half done; users are back in time', async () => {
  // Up to the fault, where most is committed; then what ends a run, with users exposed. No proof is waited for.
  const [chain] = chains('synthetic', 'postgres');
  const short = ['begin.before', 'plan_undo.after', 'lay_out.after', 'release.after', 'inject.after'];
  const deaths = drillFailpoints.filter((point) => short.some((name) => point.includes(name)));
  const cases = [
    { ...(chain as DrillCase), course: 'left' as const, deaths },
    ...dyingAt(endings('fault', 'redis'), 'drill.undo.before_write'),
    ...dyingAt(endings('fault', 'postgres'), 'drill.inject.after_write'),
  ];
  const { outcomes, unreached } = await crashDrills(cases, { lanes: 3, bed });
  expect(outcomes.filter((o) => o.violations.length > 0)).toEqual([]);
  expect(unreached).toEqual([]);
  expect(outcomes.map((o) => o.backMs !== null)).toContain(true);
}, 600_000);
