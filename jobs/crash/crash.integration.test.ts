/** The short run of `npm run crash`: a worker is killed at every named point once. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failpoints } from '@/lib/failpoint';
import { type Bed, makeBed } from './bed';
import { chainsOf, crash } from './crash';

const seed = 1;
let bed: Bed;
beforeAll(async () => {
  bed = await makeBed();
});
afterAll(() => bed?.close());

test('killed at every failpoint once, it ends with one effect of everything and nothing half done', async () => {
  const cases = chainsOf(seed);
  expect(cases.flatMap((c) => c.failpoints).sort()).toEqual([...failpoints].sort());
  const { outcomes, unreached } = await crash(cases, { lanes: 4, bed });
  const broken = outcomes.filter((o) => o.violations.length > 0);
  expect(broken, `seed ${seed}`).toEqual([]);
  expect(unreached, `seed ${seed}`).toEqual([]);
}, 600_000);
