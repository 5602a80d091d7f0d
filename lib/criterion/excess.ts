/**
 * Which attribute values carry the excess of the candidate over the baseline. Pure. It explains, it does not decide.
 *
 * The total is the judge's estimate times the candidate's observations; over the values of one key the parts sum to it.
 * What makes a value telling is not that it carries the excess (the value that all traffic has does) but that it
 * carries more of it than of the traffic: D = x − t·X, with x its excess, t its part of the candidate's traffic and X
 * the total. Values are ranked by the lower end of D's interval, so small counts do not lead; the interval is
 * simultaneous for all values that were looked at (Bonferroni), its variance the larger of what the counts imply and
 * what the bins show. (That a cause is told by its part of the change and by its surprise: Bhagwan et al., Adtributor,
 * NSDI 2014.)
 */
import type { BinRow } from '@/lib/signal/model';
import { normalQuantile } from '@/lib/stats/special';
import { type Carried, carriedBy, shared, text } from './excess-groups';
import { type Parts, partsOf, type Versions } from './excess-parts';
import type { Criterion } from './model';

/** One version's observations with the value, and what is counted of them. `n` null: only what is counted carries it. */
export type ExcessArm = { n: number | null; y: number };
export type Excess = {
  key: string;
  /** null: the attribute is not set */
  value: string | null;
  /** null against a threshold */
  baseline: ExcessArm | null;
  candidate: ExcessArm;
  /** how many events (how much of the summed values, for a mean) more than expected; positive is worse */
  excess: number;
  low: number;
  high: number;
  /** of the total; null where the total is not worse */
  share: number | null;
  /** its part of the candidate's traffic; null where that is not known */
  traffic: number | null;
  /** it carries more of the excess than of the traffic, beyond chance */
  clear: boolean;
  /** only the candidate has it: nothing to compare with */
  newHere: boolean;
  /** only the baseline has it */
  goneHere: boolean;
  /** says what the failure is rather than where: whatever has it is a failure */
  symptom: boolean;
  /** a value above it that holds the same observations, or nearly all of this one's excess */
  echoes: { key: string; value: string | null; same: boolean } | null;
};
export type Excesses = {
  /** null where the measure cannot be told apart, or there was nothing to compare */
  total: { excess: number; low: number; high: number; n: number } | null;
  /** telling first */
  values: Excess[];
  cohorts: Excess[];
  /** attribute keys that had more than one value */
  keys: string[];
};

/** The chance that any interval here misses its value. */
const missed = 0.05;
/** By OpenTelemetry's conventions these name how something ended. */
const endings = new Set([
  'error.type',
  'exception.type',
  'error',
  'otel.status_code',
  'http.response.status_code',
  'http.status_code',
  'rpc.grpc.status_code',
  'rpc.response.status_code',
  'db.response.status_code',
]);
/** Echoes are looked for among so many of the first values. */
const mostEchoes = 24;

/**
 * @param options.exclude keys that are no place to look: those that segment. What `of` counts by is left out anyway.
 */
export function excessBy(
  criterion: Criterion,
  rows: readonly BinRow[],
  versions: Versions,
  options: { exclude?: (key: string) => boolean } = {},
): Excesses {
  const parts = partsOf(criterion, rows, versions);
  if (!parts || parts.parts.length === 0) return { total: null, values: [], cohorts: [], keys: [] };
  const [all] = carriedBy(parts, () => null, true).values();
  const left = (key: string) => Object.hasOwn(criterion.of ?? {}, key) || options.exclude?.(key) === true;
  const keys = [...new Set(parts.parts.flatMap((p) => Object.keys(p.attributes)))].filter((key) => !left(key)).sort();
  const groups = keys
    .map((key) => ({ key, found: carriedBy(parts, (p) => text(p.attributes[key]), parts.traffic(key)) }))
    .filter(({ found }) => found.size > 1);
  const looked = groups.reduce((count, { found }) => count + found.size, 0);
  const by = (key: string, found: Map<string | null, Carried>, count: number) =>
    excessesOf({ criterion, parts, key, found, total: all?.x ?? 0, z: twoSided(missed / Math.max(1, count)) });
  const values = groups.flatMap(({ key, found }) => by(key, found, looked)).sort(tellingFirst);
  const cohorts = carriedBy(parts, (p) => p.cohort, criterion.measure !== 'rate');
  return {
    total: all
      ? { excess: all.x, ...ends(all.x, all.v, twoSided(missed)), n: all.candidate.n || all.candidate.y }
      : null,
    values: withEchoes(values, parts),
    cohorts: by('cohort', cohorts, cohorts.size).sort(tellingFirst).map(bare),
    keys: groups.map(({ key }) => key),
  };
}

