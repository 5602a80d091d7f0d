/** Tables as files that a spreadsheet opens and runs nothing of. */
import type { ReadyChart } from './model';

/** The numbers behind a chart. */
export function csvOf(chart: ReadyChart): string {
  const head = ['time', ...chart.versions, 'interval low', 'interval high', 'limit'];
  const lines = chart.rows.map((row) => [
    new Date(row.at).toISOString(),
    ...chart.versions.map((_, index) => row[`v${index}`] ?? ''),
    row.band?.[0] ?? '',
    row.band?.[1] ?? '',
    row.limit ?? chart.threshold ?? '',
  ]);
  return csvLines([head, ...lines]);
}

export const csvLines = (rows: ReadonlyArray<ReadonlyArray<string | number>>): string =>
  rows.map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');

/** What a spreadsheet takes for a formula, in the wide letters of East Asian scripts too, and behind blanks. */
const formula = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;

/** RFC 4180, and no cell that a spreadsheet would run: names come from telemetry. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = formula.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
