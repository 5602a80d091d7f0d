/**
 * Histograms of any grid, added exactly. `counts[i]` lies in (edges[i−1], edges[i]]; the last count lies above all edges.
 * Two grids meet on the edges that cut no populated bucket of either: equal bounds stay as they are, exponential
 * histograms of different range keep both ranges, of different scale meet on the coarser. Nothing is ever split.
 */
export type Histogram = { edges: number[]; counts: number[] };

const widest = 400;

export function fromExplicit(x: { bounds: number[]; counts: number[] }): Histogram {
  return { edges: x.bounds, counts: x.counts };
}

/** Bucket i of scale s holds (base^i, base^(i+1)], base = 2^(2^−s); negative ones are mirrored. */
export function fromExponential(x: {
  scale: number;
  zeroCount: number;
  zeroThreshold?: number;
  offset: number;
  counts: number[];
  negativeOffset?: number;
  negativeCounts?: number[];
}): Histogram {
  const edge = (index: number) => 2 ** (index * 2 ** -x.scale);
  const edges: number[] = [];
  const counts: number[] = [];
  const negative = x.negativeCounts ?? [];
  const from = x.negativeOffset ?? 0;
  for (let i = negative.length - 1; i >= 0; i--) {
    counts.push(negative[i] as number);
    // (−base^(i+1), −base^i]: the mirrored edge belongs to the next bucket, which no quantile can tell
    edges.push(-edge(from + i));
  }
  const zero = Math.max(0, x.zeroThreshold ?? 0);
  counts.push(x.zeroCount);
  edges.push(zero);
  let pending = 0;
  for (let i = 0; i < x.counts.length; i++) {
    const upper = edge(x.offset + i + 1);
    if (i === 0 && edge(x.offset) > zero) {
      edges.push(edge(x.offset));
      counts.push(0);
    }
    pending += x.counts[i] as number;
    if (upper <= zero) continue;
    edges.push(upper);
    counts.push(pending);
    pending = 0;
  }
  counts.push(pending);
  return { edges, counts };
}

export function totalOf(h: Histogram): number {
  let n = 0;
  for (const c of h.counts) n += c;
  return n;
}

function sameEdges(a: number[], b: number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The edges of both that fall inside no populated bucket of the other. */
export function commonEdges(a: Histogram, b: Histogram): number[] {
  if (sameEdges(a.edges, b.edges)) return a.edges;
  const out: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.edges.length || j < b.edges.length) {
    const x = i < a.edges.length ? (a.edges[i] as number) : Number.POSITIVE_INFINITY;
    const y = j < b.edges.length ? (b.edges[j] as number) : Number.POSITIVE_INFINITY;
    // Bucket i of a holds (…, x]; an edge of b below x cuts it.
    const keep = x === y || (x < y ? b.counts[j] === 0 : a.counts[i] === 0);
    if (keep) out.push(Math.min(x, y));
    if (x <= y) i++;
    if (y <= x) j++;
  }
  return out.length > widest ? out.filter((_, at) => at % 2 === 1) : out;
}

/** The same counts on a grid that cuts no populated bucket of `h`. */
export function onEdges(h: Histogram, edges: number[]): Histogram {
  if (sameEdges(h.edges, edges)) return h.edges === edges ? h : { edges, counts: h.counts };
  const counts = new Array<number>(edges.length + 1).fill(0);
  let at = 0;
  for (let i = 0; i < h.counts.length; i++) {
    const count = h.counts[i] as number;
    const upper = i < h.edges.length ? (h.edges[i] as number) : Number.POSITIVE_INFINITY;
    while (at < edges.length && (edges[at] as number) < upper) at++;
    if (count !== 0) counts[at] = (counts[at] as number) + count;
  }
  return { edges, counts };
}

/** a + times·b. `b` may be taken away (times −1) from what it was once added to. */
export function addHistograms(a: Histogram, b: Histogram, times = 1): Histogram {
  const edges = commonEdges(a, b);
  const x = onEdges(a, edges);
  const y = onEdges(b, edges);
  const counts = new Array<number>(edges.length + 1);
  for (let i = 0; i < counts.length; i++) counts[i] = (x.counts[i] as number) + times * (y.counts[i] as number);
  return { edges, counts };
}
