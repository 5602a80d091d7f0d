/** The parts of an excess, added up by what they carry. Pure. */
import type { AttributeValue } from '@/lib/signal/model';
import type { Block, Part, Parts, Side } from './excess-parts';

type Arm = { n: number; y: number; y2: number };
/** What one value of one key carries. */
export type Carried = {
  candidate: Arm;
  baseline: Arm;
  /** its excess, and the variance of that */
  x: number;
  v: number;
  /** the candidate's traffic with it, and what the baseline has of what is counted, both weighted as compared */
  w: number;
  expected: number;
};
type Cell = Carried & { at: number; open: Record<Side, Arm>; xx: number; xw: number };

/** Fewer blocks than this show nothing of how much they vary. */
const leastBlocks = 8;
const noArm = (): Arm => ({ n: 0, y: 0, y2: 0 });

/** As attributes are written; null where there is none. */
export function text(value: AttributeValue | undefined): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** `traffic` false: observations do not carry the key, so they are nobody's. */
export function carriedBy(
  { parts, blocks, events }: Parts,
  nameOf: (part: Part) => string | null,
  traffic: boolean,
): Map<string | null, Carried> {
  const cells = new Map<string | null, Cell>();
  for (const part of parts) {
    // A row that only says how many observations there were.
    if (!traffic && part.y === 0) continue;
    const value = nameOf(part);
    let cell = cells.get(value);
    if (!cell) {
      cell = newCell(part.block);
      cells.set(value, cell);
    }
    if (cell.at !== part.block) closeBlock(cell, blocks, events, part.block);
    for (const arm of [cell.open[part.side], cell[part.side]]) {
      arm.n += traffic ? part.n : 0;
      arm.y += part.y;
      arm.y2 += part.y2;
    }
  }
  const w = blocks.reduce((sum, b) => sum + b.weight, 0);
  const ww = blocks.reduce((sum, b) => sum + b.weight ** 2, 0);
  for (const cell of cells.values()) {
    closeBlock(cell, blocks, events, -1);
    if (blocks.length < leastBlocks || !(w > 0)) continue;
    const a = cell.x / w;
    const seen = ((cell.xx - 2 * a * cell.xw + a * a * ww) * blocks.length) / (blocks.length - 1);
    cell.v = Math.max(cell.v, seen);
  }
  return cells;
}

function newCell(at: number): Cell {
  return {
    candidate: noArm(),
    baseline: noArm(),
    x: 0,
    v: 0,
    w: 0,
    expected: 0,
    at,
    open: { candidate: noArm(), baseline: noArm() },
    xx: 0,
    xw: 0,
  };
}

function closeBlock(cell: Cell, blocks: Block[], events: boolean, next: number): void {
  const { weight, times, level } = blocks[cell.at] as Block;
  let x = 0;
  for (const side of ['candidate', 'baseline'] as const) {
    const { n, y } = cell.open[side];
    x += times[side] * (y - level * n);
    cell.v += times[side] ** 2 * squares(cell.open[side], level, events);
  }
  cell.x += x;
  cell.xx += x * x;
  cell.xw += x * weight;
  cell.w += Math.abs(times.candidate) * cell.open.candidate.n;
  cell.expected += Math.abs(times.baseline) * cell.open.baseline.y;
  cell.at = next;
  cell.open = { candidate: noArm(), baseline: noArm() };
}

/**
 * Σ(y−c)² over the observations, each of which comes by itself: the variance of Σ(y−c) when their number is Poisson's,
 * too. Where an observation may have more than one event, events are Poisson's: y, and what the number of observations
 * brings.
 */
function squares({ n, y, y2 }: Arm, c: number, events: boolean): number {
  if (!events) return Math.max(0, y2 - 2 * c * y + c * c * n);
  if (y <= n) return y - 2 * c * y + c * c * n;
  return y + (n > 0 ? (y - c * n) ** 2 / n : 0);
}

type Named = { key: string; value: string | null };

/** What two values carry together: how alike their observations are (Jaccard), and the excess of what has both. */
export function shared({ parts, blocks, traffic }: Parts, a: Named, b: Named): { overlap: number; x: number } {
  let x = 0;
  let both = 0;
  let either = 0;
  const counted = traffic(a.key) && traffic(b.key);
  for (const part of parts) {
    const inA = text(part.attributes[a.key]) === a.value;
    const inB = text(part.attributes[b.key]) === b.value;
    if (!inA && !inB) continue;
    const size = counted ? part.n : part.y;
    either += size;
    if (!inA || !inB) continue;
    both += size;
    const { times, level } = blocks[part.block] as Block;
    x += times[part.side] * (part.y - (traffic(b.key) ? level * part.n : 0));
  }
  return { overlap: either > 0 ? both / either : 0, x };
}
