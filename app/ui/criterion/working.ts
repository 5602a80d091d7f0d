/** How one outcome was computed: its numbers in words and symbols, and all of them to copy. */
import { formatCount, formatNumber } from '@/lib/chart/format';
import type { Criterion, CriterionOutcome, Working } from '@/lib/criterion/model';

/** What the criterion's sample is counted in. */
export function samplesWord(criterion: Criterion, count = 2): string {
  const one = criterion.metric.startsWith('http.') ? 'request' : criterion.measure === 'rate' ? 'event' : 'sample';
  return count === 1 ? one : `${one}s`;
}

/** Towards which decision the stretch that speaks most leans. */
export function leaning(criterion: Criterion, working: Working | null): 'failing' | 'passing' | null {
  if (!working) return null;
  return (working.side === 'above') === (criterion.better === 'lower') ? 'failing' : 'passing';
}

/** "62 % of the way to failing"; null where it is decided, or nothing points anywhere. */
export function progressWords(criterion: Criterion, outcome: CriterionOutcome): string | null {
  if (outcome.outcome !== 'inconclusive' || !(outcome.progress > 0)) return null;
  const way = leaning(criterion, outcome.working);
  return `${percentOf(outcome.progress)} of the way to ${way ?? 'a decision'}`;
}

/** "about 1,200 more requests"; null where it is decided. */
export function forecastWords(criterion: Criterion, outcome: CriterionOutcome): string | null {
  if (outcome.outcome !== 'inconclusive') return null;
  const { moreSamples } = outcome;
  if (moreSamples === null || !Number.isFinite(moreSamples)) return 'nobody can say yet how many samples it takes';
  return `about ${formatCount(moreSamples)} more ${samplesWord(criterion, moreSamples)}`;
}

export function percentOf(share: number): string {
  return `${formatNumber(Math.round(100 * share))}\u202f%`;
}

/** A small chance: 0.125 %, 2.1e−5. */
function chance(value: number): string {
  return value >= 1e-6 ? `${formatNumber(100 * value, 3)}\u202f%` : formatNumber(value, 2);
}

/** What of the bound this outcome has, and how much of it the beginnings so far have used up. */
export function boundWords(outcome: CriterionOutcome): string {
  if (!(outcome.alpha > 0)) return 'Nothing of the bound is spent: it has not been judged yet.';
  return (
    `Its part of the plan’s bound on false rollbacks is ${chance(outcome.alpha)}, for all looks together, however ` +
    `often and however long. The test begins again and again, so that late harm is seen as fast as early harm; the ` +
    `beginnings so far have spent ${percentOf(Math.min(1, outcome.spent))} of what there is for failing.`
  );
}

/** Small ones as powers of ten: 4.4e−6. */
function small(value: number): string {
  return value >= 1e-3 || value <= 0 ? formatNumber(value, 4) : value.toExponential(3).replace('-', '−');
}

export type Line = { symbol: string; says: string; value: string };

/** Every number of the formula, in the order in which it is needed. */
export function workingLines(criterion: Criterion, w: Working): Line[] {
  const exact = (value: number) => formatNumber(value, 6);
  const score = criterion.measure === 'quantile' ? 'a quantile is judged as the share above it' : 'on the scale of S';
  const lines: Line[] = [
    { symbol: 'δ₀', says: `the limit, ${score}`, value: exact(w.limit) },
    { symbol: 'S', says: 'how far the sums lie from the limit', value: exact(w.s) },
    { symbol: 'V', says: 'the variance of S at the limit', value: exact(w.v) },
    { symbol: 'K', says: 'its third cumulant', value: exact(w.k3) },
    { symbol: 'φ', says: 'how much more the bins vary than counts alone would', value: exact(w.dispersion) },
    { symbol: 'ρ', says: 'precision of the mixture, fixed when the stretch began', value: exact(w.rho) },
    { symbol: 'α', says: 'this stretch’s own part of the bound', value: small(w.alpha) },
    { symbol: 'E', says: `the evidence that the effect is ${w.side} the limit`, value: evidence(w.exponent) },
    { symbol: 'E*', says: 'the evidence that it takes', value: exact(w.needed) },
  ];
  if (w.free !== null)
    lines.splice(5, 0, {
      symbol: 'ν',
      says: 'degrees of freedom of φ, which the bins alone show',
      value: exact(w.free),
    });
  return lines;
}

function evidence(exponent: number): string {
  return exponent >= Number.MAX_VALUE ? 'beyond any bound: the limit rules it out' : formatNumber(exponent, 6);
}

/** The formulas as text; `lib/stats/boundary.ts` and `lib/stats/evidence.ts` are the code of them. */
export function formulas({ free }: Pick<Working, 'free'>): string[] {
  const raw = 'e = (V/c²)·h(c·S/V)/φ,  c = K/V (at most 1 in size),  h(x) = (1+x)·ln(1+x) − x;  c = 0: e = S²/(2V·φ)';
  const student = free === null ? 'E = e' : 'E = ((ν+1)/2)·ln(1 + 2e/ν)';
  const needed = 'E* = ((V+ρ)/V)·(L − ln(2·Φ(√(2·(L − ln 2)))) + ½·ln(1 + V/ρ)),  L = ln(1/α)';
  return [raw, student, needed, 'Decided where E ≥ E*'];
}

export type Source = { says: string; href: string };
export function sources({ free }: Pick<Working, 'free'>): Source[] {
  const all: Source[] = [
    {
      says: 'Howard, Ramdas, McAuliffe & Sekhon: time-uniform Chernoff bounds',
      href: 'https://arxiv.org/abs/1808.03204',
    },
    { says: 'the same: nonparametric confidence sequences', href: 'https://arxiv.org/abs/1810.08240' },
    {
      says: 'Shin, Ramdas & Rinaldo: e-detectors, for starts again and again',
      href: 'https://arxiv.org/abs/2203.03532',
    },
  ];
  if (free !== null)
    all.push({ says: 'Wang & Ramdas: anytime-valid t-tests', href: 'https://arxiv.org/abs/2310.03722' });
  return all;
}

export type WorkingOf = {
  rollout: { id: string; baseline: string; candidate: string };
  criterion: Criterion;
  unit: string;
  outcome: CriterionOutcome;
  at: string | null;
};

/** Everything that it takes to compute the outcome again, as JSON. */
export function workingJson({ rollout, criterion, unit, outcome, at }: WorkingOf): string {
  const { working, kind: _kind, measure: _measure, criterion: _name, ...shown } = outcome;
  const formula = working && formulas(working);
  return JSON.stringify(
    {
      rollout: rollout.id,
      at,
      versions: { baseline: rollout.baseline, candidate: rollout.candidate },
      criterion,
      unit,
      ...shown,
      working,
      formula,
    },
    null,
    2,
  );
}
