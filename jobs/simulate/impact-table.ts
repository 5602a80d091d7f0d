/** `npm run simulate -- impact`: the tables of the impact's intervals and of the onset's errors. */
import { type Covered, cover, level, mostMisses, type Onsets, onsets } from './impact';
import { type Incident, incidents } from './impact-cases';

/** @returns whether every interval covers as often as it must */
export function impactTables(of: { seed: number; runs: number; only: string[] }): boolean {
  const wanted = incidents.filter(({ name }) => of.only.length === 0 || of.only.some((text) => name.includes(text)));
  console.log(
    `| incident | covers, at ${100 * level} % | truth below, above | width, oracle's = 1 | |\n|---|---|---|---|---|`,
  );
  const rows = wanted.map((given) => {
    const row = cover(given, of.seed, of.runs);
    console.log(covered(given, row));
    return isGood(given, row);
  });
  console.log(
    '\n| incident | onset found | error in minutes: median, 90 % | held by its interval | excess since covers |\n|---|---|---|---|---|',
  );
  for (const given of wanted) if (given.times !== 1) console.log(found(onsets(given, of.seed, Math.ceil(of.runs / 4))));
  console.log(
    `\nseed ${of.seed}; ${of.runs} incidents each; at most ${mostMisses(of.runs)} misses are chance at ${100 * level} %.`,
  );
  return rows.every(Boolean);
}

export const isGood = ({ stated }: Incident, { above, below, runs }: Covered): boolean =>
  stated || above + below <= mostMisses(runs);

function covered(given: Incident, row: Covered): string {
  const share = 1 - (row.above + row.below) / row.runs;
  const error = 1.96 * Math.sqrt((share * (1 - share)) / row.runs);
  const verdict = given.stated ? 'stated' : isGood(given, row) ? 'ok' : 'MISSED';
  return `| ${row.name} | ${percent(share)} ± ${percent(error)} | ${row.below}, ${row.above} | ${row.width.toFixed(2)} | ${verdict} |`;
}

function found(row: Onsets): string {
  if (row.found === 0) return `| ${row.name} | never | | | |`;
  const of = (n: number) => percent(n / row.found);
  return `| ${row.name} | ${percent(row.found / row.runs)} | ${row.median}, ${row.p90} | ${of(row.held)} | ${of(row.covered)} |`;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
