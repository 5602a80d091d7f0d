/**
 * Fifty workers that see the same rollout decide at once, each on a connection of its own, two hundred times:
 * each time one of them wins, and there is its decision, one event, at most one rollback, and nothing of the others.
 */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decision, rollout } from '@/drizzle/schema/rollout';
import { testDatabase } from '@/e2e/database';
import { requestsPlan } from '@/jobs/bench/requests';
import { randomFrom } from '@/jobs/simulate/random';
import { type Database, openDatabase } from '@/lib/db';
import { BelayError } from '@/lib/errors';
import { verifyChain } from '@/lib/event/event';
import { putSetting } from '@/lib/event/setting';
import { putFeature } from '@/lib/feature/feature';
import { apply } from '@/lib/rollout/act/apply';
import type { Action } from '@/lib/rollout/model';
import { createRollout, perform } from '@/lib/rollout/rollout';

const workers = 50;
const rounds = 200;
const seed = 20_261_122;

const store = testDatabase();
let crowd: Database;
beforeAll(async () => {
  crowd = openDatabase(store.url(), { name: 'deciders', max: workers });
  // Who wins is asked here, not how often Belay may roll back by itself.
  await putSetting(crowd.db, new Date(), 'rollback_cap', { max: 1_000 });
});
afterAll(() => crowd.close());

const rollBack: Action = { kind: 'roll_back' };
const wishes: Action[] = [
  rollBack,
  { kind: 'hold', reason: 'held_by_person' },
  { kind: 'widen', toStage: 1 },
  { kind: 'complete' },
];

async function running(feature: string): Promise<string> {
  const ctx = store.context();
  const versions = { control: false, treatment: true };
  await putFeature(ctx, { key: feature, owner: 'o', versions, baseline: 'control' });
  const { id } = await createRollout(ctx, requestsPlan(feature));
  await perform(ctx, id, 'start', { reason: 'go' });
  return id;
}

test(`${workers} workers deciding at once, ${rounds} rounds: one winner each`, async () => {
  const { uniform } = randomFrom(seed, 0);
  const won: Record<string, number> = {};
  for (let round = 0; round < rounds; round++) {
    const id = await running(`crowd-${round}`);
    const [seen] = await crowd.db.select().from(rollout).where(eq(rollout.id, id));
    if (!seen) throw new Error('it was just made');
    const outcomes = await Promise.all(
      Array.from({ length: workers }, async (_, worker) => {
        const wish = round % 2 === 0 ? rollBack : (wishes[Math.floor(uniform() * wishes.length)] as Action);
        const who = { id: `worker-${worker}`, name: `worker-${worker}`, environment: null };
        // Rules may roll back a few times an hour only; that is tested where the cap is.
        const actor = { kind: 'person', role: 'operator', ...who } as const;
        try {
          await apply({ db: crowd.db, now: () => new Date(), actor }, seen, wish, { reason: 'seen', evidence: null });
          return { worker, kind: wish.kind };
        } catch (error) {
          if (error instanceof BelayError && error.code === 'conflict') return null;
          throw error;
        }
      }),
    );
    const winners = outcomes.filter((o) => o !== null);
    expect(winners, `round ${round}`).toHaveLength(1);
    const [winner] = winners;
    if (!winner) continue;
    won[winner.kind] = (won[winner.kind] ?? 0) + 1;
    const decisions = await crowd.db.select().from(decision).where(eq(decision.rolloutId, id));
    expect(decisions.map((d) => [d.action, d.actorId]).sort()).toEqual(
      [
        ['start', 'per_test'],
        [winner.kind, `worker-${winner.worker}`],
      ].sort(),
    );
    const [kept] = await crowd.sql`
      select (select count(*)::int from rollback where rollout_id = ${id}) as rollbacks,
             (select count(*)::int from event where rollout_id = ${id} and actor_id like 'worker-%') as events,
             (select epoch from rollout where id = ${id}) as epoch`;
    expect(kept).toEqual({ rollbacks: winner.kind === 'roll_back' ? 1 : 0, events: 1, epoch: seen.epoch + 1 });
  }
  // In every second round all want the same, in the others each what it likes.
  expect(won.roll_back ?? 0).toBeGreaterThanOrEqual(rounds / 2);
  expect(Object.keys(won).length).toBeGreaterThan(1);
  expect(await verifyChain(crowd.db)).toMatchObject({ ok: true });
}, 300_000);
