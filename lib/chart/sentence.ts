/** Charts and verdicts in words, for those who cannot see them and those in a hurry. */
import { formatValue } from './format';
import type { Line, Scale } from './model';

/** "p99: candidate ends at 412 ms (lowest 180, highest 430), control at 182 ms; threshold 300 ms." */
export function chartSentence(title: string, lines: Line[], scale: Scale, threshold: number | null): string {
  const drawn = lines.flatMap((line) => {
    const values = line.points.flatMap(([, value]) => (value === null ? [] : [value]));
    const last = values.at(-1);
    if (last === undefined) return [`${line.version} has no data`];
    const low = formatValue(Math.min(...values), scale);
    const high = formatValue(Math.max(...values), scale);
    const gaps = line.points.filter(([, value]) => value === null).length;
    const missing = gaps > 0 ? `, ${gaps} ${gaps === 1 ? 'gap' : 'gaps'}` : '';
    return [`${line.version} ends at ${formatValue(last, scale)} (from ${low} to ${high}${missing})`];
  });
  const limit = threshold === null ? '' : `; threshold ${formatValue(threshold, scale)}`;
  return drawn.length === 0 ? `${title}: no data in this range${limit}.` : `${title}: ${drawn.join('; ')}${limit}.`;
}
