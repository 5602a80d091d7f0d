import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CriterionInput, type CriterionOutcome, criterionInput } from '@/lib/criterion/model';
import { type Plan, planInput } from '@/lib/rollout/model';
import { outcomesOf } from '@/lib/rollout/watch/evidence';
import { close, lookNow, startJudging } from '@/lib/rollout/watch/judging';
import { explicitBuckets, sumOfSquares } from '@/lib/signal/bin/quantile';
import { type BinRow, defaultMapping, type Mapping } from '@/lib/signal/model';
import { segmentsOf } from '@/lib/signal/segment';
import { mixOf } from './mix';
import { exportOf, type Served, stepMs } from './traffic';

const t0 = 1_700_000_000_000 - (1_700_000_000_000 % 10_000);
const bin = 10_000;
const crowd = { candidates: 100, all: 200 };
const split: Served[] = [
  { cohort: 'beta', version: 'control', users: 100 },
  { cohort: 'beta', version: 'treatment', users: 100 },
  { cohort: 'others', version: 'control', users: 100 },
];

// biome-ignore lint/suspicious/noExplicitAny: JSON as it goes over the wire
type Json = any;
const plain = (attributes: Json[]) =>
  Object.fromEntries(
    attributes.map(({ key, value }: Json) => [
      key,
      value.intValue === undefined ? (Object.values(value)[0] as string) : Number(value.intValue),
    ]),
  );

/** What the fold makes of an export, of what the judge reads. */
function fold(bodies: Buffer[]): BinRow[] {
  const rows = new Map<string, BinRow>();
  for (const body of bodies)
    for (const metric of JSON.parse(String(body)).resourceMetrics[0].scopeMetrics[0].metrics) {
      const kind = metric.sum ? 'sum' : metric.gauge ? 'gauge' : 'histogram';
      for (const point of metric[kind].dataPoints) {
        const { cohort, ...rest } = plain(point.attributes);
        const { 'feature_flag.key': _key, 'feature_flag.result.variant': version, ...attributes } = rest;
        const ms = Number(BigInt(point.timeUnixNano) / 1_000_000n);
        const at = Math.floor(ms / bin) * bin;
        const key = JSON.stringify([at, metric.name, kind, version, cohort, attributes]);
        const aggregate = { kind, n: 0, sum: 0, sum2: 0, min: 0, max: 0, last: 0 } as BinRow['aggregate'];
        const row = rows.get(key) ?? {
          at,
          version,
          cohort,
          metric: metric.name,
          kind,
          unit: metric.unit,
          attributes,
          aggregate,
        };
        rows.set(key, row);
        addPoint(row, point);
      }
    }
  return [...rows.values()].sort((a, b) => a.at - b.at);
}

function addPoint({ aggregate: a, kind }: BinRow, point: Json): void {
  if (kind === 'gauge') {
    a.n += 1;
    a.sum += point.asDouble;
    a.sum2 += point.asDouble ** 2;
    return;
  }
  const n = Number(point.asInt ?? point.count);
  a.n += n;
  a.sum = kind === 'sum' ? Number.NaN : a.sum + point.sum;
  if (kind !== 'histogram') return;
  const counts = point.bucketCounts.map(Number);
  a.explicit = {
    bounds: point.explicitBounds,
    counts: counts.map((c: number, i: number) => c + (a.explicit?.counts[i] ?? 0)),
  };
  a.sum2 = sumOfSquares(
    explicitBuckets(Float64Array.from(a.explicit.bounds), Float64Array.from(a.explicit.counts), Number.NaN, Number.NaN),
    a.sum,
  );
}

function planOf(criteria: CriterionInput[]): Plan {
  return planInput.parse({
    feature: 'f',
    environment: 'drill/run_1',
    owner: 'o',
    baseline: 'control',
    candidate: 'treatment',
    holdback: 50,
    stages: [{ name: 'beta', exposure: { beta: 100 }, minDuration: '24h' }],
    criteria,
  });
}

