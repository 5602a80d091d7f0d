/** The picture of a frozen chart: lines told apart by dashes and names, not by colour alone. */

import { dashes } from '@/app/ui/page/badge';
import { short, visible } from '@/app/ui/text/name';
import type { FrozenChart, FrozenLine, FrozenPoint } from '@/lib/postmortem/hand-out/frozen-chart';
import styles from './frozen-chart.module.css';

const size = { width: 760, height: 276 };
const inner = { left: 62, right: 132, top: 52, bottom: 40 };
const plot = { right: size.width - inner.right, bottom: size.height - inner.bottom };

export function FrozenPlot({ chart }: { chart: FrozenChart }) {
  const at = placed(chart);
  return (
    <svg
      className={styles.plot}
      viewBox={`0 0 ${size.width} ${size.height}`}
      role="img"
      aria-label={`${visible(chart.criterion)}: ${visible(chart.says)}, over time`}
    >
      <Axes chart={chart} at={at} />
      {chart.lines.map((line) =>
        line.role === 'candidate' ? (
          <path key={line.version} d={band(line, at)} fill="var(--v1)" fillOpacity="0.16" stroke="none" />
        ) : null,
      )}
      <Limit chart={chart} at={at} />
      <Milestones chart={chart} at={at} />
      {chart.lines.map((line, index) => (
        <Line key={line.version} line={line} index={index} at={at} />
      ))}
      <Labels chart={chart} at={at} />
    </svg>
  );
}

type Placed = { x: (ms: number) => number; y: (value: number) => number; middle: number };

/** A point stands in the middle of the span that it counts. */
function placed({ x: time, y: value, stepMs }: FrozenChart): Placed {
  const within = (share: number) => Math.min(1, Math.max(0, share));
  return {
    x: (ms) => inner.left + within((ms - time.from) / (time.to - time.from || 1)) * (plot.right - inner.left),
    y: (v) => inner.top + within((value.high - v) / (value.high - value.low || 1)) * (plot.bottom - inner.top),
    middle: stepMs / 2,
  };
}

function Axes({ chart, at }: { chart: FrozenChart; at: Placed }) {
  return (
    <g className={styles.axes}>
      {chart.y.ticks.map(({ value, label }) => (
        <g key={value}>
          <line x1={inner.left} x2={plot.right} y1={at.y(value)} y2={at.y(value)} className={styles.grid} />
          <text x={inner.left - 6} y={at.y(value) + 4} textAnchor="end">
            {label}
          </text>
        </g>
      ))}
      {chart.x.ticks.map(({ value, label }) => (
        <g key={value}>
          <line x1={at.x(value)} x2={at.x(value)} y1={plot.bottom} y2={plot.bottom + 4} className={styles.tick} />
          <text x={at.x(value)} y={plot.bottom + 16} textAnchor="middle">
            {label}
          </text>
        </g>
      ))}
      <line x1={inner.left} x2={plot.right} y1={plot.bottom} y2={plot.bottom} className={styles.tick} />
      <text x={(inner.left + plot.right) / 2} y={size.height - 5} textAnchor="middle">
        Time ({chart.x.offset})
      </text>
    </g>
  );
}

function Limit({ chart: { limit }, at }: { chart: FrozenChart; at: Placed }) {
  if (!limit) return null;
  return (
    <line x1={inner.left} x2={plot.right} y1={at.y(limit.value)} y2={at.y(limit.value)} className={styles.limit} />
  );
}

/** Numbered, for several may lie in one moment; each has its name beneath the chart. Lines lie under all numbers. */
function Milestones({ chart, at }: { chart: FrozenChart; at: Placed }) {
  const rows = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const marks = chart.marks.map(({ at: ms, name }, i) => {
    const x = at.x(ms);
    const free = rows.findIndex((last) => x - last >= 17);
    const row = free < 0 ? rows.length - 1 : free;
    rows[row] = x;
    return { name, text: String(i + 1), x, y: inner.top - 10 - row * 16 };
  });
  return (
    <g className={styles.mark}>
      {marks.map(({ name, x, y }) => (
        <line key={name} x1={x} x2={x} y1={y} y2={plot.bottom} />
      ))}
      {marks.map(({ name, text, x, y }) => (
        <g key={name} data-name={name}>
          <circle cx={x} cy={y} r="7.5" />
          <text x={x} y={y + 4} textAnchor="middle">
            {text}
          </text>
        </g>
      ))}
    </g>
  );
}

function Line({ line, index, at }: { line: FrozenLine; index: number; at: Placed }) {
  const candidate = line.role === 'candidate';
  const known = line.points.filter((p): p is FrozenPoint & { value: number } => p.value !== null);
  const own = { stroke: `var(--v${index % 4})` };
  return (
    <g>
      <path
        d={lineOf(line, at)}
        fill="none"
        {...own}
        strokeWidth={candidate ? 2.4 : 1.6}
        strokeDasharray={dashes[index % 4]}
        strokeLinejoin="round"
      />
      {candidate
        ? known.map((p) => (
            <circle key={p.at} cx={at.x(p.at + at.middle)} cy={at.y(p.value)} r="2.4" fill={own.stroke} />
          ))
        : null}
    </g>
  );
}

function lineOf({ points }: FrozenLine, at: Placed): string {
  let pen = 'M';
  return points
    .map(({ at: ms, value }) => {
      if (value === null) {
        pen = 'M';
        return '';
      }
      const step = `${pen}${at.x(ms + at.middle).toFixed(1)} ${at.y(value).toFixed(1)}`;
      pen = 'L';
      return step;
    })
    .join('');
}

/** One closed shape for each stretch without a gap. */
function band({ points }: FrozenLine, at: Placed): string {
  const runs: Array<Array<{ at: number; low: number; high: number }>> = [[]];
  for (const { at: ms, low, high } of points) {
    if (low === null || high === null) runs.push([]);
    else runs.at(-1)?.push({ at: ms, low, high });
  }
  const corner = (ms: number, value: number) => `${at.x(ms + at.middle).toFixed(1)} ${at.y(value).toFixed(1)}`;
  return runs
    .filter((run) => run.length > 1)
    .map((run) => {
      const top = run.map((p) => corner(p.at, p.high));
      const bottom = run.toReversed().map((p) => corner(p.at, p.low));
      return `M${[...top, ...bottom].join('L')}Z`;
    })
    .join('');
}

/** At the ends of the lines, pushed apart so that none covers another. */
function Labels({ chart, at }: { chart: FrozenChart; at: Placed }) {
  const ends = chart.lines.flatMap((line, index) => {
    const last = line.points.findLast((p) => p.value !== null);
    return last?.value == null
      ? []
      : [{ text: short(line.version), y: at.y(last.value), tone: `var(--v${index % 4}-ink)` }];
  });
  if (chart.limit) ends.push({ text: chart.limit.label, y: at.y(chart.limit.value), tone: 'var(--bad)' });
  let floor = inner.top - 8;
  const spread = ends
    .sort((a, b) => a.y - b.y)
    .map((label) => {
      const y = Math.max(label.y, floor);
      floor = y + 15;
      return { ...label, y };
    });
  return spread.map(({ text, y, tone }) => (
    <text key={`${text} ${y}`} x={plot.right + 6} y={y + 4} fill={tone} className={styles.label}>
      {cut(text)}
      <title>{text}</title>
    </text>
  ));
}

const cut = (text: string): string => {
  const letters = [...text];
  return letters.length > 20 ? `${letters.slice(0, 19).join('')}…` : text;
};
