/**
 * Whatever happens between the ledger and the bins (any split into requests and steps, retries, crashes, killed
 * connections, lost replies, a second leader), the bins are what a plain reading of all points says.
 */
import fc from 'fast-check';
import type { Sql } from 'postgres';
import { expect, test } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { makeStreams, sendPoints, type TestPoint, type TestStream } from '@/e2e/points';
import { type Database, openDatabase } from '@/lib/db';
import { readBins } from '../signal';
import { type Fold, openFold } from './fold';

const { database, url } = testDatabase();
const t0 = Date.UTC(2026, 0, 1);
const ns = (seconds: number) => BigInt(t0 + seconds * 1000) * 1_000_000n;
const now = () => new Date(t0 + 60_000);
const bounds = [1, 2, 5];
const metrics = ['sum', 'delta', 'gauge', 'histogram', 'exponential'];

/** One export of one stream: what grew since the last one, and whether the process was new. */
type Export = { gapS: number; grown: number; restarted: boolean };
type Scenario = {
  streams: Array<{ metric: string; exports: Export[] }>;
  /** where to put each next point: which stream's turn, whether the request ends, what happens then */
  turns: Array<{ pick: number; ends: boolean; next: 'nothing' | 'step' | 'crash' | 'checkpoint' | 'retry' | 'lose' }>;
};

const exports = fc.record({
  gapS: fc.integer({ min: 1, max: 40 }),
  grown: fc.nat(20),
  restarted: fc.boolean().map((b) => b),
});
const scenario: fc.Arbitrary<Scenario> = fc.record({
  streams: fc.array(
    fc.record({ metric: fc.constantFrom(...metrics), exports: fc.array(exports, { minLength: 1, maxLength: 8 }) }),
    { minLength: 2, maxLength: 6 },
  ),
  turns: fc.array(
    fc.record({
      pick: fc.nat(100),
      ends: fc.boolean(),
      next: fc.constantFrom('nothing', 'nothing', 'step', 'step', 'crash', 'checkpoint', 'retry', 'lose'),
    }),
    { minLength: 60, maxLength: 60 },
  ),
});

type Expected = Map<string, number>;
const add = (to: Expected, metric: string, atS: number, n: number) => {
  const key = `${metric} ${Math.floor(atS / 10) * 10}`;
  to.set(key, (to.get(key) ?? 0) + n);
};

/** The points of one stream, and what a plain reading makes of them. */
function pointsOf(stream: number, metric: string, list: Export[], expected: Expected): TestPoint[] {
  let atS = 1;
  let startS = 0;
  let total = 0;
  return list.map(({ gapS, grown, restarted }) => {
    const lastS = atS;
    atS += gapS;
    if (restarted) {
      startS = lastS;
      total = 0;
    }
    total += grown;
    const times = { stream, start: ns(startS), time: ns(atS) };
    if (metric === 'gauge') {
      add(expected, metric, atS, 1);
      return { ...times, start: 0n, value: grown };
    }
    add(expected, metric, atS, grown);
    if (metric === 'delta') return { ...times, start: ns(lastS), value: grown };
    if (metric === 'sum') return { ...times, value: total };
    if (metric === 'histogram') {
      const counts = [total, 0, 0, 0];
      return { ...times, count: total, sum: total / 2, bounds, counts };
    }
    // Real SDKs lower the scale as the range grows: the same buckets, coarser.
    const scale = total > 15 ? 1 : 2;
    return { ...times, count: total, sum: total, scale, offset: scale === 1 ? 3 : 6, positive: [total, 0, 0] };
  });
}

async function bins(environment: string, { db } = database()): Promise<Expected> {
  const query = { environment, feature: 'f', metrics, from: new Date(t0), to: new Date(t0 + 3_600_000) };
  const found: Expected = new Map();
  for (const row of await readBins(db, { ...query, resolution: 10 })) {
    const key = `${row.metric} ${(row.at - t0) / 1000}`;
    found.set(key, (found.get(key) ?? 0) + row.aggregate.n);
    const { explicit, exponential } = row.aggregate;
    const counts = explicit?.counts ?? exponential?.counts;
    if (counts) expect(counts.reduce((a, b) => a + b, 0)).toBe(row.aggregate.n);
  }
  return found;
}

/** Where the minutes were rolled up, they hold what the 10 s bins hold. */
async function minutesAgree(environment: string): Promise<void> {
  const rows = await database().sql<{ off: number }[]>`select count(*)::int as off from rollup_chunk`;
  expect(rows[0]?.off).toBeGreaterThan(0);
  const query = { environment, feature: 'f', metrics, from: new Date(t0), to: new Date(t0 + 3_600_000) };
  const totals = async (resolution: 10 | 60 | 3600) => {
    const byMetric = new Map<string, number>();
    for (const row of await readBins(database().db, { ...query, resolution }))
      byMetric.set(row.metric, (byMetric.get(row.metric) ?? 0) + row.aggregate.n);
    return byMetric;
  };
  const fine = await totals(10);
  expect(await totals(60)).toEqual(fine);
  expect(await totals(3600)).toEqual(fine);
}

