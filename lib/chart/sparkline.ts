/** A line small enough for a table cell: an SVG path with its gaps. */
import type { Line } from './model';

export function sparkline(
  lines: Line[],
  range: { from: number; to: number },
  size: { width: number; height: number },
): Array<{ version: string; path: string }> {
  const values = lines.flatMap((line) => line.points.flatMap(([, value]) => (value === null ? [] : [value])));
  if (values.length === 0) return [];
  const low = Math.min(0, ...values);
  const high = Math.max(...values);
  const x = (at: number) => ((at - range.from) / (range.to - range.from)) * size.width;
  const y = (value: number) => size.height - 1 - ((value - low) / (high - low || 1)) * (size.height - 2);
  return lines.map((line) => {
    let pen = false;
    const steps = line.points.flatMap(([at, value]) => {
      if (value === null || at < range.from || at > range.to) {
        pen = false;
        return [];
      }
      const step = `${pen ? 'L' : 'M'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = true;
      return [step];
    });
    return { version: line.version, path: steps.join('') };
  });
}
