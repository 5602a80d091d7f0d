import { expect, test } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { makeStreams, sendPoints, type TestStream } from '@/e2e/points';
import { openFold } from './fold/fold';
import { defaultMapping } from './model';
import { findings, getMapping, putMapping, readBins, rejections, retain, segments, series } from './signal';

const { database, context } = testDatabase();
const t0 = Date.UTC(2026, 0, 1, 12, 0, 0);
const ns = (seconds: number) => BigInt(t0 + seconds * 1000) * 1_000_000n;
const at = (seconds: number) => new Date(t0 + seconds * 1000);
let nowS = 0;
const now = () => at(nowS);
const flag = (feature: string, version = 'on') => ({
  'feature_flag.key': feature,
  'feature_flag.result.variant': version,
});

const bins = (environment: string, feature: string, metrics: string[]) =>
  readBins(database().db, { environment, feature, metrics, from: at(0), to: at(60), resolution: 10 });

test('what must keep outcomes from being green is found, and said of the right metric', async () => {
  const { sql, db } = database();
  const environment = 'findings';
  const fold = await openFold({ database: database(), now });
  const sum = (metric: string, unit: string, more: Partial<TestStream> = {}): TestStream => {
    return { metric, kind: 'sum', unit, environment, attributes: flag('f'), ...more };
  };
  const [shared = 0, overflow = 0, s = 0, by = 0] = await makeStreams(sql, [
    sum('shared', '1'),
    sum('many', '1', { attributes: { 'otel.metric.overflow': true } }),
    sum('mixed', 's'),
    sum('mixed', 'By'),
  ]);
  await sendPoints(sql, at(9), [
    { stream: shared, start: ns(1), time: ns(5), value: 4 },
    { stream: shared, start: ns(2), time: ns(6), value: 9 },
    { stream: overflow, start: ns(1), time: ns(5), value: 4 },
    { stream: s, start: ns(1), time: ns(5), value: 4 },
    { stream: by, start: ns(1), time: ns(5), value: 7 },
  ]);
  await fold.step();
  const found = await findings(db, { environment, feature: 'f' });
  expect(found.map((f) => [f.kind, f.feature, f.metric, f.count]).sort()).toEqual([
    ['overflow', '', 'many', 1],
    ['single_writer_violation', 'f', 'shared', 1],
    ['unit_conflict', 'f', 'mixed', 1],
  ]);
  expect(await findings(db, { environment: 'other', feature: 'f' })).toEqual([]);
  const rows = await bins(environment, 'f', ['shared', 'mixed']);
  expect(rows.map((r) => [r.metric, r.unit, r.aggregate.n])).toEqual([
    ['shared', '1', 4],
    ['mixed', 's', 4],
    ['mixed', 'By', 7],
  ]);
});

test('units that differ only in scale are added in the unit that came first', async () => {
  const { sql, db } = database();
  const environment = 'units';
  const fold = await openFold({ database: database(), now });
  const histogram = (unit: string, i: number): TestStream => {
    const resource = { 'service.instance.id': String(i) };
    return { metric: 'latency', kind: 'histogram', unit, environment, attributes: flag('f'), resource };
  };
  const [seconds = 0, millis = 0] = await makeStreams(sql, [histogram('s', 1), histogram('ms', 2)]);
  await sendPoints(sql, at(9), [
    { stream: seconds, start: ns(1), time: ns(5), count: 2, sum: 0.3, bounds: [0.005, 0.1], counts: [0, 1, 1] },
    { stream: millis, start: ns(1), time: ns(5), count: 3, sum: 6, bounds: [5, 100], counts: [3, 0, 0] },
  ]);
  await fold.step();
  const [row] = await bins(environment, 'f', ['latency']);
  expect(row).toMatchObject({ unit: 's', aggregate: { n: 5 } });
  expect(row?.aggregate.explicit).toEqual({ bounds: [0.005, 0.1], counts: [3, 1, 1] });
  expect(row?.aggregate.sum).toBeCloseTo(0.306);
  expect(await findings(db, { environment, feature: 'f' })).toEqual([]);
});

