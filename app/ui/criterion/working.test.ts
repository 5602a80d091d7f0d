import { expect, test } from 'vitest';
import { absorb, look, startJudge } from '@/lib/criterion/judge';
import { type Criterion, type CriterionInput, type CriterionOutcome, criterionInput } from '@/lib/criterion/model';
import { normalCdf } from '@/lib/stats/special';
import { boundWords, forecastWords, formulas, progressWords, sources, workingJson, workingLines } from './working';

const criterionOf = (over: Partial<CriterionInput> = {}): Criterion =>
  criterionInput.parse({
    name: 'errors',
    kind: 'guardrail',
    measure: 'share',
    metric: 'http.server.request.duration',
    of: { status: '5xx' },
    better: 'lower',
    margin: '1pp',
    ...over,
  });
/** As the judge answers it after so many bins. */
function outcomeAfter(bins: number, k: (i: number) => number, over: Partial<CriterionInput> = {}): CriterionOutcome {
  const criterion = criterionOf(over);
  let state = startJudge(criterion, { alpha: 0.00125, unit: 's' });
  for (let i = 0; i < bins; i++) {
    const at = new Date(Date.UTC(2026, 0, 1) + i * 10_000).toISOString();
    state = absorb(state, new Map([['eu', { at, baseline: { n: 500, k: 5 }, candidate: { n: 500, k: k(i) } }]]));
  }
  const { overall } = look(state);
  return { ...overall, criterion: 'errors', kind: 'guardrail', measure: 'share', cohort: null, expectedAt: null };
}
const of = (outcome: CriterionOutcome, criterion = criterionOf()) => ({
  rollout: { id: 'rol_1', baseline: 'control', candidate: 'treatment' },
  criterion,
  unit: 's',
  outcome,
  at: '2026-01-01T00:10:00.000Z',
});

test('what is copied is enough to compute the outcome again, by the formula as it is written beside it', () => {
  for (const [bins, k] of [
    [40, (i: number) => 25 + (i % 3)],
    [200, (i: number) => 5 + (i % 2)],
    [5, () => 9],
  ] as const) {
    const copied = JSON.parse(workingJson(of(outcomeAfter(bins, k))));
    const { s, v, k3, dispersion, free, rho, alpha, exponent, needed } = copied.working;
    const c = Math.max(-1, Math.min(1, k3 / v));
    const x = (c * s) / v;
    const raw = (Math.abs(x) < 1e-4 ? (s * s) / (2 * v) : (v / (c * c)) * ((1 + x) * Math.log(1 + x) - x)) / dispersion;
    const e = free === null ? raw : ((free + 1) / 2) * Math.log(1 + (2 * raw) / free);
    const l = Math.log(1 / alpha);
    const most =
      ((v + rho) / v) * (l - Math.log(2 * normalCdf(Math.sqrt(2 * (l - Math.LN2)))) + Math.log(1 + v / rho) / 2);
    expect(exponent / e).toBeCloseTo(1, 3);
    expect(needed / most).toBeCloseTo(1, 9);
    expect(copied).toMatchObject({
      criterion: { name: 'errors', margin: '1pp' },
      unit: 's',
      alpha: 0.00125,
      cohort: null,
    });
    expect(copied.candidate.n).toBe(500 * bins);
    expect(copied.formula).toEqual(formulas(copied.working));
  }
});

test('an open outcome says how far it is, towards what, and about how much more it takes', () => {
  const open = outcomeAfter(30, (i) => 10 + (i % 3));
  expect(open.outcome).toBe('inconclusive');
  expect(progressWords(criterionOf(), open)).toMatch(/^\d+\u202f% of the way to failing$/);
  expect(forecastWords(criterionOf(), open)).toMatch(/^about [\d,]+k? more requests$/);
  expect(forecastWords(criterionOf(), { ...open, moreSamples: 1 })).toBe('about 1 more request');
  expect(forecastWords(criterionOf({ metric: 'jobs' }), { ...open, moreSamples: 5 })).toBe('about 5 more samples');
  expect(forecastWords(criterionOf(), { ...open, moreSamples: null })).toContain('nobody can say');
  expect(progressWords(criterionOf(), { ...open, working: null })).toContain('of the way to a decision');
  const decided = outcomeAfter(40, () => 60);
  expect([progressWords(criterionOf(), decided), forecastWords(criterionOf(), decided)]).toEqual([null, null]);
});

test('every number has words and a value, whatever it is', () => {
  const outcomes = [outcomeAfter(1, () => 500), outcomeAfter(60, (i) => 5 + (i % 4)), outcomeAfter(40, () => 80)];
  for (const outcome of outcomes) {
    const { working } = outcome;
    if (!working) throw new Error('no working');
    const text = JSON.stringify([workingLines(criterionOf(), working), boundWords(outcome), sources(working)]);
    expect(text).not.toMatch(/NaN|undefined|null|Infinity|∞/);
    expect(workingLines(criterionOf(), working).some((l) => l.symbol === 'ν')).toBe(working.free !== null);
  }
  const ruledOut = {
    ...(outcomes[0]?.working as NonNullable<CriterionOutcome['working']>),
    exponent: Number.MAX_VALUE,
  };
  expect(workingLines(criterionOf(), ruledOut).find((l) => l.symbol === 'E')?.value).toContain('beyond any bound');
  expect(boundWords({ ...(outcomes[0] as CriterionOutcome), alpha: 0 })).toContain('not been judged');
});
