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

export type Clock = ((at: string | number) => string) & {
  zone: string;
  /** what all of a column's times share stands in its head */
  column(times: ReadonlyArray<string | number>): { head: string; cell: (at: string | number) => string };
};

/** `2026-11-22 13:00:05 UTC+01:00`: the offset stands at every time, for it changes within a year. */
export function clockIn(wanted: string): Clock {
  const zone = knownZone(wanted);
  const parts = (at: string | number) => {
    const ms = typeof at === 'number' ? at : Date.parse(at);
    if (!Number.isFinite(ms)) return null;
    const [day = '', time = ''] = formatTime(ms, zone).split(' ');
    return { day, time, offset: zoneOffset(ms, zone) };
  };
  const clock = (at: string | number): string => {
    const found = parts(at);
    return found === null ? 'not known' : `${found.day} ${found.time} ${found.offset}`;
  };
  const column = (times: ReadonlyArray<string | number>) => {
    const all = times.map(parts);
    const one = (what: 'day' | 'offset') => {
      const [first] = all;
      return first && all.every((each) => each?.[what] === first[what]) ? first[what] : null;
    };
    const [day, offset] = [one('day'), one('offset')];
    const shared = [day, offset].filter((text) => text !== null).join(', ');
    const cell = (at: string | number): string => {
      const found = parts(at);
      if (found === null) return 'not known';
      return [day === null ? found.day : '', found.time, offset === null ? found.offset : ''].filter(Boolean).join(' ');
    };
    return { head: shared === '' ? 'When' : `When (${shared})`, cell };
  };
  return Object.assign(clock, { zone, column });
}
