'use client';
/** One chart with its heading, readout, table and file. Draws only once it comes into view. */
import { memo, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { Icon } from '@/app/ui/icon';
import { Swatch } from '@/app/ui/page/badge';
import { Scroll } from '@/app/ui/page/scroll';
import { visible } from '@/app/ui/text/name';
import { csvOf } from '@/lib/chart/csv';
import { formatValue } from '@/lib/chart/format';
import type { ReadyChart } from '@/lib/chart/model';
import { formatTime, type Zone, zoneOffset } from '@/lib/chart/time';
import styles from './charts.module.css';
import { Overlay, Plot } from './plot.client';

export const ChartPanel = memo(function ChartPanel(props: {
  chart: ReadyChart;
  zone: Zone;
  marks: Array<{ x: number; tone: string }>;
  badge: ReactNode;
  /** instead of the plot, when there is nothing to draw */
  state: ReactNode;
}) {
  const { chart, zone } = props;
  const id = useId();
  const [table, setTable] = useState(false);
  const { ref, shown } = useShown<HTMLElement>(chart);
  return (
    <figure className={styles.chart} ref={ref} aria-labelledby={id} data-chart={chart.id} style={{ margin: 0 }}>
      <figcaption className={styles.head}>
        <h3 id={id} title={visible(chart.title)}>
          <bdi>{visible(chart.title)}</bdi>
        </h3>
        {props.badge}
        <span className={styles.tools}>
          <button
            type="button"
            className="button ghost small"
            aria-pressed={table}
            aria-label={`${chart.title}: view as table`}
            title="View as table"
            onClick={() => setTable(!table)}
          >
            <Icon name="table" />
          </button>
          <button
            type="button"
            className="button ghost small"
            aria-label={`${chart.title}: download CSV`}
            title="Download CSV"
            onClick={() => download(chart)}
          >
            <Icon name="download" />
          </button>
        </span>
      </figcaption>
      <Readout chart={chart} />
      {props.state ?? (
        // biome-ignore lint/a11y/useSemanticElements: a group of drawings, not a form's fieldset
        <div
          className={styles.plot}
          role="group"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the crosshair
          tabIndex={0}
          aria-label={`${chart.sentence} Arrow keys move the crosshair.`}
          data-plot={chart.id}
        >
          {shown ? <Plot chart={shown} zone={zone} /> : null}
          {shown ? <Overlay chart={shown} marks={props.marks} /> : null}
          <div className={styles.cross} data-cross />
          <div className={styles.select} data-select />
        </div>
      )}
      {table ? <ChartTable chart={chart} zone={zone} /> : null}
    </figure>
  );
});

/** The newest chart while in view, the last one drawn while not: off-screen charts cost nothing. */
function useShown<E extends HTMLElement>(chart: ReadyChart) {
  const ref = useRef<E>(null);
  const [inView, setInView] = useState(false);
  const [shown, setShown] = useState<ReadyChart | null>(null);
  useEffect(() => {
    if (!ref.current) return;
    const watch = new IntersectionObserver((entries) => setInView(entries.some((e) => e.isIntersecting)), {
      rootMargin: '160px',
    });
    watch.observe(ref.current);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    if (!inView) return;
    // One chart a frame, in the order in which they ask.
    return inTurn(() => setShown(chart));
  }, [inView, chart]);
  return { ref, shown };
}

const waiting: Array<() => void> = [];
let frame = 0;

function inTurn(draw: () => void): () => void {
  waiting.push(draw);
  const next = () => {
    waiting.shift()?.();
    frame = waiting.length > 0 ? requestAnimationFrame(next) : 0;
  };
  if (frame === 0) frame = requestAnimationFrame(next);
  return () => {
    const at = waiting.indexOf(draw);
    if (at >= 0) waiting.splice(at, 1);
  };
}

/** The values at the crosshair, or the newest ones. The pointer writes into these cells without React. */
function Readout({ chart }: { chart: ReadyChart }) {
  return (
    <div className={styles.readout}>
      {chart.versions.map((version, index) => (
        <span key={version}>
          <Swatch index={index} />
          <bdi title={visible(version)}>{visible(version)}</bdi>
          <b data-cell={`v${index}`}>{newest(chart, index)}</b>
        </span>
      ))}
      <span className={styles.when} data-cell="at" />
    </div>
  );
}

export function newest(chart: ReadyChart, index: number): string {
  const label = chart.labels.find((l) => l.line === index);
  return formatValue(label ? label.value : null, chart.scale);
}

function ChartTable({ chart, zone }: { chart: ReadyChart; zone: Zone }) {
  const most = 500;
  const rows = chart.rows.slice(-most).toReversed();
  return (
    <Scroll className={styles.table} label={`${chart.title}, as a table`}>
      <table>
        <caption className="small" style={{ textAlign: 'left', padding: '6px 8px' }}>
          {chart.sentence}{' '}
          {rows.length < chart.rows.length ? `Newest ${rows.length} of ${chart.rows.length} rows.` : ''} Times are{' '}
          {zoneOffset(chart.x.to, zone)}.
        </caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {chart.versions.map((v) => (
              <th scope="col" className="number" key={v}>
                <bdi>{visible(v)}</bdi>
              </th>
            ))}
            <th scope="col" className="number">
              Limit
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.at}>
              <td className="nowrap">{formatTime(row.at, zone)}</td>
              {chart.versions.map((v, index) => (
                <td className="number" key={v}>
                  {formatValue(row[`v${index}`] ?? null, chart.scale)}
                </td>
              ))}
              <td className="number">{formatValue(row.limit ?? chart.threshold, chart.scale)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function download(chart: ReadyChart): void {
  const url = URL.createObjectURL(new Blob([csvOf(chart)], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${chart.title.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 60) || 'chart'}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
