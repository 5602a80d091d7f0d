/**
 * Curves of simulated rollouts, as SVG text that takes its colours from the page (or stands alone with its own).
 * One drawing serves the guide and the files that `npm run simulate` writes. Pure.
 */
export type Steps = Array<[look: number, share: number]>;
export type Row = { name: string; rollouts: number; need: string; got: string; published: string; good: boolean };
export type Curve = {
  id: string;
  title: string;
  looks: number;
  /** the top of the vertical axis, a share */
  most: number;
  bound?: { share: number; label: string };
  lines: Array<{ row: string; label: string }>;
};

/** The curves that the guide shows, by the names of the simulated cases. */
export const curves: Curve[] = [
  {
    id: 'false-rollbacks',
    title: 'False rollbacks of two equal versions',
    looks: 240,
    most: 0.012,
    bound: { share: 0.01, label: 'bound 1 %' },
    lines: [
      { row: 'A/A autocorrelated, AR(1) 0.5', label: 'lingering' },
      { row: 'A/A over-dispersed, sd 0.45', label: 'over-dispersed' },
      { row: 'A/A independent', label: 'independent' },
      { row: 'A/A bursts common to both arms', label: 'bursts' },
      { row: 'A/A 0 to 5 events a bin', label: 'few events' },
      { row: 'A/A ramp 5 to 50 %, cohorts differ', label: 'ramp' },
    ],
  },
  {
    id: 'power',
    title: 'Harm that is found',
    looks: 120,
    most: 1,
    lines: [
      { row: 'errors 1 % to 5 % after 480 healthy looks', label: 'errors 1 → 5 %, late' },
      { row: 'errors 1 % to 2 %', label: 'errors 1 → 2 %' },
      { row: 'p99 + 20 %, 14 buckets', label: 'p99 + 20 %' },
      { row: 'mean + 5 %, variation 1', label: 'mean + 5 %' },
      { row: 'errors 1 % to 1.25 %', label: 'errors 1 → 1.25 %' },
    ],
  },
];

const width = 640;
const height = 300;
const plot = { left: 56, right: 486, top: 16, bottom: 262 };
/** Least distance between two labels at the right. */
const apart = 15;
const colours = [
  ['--v0', '#0072b2'],
  ['--v1', '#d55e00'],
  ['--v2', '#009e73'],
  ['--v3', '#cc79a7'],
  ['--ink-2', '#464d58'],
  ['--accent', '#0a5fa8'],
] as const;
const dashes = ['', '6 3', '2 2', '8 3 2 3', '1 3', '10 4'];
const ink = 'var(--ink-3, #616976)';

const x = (curve: Curve, look: number) =>
  round(plot.left + ((plot.right - plot.left) * Math.min(look, curve.looks)) / curve.looks);
const y = (curve: Curve, share: number) =>
  round(plot.bottom - ((plot.bottom - plot.top) * Math.min(share, curve.most)) / curve.most);

export type Mark =
  | { kind: 'path'; d: string; stroke: string; width: number; dash: string | undefined }
  | { kind: 'text'; x: number; y: number; anchor: 'start' | 'middle' | 'end'; fill: string; body: string };

/** What is to be drawn, in order, in a box of `size`. */
export const size = { width, height };
export function marksOf(curve: Curve, rows: Array<Row & { curve: Steps }>): Mark[] {
  const known = curve.lines.flatMap(({ row, label }, i) => {
    const steps = rows.find((r) => r.name === row)?.curve;
    return steps ? [{ label, i, steps: steps.filter(([look]) => look <= curve.looks) }] : [];
  });
  const ends = spread(known.map(({ steps }) => y(curve, steps.at(-1)?.[1] ?? 0)));
  return [
    ...grid(curve),
    ...known.flatMap(({ label, i, steps }, at) => line(curve, { label, i, steps, labelAt: ends[at] as number })),
  ];
}

