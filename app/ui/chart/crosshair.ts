/**
 * One crosshair over all charts of a page. Written for the frame budget: one handler, one animation frame, a
 * transform per chart and text into cells; React does not take part (Recharts' own `syncId` costs ten times more).
 */
import { formatValue } from '@/lib/chart/format';
import type { ReadyChart } from '@/lib/chart/model';
import { formatTime, type Zone } from '@/lib/chart/time';

export type Inset = { left: number; right: number };
type Panel = {
  chart: ReadyChart;
  plot: HTMLElement;
  cross: HTMLElement;
  select: HTMLElement;
  cells: Map<string, { node: HTMLElement; rest: string }>;
};

export type Crosshair = {
  /** share of the range, or null to hide */
  move: (share: number | null) => void;
  /** from and to as shares, or null */
  select: (range: [number, number] | null) => void;
  shareAt: (plot: HTMLElement, clientX: number) => number;
  position: () => number | null;
};

export function crosshair(root: HTMLElement, charts: ReadyChart[], zone: Zone, inset: Inset): Crosshair {
  const panels = charts.flatMap((chart) => panelOf(root, chart));
  let share: number | null = null;
  let frame = 0;
  const draw = () => {
    frame = 0;
    // All reads before all writes: one layout a frame.
    const widths = panels.map((p) => p.plot.clientWidth - inset.left - inset.right);
    for (const [index, panel] of panels.entries()) paint(panel, share, widths[index] ?? 0, inset.left, zone);
  };
  return {
    move: (next) => {
      share = next === null ? null : Math.min(1, Math.max(0, next));
      if (frame === 0) frame = requestAnimationFrame(draw);
    },
    select: (range) => {
      for (const panel of panels) {
        const width = panel.plot.clientWidth - inset.left - inset.right;
        const [from, to] = range ?? [0, 0];
        panel.select.style.transform = `translateX(${inset.left + Math.min(from, to) * width}px)`;
        panel.select.style.width = `${Math.abs(to - from) * width}px`;
      }
    },
    shareAt: (plot, clientX) => {
      const box = plot.getBoundingClientRect();
      return (clientX - box.left - inset.left) / Math.max(1, box.width - inset.left - inset.right);
    },
    position: () => share,
  };
}

function panelOf(root: HTMLElement, chart: ReadyChart): Panel[] {
  const figure = root.querySelector<HTMLElement>(`[data-chart="${CSS.escape(chart.id)}"]`);
  const plot = figure?.querySelector<HTMLElement>('[data-plot]');
  const cross = plot?.querySelector<HTMLElement>('[data-cross]');
  const select = plot?.querySelector<HTMLElement>('[data-select]');
  if (!figure || !plot || !cross || !select) return [];
  const cells = new Map<string, { node: HTMLElement; rest: string }>();
  for (const node of figure.querySelectorAll<HTMLElement>('[data-cell]')) {
    // What the cell says without a crosshair is kept, because an earlier one may still be shown.
    const index = Number(node.dataset.cell?.slice(1));
    const label = chart.labels.find((l) => l.line === index);
    const rest = node.dataset.cell === 'at' ? '' : formatValue(label ? label.value : null, chart.scale);
    cells.set(node.dataset.cell ?? '', { node, rest });
  }
  return [{ chart, plot, cross, select, cells }];
}

function paint(panel: Panel, share: number | null, width: number, left: number, zone: Zone): void {
  if (share === null) {
    panel.cross.style.opacity = '0';
    for (const { node, rest } of panel.cells.values()) write(node, rest);
    return;
  }
  const { from, to } = panel.chart.x;
  const row = rowAt(panel.chart, from + share * (to - from));
  panel.cross.style.opacity = '0.6';
  panel.cross.style.transform = `translateX(${left + share * width}px)`;
  for (const [key, { node }] of panel.cells) {
    if (key === 'at') write(node, row ? formatTime(row.at, zone, 'second') : '');
    else write(node, formatValue(row?.[key as `v${number}`] ?? null, panel.chart.scale));
  }
}

function write(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** The row whose bucket holds the instant: the last one that began at or before it. */
export function rowAt(chart: Pick<ReadyChart, 'rows'>, at: number): ReadyChart['rows'][number] | null {
  let low = 0;
  let high = chart.rows.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((chart.rows[mid]?.at ?? 0) <= at) low = mid + 1;
    else high = mid;
  }
  return chart.rows[low - 1] ?? chart.rows[0] ?? null;
}
