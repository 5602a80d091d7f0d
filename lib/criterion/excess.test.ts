import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Aggregate, Attributes, BinRow } from '@/lib/signal/model';
import { toBins } from './arms';
import { type Excesses, excessBy } from './excess';
import { absorb, look, startJudge } from './judge';
import { type CriterionInput, criterionInput } from './model';

const versions = { baseline: 'control', candidate: 'treatment' };
const binMs = 10_000;
type Row = {
  at?: number;
  version?: 'control' | 'treatment';
  cohort?: string;
  metric?: string;
  kind?: BinRow['kind'];
  unit?: string;
  attributes?: Attributes;
  aggregate: Partial<Aggregate>;
};
function row({ at = 0, version = 'treatment', cohort = 'eu', metric = 'requests', ...over }: Row): BinRow {
  const { kind = 'sum', unit = 's', attributes = {}, aggregate } = over;
  const nothing = { sum: 0, sum2: 0, min: 0, max: 0, last: 0 };
  return {
    at: at * binMs,
    version,
    cohort,
    metric,
    kind,
    unit,
    attributes,
    aggregate: { kind, n: 0, ...nothing, ...aggregate },
  };
}
const criterion = (over: Partial<CriterionInput>) =>
  criterionInput.parse({ name: 'c', kind: 'guardrail', metric: 'requests', better: 'lower', ...over });
const errors = criterion({ measure: 'share', of: { status: '5xx' } });
const explain = (rows: BinRow[], of = errors) => excessBy(of, rows, versions);

/** Requests of one arm in one bin with these attributes, `bad` of them with an error. */
function requests(n: number, bad: number, attributes: Attributes, over: Partial<Row> = {}): BinRow[] {
  return [
    row({ ...over, attributes: { ...attributes, status: 200 }, aggregate: { n: n - bad } }),
    row({ ...over, attributes: { ...attributes, status: 503 }, aggregate: { n: bad } }),
  ];
}
const control = { version: 'control' } as const;
const bins = (count: number, make: (at: number) => BinRow[]) =>
  Array.from({ length: count }, (_, at) => make(at)).flat();
const found = (e: Excesses, key: string, value: string | null) =>
  e.values.find((v) => v.key === key && v.value === value);
const first = (e: Excesses) => `${e.values[0]?.key}=${e.values[0]?.value}`;

/** One payment method of four fails in the candidate; nothing else differs. */
const invoices = bins(12, (at) =>
  ['card', 'invoice', 'paypal', 'wallet'].flatMap((method, i) => [
    ...requests(100, 1, { method, route: i < 3 ? '/pay' : '/' }, { at, ...control }),
    ...requests(100, method === 'invoice' ? 21 : 1, { method, route: i < 3 ? '/pay' : '/' }, { at }),
  ]),
);

