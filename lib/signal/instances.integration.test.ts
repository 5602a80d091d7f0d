import { expect, test } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { makeStreams, sendPoints } from '@/e2e/points';
import { openFold } from './fold/fold';
import { readInstances } from './instances';
import { readBins } from './signal';

const { database } = testDatabase();
const t0 = Date.UTC(2026, 0, 1, 12, 0, 0);
const ns = (seconds: number) => BigInt(t0 + seconds * 1000) * 1_000_000n;
const at = (seconds: number) => new Date(t0 + seconds * 1000);

test('what the roll-ups add up is told apart by instance, and comes to the same', async () => {
  const { sql, db } = database();
  const fold = await openFold({ database: database(), now: () => at(600) });
  const flag = { 'feature_flag.key': 'checkout', 'feature_flag.result.variant': 'treatment', cohort: 'beta' };
  const on = (i: number) => ({ 'service.instance.id': `shop-${i}`, 'telemetry.sdk.name': 'any' });
  const orders = { metric: 'orders', kind: 'sum', unit: '{order}' } as const;
  const streams = await makeStreams(sql, [
    { ...orders, attributes: { ...flag, route: '/a' }, resource: on(1) },
    { ...orders, attributes: { ...flag, route: '/a' }, resource: on(2) },
    { ...orders, attributes: { ...flag, 'feature_flag.key': 'other' }, resource: on(1) },
    { ...orders, metric: 'elsewhere', attributes: flag, resource: on(1) },
    { ...orders, attributes: { ...flag, 'feature_flag.result.variant': 'third' }, resource: on(1) },
  ]);
  // Totals since long ago: what is counted begins with the point before the stretch.
  for (let second = 0; second < 400; second += 10) {
    const points = streams.map((stream, i) => {
      return { stream, start: ns(-9000), time: ns(second + 5), value: 1000 + (i + 1) * second };
    });
    await sendPoints(sql, at(second + 6), points);
  }
  while ((await fold.step()).rows > 0);
  const query = {
    environment: 'production',
    feature: 'checkout',
    metrics: ['orders'],
    versions: ['control', 'treatment'],
  };
  const span = { from: at(200), to: at(300) };
  const whole = await readBins(db, { ...query, ...span, resolution: 10 });
  const apart = (await readInstances(db, { ...query, ...span })) ?? [];
  expect(whole).toHaveLength(10);
  expect(apart).toHaveLength(20);
  for (const row of whole) {
    const own = apart.filter((r) => r.at === row.at);
    expect(own.map((r) => [r.attributes['service.instance.id'], r.attributes.route, r.aggregate.n])).toEqual([
      ['shop-1', '/a', 10],
      ['shop-2', '/a', 20],
    ]);
    expect(own.reduce((n, r) => n + r.aggregate.n, 0)).toBe(row.aggregate.n);
    expect(own[0]).toMatchObject({ version: 'treatment', cohort: 'beta', unit: '{order}' });
    expect(own[0]?.attributes).not.toHaveProperty('telemetry.sdk.name');
  }
  // Nothing was written, and a moment is too little to be told apart.
  expect(await sql`select 1 from series where attributes ? 'service.instance.id'`).toHaveLength(0);
  expect(await readInstances(db, { ...query, from: at(290), to: at(300) })).toBeNull();
  await fold.close();
});