/** Judged bin by bin; a minute more before, which a rate needs to settle. */
function judge(plan: Plan, run: string, bins: { well: number; faulty: number }): CriterionOutcome[][] {
  const mix = mixOf(plan.criteria, new Map(), crowd);
  const startedAt = new Date(t0 - 6 * bin);
  let judging = startJudging(plan, startedAt, startedAt);
  judging = { ...judging, windows: [{ at: startedAt.getTime() - 60_000, stage: 0 }] };
  const looks: CriterionOutcome[][] = [];
  for (let at = t0, i = 0; i < bins.well + bins.faulty; at += bin, i++) {
    const steps = Array.from({ length: bin / stepMs }, (_, k) => at + k * stepMs);
    const faulty = i >= bins.well;
    const of = { run, feature: 'f', candidate: 'treatment', mix, mapping: defaultMapping, served: split, faulty };
    const rows = fold(steps.map((from) => exportOf({ ...of, from }).body));
    close(judging, rows, at + bin);
    const now = new Date(at + bin);
    const freshness = { lastAt: now, receiverAliveAt: null };
    looks.push(outcomesOf(lookNow(judging, [], now.getTime()), { findings: [], freshness, startedAt, now }));
  }
  return looks;
}

const failing = (looks: CriterionOutcome[][]) =>
  looks.flatMap((look) => look.filter((o) => o.outcome === 'fail').map((o) => o.criterion));

const base = { name: 'c', kind: 'guardrail', metric: 'http.server.request.duration', better: 'lower' } as const;
const of5xx = { of: { 'http.response.status_code': '5xx' } };
const ratio = { measure: 'ratio', metric: 'done', per: 'started' } as const;
const cases: Array<[what: string, criterion: CriterionInput]> = [
  ['share', { ...base, measure: 'share', ...of5xx, margin: '1pp' }],
  ['share without a margin', { ...base, measure: 'share', ...of5xx }],
  ['share, relative', { ...base, measure: 'share', ...of5xx, margin: '50%' }],
  ['share with a wide margin', { ...base, measure: 'share', ...of5xx, margin: '60pp' }],
  ['share against a number', { ...base, measure: 'share', ...of5xx, against: { threshold: '0.5%' } }],
  ['share that is good', { ...base, measure: 'share', of: { ok: true }, better: 'higher', margin: '1pp' }],
  [
    'share that is good against a number',
    { ...base, measure: 'share', of: { ok: true }, better: 'higher', against: { threshold: '99%' } },
  ],
  ['quantile', { ...base, measure: 'quantile', q: 0.99, where: { 'http.route': '/checkout' }, margin: '10%' }],
  ['quantile, absolute', { ...base, measure: 'quantile', q: 0.5, margin: '20ms' }],
  ['quantile, far', { ...base, measure: 'quantile', q: 0.95, margin: '30s' }],
  ['quantile against a number', { ...base, measure: 'quantile', q: 0.95, against: { threshold: '300ms' } }],
  [
    'quantile, higher',
    { ...base, measure: 'quantile', metric: 'speed', q: 0.1, better: 'higher', against: { threshold: 50 } },
  ],
  ['mean', { ...base, measure: 'mean', margin: '10%' }],
  ['mean against a number', { ...base, measure: 'mean', against: { threshold: '2s' } }],
  ['ratio', { ...base, ...ratio, better: 'higher', margin: '1%' }],
  ['ratio, lower', { ...base, ...ratio, margin: 0.05 }],
  ['ratio above one', { ...base, ...ratio, better: 'higher', against: { threshold: 3 } }],
  ['rate', { ...base, measure: 'rate', metric: 'orders', better: 'higher', margin: '10%' }],
  ['rate, lower', { ...base, measure: 'rate', metric: 'retries', margin: 5 }],
  ['rate against a number', { ...base, measure: 'rate', metric: 'retries', against: { threshold: 10 } }],
  [
    'rate, higher than a number',
    { ...base, measure: 'rate', metric: 'orders', better: 'higher', against: { threshold: 100 } },
  ],
  ['value', { ...base, measure: 'value', metric: 'queue', margin: '20%' }],
  ['value against a number', { ...base, measure: 'value', metric: 'queue', against: { threshold: 1000 } }],
  ['value, higher', { ...base, measure: 'value', metric: 'free', better: 'higher', against: { threshold: 5 } }],
  ['burn rate', { ...base, measure: 'burn_rate', ...of5xx, objective: 0.999 }],
];