describe('who carries the excess', () => {
  test('the value that fails leads, with its counts, its part and a plain total', () => {
    const e = explain(invoices);
    expect(e.total?.excess).toBeCloseTo(240, 9);
    expect(e.total?.n).toBe(4800);
    expect(first(e)).toBe('method=invoice');
    expect(e.values[0]).toMatchObject({
      baseline: { n: 1200, y: 12 },
      candidate: { n: 1200, y: 252 },
      share: 1,
      traffic: 0.25,
      clear: true,
      newHere: false,
      symptom: false,
      echoes: null,
    });
    expect(found(e, 'method', 'card')).toMatchObject({ clear: false, excess: 0 });
    expect(e.keys).toEqual(['method', 'route']);
  });
  test('what all traffic has carries everything and tells nothing', () => {
    const e = explain(invoices.map((r) => ({ ...r, attributes: { ...r.attributes, host: 'a' } })));
    expect(e.keys).not.toContain('host');
    // Three quarters of the traffic hold all of the excess: true, and less telling than the quarter.
    expect(found(e, 'route', '/pay')).toMatchObject({ share: 1, traffic: 0.75 });
    expect(e.values.findIndex((v) => v.key === 'route')).toBeGreaterThan(0);
  });
  test('a value that contains the failing one is its echo; one that is the same requests is the same', () => {
    const provider = (r: BinRow) => (r.attributes.method === 'invoice' ? 'acme' : 'other');
    const e = explain(invoices.map((r) => ({ ...r, attributes: { ...r.attributes, provider: provider(r) } })));
    expect(first(e)).toBe('method=invoice');
    expect(found(e, 'provider', 'acme')?.echoes).toEqual({ key: 'method', value: 'invoice', same: true });
    expect(found(e, 'route', '/pay')?.echoes).toEqual({ key: 'method', value: 'invoice', same: false });
  });
  test('few observations do not lead, however bad they look', () => {
    const e = explain([
      ...invoices,
      ...requests(4, 0, { method: 'cheque', route: '/' }, control),
      ...requests(3, 3, { method: 'cheque', route: '/' }),
    ]);
    expect(first(e)).toBe('method=invoice');
    expect(found(e, 'method', 'cheque')?.clear).toBe(false);
  });
  test('in a stretch too short to show how much bins vary, the counts say it', () => {
    const short = (bad: number) =>
      explain(
        bins(2, (at) =>
          ['card', 'invoice', 'paypal'].flatMap((method) => [
            ...requests(40, 1, { method }, { at, ...control }),
            ...requests(40, method === 'invoice' ? bad : 1, { method }, { at }),
          ]),
        ),
      );
    expect(found(short(3), 'method', 'invoice')).toMatchObject({ share: 1, clear: false });
    expect(found(short(20), 'method', 'invoice')).toMatchObject({ share: 1, clear: true });
  });
  test('trouble that is everywhere alike is nobody’s', () => {
    const e = explain(
      bins(12, (at) =>
        ['card', 'invoice', 'paypal'].flatMap((method, i) => [
          ...requests(200, 2 + ((at + i) % 2), { method }, { at, ...control }),
          ...requests(200, 12 + ((at + i) % 3), { method }, { at }),
        ]),
      ),
    );
    expect(e.total?.low).toBeGreaterThan(0);
    expect(e.values.filter((v) => v.clear)).toEqual([]);
  });
  test('a value with more traffic in the candidate carries nothing by that', () => {
    const e = explain(
      bins(10, (at) => [
        ...requests(500, 5, { page: 'old' }, { at, ...control }),
        ...requests(500, 5, { page: 'new' }, { at, ...control }),
        ...requests(200, 2, { page: 'old' }, { at }),
        ...requests(800, 8, { page: 'new' }, { at }),
      ]),
    );
    for (const v of e.values) expect(v.excess).toBeCloseTo(0, 9);
  });
  test('a value only the candidate has is flagged, and one that it lost', () => {
    const e = explain(
      bins(10, (at) => [
        ...requests(500, 5, { page: 'old' }, { at, ...control }),
        ...requests(500, 5, { page: 'gone' }, { at, ...control }),
        ...requests(500, 5, { page: 'old' }, { at }),
        ...requests(500, 80, { page: 'one-page' }, { at }),
      ]),
    );
    expect(e.values[0]).toMatchObject({ value: 'one-page', newHere: true, goneHere: false, clear: true });
    expect(e.values[0]?.baseline).toEqual({ n: 0, y: 0 });
    expect(found(e, 'page', 'gone')).toMatchObject({ goneHere: true, newHere: false, clear: false });
  });
  test('names of failures come after places, however much they carry', () => {
    const named = (r: BinRow) =>
      r.attributes.status === 503 ? { ...r.attributes, 'exit.reason': 'timeout' } : r.attributes;
    const e = explain(invoices.map((r) => ({ ...r, attributes: named(r) })));
    expect(first(e)).toBe('method=invoice');
    expect(found(e, 'exit.reason', 'timeout')).toMatchObject({ symptom: true, clear: true, echoes: null });
    const telling = e.values.filter((v) => v.clear);
    expect(telling.at(-1)?.symptom).toBe(true);
  });
  test('an attribute that is not set is a value too', () => {
    const e = explain(
      bins(10, (at) => [
        ...requests(500, 5, {}, { at, ...control }),
        ...requests(500, 5, { region: 'eu' }, { at, ...control }),
        ...requests(500, 50, {}, { at }),
        ...requests(500, 5, { region: 'eu' }, { at }),
      ]),
    );
    expect(e.values[0]).toMatchObject({ key: 'region', value: null, clear: true });
  });
  test('keys that segment, and what the criterion counts by, are no place to look', () => {
    const e = excessBy(errors, invoices, versions, { exclude: (key) => key === 'route' });
    expect(e.keys).toEqual(['method']);
  });
  test('cohorts are told apart in the same way', () => {
    const e = explain(
      bins(10, (at) =>
        ['beta', 'internal'].flatMap((cohort) => [
          ...requests(300, 3, {}, { at, cohort, ...control }),
          ...requests(300, cohort === 'beta' ? 60 : 3, {}, { at, cohort }),
        ]),
      ),
    );
    expect(e.cohorts[0]).toMatchObject({ value: 'beta', share: 1, traffic: 0.5, clear: true });
  });
});

