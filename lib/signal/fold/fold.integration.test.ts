import { expect, test } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { makeStreams, sendPoints } from '@/e2e/points';
import { findings, freshness, metricsOf, readBins, segments, series } from '../signal';
import { openFold } from './fold';

const { database, context } = testDatabase();
const t0 = Date.UTC(2026, 0, 1, 12, 0, 0);
const ns = (seconds: number) => BigInt(t0 + seconds * 1000) * 1_000_000n;
const at = (seconds: number) => new Date(t0 + seconds * 1000);
let nowS = 0;
const now = () => at(nowS);

test('counters, histograms and gauges of two instances become bins of one series', async () => {
  const { sql, db } = database();
  const fold = await openFold({ database: database(), now });
  const flag = { 'feature_flag.key': 'checkout', 'feature_flag.result.variant': 'treatment', cohort: 'beta' };
  const on = (i: number) => ({ 'service.instance.id': `shop-${i}` });
  const [c1 = 0, c2 = 0, h = 0, g = 0] = await makeStreams(sql, [
    { metric: 'orders', kind: 'sum', unit: '{order}', attributes: { ...flag, route: '/a' }, resource: on(1) },
    { metric: 'orders', kind: 'sum', unit: '{order}', attributes: { ...flag, route: '/a' }, resource: on(2) },
    { metric: 'latency', kind: 'histogram', unit: 's', attributes: flag, resource: on(1) },
    { metric: 'depth', kind: 'gauge', attributes: flag, resource: on(1) },
  ]);
  const histogram = (count: number, sum: number, counts: number[]) => ({ count, sum, bounds: [0.1, 1], counts });
  await sendPoints(sql, at(5), [
    { stream: c1, start: ns(0), time: ns(4), value: 3 },
    { stream: c2, start: ns(0), time: ns(4), value: 10 },
    { stream: h, start: ns(0), time: ns(4), ...histogram(4, 1.5, [2, 2, 0]) },
    { stream: g, start: 0n, time: ns(4), value: 7 },
  ]);
  await sendPoints(sql, at(15), [
    { stream: c1, start: ns(0), time: ns(14), value: 8 },
    { stream: c2, start: ns(0), time: ns(14), value: 10 },
    { stream: h, start: ns(0), time: ns(14), ...histogram(6, 4, [2, 3, 1]) },
    { stream: g, start: 0n, time: ns(14), value: 9 },
    { stream: g, start: 0n, time: ns(15), value: 11 },
  ]);
  nowS = 20;
  const step = await fold.step();
  expect(step).toMatchObject({ points: 9, rows: 2, behind: 0, until: at(15) });
  expect(step.touched).toEqual([{ environment: 'production', feature: 'checkout', from: expect.any(Date) }]);
  const query = { environment: 'production', feature: 'checkout', from: at(0), to: at(60) };
  const rows = await readBins(db, { ...query, metrics: ['orders', 'latency', 'depth'], resolution: 10 });
  expect(rows.map((r) => [r.at - t0, r.metric, r.version, r.cohort, r.aggregate.n])).toEqual([
    [0, 'orders', 'treatment', 'beta', 13],
    [0, 'latency', 'treatment', 'beta', 4],
    [0, 'depth', 'treatment', 'beta', 1],
    [10_000, 'orders', 'treatment', 'beta', 5],
    [10_000, 'latency', 'treatment', 'beta', 2],
    [10_000, 'depth', 'treatment', 'beta', 2],
  ]);
  expect(rows[0]?.attributes).toEqual({ route: '/a' });
  expect(rows[4]?.aggregate.explicit).toEqual({ bounds: [0.1, 1], counts: [0, 1, 1] });
  expect(rows[4]?.aggregate.sum).toBeCloseTo(2.5);
  expect(rows[5]?.aggregate).toMatchObject({ sum: 20, sum2: 202, min: 9, max: 11, last: 11 });

  await fold.close();
  const minutes = await readBins(db, { ...query, metrics: ['orders', 'latency'], resolution: 60 });
  expect(minutes.map((r) => [r.at - t0, r.aggregate.n])).toEqual([
    [0, 18],
    [0, 6],
  ]);
  nowS = 300;
  const view = await series(context({ now }), { ...query, metric: 'orders', measure: 'rate', to: at(30), points: 3 });
  expect(view.lines).toEqual([
    {
      version: 'treatment',
      points: [
        [t0, 1.3, 13],
        [t0 + 10_000, 0.5, 5],
        [t0 + 20_000, null, 0],
      ],
    },
  ]);
  expect(await freshness(db, query)).toMatchObject({ lastAt: at(15) });
  expect(await findings(db, query)).toEqual([]);
  expect(await segments(context({ now }), {})).toEqual([
    {
      environment: 'production',
      feature: 'checkout',
      version: 'treatment',
      cohort: 'beta',
      lastAt: at(10).toISOString(),
      points10m: 6,
    },
  ]);
  expect((await metricsOf(context({ now }), query)).map((m) => m.metric)).toEqual(['depth', 'latency', 'orders']);
});

test('a bin that is gone from the table is made again, and nothing that comes after is lost', async () => {
  const { sql, db } = database();
  nowS = 20;
  const fold = await openFold({ database: database(), now });
  const attributes = { 'feature_flag.key': 'gone', 'feature_flag.result.variant': 'treatment' };
  const [stream = 0] = await makeStreams(sql, [{ metric: 'seen', kind: 'sum', temporality: 'delta', attributes }]);
  const bins = async () => {
    const query = { environment: 'production', feature: 'gone', from: at(0), to: at(60), resolution: 10 } as const;
    return (await readBins(db, { ...query, metrics: ['seen'] })).map((r) => [r.at - t0, r.aggregate.n]);
  };
  const send = (from: number, to: number, value: number) =>
    sendPoints(sql, at(to), [{ stream, start: ns(from), time: ns(to), value }]);
  await send(0, 2, 1);
  await fold.step();
  await send(2, 4, 2);
  await fold.step();
  expect(await bins()).toEqual([[0, 3]]);
  await sql`delete from rollup where series_id in (select id from series where feature = 'gone')`;
  await send(4, 6, 4);
  await expect(fold.step()).rejects.toThrow();
  await fold.step();
  await send(6, 8, 8);
  await fold.step();
  expect(await bins()).toEqual([[0, 12]]);
});
