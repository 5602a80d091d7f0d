/** Special functions, to the accuracy that decisions at 1e-9 need. */

/** erfc by W. J. Cody's rational Chebyshev approximations (Math. Comp. 23, 1969); relative error below 1e-15. */
export function erfc(x: number): number {
  const a = Math.abs(x);
  if (a < 0.5) return 1 - x * ratio(x * x, erfNear);
  const tail = a <= 4 ? Math.exp(-a * a) * ratio(a, erfMiddle) : far(a);
  return x > 0 ? tail : 2 - tail;
}
const erfNear = {
  over: [3209.3775891384694, 377.485237685302, 113.86415415105016, 3.1611237438705655, 0.18577770618460315],
  under: [2844.236833439171, 1282.6165260773723, 244.02463793444417, 23.601290952344122, 1],
};
const erfMiddle = {
  over: [
    1230.3393547979972, 2051.0783778260716, 1712.0476126340707, 881.952221241769, 298.6351381974001, 66.11919063714163,
    8.883149794388377, 0.5641884969886701, 2.1531153547440383e-8,
  ],
  under: [
    1230.3393548037495, 3439.3676741437216, 4362.619090143247, 3290.7992357334597, 1621.3895745666903,
    537.1811018620099, 117.6939508913125, 15.744926110709835, 1,
  ],
};
const erfFar = {
  over: [
    0.0006587491615298378, 0.016083785148742275, 0.12578172611122926, 0.36034489994980445, 0.30532663496123236,
    0.016315387137302097,
  ],
  under: [0.0023352049762686918, 0.06051834131244132, 0.5279051029514285, 1.8729528499234604, 2.568520192289822, 1],
};
function ratio(x: number, p: { over: number[]; under: number[] }): number {
  return horner(x, p.over) / horner(x, p.under);
}
function horner(x: number, ascending: number[]): number {
  let sum = 0;
  for (let i = ascending.length - 1; i >= 0; i--) sum = sum * x + (ascending[i] as number);
  return sum;
}
function far(a: number): number {
  const inverse = 1 / (a * a);
  return (Math.exp(-a * a) / a) * (1 / Math.sqrt(Math.PI) - inverse * ratio(inverse, erfFar));
}

/** Φ(z), the standard normal distribution function. */
export function normalCdf(z: number): number {
  return 0.5 * erfc(-z / Math.SQRT2);
}

/** Φ⁻¹(p): P. J. Acklam's approximation, then one step of Halley's method; relative error about 1e-15. */
export function normalQuantile(p: number): number {
  if (!(p > 0)) return Number.NEGATIVE_INFINITY;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  const z = acklam(p);
  const error = normalCdf(z) - p;
  const step = error * Math.sqrt(2 * Math.PI) * Math.exp((z * z) / 2);
  return z - step / (1 + (z * step) / 2);
}
const acklamCentre = {
  over: [
    2.506628277459239, -30.66479806614716, 138.357751867269, -275.9285104469687, 220.9460984245205, -39.69683028665376,
  ],
  under: [1, -13.28068155288572, 66.80131188771972, -155.6989798598866, 161.5858368580409, -54.47609879822406],
};
const acklamTail = {
  over: [
    2.938163982698783, 4.374664141464968, -2.549732539343734, -2.400758277161838, -0.3223964580411365,
    -0.007784894002430293,
  ],
  under: [1, 3.754408661907416, 2.445134137142996, 0.3224671290700398, 0.007784695709041462],
};
function acklam(p: number): number {
  if (p > 0.5) return -acklam(1 - p);
  if (p < 0.02425) return ratio(Math.sqrt(-2 * Math.log(p)), acklamTail);
  const centred = p - 0.5;
  return centred * ratio(centred * centred, acklamCentre);
}