describe('against the baseline of the same time and cohort', () => {
  test('a change of mix between cohorts of different levels is no excess', () => {
    const level: Record<string, number> = { internal: 0.2, rest: 0.01 };
    const e = explain(
      bins(12, (at) =>
        ['internal', 'rest'].flatMap((cohort) => {
          const n = cohort === 'internal' ? 900 : 100;
          const rate = level[cohort] as number;
          return [
            ...requests(1000 - n, (1000 - n) * rate, { page: 'a' }, { at, cohort, ...control }),
            ...requests(n, n * rate, { page: 'a' }, { at, cohort }),
          ];
        }),
      ),
    );
    expect(e.total?.excess).toBeCloseTo(0, 9);
    for (const c of e.cohorts) expect(c.excess).toBeCloseTo(0, 9);
  });
  test('bins in which one arm is silent are not compared', () => {
    const lonely = requests(900, 900, { method: 'card' }, { at: 99 });
    expect(explain([...invoices, ...lonely]).total?.excess).toBeCloseTo(240, 9);
  });
  test('the total is the judge’s estimate times the candidate’s observations', () => {
    for (const over of [
      { measure: 'share', of: { status: '5xx' } },
      { measure: 'ratio', per: 'started' },
    ] as const) {
      const of = criterion(over);
      const rows = [
        ...invoices,
        ...bins(12, (at) => [started(at, 'control', 400 + at), started(at, 'treatment', 300)]),
      ];
      let state = startJudge(of, { alpha: 0.01, unit: 's' });
      for (const bin of toBins(of, rows, versions, binMs).byCohort.get('eu') ?? [])
        state = absorb(state, new Map([['eu', bin]]));
      const { overall } = look(state);
      // The judge shows the worst stretch once it fails: ask for the sums of all of it.
      const { sums } = state.overall.track;
      const e = explain(rows, of);
      expect(e.total?.excess).toBeCloseTo(((sums.a1 - sums.a0) / sums.w) * overall.candidate.n, 6);
    }
  });
});

const started = (at: number, version: 'control' | 'treatment', n: number, attributes: Attributes = {}) =>
  row({ at, version, metric: 'started', attributes, aggregate: { n } });

