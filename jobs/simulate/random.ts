/** Seeded randomness: the same seed draws the same rollouts on every machine. */
export type Random = {
  uniform: () => number;
  normal: () => number;
  poisson: (mean: number) => number;
  binomial: (n: number, p: number) => number;
  gamma: (shape: number) => number;
};

/** sfc32 (C. Doty-Humphrey, PractRand), started from splitmix32 of `seed` and `stream`. */
export function randomFrom(seed: number, stream: number): Random {
  let mix = (seed ^ Math.imul(stream + 1, 0x9e3779b9)) | 0;
  const split = () => {
    mix = (mix + 0x9e3779b9) | 0;
    let z = mix ^ (mix >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return (z ^ (z >>> 15)) | 0;
  };
  let a = split();
  let b = split();
  let c = split();
  let d = 1;
  const uniform = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return ((t >>> 0) + 0.5) / 4294967296;
  };
  for (let i = 0; i < 12; i++) uniform();
  let spare: number | null = null;
  const normal = () => {
    if (spare !== null) {
      const z = spare;
      spare = null;
      return z;
    }
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  /** Marsaglia & Tsang 2000 */
  const gamma = (shape: number): number => {
    if (shape < 1) return gamma(shape + 1) * uniform() ** (1 / shape);
    const g = shape - 1 / 3;
    const s = 1 / Math.sqrt(9 * g);
    for (;;) {
      const z = normal();
      const v = (1 + s * z) ** 3;
      if (v > 0 && Math.log(uniform()) < 0.5 * z * z + g - g * v + g * Math.log(v)) return g * v;
    }
  };
  /** Inversion for small means, else halved by the gamma–binomial recursion of Ahrens & Dieter 1974. */
  const poisson = (mean: number): number => {
    if (!(mean > 0)) return 0;
    let left = mean;
    let k = 0;
    while (left > 30) {
      const m = Math.floor((left * 7) / 8);
      const x = gamma(m);
      if (x > left) return k + binomial(m - 1, left / x);
      k += m;
      left -= x;
    }
    let product = uniform();
    const limit = Math.exp(-left);
    while (product > limit) {
      k++;
      product *= uniform();
    }
    return k;
  };
  /** Waiting times for small n·p, else split at a beta-distributed median (Relles 1972). */
  const binomial = (n: number, p: number): number => {
    if (p <= 0 || n <= 0) return 0;
    if (p >= 1) return n;
    if (p > 0.5) return n - binomial(n, 1 - p);
    if (n * p < 30) {
      const step = Math.log1p(-p);
      let k = 0;
      for (let at = Math.floor(Math.log(uniform()) / step); at < n; at += 1 + Math.floor(Math.log(uniform()) / step))
        k++;
      return k;
    }
    const i = Math.floor((n + 1) * p);
    const x = gamma(i);
    const y = gamma(n + 1 - i);
    const beta = x / (x + y);
    return beta <= p ? i + binomial(n - i, (p - beta) / (1 - beta)) : binomial(i - 1, p / beta);
  };
  return { uniform, normal, poisson, binomial, gamma };
}