describe('each measure', () => {
  test.each(cases)('%s: well never fails, the fault does within a minute', (_what, criterion) => {
    const plan = planOf([criterion]);
    const looks = judge(plan, 'run_a', { well: 12, faulty: 6 });
    expect(failing(looks.slice(0, 12))).toEqual([]);
    expect(looks.at(-1)?.find((o) => o.cohort === null)).toMatchObject({ outcome: 'fail' });
    // Of the cohort that rehearses too, and of nobody else.
    expect(
      looks
        .at(-1)
        ?.filter((o) => o.outcome === 'fail')
        .map((o) => o.cohort),
    ).toEqual([null, 'beta']);
  });

  test('a burn rate that nearly everything must be bad for fails once its window is', () => {
    const plan = planOf([{ ...base, measure: 'burn_rate', ...of5xx, objective: 0.9, against: { threshold: 8 } }]);
    const looks = judge(plan, 'run_a', { well: 2, faulty: 14 });
    expect(failing(looks.slice(0, 2))).toEqual([]);
    expect(looks.at(-1)?.[0]?.outcome).toBe('fail');
  });

  test('against a number, well passes', () => {
    const plan = planOf([{ ...base, measure: 'share', ...of5xx, against: { threshold: '5%' } }]);
    const looks = judge(plan, 'run_a', { well: 30, faulty: 0 });
    expect(looks.at(-1)?.[0]?.outcome).toBe('pass');
  });
});