describe('measures', () => {
  const orders = criterion({ measure: 'ratio', per: 'started', better: 'higher' });
  test('a ratio that should be high: what is missing', () => {
    const rows = bins(10, (at) =>
      ['card', 'invoice'].flatMap((method) => [
        started(at, 'control', 200, { method }),
        started(at, 'treatment', 200, { method }),
        row({ at, version: 'control', attributes: { method }, aggregate: { n: 190 } }),
        row({ at, attributes: { method }, aggregate: { n: method === 'invoice' ? 120 : 190 } }),
      ]),
    );
    const e = explain(rows, orders);
    expect(e.total?.excess).toBeCloseTo(700, 9);
    expect(e.values[0]).toMatchObject({ value: 'invoice', share: 1, traffic: 0.5, clear: true });
  });
  test('a ratio whose attribute is only on what is counted', () => {
    const rows = bins(10, (at) => [
      started(at, 'control', 400),
      started(at, 'treatment', 400),
      ...['card', 'invoice'].flatMap((method) => [
        row({ at, version: 'control', attributes: { method }, aggregate: { n: 190 } }),
        row({ at, attributes: { method }, aggregate: { n: method === 'invoice' ? 120 : 190 } }),
      ]),
    ]);
    const e = explain(rows, orders);
    expect(e.values[0]).toMatchObject({
      value: 'invoice',
      traffic: null,
      clear: true,
      candidate: { n: null, y: 1200 },
    });
    expect(e.values[0]?.excess).toBeCloseTo(700, 9);
  });
  test('a mean: who brings the time', () => {
    const time = (n: number, mean: number) => ({ n, sum: n * mean, sum2: n * mean * mean * 1.1 });
    const of = criterion({ measure: 'mean' });
    const rows = bins(10, (at) =>
      ['db', 'cache'].flatMap((store) => [
        row({ at, version: 'control', kind: 'histogram', attributes: { store }, aggregate: time(100, 0.1) }),
        row({ at, kind: 'histogram', attributes: { store }, aggregate: time(100, store === 'db' ? 0.15 : 0.1) }),
      ]),
    );
    const e = explain(rows, of);
    expect(e.total?.excess).toBeCloseTo(50, 9);
    expect(e.values[0]).toMatchObject({ value: 'db', clear: true });
    expect(e.values[0]?.share).toBeCloseTo(1, 9);
    // The same in milliseconds is the same excess in the first row's unit.
    const inMs = rows.map((r, i) =>
      i % 2
        ? { ...r, unit: 'ms', aggregate: { ...r.aggregate, sum: r.aggregate.sum * 1e3, sum2: r.aggregate.sum2 * 1e6 } }
        : r,
    );
    expect(explain(inMs, of).total?.excess).toBeCloseTo(50, 6);
  });
  test('a quantile: who lies above the baseline’s own', () => {
    const bounds = [0.1, 0.2, 0.4, 0.8];
    const shape = (counts: number[]) => ({ n: counts.reduce((a, b) => a + b, 0), explicit: { bounds, counts } });
    const calm = [50, 40, 9, 1, 0];
    const of = criterion({ measure: 'quantile', q: 0.9 });
    const rows = bins(10, (at) =>
      ['a', 'b'].flatMap((zone) => [
        row({ at, version: 'control', kind: 'histogram', attributes: { zone }, aggregate: shape(calm) }),
        row({
          at,
          kind: 'histogram',
          attributes: { zone },
          aggregate: shape(zone === 'b' ? [20, 30, 40, 10, 0] : calm),
        }),
      ]),
    );
    const e = explain(rows, of);
    // A tenth of the baseline lies above its p90, which is 0.2; of the candidate's half in b, a half does.
    expect(e.total?.excess).toBeCloseTo(400, 6);
    expect(e.values[0]).toMatchObject({ value: 'b', clear: true });
    expect(e.values[0]?.share).toBeCloseTo(1, 6);
    expect(explain(rows, criterion({ measure: 'quantile', q: 0.9999 })).values[0]?.value).toBe('b');
  });
  test('a rate: who brings more events in the same time', () => {
    const of = criterion({ measure: 'rate' });
    const rows = bins(10, (at) =>
      ['retry', 'first'].flatMap((kind) => [
        row({ at, version: 'control', attributes: { kind }, aggregate: { n: 50 } }),
        row({ at, attributes: { kind }, aggregate: { n: kind === 'retry' ? 150 : 50 } }),
      ]),
    );
    const e = explain(rows, of);
    expect(e.total?.excess).toBeCloseTo(1000, 9);
    expect(e.values[0]).toMatchObject({ value: 'retry', share: 1, clear: true, candidate: { n: null, y: 1500 } });
  });
  test('against a threshold there is no baseline, and nothing is new', () => {
    const of = criterion({ measure: 'share', of: { status: '5xx' }, against: { threshold: '1%' } });
    const e = explain(invoices, of);
    expect(e.total?.excess).toBeCloseTo(240, 9);
    expect(e.values[0]).toMatchObject({ value: 'invoice', baseline: null, newHere: false, clear: true });
  });
  test('a burn rate: what is beyond the objective', () => {
    const of = criterion({ measure: 'burn_rate', of: { status: '5xx' }, objective: 0.99 });
    const e = explain(invoices, of);
    expect(e.total?.excess).toBeCloseTo(240, 9);
    expect(e.values[0]).toMatchObject({ value: 'invoice', clear: true });
  });
  test('what cannot be told apart says so by having no total', () => {
    const nothing = { total: null, values: [], cohorts: [], keys: [] };
    expect(explain(invoices, criterion({ measure: 'value' }))).toEqual(nothing);
    expect(explain(invoices, criterion({ measure: 'rate', against: { threshold: 5 } }))).toEqual(nothing);
    expect(explain([], errors)).toEqual(nothing);
    expect(explain(requests(5, 1, {}), errors)).toEqual(nothing);
  });
});