type Ranked = Excess & { score: number };

const twoSided = (chance: number): number => -normalQuantile(chance / 2);
const ends = (x: number, v: number, z: number) => ({ low: x - z * Math.sqrt(v), high: x + z * Math.sqrt(v) });

function excessesOf(of: {
  criterion: Criterion;
  parts: Parts;
  key: string;
  found: Map<string | null, Carried>;
  total: number;
  z: number;
}): Ranked[] {
  const { criterion, parts, key, found, total, z } = of;
  const traffic = key === 'cohort' ? criterion.measure !== 'rate' : parts.traffic(key);
  const all = [...found.values()];
  const variance = all.reduce((sum, c) => sum + c.v, 0);
  const whole = all.reduce((sum, c) => sum + (traffic ? c.w : c.expected), 0);
  return [...found].map(([value, c]): Ranked => {
    const part = whole > 0 ? (traffic ? c.w : c.expected) / whole : 0;
    // Each value's own noise is in x wholly, and in t·X by its part.
    const deviation = Math.sqrt((1 - part) ** 2 * c.v + part ** 2 * Math.max(0, variance - c.v));
    const beyond = c.x - part * total - z * deviation;
    const seen = (arm: Carried['candidate']) => (traffic ? arm.n > 0 : arm.y > 0);
    const newHere = criterion.against === 'baseline' && seen(c.candidate) && !seen(c.baseline);
    const goneHere = criterion.against === 'baseline' && seen(c.baseline) && !seen(c.candidate);
    const arm = ({ n, y }: Carried['candidate']): ExcessArm => ({ n: traffic ? n : null, y });
    return {
      key,
      value,
      baseline: criterion.against === 'baseline' ? arm(c.baseline) : null,
      candidate: arm(c.candidate),
      excess: c.x,
      ...ends(c.x, c.v, z),
      share: total > 0 ? c.x / total : null,
      traffic: traffic ? part : null,
      clear: total > 0 && c.x > 0 && beyond > 0,
      newHere,
      goneHere,
      symptom: endings.has(key) || isEnding(criterion, parts, c),
      echoes: null,
      score: total > 0 ? beyond / total : beyond,
    };
  });
}

/** Whatever has the value counts as bad, and in the baseline too: it names the failure. */
function isEnding(criterion: Criterion, parts: Parts, { candidate, baseline }: Carried): boolean {
  if (!parts.events || criterion.measure !== 'share' || !(baseline.n > 0) || !(candidate.n > 0)) return false;
  if (criterion.better === 'lower') return candidate.y >= candidate.n && baseline.y >= baseline.n;
  return candidate.n + baseline.n >= 20 && candidate.y + baseline.y === 0;
}

/** The order of rows must not show, so ties are broken by name. */
function tellingFirst(a: Ranked, b: Ranked): number {
  if (a.symptom !== b.symptom) return a.symptom ? 1 : -1;
  if (Math.abs(a.score - b.score) > 1e-9 * Math.max(1, Math.abs(a.score))) return b.score - a.score;
  return a.key.localeCompare(b.key) || String(a.value).localeCompare(String(b.value));
}

const bare = ({ score: _score, ...excess }: Ranked): Excess => excess;

function withEchoes(ranked: Ranked[], parts: Parts): Excess[] {
  const leading: Excess[] = [];
  return ranked.map((given, i) => {
    const excess = bare(given);
    if (!excess.clear || excess.symptom || i >= mostEchoes) return excess;
    for (const lead of leading) {
      const both = shared(parts, lead, excess);
      const same = both.overlap >= 0.9;
      if (same || excess.excess - both.x <= 0.15 * excess.excess)
        return { ...excess, echoes: { key: lead.key, value: lead.value, same } };
    }
    leading.push(excess);
    return excess;
  });
}