test('every criterion of a plan, however they are put together: well fails none, the fault all', () => {
  const chosen = fc.uniqueArray(fc.integer({ min: 0, max: cases.length - 1 }), { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(chosen, fc.string({ minLength: 1 }), (which, run) => {
      // Each on a metric of its own, as one cannot be both high and low.
      const plan = planOf(
        which.map((i) => {
          const [, criterion] = cases[i] as (typeof cases)[number];
          const per = criterion.per ? { per: `${criterion.per}.${i}` } : {};
          return { ...criterion, ...per, name: `c${i}`, metric: `${criterion.metric}.${i}.duration` };
        }),
      );
      const looks = judge(plan, run, { well: 6, faulty: 12 });
      expect(failing(looks.slice(0, 6))).toEqual([]);
      const overall = looks.at(-1)?.filter((o) => o.cohort === null) ?? [];
      expect(overall.map((o) => [o.criterion, o.outcome])).toEqual(which.map((i) => [`c${i}`, 'fail']));
    }),
    { numRuns: 25, seed: 7 },
  );
});

const shop: CriterionInput[] = [
  { ...base, name: 'p99', measure: 'quantile', q: 0.99, where: { 'http.route': '/checkout' }, margin: '10%' },
  { ...base, name: 'errors', measure: 'share', ...of5xx, margin: '0.5pp' },
  { ...base, name: 'p95', measure: 'quantile', q: 0.95, against: { threshold: '300ms' } },
  { ...base, name: 'budget', measure: 'burn_rate', ...of5xx, objective: 0.999 },
  {
    ...base,
    name: 'served',
    measure: 'share',
    of: { 'http.response.status_code': 200 },
    better: 'higher',
    margin: '1pp',
  },
  { ...base, name: 'cart', measure: 'share', ...of5xx, where: { 'http.route': '/cart' }, margin: '1pp' },
  { ...base, name: 'refused', measure: 'share', of: { 'http.response.status_code': ['401', '403'] }, margin: '2pp' },
  {
    ...base,
    name: 'orders',
    kind: 'success',
    measure: 'ratio',
    metric: 'shop.completed',
    per: 'shop.started',
    better: 'higher',
    margin: '1%',
  },
  { ...base, name: 'started', measure: 'rate', metric: 'shop.started', better: 'higher', against: { threshold: 5 } },
  { ...base, name: 'mean', kind: 'diagnostic', measure: 'mean', margin: '5%' },
];

test('a plan as people write them, many criteria of one metric: well fails none, the fault fails all', () => {
  const looks = judge(planOf(shop), 'run_a', { well: 12, faulty: 6 });
  expect(failing(looks.slice(0, 12))).toEqual([]);
  const overall = looks.at(-1)?.filter((o) => o.cohort === null) ?? [];
  expect(overall.map((o) => [o.criterion, o.outcome])).toEqual(shop.map((c) => [c.name, 'fail']));
});

test('the same run and step make the same bytes; another run or step makes others', () => {
  const plan = planOf([criterionInput.parse(cases[0]?.[1])]);
  const mix = mixOf(plan.criteria, new Map(), crowd);
  const of = {
    run: 'run_a',
    feature: 'f',
    candidate: 'treatment',
    mix,
    mapping: defaultMapping,
    served: split,
    from: t0,
    faulty: false,
  };
  const text = (over: Partial<typeof of> = {}) => String(exportOf({ ...of, ...over }).body);
  expect(text()).toBe(text());
  expect(text({ from: t0 + stepMs })).not.toBe(text());
  expect(text({ run: 'run_b' })).not.toBe(text());
  expect(text()).toContain('user_agent.synthetic.type');
  expect(exportOf({ ...of, faulty: true }).errors).toBeGreaterThan(20);
  expect(exportOf(of).errors).toBe(0);
});

test('the fault of the candidate is nobody else’s', () => {
  const plan = planOf([criterionInput.parse(cases[0]?.[1])]);
  const mix = mixOf(plan.criteria, new Map(), crowd);
  const back = split.map((s) => ({ ...s, version: 'control' }));
  const of = {
    run: 'run_a',
    feature: 'f',
    candidate: 'treatment',
    mix,
    mapping: defaultMapping,
    served: back,
    from: t0,
  };
  expect(exportOf({ ...of, faulty: true })).toEqual(exportOf({ ...of, faulty: false }));
});

test.each<[what: string, mapping: Mapping]>([
  ['the usual', defaultMapping],
  [
    'a key inside the name',
    { ...defaultMapping, rules: [{ kind: 'named', prefix: 'flag.', suffix: '.on' }], cohort: ['tenant'] },
  ],
  [
    'deployments',
    { ...defaultMapping, rules: [{ kind: 'deployment', feature: ['service.name'], version: ['service.version'] }] },
  ],
])('%s: what is sent falls into its segments by the mapping that is in force', (_what, mapping) => {
  const plan = planOf([criterionInput.parse(cases[0]?.[1])]);
  const mix = mixOf(plan.criteria, new Map(), crowd);
  const of = { run: 'run_a', feature: 'f', candidate: 'treatment', mix, mapping, served: split, from: t0 };
  const [sent] = JSON.parse(String(exportOf({ ...of, faulty: false }).body)).resourceMetrics;
  const resource = plain(sent.resource.attributes);
  const [metric] = sent.scopeMetrics[0].metrics;
  const points: Json[] = metric.sum.dataPoints;
  const found = points.flatMap((p) => segmentsOf('production', plain(p.attributes), resource, mapping));
  const named = found.filter((s) => s.feature === 'f').map((s) => `${s.environment} ${s.version} ${s.cohort}`);
  expect([...new Set(named)].sort()).toEqual([
    'drill/run_a control beta',
    'drill/run_a control others',
    'drill/run_a treatment beta',
  ]);
});
