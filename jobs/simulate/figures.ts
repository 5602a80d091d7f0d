/** The table and the curves as data and as SVG, for the guide. Pure. */
import { type Curve, curveSvg, type Row, type Steps } from '@/lib/chart/curve';
import type { Case } from './cases';
import { assess, type Tally } from './tally';

export type Figures = { seed: number; rows: Array<Row & { curve: Steps }> };

export function rowOf(given: Case, t: Tally): Figures['rows'][number] {
  const { good, need, got, published } = assess(given, t);
  const quiet = given.must.kind === 'quiet';
  return {
    name: given.name,
    rollouts: t.rollouts,
    need,
    got,
    published,
    good,
    curve: stepsOf(quiet ? t.early : t.found, quiet ? t.rollouts : t.rollouts - t.early.length),
  };
}

/** The share that is decided by each look, where it changes. */
function stepsOf(sorted: number[], of: number): Steps {
  const steps: Steps = [];
  sorted.forEach((look, i) => {
    const share = Number(((i + 1) / of).toPrecision(4));
    if (steps.at(-1)?.[0] === look) steps.pop();
    steps.push([look, share]);
  });
  return steps;
}

/** New rows replace the old ones of the same name, in the order of `names`; what is no case any more is dropped. */
export function merged(old: Figures | null, now: Figures, names: string[]): Figures {
  const byName = new Map([...(old?.rows ?? []), ...now.rows].map((row) => [row.name, row]));
  return { seed: now.seed, rows: names.flatMap((name) => byName.get(name) ?? []) };
}

export function pictures(figures: Figures, curves: Curve[]): Array<{ file: string; svg: string }> {
  return curves.map((curve) => ({ file: `${curve.id}.svg`, svg: `${curveSvg(curve, figures.rows)}\n` }));
}
