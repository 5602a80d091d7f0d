import { expect, it } from 'vitest';
import { look, rollout } from '@/drizzle/schema/rollout';
import { testDatabase } from '@/e2e/database';
import { putFeature } from '@/lib/feature/feature';
import { looksOf } from '../rollout';

const store = testDatabase();
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

it('thinned looks are the newest of each bucket, criterion and cohort, in order of time', async () => {
  const ctx = store.context();
  await putFeature(ctx, { key: 'f', owner: 'o', versions: { a: false, b: true }, baseline: 'a' });
  const row = {
    owner: 'o',
    mode: 'act',
    stage: 0,
    epoch: 1,
    plan: {} as never,
    createdBy: 'o',
    createdAt: at(0),
  } as const;
  const own = { id: 'rol_1', featureKey: 'f', environment: 'production', state: 'running', updatedAt: at(0) } as const;
  await ctx.db.insert(rollout).values({ ...row, ...own });
  const seen = ['errors', 'p99'].flatMap((criterion) =>
    ['', 'beta'].flatMap((cohort) => [10, 20, 30, 40, 50, 60].map((second) => ({ criterion, cohort, at: at(second) }))),
  );
  const rest = { rolloutId: 'rol_1', outcome: 'pass', reason: 'decided', baselineN: 1, candidateN: 1 } as const;
  await ctx.db.insert(look).values(seen.map((l) => ({ ...l, ...rest })));

  expect(await looksOf(ctx, 'rol_1')).toHaveLength(24);
  const thin = await looksOf(ctx, 'rol_1', { cohort: null, everyMs: 30_000 });
  const told = thin.map((l) => `${l.criterion} ${l.cohort} ${l.at.slice(17, 19)}`);
  expect(told.filter((t) => t.startsWith('errors'))).toEqual(['errors null 20', 'errors null 50', 'errors null 00']);
  expect(thin.map((l) => l.at)).toEqual(thin.map((l) => l.at).toSorted());
  expect(thin).toHaveLength(6);
});
