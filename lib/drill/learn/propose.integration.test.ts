/** Proposals of a house with many features: what each is made from is read for all of them at once. */
import { and, desc, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import { beforeAll, expect, test } from 'vitest';
import { rollback } from '@/drizzle/schema/rollback';
import { testDatabase } from '@/e2e/database';
import { requestsPlan } from '@/jobs/bench/requests';
import type { Db } from '@/lib/db';
import { putFeature } from '@/lib/feature/feature';
import type { RollbackStep } from '@/lib/rollback/model';
import { createRollout } from '@/lib/rollout/rollout';
import { proposalOf, proposeDrills } from './propose';

const house = testDatabase();
const now = new Date('2026-11-22T12:00:00Z');
const context = (over: object = {}) => house.context({ now: () => now, ...over });
const features = Array.from({ length: 12 }, (_, i) => `f${String(i).padStart(2, '0')}`);
let rollbacks = 0;

async function feature(key: string): Promise<void> {
  const versions = { control: false, treatment: true };
  await putFeature(context(), { key, owner: `owner of ${key}`, versions, baseline: 'control' });
  const plan = requestsPlan(key);
  await createRollout(
    context(),
    key === 'f03' ? plan.replace('environment: production', 'environment: staging') : plan,
  );
}

/** One that switched after so many seconds, so many hours ago. */
async function rolledBack(
  featureKey: string,
  { hoursAgo, seconds }: { hoursAgo: number; seconds: number },
  over: Partial<typeof rollback.$inferInsert> = {},
): Promise<void> {
  const decidedAt = new Date(now.getTime() - hoursAgo * 3_600_000);
  const restored: RollbackStep = {
    ...{ id: 'restore', title: '', owner: null, expected: '', how: '', needs: [], attempts: 1, detail: '', next: '' },
    ...{ work: { kind: 'restore', plane: 'builtin' }, state: 'done', startedAt: null, dueAt: null },
    endedAt: new Date(decidedAt.getTime() + seconds * 1_000).toISOString(),
  };
  await house
    .database()
    .db.insert(rollback)
    .values({
      ...{ id: `rbk_${++rollbacks}`, kind: 'rollback', state: 'verified', environment: 'production', fence: rollbacks },
      ...{ plane: 'builtin', desired: {} as never, revision: 1, runbookName: '', runbookVersion: 0, attempts: 1 },
      ...{ featureKey, decidedAt, deadlineAt: decidedAt, dueAt: decidedAt, reason: '', createdBy: 'ada' },
      ...{ steps: [restored], ...over },
    });
}

/** With a database that tells every query. */
async function proposed() {
  const queries: string[] = [];
  const logger = { logQuery: (query: string) => void queries.push(query) };
  const db = drizzle(house.database().sql, { logger }) as Db;
  return { all: await proposeDrills(context({ db })), queries };
}

beforeAll(async () => {
  await feature('f00');
});

test('what is proposed is made from the newest ten that went well there, and asked for at once', async () => {
  const { queries: before } = await proposed();
  for (const key of features.slice(1)) await feature(key);
  // One of f01 is slow and too old to count: ten are newer.
  for (let i = 0; i < 11; i++) await rolledBack('f01', { hoursAgo: 1 + i, seconds: i === 10 ? 500 : 3 + i });
  await rolledBack('f02', { hoursAgo: 1, seconds: 7 });
  await rolledBack('f02', { hoursAgo: 2, seconds: 90 }, { environment: 'staging' });
  await rolledBack('f02', { hoursAgo: 2, seconds: 90 }, { state: 'unconfirmed' });
  await rolledBack('f02', { hoursAgo: 2, seconds: 90 }, { kind: 'restore' });
  await rolledBack('f02', { hoursAgo: 2, seconds: 90 }, { environment: 'drill/run_1' });
  // f03 is rolled out in staging alone.
  await rolledBack('f03', { hoursAgo: 1, seconds: 30 });
  await rolledBack('f03', { hoursAgo: 2, seconds: 5 }, { environment: 'staging' });
  const { all, queries } = await proposed();
  expect(all.map((p) => p.feature)).toEqual(features);
  expect(all.slice(0, 4).map((p) => [p.rollbacks, p.drill.objectives?.actuate, p.objectives.actuate])).toEqual([
    [0, '10s', 'usual'],
    [10, '12s', 'recorded'],
    [1, '7s', 'recorded'],
    [1, '5s', 'recorded'],
  ]);
  expect(queries.length).toBe(before.length);
  // Each as if nobody else were there.
  for (const proposal of all) {
    const { feature: key, environment } = proposal;
    const past = await house
      .database()
      .db.select()
      .from(rollback)
      .where(
        and(
          eq(rollback.featureKey, key),
          eq(rollback.environment, environment),
          eq(rollback.kind, 'rollback'),
          eq(rollback.state, 'verified'),
        ),
      )
      .orderBy(desc(rollback.decidedAt), desc(rollback.id))
      .limit(10);
    const of = { feature: key, environment, owner: `owner of ${key}`, state: 'draft' as const };
    expect(proposal).toEqual(proposalOf(of, past, 'UTC'));
  }
});