describe('properties', () => {
  const observed = fc.record({
    at: fc.integer({ min: 0, max: 5 }),
    version: fc.constantFrom('control' as const, 'treatment' as const),
    cohort: fc.constantFrom('eu', 'us'),
    n: fc.integer({ min: 1, max: 500 }),
    bad: fc.integer({ min: 0, max: 500 }),
    a: fc.constantFrom('1', '2', '3', undefined),
    b: fc.constantFrom('x', 'y'),
  });
  const rowsOf = (
    given: Array<{
      at: number;
      version: 'control' | 'treatment';
      cohort: string;
      n: number;
      bad: number;
      a?: string | undefined;
      b: string;
    }>,
  ) =>
    given.flatMap(({ n, bad, a, b, ...over }) =>
      requests(n, Math.min(n, bad), { ...(a === undefined ? {} : { a }), b }, over),
    );
  const some = fc.array(observed, { minLength: 4, maxLength: 60 });
  test('over the values of one key the excess sums to the total, and shares to one', () => {
    fc.assert(
      fc.property(some, (given) => {
        const e = explain(rowsOf(given));
        for (const key of e.keys) {
          const values = e.values.filter((v) => v.key === key);
          const sum = values.reduce((s, v) => s + v.excess, 0);
          expect(sum).toBeCloseTo(e.total?.excess ?? 0, 6);
          expect(values.reduce((s, v) => s + (v.traffic ?? 0), 0)).toBeCloseTo(1, 9);
        }
        const cohorts = e.cohorts.reduce((s, v) => s + v.excess, 0);
        expect(cohorts).toBeCloseTo(e.total?.excess ?? 0, 6);
      }),
      { numRuns: 200 },
    );
  });
  const rounded = (e: Excesses) =>
    JSON.parse(JSON.stringify(e, (_, v) => (typeof v === 'number' ? Number(v.toPrecision(9)) + 0 : v)));
  test('the order of rows does not matter', () => {
    fc.assert(
      fc.property(some, fc.infiniteStream(fc.nat()), (given, order) => {
        const rows = rowsOf(given);
        const shuffled = rows
          .map((r) => ({ r, at: order.next().value as number }))
          .sort((x, y) => x.at - y.at)
          .map(({ r }) => r);
        expect(rounded(explain(shuffled))).toEqual(rounded(explain(rows)));
      }),
      { numRuns: 100 },
    );
  });
  test('nothing is called telling more often than the intervals allow, where nothing differs', () => {
    let told = 0;
    let seed = 7;
    const random = () => {
      seed = (seed * 1664525 + 1013904223) % 2 ** 32;
      return seed / 2 ** 32;
    };
    const binomial = (n: number, p: number) => Array.from({ length: n }, () => random() < p).filter(Boolean).length;
    for (let trial = 0; trial < 300; trial++) {
      const rows = bins(10, (at) =>
        ['1', '2', '3', '4', '5'].flatMap((a) =>
          (['control', 'treatment'] as const).flatMap((version) =>
            requests(40, binomial(40, 0.05), { a }, { at, version }),
          ),
        ),
      );
      if (explain(rows).values.some((v) => v.clear)) told++;
    }
    expect(told).toBeLessThanOrEqual(15);
  });
});
