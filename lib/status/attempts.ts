/** How often somebody may try what may be a guess: a bucket of tries for each, that fills again with time. Pure but for what it keeps. */
export type Attempts = {
  /** false: not now */
  take: (who: string, nowMs: number) => boolean;
  /** It was no guess. */
  giveBack: (who: string) => void;
};

type Bucket = { left: number; at: number };

/** `most`: of whom is remembered at once; who is forgotten begins anew, so it goes with a limit for all together. */
export function attempts({ burst, perSecond, most }: { burst: number; perSecond: number; most: number }): Attempts {
  const buckets = new Map<string, Bucket>();
  const filled = ({ left, at }: Bucket, nowMs: number) =>
    Math.min(burst, left + (Math.max(0, nowMs - at) / 1000) * perSecond);
  return {
    take(who, nowMs) {
      const seen = buckets.get(who);
      const left = seen ? filled(seen, nowMs) : burst;
      // Whoever tried last stands last, so that the first is who has been quiet for longest.
      buckets.delete(who);
      if (buckets.size >= most) for (const oldest of buckets.keys()) if (buckets.delete(oldest)) break;
      buckets.set(who, { left: left >= 1 ? left - 1 : left, at: nowMs });
      return left >= 1;
    },
    giveBack(who) {
      const seen = buckets.get(who);
      if (seen) seen.left = Math.min(burst, seen.left + 1);
    },
  };
}
