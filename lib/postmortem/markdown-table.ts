/** Tables and times of a Markdown. Pure. Cells come escaped. */
import { formatTime, knownZone, zoneOffset } from '@/lib/chart/time';

/** A head that begins with `>` is of numbers. Empty without rows; a column that is empty in all of them is left out. */
export function table(heads: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  if (rows.length === 0) return '';
  const used = heads.flatMap((_, i) => (rows.some((row) => (row[i] ?? '') !== '') ? [i] : []));
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(used.map((i) => (heads[i] ?? '').replace(/^>/, ''))),
    line(used.map((i) => (heads[i]?.startsWith('>') ? '--:' : '---'))),
    ...rows.map((row) => line(used.map((i) => row[i] ?? ''))),
  ].join('\n');
}

export type Clock = ((at: string | number) => string) & { zone: string };

/** `2026-11-22 13:00:05 UTC+01:00`: the offset stands at every time, for it changes within a year. */
export function clockIn(wanted: string): Clock {
  const zone = knownZone(wanted);
  const clock = (at: string | number): string => {
    const ms = typeof at === 'number' ? at : Date.parse(at);
    if (!Number.isFinite(ms)) return 'not known';
    return `${formatTime(ms, zone)} ${zoneOffset(ms, zone)}`;
  };
  return Object.assign(clock, { zone });
}
