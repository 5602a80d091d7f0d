/**
 * Harm may begin at any time, so the test is begun again and again, and the bound is split over the beginnings: by the
 * union bound (a mixture over start times, as in the e-detectors of Shin, Ramdas & Rinaldo, arXiv 2203.03532) the
 * false-alarm probability stays below the sum of the shares, which is at most 1, for ever.
 *
 * Start number s = j·2^l (j odd) belongs to level l: it looks for harm that is about 2^l bins old, and is forgotten
 * when it is 8·2^l bins old, so only about 4·log2(t) are alive at any time. Which are alive depends on the count of
 * bins only. A harm of age a is always covered by a start that saw at least three quarters of it.
 */

/** The part of the bound that the beginning keeps for itself. */
const fromTheBeginning = 0.75;
const livesFor = 8;
/** Σ 1/(i·ln²i) over i ≥ 3 is below 1.0690 */
const levelSum = 1.07;

export function levelOf(start: number): number {
  return start === 0 ? 0 : 31 - Math.clz32(start & -start);
}

/** Share of the bound; over start 0 and all later ones the shares sum to less than 1. */
export function startShare(start: number): number {
  if (start === 0) return fromTheBeginning;
  const level = levelOf(start);
  // The starts of a level are its odd multiples: number i = 0, 1, 2, …
  const i = (start / 2 ** level - 1) / 2 + 3;
  const within = 1 / (i * Math.log(i) ** 2 * levelSum);
  return ((1 - fromTheBeginning) * within) / ((level + 1) * (level + 2));
}

export function isAlive(start: number, bins: number): boolean {
  return start === 0 || bins - start <= livesFor * (start & -start);
}
