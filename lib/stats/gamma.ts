/** The gamma distribution: what intervals of weighted counts are made of. */
import { normalQuantile } from './special';

const stirling = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360];

/** ln Γ(a) for a > 0: Stirling's series above 10, the recurrence below (Abramowitz & Stegun 6.1.15, 6.1.41). */
export function logGamma(a: number): number {
  let x = a;
  let down = 0;
  while (x < 10) {
    down += Math.log(x);
    x += 1;
  }
  const inverse = 1 / (x * x);
  let tail = 0;
  for (let i = stirling.length - 1; i >= 0; i--) tail = tail * inverse + (stirling[i] as number);
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + tail / x - down;
}

/** P(X ≤ x) of the gamma distribution of this shape and scale 1: series, or Lentz's continued fraction beyond the mean. */
export function gammaCdf(shape: number, x: number): number {
  if (!(x > 0)) return 0;
  if (x === Number.POSITIVE_INFINITY) return 1;
  const front = Math.exp(shape * Math.log(x) - x - logGamma(shape));
  return x < shape + 1 ? front * series(shape, x) : 1 - front * fraction(shape, x);
}

const enough = 1e-15;

/** DLMF 8.7.1 */
function series(shape: number, x: number): number {
  let term = 1 / shape;
  let sum = term;
  for (let i = 1; term > sum * enough; i++) {
    term *= x / (shape + i);
    sum += term;
  }
  return sum;
}

/** DLMF 8.9.2 */
function fraction(shape: number, x: number): number {
  const tiny = 1e-300;
  let b = x + 1 - shape;
  let c = 1 / tiny;
  let d = 1 / (b || tiny);
  let h = d;
  for (let i = 1; i < 1_000_000; i++) {
    const a = -i * (i - shape);
    b += 2;
    d = 1 / (a * d + b || tiny);
    c = b + a / c || tiny;
    h *= d * c;
    if (Math.abs(d * c - 1) < enough) break;
  }
  return h;
}

/** The value with `p` of the distribution below it: Wilson & Hilferty's cube (1931), then Newton, kept between bounds. */
export function gammaQuantile(shape: number, p: number): number {
  if (!(shape > 0) || !(p > 0)) return 0;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  const third = 1 / (9 * shape);
  const cube = shape * Math.max(0, 1 - third + normalQuantile(p) * Math.sqrt(third)) ** 3;
  let x = cube > 0 ? cube : Math.exp((Math.log(p) + logGamma(shape + 1)) / shape);
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 200 && x > 0; i++) {
    const off = gammaCdf(shape, x) - p;
    if (off > 0) high = x;
    else low = x;
    const slope = Math.exp((shape - 1) * Math.log(x) - x - logGamma(shape));
    let next = x - off / slope;
    if (!(next > low && next < high)) next = high === Number.POSITIVE_INFINITY ? 2 * x : (low + high) / 2;
    if (Math.abs(next - x) <= 1e-13 * x) return next;
    x = next;
  }
  return x;
}
