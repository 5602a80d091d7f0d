import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { makeStreams, sendPoints } from '@/e2e/points';
import { type Fold, openFold } from './fold/fold';
import { metricsOf, segments } from './signal';

const store = testDatabase();
const t0 = Math.floor(Date.now() / 10_000) * 10_000 - 60_000;
const nano = (ms: number) => BigInt(t0 + ms) * 1_000_000n;
let fold: Fold;
beforeAll(async () => {
  fold = await openFold({ database: store.database(), now: () => new Date() });
});
afterAll(() => fold?.close());

test('marked points are in no list and in no segment of their sender, and are there where they are asked for', async () => {
  const { sql } = store.database();
  const attributes = { 'feature_flag.key': 'a', 'feature_flag.result.variant': 'on', cohort: 'eu' };
  const [normal = 0, marked = 0] = await makeStreams(sql, [
    { metric: 'requests', kind: 'sum', temporality: 'delta', attributes },
    { metric: 'requests', kind: 'sum', temporality: 'delta', attributes: { ...attributes, 'drill.id': 'run_1' } },
  ]);
  const at = { start: nano(0), time: nano(1_000) };
  await sendPoints(sql, new Date(), [
    { stream: normal, value: 5, ...at },
    { stream: marked, value: 900, ...at },
  ]);
  while ((await fold.step()).behind > 0);
  const ctx = store.context();
  const places = async (query: Parameters<typeof segments>[1]) =>
    (await segments(ctx, query)).map((s) => `${s.environment} ${s.feature} ${s.version} ${s.cohort}`);
  expect(await places({})).toEqual(['production a on eu']);
  expect(await places({ environment: 'drill/run_1' })).toEqual(['drill/run_1 a on eu']);
  const rows = await sql`select s.environment, r.n, s.attributes from rollup r join series s on s.id = r.series_id`;
  expect([...rows].sort((a, b) => a.n - b.n)).toEqual([
    { environment: 'production', n: 5, attributes: {} },
    { environment: 'drill/run_1', n: 900, attributes: {} },
  ]);
  expect((await metricsOf(ctx, { environment: 'drill/run_1', feature: 'a' })).map((m) => m.metric)).toEqual([
    'requests',
  ]);
});

test('however many drills a sender names, they share one budget, and it takes nothing from the others', async () => {
  const { sql } = store.database();
  await fold.close();
  fold = await openFold({ database: store.database(), now: () => new Date(), seriesBudget: 3 });
  const marked = Array.from({ length: 6 }, (_, i) => ({
    metric: 'spread',
    kind: 'sum' as const,
    temporality: 'delta' as const,
    attributes: { 'feature_flag.key': 'b', 'feature_flag.result.variant': 'on', 'drill.id': `many_${i}` },
  }));
  const ids = await makeStreams(sql, marked);
  await sendPoints(
    sql,
    new Date(),
    ids.map((stream) => ({ stream, value: 1, start: nano(2_000), time: nano(3_000) })),
  );
  while ((await fold.step()).behind > 0);
  const rows = await sql`select distinct environment from series where metric = 'spread'`;
  expect(rows.length).toBe(3);
});
