/**
 * What every row of telemetry adds to the excess of the candidate over the baseline. Pure.
 *
 * As in the judge (`lib/stats/sums.ts`) the arms are compared inside each time bin and cohort, with the weights of
 * Mantel and Haenszel: with n1, n0 observations the bin adds f0·y1 − f1·y0, f1 = n1/(n1+n0), f0 = 1−f1. That is a sum
 * over rows, so it can be told apart by whatever the rows carry. Each observation is counted from c, the baseline's own
 * level in its cohort: f0·Σ1(y−c) − f1·Σ0(y−c) is the same total, because f0·n1 = f1·n0, but a value that merely has
 * more traffic adds nothing unless it is worse than the average (the decomposition of Kitagawa, J. Am. Stat. Assoc. 50,
 * 1955: the part of the rates and the part of the mix together).
 */
import type { Attributes, BinRow } from '@/lib/signal/model';
import { matchesWhere } from '@/lib/signal/where';
import { tailOf } from './excess-tail';
import type { Criterion } from './model';
import { unitFactor } from './quantity';
import { questionOf, unitOf } from './question';

export type Versions = { baseline: string; candidate: string };
export type Side = 'baseline' | 'candidate';

/** What one row of one arm says: observations, and what is counted of them (events, or the sum of values and squares). */
export type Part = {
  attributes: Attributes;
  cohort: string;
  block: number;
  side: Side;
  n: number;
  y: number;
  y2: number;
};
/** A cohort in one time bin: what was compared with what. */
export type Block = {
  weight: number;
  /** what one more event of an arm adds to the excess, counted as the candidate's events; positive is worse */
  times: Record<Side, number>;
  /** the level from which observations are counted */
  level: number;
};
export type Parts = {
  parts: Part[];
  blocks: Block[];
  /** events rather than values: their variance follows from their number */
  events: boolean;
  /** whether the values of a key have observations of their own; else only what is counted carries it */
  traffic: (key: string) => boolean;
};

type Given = { row: BinRow; side: Side; n: number; y: number; y2: number };
type Met = { cohort: string; given: Given[]; n1: number; n0: number; y0: number };

/** Null where the measure is no sum over observations (a gauge), or a quantile lies beyond the histogram. */
export function partsOf(criterion: Criterion, rows: readonly BinRow[], versions: Versions): Parts | null {
  const { measure } = criterion;
  if (measure === 'value' || (measure === 'rate' && criterion.against !== 'baseline')) return null;
  const unit = unitOf(criterion, rows.find((row) => row.metric === criterion.metric)?.unit ?? '');
  const { limit, worse } = questionOf(criterion, unit);
  const chosen = rows.filter((row) => sideOf(row, versions) !== null && counts(criterion, row));
  const above = measure === 'quantile' ? tailOf(criterion, chosen, versions.candidate, { limit, unit }) : null;
  if (measure === 'quantile' && !above) return null;
  const alone = criterion.against !== 'baseline';
  const met = metIn(criterion, chosen, above, versions, unit).filter((m) => m.n1 > 0 && (alone || m.n0 > 0));
  const levels = alone ? null : levelsOf(met);
  const scale = scaleOf(met, alone) * (worse === 'above' ? 1 : -1);
  const blocks = met.map(
    ({ cohort, n1, n0 }): Block => ({
      weight: weightOf({ n1, n0 }, alone),
      times: alone
        ? { candidate: scale, baseline: 0 }
        : { candidate: (scale * n0) / (n1 + n0), baseline: (-scale * n1) / (n1 + n0) },
      level: measure === 'rate' ? 0 : (levels?.get(cohort) ?? thresholdOf(criterion, limit)),
    }),
  );
  const parts = met.flatMap(({ cohort, given }, block) =>
    given
      .filter(({ side }) => !alone || side === 'candidate')
      .map(({ row, ...of }): Part => ({ attributes: row.attributes, cohort, block, ...of })),
  );
  return { parts, blocks, events: measure !== 'mean', traffic: trafficOf(criterion, chosen) };
}

function sideOf(row: BinRow, versions: Versions): Side | null {
  if (row.version === versions.candidate) return 'candidate';
  return row.version === versions.baseline ? 'baseline' : null;
}