/** A database whose next step or checkpoint commits, and whose client is told that the connection broke. */
function losingReplies(real: Database): { database: Database; loseNext: () => void; loseNone: () => void } {
  let lose = false;
  const lost = () => {
    if (!lose) return;
    lose = false;
    throw new Error('the connection broke');
  };
  const sql = new Proxy(real.sql, {
    apply(target, self, given) {
      const answer = Reflect.apply(target, self, given);
      const text = Array.isArray(given[0]) ? given[0].join('') : '';
      if (!text.includes('delete from ledger_pending')) return answer;
      return answer.then((rows: unknown) => {
        lost();
        return rows;
      });
    },
    get(target, key) {
      if (key !== 'begin') return Reflect.get(target, key);
      return async (run: Parameters<Sql['begin']>[1]) => {
        const answer = await target.begin(run as never);
        lost();
        return answer;
      };
    },
  });
  return {
    database: { ...real, sql },
    loseNext: () => {
      lose = true;
    },
    loseNone: () => {
      lose = false;
    },
  };
}

const streamsOf = (environment: string, s: Scenario): TestStream[] =>
  s.streams.map(({ metric }, i) => ({
    metric,
    kind: metric === 'exponential' ? 'exponential_histogram' : metric === 'delta' ? 'sum' : (metric as 'sum'),
    temporality: metric === 'delta' ? 'delta' : metric === 'gauge' ? 'none' : 'cumulative',
    environment,
    attributes: { 'feature_flag.key': 'f', 'feature_flag.result.variant': 'v' },
    resource: { 'service.instance.id': String(i) },
  }));

let runs = 0;
let lost = 0;
test('any split, retry, crash, checkpoint or lost reply gives the bins of a plain reading', {
  timeout: 240_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (s) => {
      const environment = `e${runs++}`;
      const losing = losingReplies(database());
      const options = { database: losing.database, now, checkpointMs: 1e9 };
      const { sql } = database();
      const ids = await makeStreams(sql, streamsOf(environment, s));
      const expected: Expected = new Map();
      const queues = s.streams.map(({ metric, exports: list }, i) =>
        pointsOf(ids[i] as number, metric, list, expected),
      );
      let fold: Fold = await openFold(options);
      let request: TestPoint[] = [];
      const sent: TestPoint[][] = [];
      const send = async () => {
        if (request.length > 0) await sendPoints(sql, now(), request);
        sent.push(request);
        request = [];
      };
      for (const { pick, ends, next } of s.turns) {
        const open = queues.filter((q) => q.length > 0);
        const point = open[pick % Math.max(1, open.length)]?.shift();
        if (point) request.push(point);
        if (ends) await send();
        // Byte-identical, and batched anew with a neighbour: both must count once.
        if (next === 'retry') await sendPoints(sql, now(), sent.slice(-2).flat());
        if (next === 'lose') {
          losing.loseNext();
          await fold.step(3).catch(() => {
            lost++;
          });
        }
        if (next === 'step') await fold.step(3).catch(() => {});
        if (next === 'checkpoint') await fold.checkpoint().catch(() => {});
        if (next === 'crash') fold = await openFold(options);
      }
      request.push(...queues.flat());
      await send();
      for (let more = true; more; ) more = (await fold.step().catch(() => ({ rows: 1 }))).rows > 0;
      expect(await bins(environment)).toEqual(expected);
      // A loss that no reply met yet would meet the checkpoint of the close, which nobody retries.
      losing.loseNone();
      await fold.close();
      await minutesAgree(environment);
    }),
    { numRuns: 10 },
  );
  expect(lost).toBeGreaterThan(2);
});

test('two folds race and a third party kills connections: nothing is lost or doubled', async () => {
  const { sql } = database();
  // Counted through connections that nobody kills.
  const unharmed = openDatabase(url(), { name: 'unharmed', max: 2 });
  const environment = 'race';
  const [stream = 0] = await makeStreams(sql, [
    {
      metric: 'sum',
      kind: 'sum',
      environment,
      attributes: { 'feature_flag.key': 'f', 'feature_flag.result.variant': 'v' },
    },
  ]);
  const folds = await Promise.all([0, 1].map(() => openFold({ database: database(), now })));
  const count = 120;
  for (let i = 1; i <= count; i++) await sendPoints(sql, now(), [{ stream, start: ns(0), time: ns(i), value: i * i }]);
  let steps = 0;
  let refusals = 0;
  const enough = 3;
  const race = async (fold: Fold) => {
    for (let rows = 1; rows > 0 || refusals < enough; ) {
      try {
        rows = (await fold.step(4)).rows;
        steps++;
        if (steps % 7 === 0) await fold.checkpoint();
      } catch {
        refusals++;
        rows = 1;
      }
    }
  };
  const kill = async () => {
    for (let waited = 0; refusals < enough; waited++) {
      await new Promise((resolve) => setTimeout(resolve, 10 + (waited % 7)));
      await unharmed.sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name <> 'belay-unharmed'`;
    }
  };
  await Promise.all([...folds.map(race), kill()]);
  const found = await bins(environment, unharmed);
  await unharmed.close();
  expect([...found.values()].reduce((a, b) => a + b, 0)).toBe(count * count);
});
