import { dashes } from '@/app/ui/page/badge';
import type { Line } from '@/lib/chart/model';
import { sparkline } from '@/lib/chart/sparkline';

export function Spark({
  lines,
  from,
  to,
  label,
  width = 120,
  height = 28,
}: {
  lines: Line[];
  from: number;
  to: number;
  label: string;
  width?: number;
  height?: number;
}) {
  const drawn = sparkline(lines, { from, to }, { width, height });
  if (drawn.length === 0) return <span className="quiet small">no data yet</span>;
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <line x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} stroke="var(--line)" />
      {drawn.map(({ version, path }, index) => (
        <path
          key={version}
          d={path}
          fill="none"
          stroke={`var(--v${index % 4})`}
          strokeWidth={index === 0 ? 1.2 : 1.7}
          strokeDasharray={index === 0 ? undefined : dashes[index % 4]}
        />
      ))}
    </svg>
  );
}