test('beyond the budget, series are counted in one overflow series, not dropped in silence', async () => {
  const { sql, db } = database();
  const environment = 'budget';
  const fold = await openFold({ database: database(), now, seriesBudget: 2 });
  const streams = await makeStreams(
    sql,
    ['a', 'b', 'c', 'd'].map((route) => ({
      metric: 'hits',
      kind: 'sum',
      environment,
      attributes: { ...flag('f'), route },
    })),
  );
  await sendPoints(
    sql,
    at(9),
    streams.map((stream) => ({ stream, start: ns(1), time: ns(5), value: 100 })),
  );
  await fold.step();
  expect((await bins(environment, 'f', ['hits'])).map((r) => r.aggregate.n)).toEqual([100, 100]);
  const [overflow] = await bins(environment, '(overflow)', ['belay.overflow']);
  expect(overflow).toMatchObject({ unit: '{point}', aggregate: { n: 2 } });
  expect(await findings(db, { environment, feature: 'f' })).toMatchObject([
    { kind: 'series_budget', metric: 'hits', count: 2 },
  ]);
});

test('points of another time are kept and reported, not folded', async () => {
  const { sql, db } = database();
  const environment = 'time';
  const fold = await openFold({ database: database(), now });
  const attributes = flag('f');
  const [stream = 0] = await makeStreams(sql, [{ metric: 'depth', kind: 'gauge', environment, attributes }]);
  await sendPoints(sql, at(10), [
    { stream, start: 0n, time: ns(5), value: 1 },
    { stream, start: 0n, time: ns(5), flags: 1, value: 0 },
    { stream, start: 0n, time: ns(10 + 301), value: 1 },
    { stream, start: 0n, time: ns(-80 * 3600), value: 1 },
  ]);
  await fold.step();
  const all = { environment, feature: 'f', metrics: ['depth'], from: at(-90 * 3600), to: at(3600) };
  expect(await readBins(db, { ...all, resolution: 10 })).toHaveLength(1);
  const refused = await rejections(context({ now }), 10);
  expect(refused.filter((r) => r.environment === environment).map((r) => [r.metric, r.points])).toEqual([
    ['depth', 1],
    ['depth', 1],
  ]);
});

test('a ledger row that cannot be read is reported and does not hold up the others', async () => {
  const { sql, db } = database();
  const environment = 'broken';
  const fold = await openFold({ database: database(), now });
  const [stream = 0] = await makeStreams(sql, [{ metric: 'depth', kind: 'gauge', environment, attributes: flag('f') }]);
  await sql`with l as (insert into ledger (received_at, points, block) values (now(), 1, '\\x01ff') returning id)
    insert into ledger_pending select id from l`;
  await sendPoints(sql, at(10), [{ stream, start: 0n, time: ns(5), value: 1 }]);
  expect(await fold.step()).toMatchObject({ rows: 2, points: 1 });
  expect(await bins(environment, 'f', ['depth'])).toHaveLength(1);
  const [refused] = await rejections(context({ now }), 1);
  expect(refused?.message).toMatch(/cannot be read/);
  expect(await fold.step()).toMatchObject({ rows: 0 });
  expect(await findings(db, { environment, feature: 'f' })).toEqual([]);
});

test('a new mapping holds from the next step on, and nothing is counted from before it', async () => {
  const { sql } = database();
  const environment = 'mapping';
  const ctx = context({ now });
  const fold = await openFold({ database: database(), now });
  const [stream = 0] = await makeStreams(sql, [
    { metric: 'hits', kind: 'sum', environment, attributes: { arm: 'blue', ...flag('old') }, resource: { app: 'new' } },
  ]);
  await sendPoints(sql, at(9), [{ stream, start: ns(1), time: ns(5), value: 100 }]);
  await fold.step();
  await putMapping(ctx, { ...defaultMapping, rules: [{ kind: 'flag', feature: ['app'], version: ['arm'] }] });
  await expect(putMapping(ctx, { rules: [] })).rejects.toMatchObject({ code: 'bad_input' });
  nowS += 2;
  await sendPoints(sql, at(19), [{ stream, start: ns(1), time: ns(15), value: 103 }]);
  await fold.step();
  expect((await bins(environment, 'old', ['hits'])).map((r) => r.aggregate.n)).toEqual([100]);
  expect((await bins(environment, 'new', ['hits'])).map((r) => [r.version, r.aggregate.n])).toEqual([['blue', 3]]);
  expect((await getMapping(ctx)).rules).toHaveLength(1);
  await putMapping(ctx, defaultMapping);
  nowS += 2;
});

