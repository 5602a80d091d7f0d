'use client';
/** Where the effect lies with confidence, look by look, against the limit. */
import { Area, CartesianGrid, ComposedChart, Line, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import type { CriterionScale } from '@/app/ui/criterion/effect';
import { outcomeWords } from '@/app/ui/text/words';
import type { BacktestView } from '@/app/ui/views';
import { timeTicks, valueDomain } from '@/lib/chart/axis';
import type { Zone } from '@/lib/chart/time';
import styles from './backtest.module.css';
import { clockOf } from './sentence';

type Curve = BacktestView['curves'][number];
const height = 240;
const tick = { fill: 'var(--ink-3)', fontSize: 11 };

export function IntervalChart(props: {
  view: BacktestView;
  curve: Curve;
  scale: CriterionScale;
  better: 'lower' | 'higher';
  zone: Zone;
}) {
  const { view, curve, scale, zone } = props;
  const points = curve.points;
  const last = points.findLast((p) => p.estimate !== null);
  const from = Date.parse(view.from);
  const to = Math.max(Date.parse(view.to), Date.parse(points.at(-1)?.at ?? view.to));
  const times = timeTicks(from, to, zone, 5);
  const labels = new Map(times.map((t) => [t.value, t.label]));
  const y = domainOf(points);
  const rows = points.map((p) => ({
    at: Date.parse(p.at),
    band: p.estimate === null ? null : [p.low ?? y.low, p.high ?? y.high],
    estimate: p.estimate,
    limit: p.limit,
  }));
  const ended = view.happened.find((h) => h.acted && (h.action === 'roll_back' || h.action === 'complete'));
  const mark = { stroke: 'var(--ink-2)', strokeDasharray: '2 3' };
  return (
    <figure className={styles.chart}>
      <div role="img" aria-label={sentenceOf(curve, scale, clockOf(view, zone))}>
        <ResponsiveContainer width="100%" height={height} initialDimension={{ width: 560, height }} debounce={80}>
          <ComposedChart data={rows} margin={{ top: 16, right: 18, bottom: 0, left: 0 }} accessibilityLayer={false}>
            <CartesianGrid stroke="var(--line)" vertical={false} />
            <XAxis
              dataKey="at"
              type="number"
              domain={[from, to]}
              allowDataOverflow
              ticks={times.map((t) => t.value)}
              tickFormatter={(v: number) => labels.get(v) ?? ''}
              tick={tick}
              tickLine={false}
              axisLine={{ stroke: 'var(--line-strong)' }}
              height={22}
              minTickGap={18}
            />
            <YAxis
              type="number"
              domain={[y.low, y.high]}
              allowDataOverflow
              ticks={y.ticks}
              tickFormatter={(v: number) => scale.difference(v)}
              tick={tick}
              tickLine={false}
              axisLine={false}
              width={72}
              interval={0}
            />
            <Area
              dataKey="band"
              type="linear"
              stroke="none"
              fill="var(--v1)"
              fillOpacity={0.18}
              dot={false}
              activeDot={false}
              isAnimationActive={false}
              connectNulls={false}
            />
            <Line
              dataKey="limit"
              type="linear"
              stroke="var(--bad-solid)"
              strokeWidth={1.4}
              strokeDasharray="4 3"
              dot={false}
              activeDot={false}
              isAnimationActive={false}
            />
            <Line
              dataKey="estimate"
              type="linear"
              stroke="var(--v1)"
              strokeWidth={2}
              dot={false}
              activeDot={false}
              isAnimationActive={false}
              connectNulls={false}
            />
            {marksOf(view, curve).map((m) => (
              <ReferenceLine
                key={m.label}
                x={m.at}
                {...mark}
                label={{
                  value: m.label,
                  position: m.at > from + 0.8 * (to - from) ? 'insideTopRight' : 'insideTopLeft',
                  fill: 'var(--ink-2)',
                  fontSize: 11,
                }}
              />
            ))}
            {ended ? (
              <ReferenceLine
                x={Date.parse(ended.at)}
                stroke="var(--ink-3)"
                label={{
                  value: ended.action === 'roll_back' ? 'rolled back' : 'completed',
                  position: 'insideBottomRight',
                  fill: 'var(--ink-2)',
                  fontSize: 11,
                }}
              />
            ) : null}
          </ComposedChart>
        </ResponsiveContainer>
      </div>
      <figcaption className="quiet small">
        <span className={styles.key} data-key="estimate" /> candidate
        {scale.against === 'baseline' ? ' against the baseline' : ''} <span className={styles.key} data-key="band" />{' '}
        where it lies with confidence <span className={styles.key} data-key="limit" /> the limit,{' '}
        {props.better === 'lower' ? 'above' : 'below'} which it fails
        {last ? `: at the end ${scale.difference(last.estimate)}, ${intervalOf(last, scale)}` : ''}
      </figcaption>
    </figure>
  );
}

/** Early intervals are wide enough to flatten everything else: they stretch the axis to three times the rest at most. */
function domainOf(points: Curve['points']): { low: number; high: number; ticks: number[] } {
  const known = points.flatMap((p) => [p.estimate, p.limit]).filter((v) => v !== null);
  const last = points.findLast((p) => p.low !== null || p.high !== null);
  for (const edge of [last?.low, last?.high]) if (edge != null) known.push(edge);
  const low = Math.min(0, ...known);
  const high = Math.max(0, ...known);
  const room = high - low || 1;
  const edges = points.flatMap((p) => [p.low, p.high]).filter((v) => v !== null);
  return valueDomain([low, high, ...edges.map((e) => Math.min(high + room / 2, Math.max(low - room / 2, e)))]);
}

function marksOf(view: BacktestView, curve: Curve): Array<{ at: number; label: string }> {
  const first = view.first.find((f) => f.criterion === curve.criterion && f.cohort === null);
  const marks = [
    { at: first?.passAt, label: 'first pass' },
    { at: first?.failAt, label: 'first fail' },
  ];
  return marks.flatMap(({ at, label }) => (at ? [{ at: Date.parse(at), label }] : []));
}

const intervalOf = (p: Curve['points'][number], { difference }: CriterionScale) =>
  `from ${difference(p.low)} to ${difference(p.high)}`;

function sentenceOf(curve: Curve, scale: CriterionScale, at: (t: string) => string): string {
  const last = curve.points.findLast((p) => p.estimate !== null);
  if (!last) return `${curve.criterion}: nothing was observed.`;
  return (
    `${curve.criterion} at ${at(last.at)}: ${scale.difference(last.estimate)}, ${intervalOf(last, scale)}, ` +
    `limit ${scale.difference(last.limit)}, ${outcomeWords[last.outcome].label.toLowerCase()}.`
  );
}
