/** Drills that Belay proposes, taken as they stand. */
import { expect, test } from 'vitest';
import { seedDemo } from '@/jobs/demo/seed';
import type { Proposal } from '@/lib/drill/learn/propose';
import type { DrillView, RunView } from '@/lib/drill/model';
import { dryRun } from '@/lib/drill/run/dry-run';
import { stepRun } from '@/lib/drill/run/run';
import { findRun, type RunRow } from '@/lib/drill/run/run-store';
import { call, testConsole } from './console';

const house = testConsole();
const because = { reason: 'a test' };

async function ok<T>(what: Promise<{ status: number; text: string; body: unknown }>): Promise<T> {
  const answer = await what;
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.body as T;
}

test('what Belay proposes for the demo can be planned and run as it stands', async () => {
  const operator = await house.newKey('operator');
  const seams = { db: house.database().db, now: () => new Date(), enqueue: async () => {} };
  await seedDemo(seams);
  for (const zone of ['UTC', 'Pacific/Apia', 'America/St_Johns']) {
    const all = await ok<Proposal[]>(call('GET', `/drills/proposals?zone=${zone}`, { key: operator }));
    const demo = all.filter((p) => ['new-checkout', 'suggestions'].includes(p.feature));
    expect(demo.map((p) => p.feature)).toEqual(['new-checkout', 'suggestions']);
    for (const { drill } of demo) {
      const made = await ok<DrillView>(call('POST', '/drills', { key: operator, body: drill }));
      expect(made.nextRunAt).not.toBeNull();
      const run = await ok<RunView>(call('POST', `/drills/${made.id}/runs`, { key: operator, body: because }));
      const row = (await findRun(house.database().db, run.id)) as RunRow;
      expect(await dryRun(seams, row), drill.name).toBeNull();
      await ok(call('POST', `/drill-runs/${run.id}/abort`, { key: operator, body: because }));
      await stepRun(seams, run.id);
      await ok(call('POST', `/drills/${made.id}/archive`, { key: operator, body: because }));
    }
  }
}, 60_000);