test('charts: share, ratio, quantile, value and cohort, gaps as null', async () => {
  const { sql } = database();
  const environment = 'charts';
  const fold = await openFold({ database: database(), now });
  const delta = (metric: string, attributes: TestStream['attributes']): TestStream => {
    return { metric, kind: 'sum', temporality: 'delta', environment, attributes: { ...flag('f'), ...attributes } };
  };
  const [ok = 0, bad = 0, orders = 0, h = 0] = await makeStreams(sql, [
    delta('hits', { code: 200, cohort: 'beta' }),
    delta('hits', { code: 503, cohort: 'eu' }),
    delta('orders', {}),
    { ...delta('latency', {}), kind: 'histogram', monotonic: false },
  ]);
  await sendPoints(sql, at(9), [
    { stream: ok, start: ns(1), time: ns(5), value: 90 },
    { stream: bad, start: ns(1), time: ns(5), value: 10 },
    { stream: orders, start: ns(1), time: ns(5), value: 25 },
    { stream: h, start: ns(1), time: ns(5), count: 10, sum: 15, bounds: [1, 2], counts: [0, 10, 0] },
  ]);
  await fold.step();
  const ctx = context({ now: () => at(100) });
  const common = { environment, feature: 'f', from: at(0), to: at(20), points: 10 };
  const first = async (query: Omit<Parameters<typeof series>[1], keyof typeof common>) =>
    (await series(ctx, { ...common, ...query })).lines[0]?.points.map(([, value, n]) => [value, n]);
  const gap = [null, 0];
  expect(await first({ metric: 'hits', measure: 'share', of: { code: '5xx' } })).toEqual([[0.1, 100], gap]);
  expect(await first({ metric: 'orders', measure: 'ratio', per: 'hits' })).toEqual([[0.25, 100], gap]);
  expect(await first({ metric: 'latency', measure: 'quantile', q: 0.5 })).toEqual([[1.5, 10], gap]);
  expect(await first({ metric: 'latency', measure: 'mean' })).toEqual([[1.5, 10], gap]);
  expect(await first({ metric: 'hits', measure: 'count', cohort: 'eu' })).toEqual([[10, 10], gap]);
  expect(await first({ metric: 'hits', measure: 'rate', where: { code: 200 } })).toEqual([[9, 90], gap]);
});

test('whoever may not look does not see, and a key sees its own environment', async () => {
  const key = (role: 'viewer' | 'ingest', environment: string) =>
    context({ now, actor: { kind: 'key', id: 'k', name: 'k', role, environment } });
  await expect(segments(key('ingest', 'charts'), {})).rejects.toMatchObject({ code: 'forbidden' });
  await expect(segments(key('viewer', 'charts'), { environment: 'units' })).rejects.toMatchObject({
    code: 'forbidden',
  });
  const seen = await segments(key('viewer', 'charts'), {});
  expect(new Set(seen.map((s) => s.environment))).toEqual(new Set(['charts']));
});

test('retention drops what is past its keep, and never what is still to be folded', async () => {
  const { sql, db } = database();
  const [stream = 0] = await makeStreams(sql, [{ metric: 'x', kind: 'gauge', attributes: flag('late') }]);
  await (await openFold({ database: database(), now })).close();
  await sendPoints(sql, at(20), [{ stream, start: 0n, time: ns(20), value: 1 }]);
  const later = new Date(t0 + 49 * 3_600_000);
  const first = await retain(db, later);
  const waiting = await sql`select 1 from ledger_pending p join ledger l on l.id = p.ledger_id`;
  expect(waiting).toHaveLength(1);
  expect(first.receipts).toBeGreaterThan(0);
  const fold = await openFold({ database: database(), now });
  await fold.step();
  await fold.close();
  const second = await retain(db, later);
  expect(second.ledger).toBe(1);
  expect(second.rollups).toBe(0);
  expect((await retain(db, new Date(t0 + 73 * 3_600_000))).rollups).toBeGreaterThan(0);
  const left = await sql<{ fine: number; coarse: number }[]>`
    select (select count(*)::int from rollup) as fine, (select count(*)::int from rollup_chunk) as coarse`;
  expect(left[0]?.fine).toBe(0);
  expect(left[0]?.coarse).toBeGreaterThan(0);
});