function counts(criterion: Criterion, row: BinRow): boolean {
  return (
    (row.metric === criterion.metric || row.metric === criterion.per) && matchesWhere(row.attributes, criterion.where)
  );
}

function metIn(
  criterion: Criterion,
  rows: BinRow[],
  above: ((row: BinRow) => number) | null,
  versions: Versions,
  unit: string,
): Met[] {
  const found = new Map<string, Met>();
  for (const row of rows) {
    const side = sideOf(row, versions) as Side;
    for (const given of givenOf(criterion, row, side, above, unit)) {
      const key = `${row.at} ${row.cohort}`;
      const met = found.get(key) ?? { cohort: row.cohort, given: [], n1: 0, n0: 0, y0: 0 };
      found.set(key, met);
      met.given.push(given);
      if (side === 'candidate') met.n1 += given.n;
      else {
        met.n0 += given.n;
        met.y0 += given.y;
      }
    }
  }
  const all = [...found.values()];
  if (criterion.measure === 'rate') for (const met of all) inSeconds(met);
  return all;
}

/** A rate's arms have had the same time, whatever came in it. */
function inSeconds(met: Met): void {
  const heard = (side: Side) => (met.given.some((g) => g.side === side) ? 1 : 0);
  met.n1 = heard('candidate');
  met.n0 = heard('baseline');
}

function givenOf(
  criterion: Criterion,
  row: BinRow,
  side: Side,
  above: ((row: BinRow) => number) | null,
  unit: string,
): Given[] {
  const { n: all, sum, sum2 } = row.aggregate;
  const n = Number.isFinite(all) ? Math.max(0, all) : 0;
  const out: Given[] = [];
  // A metric may be counted per itself: then the row is both.
  if (row.metric === criterion.per) out.push({ row, side, n, y: 0, y2: 0 });
  if (row.metric !== criterion.metric) return out;
  switch (criterion.measure) {
    case 'ratio':
    case 'rate':
      return [...out, { row, side, n: 0, y: n, y2: n }];
    case 'mean': {
      const factor = unitFactor(row.unit, unit);
      const finite = factor !== null && Number.isFinite(sum) && Number.isFinite(sum2);
      return finite ? [{ row, side, n, y: sum * factor, y2: sum2 * factor * factor }] : [];
    }
    case 'quantile': {
      const k = above?.(row) ?? 0;
      return [{ row, side, n, y: k, y2: k }];
    }
    default: {
      const k = matchesWhere(row.attributes, criterion.of) ? n : 0;
      return [{ row, side, n, y: k, y2: k }];
    }
  }
}

const weightOf = ({ n1, n0 }: Pick<Met, 'n1' | 'n0'>, alone: boolean): number => (alone ? n1 : (n1 * n0) / (n1 + n0));

/** From the weights of the comparison to the candidate's own observations: the excess is the effect times n1. */
function scaleOf(met: Met[], alone: boolean): number {
  let w = 0;
  let n1 = 0;
  for (const m of met) {
    w += weightOf(m, alone);
    n1 += m.n1;
  }
  return w > 0 ? n1 / w : 0;
}

function levelsOf(met: Met[]): Map<string, number> {
  const sums = new Map<string, { n: number; y: number }>();
  for (const { cohort, n0, y0 } of met) {
    const sum = sums.get(cohort) ?? { n: 0, y: 0 };
    sums.set(cohort, { n: sum.n + n0, y: sum.y + y0 });
  }
  return new Map([...sums].map(([cohort, { n, y }]) => [cohort, n > 0 ? y / n : 0]));
}

/** Of a burn rate what the objective allows, of a quantile the share that may lie above it. */
function thresholdOf(criterion: Criterion, limit: number): number {
  if (criterion.measure === 'burn_rate') return 1 - (criterion.objective ?? 1);
  return criterion.q === undefined ? limit : 1 - criterion.q;
}

function trafficOf(criterion: Criterion, rows: BinRow[]): (key: string) => boolean {
  if (criterion.measure === 'rate') return () => false;
  if (criterion.measure !== 'ratio') return () => true;
  const keys = new Set(rows.filter((r) => r.metric === criterion.per).flatMap((r) => Object.keys(r.attributes)));
  return (key) => keys.has(key);
}
