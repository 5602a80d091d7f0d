'use client';
/** One chart. Recharts draws lines, bands and thresholds; what moves with the pointer lies above it as plain HTML. */
import { memo, useEffect, useRef, useState } from 'react';
import { Area, CartesianGrid, ComposedChart, Line, ReferenceLine, XAxis, YAxis } from 'recharts';
import { dashes } from '@/app/ui/page/badge';
import { visible } from '@/app/ui/text/name';
import { timeTicks } from '@/lib/chart/axis';
import { formatValue } from '@/lib/chart/format';
import type { ReadyChart } from '@/lib/chart/model';
import type { Zone } from '@/lib/chart/time';
import styles from './charts.module.css';

export const plotHeight = 176;
/** What the axes take; the overlay computes with the same numbers. */
export const inset = { top: 10, right: 86, bottom: 22, left: 52 };
/** A window that is being dragged asks for many widths: the last one counts. */
const settledMs = 80;
const margin = { top: inset.top, right: inset.right, bottom: 0, left: 0 };
const tick = { fill: 'var(--ink-3)', fontSize: 11 };

/** Drawn once its width is known, and not before: Recharts' own container draws a guess first and then all again. */
export function Plot({ chart, zone }: { chart: ReadyChart; zone: Zone }) {
  const { ref, width } = useWidth();
  return (
    <div ref={ref} className={styles.drawing}>
      {width > 0 ? <Drawing chart={chart} zone={zone} width={width} /> : null}
    </div>
  );
}

function useWidth() {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!ref.current) return;
    let timer: number | undefined;
    let first = true;
    const watch = new ResizeObserver(([entry]) => {
      const next = Math.round(entry?.contentRect.width ?? 0);
      window.clearTimeout(timer);
      if (first) setWidth(next);
      else timer = window.setTimeout(() => setWidth(next), settledMs);
      first = false;
    });
    watch.observe(ref.current);
    return () => {
      window.clearTimeout(timer);
      watch.disconnect();
    };
  }, []);
  return { ref, width };
}

const Drawing = memo(function Drawing({ chart, zone, width }: { chart: ReadyChart; zone: Zone; width: number }) {
  const times = timeTicks(chart.x.from, chart.x.to, zone, 5);
  const timeLabels = new Map(times.map((t) => [t.value, t.label]));
  const valueLabels = new Map(chart.y.ticks.map((t) => [t.value, t.label]));
  return (
    <ComposedChart data={chart.rows} width={width} height={plotHeight} margin={margin} accessibilityLayer={false}>
      <CartesianGrid stroke="var(--line)" vertical={false} />
      <XAxis
        dataKey="at"
        type="number"
        domain={[chart.x.from, chart.x.to]}
        allowDataOverflow
        ticks={times.map((t) => t.value)}
        tickFormatter={(v: number) => timeLabels.get(v) ?? ''}
        tick={tick}
        tickLine={false}
        axisLine={{ stroke: 'var(--line-strong)' }}
        height={inset.bottom}
        minTickGap={18}
      />
      <YAxis
        type="number"
        domain={[chart.y.low, chart.y.high]}
        allowDataOverflow
        ticks={chart.y.ticks.map((t) => t.value)}
        tickFormatter={(v: number) => valueLabels.get(v) ?? ''}
        tick={tick}
        tickLine={false}
        axisLine={false}
        width={inset.left}
        interval={0}
      />
      {chart.rows.some((row) => row.band) ? (
        <Area
          dataKey="band"
          type="linear"
          stroke="none"
          fill="var(--v1)"
          fillOpacity={0.16}
          dot={false}
          activeDot={false}
          isAnimationActive={false}
          connectNulls={false}
        />
      ) : null}
      {chart.threshold === null ? (
        <Line
          dataKey="limit"
          type="linear"
          stroke="var(--bad-solid)"
          strokeWidth={1.2}
          strokeDasharray="4 3"
          dot={false}
          activeDot={false}
          isAnimationActive={false}
          connectNulls={false}
        />
      ) : (
        <ReferenceLine
          y={chart.threshold}
          stroke="var(--bad-solid)"
          strokeWidth={1.2}
          strokeDasharray="4 3"
          ifOverflow="extendDomain"
        />
      )}
      {chart.versions.map((version, index) => (
        <Line
          key={version}
          dataKey={`v${index}`}
          name={version}
          type="linear"
          stroke={`var(--v${index % 4})`}
          strokeWidth={index === 1 ? 2 : 1.5}
          strokeDasharray={dashes[index % 4] || undefined}
          dot={false}
          activeDot={false}
          isAnimationActive={false}
          connectNulls={false}
        />
      ))}
    </ComposedChart>
  );
});

/** Labels at line ends, lonely points, the bucket that still fills, event lines: percent of the plot area. */
export const Overlay = memo(function Overlay({
  chart,
  marks,
}: {
  chart: ReadyChart;
  marks: Array<{ x: number; tone: string }>;
}) {
  const x = (at: number) => ((at - chart.x.from) / (chart.x.to - chart.x.from)) * 100;
  const y = (value: number) => ((chart.y.high - value) / (chart.y.high - chart.y.low)) * 100;
  const limit = chart.threshold ?? chart.rows.findLast((row) => row.limit != null)?.limit ?? null;
  return (
    <div className={styles.overlay} aria-hidden="true">
      {marks.map((mark) => (
        <i key={mark.x} className={styles.eventLine} data-tone={mark.tone} style={{ left: `${mark.x * 100}%` }} />
      ))}
      {chart.fillingFrom === null ? null : (
        <i
          className={styles.filling}
          style={{ left: `${Math.max(0, x(chart.fillingFrom))}%` }}
          title="Still filling: numbers of this bucket may grow"
        />
      )}
      {chart.lonely.slice(0, 200).map((p) => (
        <i
          key={`${p.line} ${p.at}`}
          className={styles.lonely}
          style={{ left: `${x(p.at)}%`, top: `${y(p.value)}%`, background: `var(--v${p.line % 4})` }}
        />
      ))}
      {limit === null || y(limit) < 0 || y(limit) > 100 ? null : (
        <span className={styles.limitLabel} style={{ top: `${y(limit)}%` }}>
          limit {formatValue(limit, chart.scale)}
        </span>
      )}
      {chart.labels.map((label) => (
        <span
          key={label.version}
          className={styles.endLabel}
          style={{ top: `${label.y * 100}%`, color: `var(--v${label.line % 4}-ink)` }}
        >
          <bdi>{visible(label.version)}</bdi>
        </span>
      ))}
    </div>
  );
});