/** The same as a file of its own. */
export function curveSvg(curve: Curve, rows: Array<Row & { curve: Steps }>): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${curve.id}-title" font-family="system-ui, sans-serif" font-size="12">`,
    `<title id="${curve.id}-title">${escaped(curve.title)}, by look</title>`,
    ...marksOf(curve, rows).map(svgOf),
    '</svg>',
  ].join('\n');
}

function svgOf(mark: Mark): string {
  if (mark.kind === 'text')
    return `<text x="${mark.x}" y="${mark.y}" text-anchor="${mark.anchor}" fill="${mark.fill}">${escaped(mark.body)}</text>`;
  const dash = mark.dash ? ` stroke-dasharray="${mark.dash}"` : '';
  return `<path d="${mark.d}" fill="none" stroke="${mark.stroke}" stroke-width="${mark.width}"${dash}/>`;
}

function grid(curve: Curve): Mark[] {
  const shares = curve.most === 1 ? [0, 0.25, 0.5, 0.75, 1] : [0, 0.0025, 0.005, 0.0075, 0.01];
  const looks = [0, 0.25, 0.5, 0.75, 1].map((part) => part * curve.looks);
  const out = shares.flatMap((share) => [
    path(`M${plot.left} ${y(curve, share)}H${plot.right}`, 'var(--line, #dcdfe4)'),
    text(plot.left - 8, y(curve, share) + 4, `${Number((100 * share).toFixed(2))} %`, 'end'),
  ]);
  for (const look of looks) out.push(text(x(curve, look), plot.bottom + 18, `${look}`, 'middle'));
  out.push(text((plot.left + plot.right) / 2, height - 4, 'looks', 'middle'));
  const { bound } = curve;
  if (bound) {
    const at = y(curve, bound.share);
    out.push(path(`M${plot.left} ${at}H${plot.right}`, 'var(--bad, #b3261e)', 1, '5 4'));
    out.push(text(plot.right + 8, at + 4, bound.label, 'start', 'var(--bad, #b3261e)'));
  }
  return out;
}

function line(curve: Curve, of: { label: string; i: number; steps: Steps; labelAt: number }): Mark[] {
  const [name, plain] = colours[of.i % colours.length] as (typeof colours)[number];
  const stroke = `var(${name}, ${plain})`;
  let d = `M${x(curve, 0)} ${y(curve, 0)}`;
  for (const [look, share] of of.steps) d += `H${x(curve, look)}V${y(curve, share)}`;
  d += `H${plot.right}`;
  const end = y(curve, of.steps.at(-1)?.[1] ?? 0);
  return [
    path(d, stroke, 1.8, dashes[of.i % dashes.length]),
    path(`M${plot.right} ${end}L${plot.right + 12} ${of.labelAt}h10`, stroke),
    text(plot.right + 27, of.labelAt + 4, of.label, 'start', 'var(--ink-2, #464d58)'),
  ];
}

function path(d: string, stroke: string, thick = 1, dash?: string): Mark {
  return { kind: 'path', d, stroke, width: thick, dash: dash || undefined };
}

/** Moves labels apart that would lie on each other: down in order, then back up from the bottom where they leave it. */
function spread(wanted: number[]): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => (wanted[a] as number) - (wanted[b] as number));
  const placed = [...wanted];
  let before = Number.NEGATIVE_INFINITY;
  for (const i of order) before = placed[i] = Math.max(wanted[i] as number, before + apart);
  let below: number = plot.bottom + apart;
  for (const i of order.toReversed()) below = placed[i] = Math.min(placed[i] as number, below - apart);
  return placed;
}

function text(atX: number, atY: number, body: string, anchor: 'start' | 'middle' | 'end', fill = ink): Mark {
  return { kind: 'text', x: round(atX), y: round(atY), anchor, fill, body };
}
function escaped(body: string): string {
  return body.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}
function round(value: number): number {
  return Math.round(value * 10) / 10;
}
