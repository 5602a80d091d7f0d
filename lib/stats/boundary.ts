/**
 * When is a deviation too large to be chance, at whatever moment one looks?
 *
 * A score S has mean zero at the hypothesis, variance V and third cumulant K. Its *exponent* is what Chernoff's bound
 * gives for a centred Poisson variable of the same three cumulants (Bennett 1962; sub-Poisson in Howard, Ramdas,
 * McAuliffe & Sekhon, arXiv 1808.03204, table 3): E = (V/c²)·h(c·S/V), h(x) = (1+x)·ln(1+x) − x, c = K/V.
 * With c = 0 it is the normal S²/2V. Over-dispersion φ makes every event count as 1/φ of one: E/φ at V/φ.
 *
 * The boundary is the one-sided normal mixture (Robbins 1970; Howard et al., arXiv 1810.08240, proposition 6):
 * over a half-normal prior of precision ρ the mixture of exp(λS − λ²V/2) is
 * M = 2·√(ρ/(V+ρ))·exp(E·V/(V+ρ))·Φ(√(2E·V/(V+ρ))), and by Ville's inequality P(any time: M ≥ 1/α) ≤ α.
 */
import { normalCdf } from './special';

export type Score = { s: number; v: number; k3: number };

/** The exponent of a score, whatever its sign. 0 where nothing is known, +∞ for what the hypothesis rules out. */
export function exponent({ s, v, k3 }: Score): number {
  if (s === 0 || Number.isNaN(s)) return 0;
  if (!(v > 0)) return Number.POSITIVE_INFINITY;
  const c = Math.max(-1, Math.min(1, k3 / v));
  const x = (c * s) / v;
  if (Math.abs(x) < 1e-4) return ((s * s) / (2 * v)) * (1 - x / 3);
  // A Poisson variable cannot fall further than this below its mean.
  if (x <= -1) return v / (c * c);
  return (v / (c * c)) * ((1 + x) * Math.log1p(x) - x);
}

/** ln 1/α, with what the boundary needs of it at every look. */
export type Bound = { log: number; constant: number };

export function boundOf(alpha: number): Bound {
  const log = -Math.log(alpha);
  // Φ at the boundary is at least Φ(√(2·(bound − ln 2))), because the exponent there is at least that.
  return { log, constant: log - Math.log(2 * normalCdf(Math.sqrt(2 * Math.max(0, log - Math.LN2)))) };
}

/** The exponent at which the mixture of precision `rho` reaches 1/α, at variance `v`. */
export function exponentNeeded(v: number, rho: number, bound: Bound): number {
  if (!(v > 0)) return Number.POSITIVE_INFINITY;
  return Math.max(0, ((v + rho) / v) * (bound.constant + 0.5 * Math.log1p(v / rho)));
}

/** The deviation with the exponent `e` on the side of `sign`: the inverse of `exponent`, by Newton's method. */
export function deviationFor(e: number, v: number, k3: number, sign: 1 | -1): number {
  const normal = sign * Math.sqrt(2 * e * v);
  const c = Math.max(-1, Math.min(1, k3 / v));
  let x = (c * normal) / v;
  if (Math.abs(x) < 1e-4) return normal;
  const target = (e * c * c) / v;
  if (x < 0 && target >= 1) return -v / c;
  x = x < 0 ? Math.max(x, -1 + 1e-9) : x;
  for (let i = 0; i < 30; i++) {
    const slope = Math.log1p(x);
    const next = x - ((1 + x) * slope - x - target) / slope;
    const safe = x < 0 ? Math.min(-1e-12, Math.max(-1 + 1e-12, next)) : Math.max(1e-12, next);
    if (Math.abs(safe - x) <= 1e-10 * Math.abs(x)) break;
    x = safe;
  }
  return (x * v) / c;
}
