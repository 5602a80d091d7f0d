/**
 * `npm run simulate [-- --quick] [--seed N] [--rollouts N] [--only TEXT] [--out FOLDER]`: judges simulated rollouts and
 * prints how often the judge is wrong and how fast it is right. The same seed gives the same table. `--out` writes
 * `figures.json` (rows that were not simulated now stay as they are there) and the curves as SVG. Ends with 1 when a
 * case misses what it must reach. `npm run simulate -- impact` does so for the impact that post-mortems tell.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { curves } from '@/lib/chart/curve';
import { cases } from '../simulate/cases';
import { type Figures, merged, pictures, rowOf } from '../simulate/figures';
import { impactTables } from '../simulate/impact-table';
import { simulate, type Wanted } from '../simulate/pool';
import { tally } from '../simulate/tally';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    rollouts: { type: 'string' },
    only: { type: 'string', multiple: true },
    case: { type: 'string', multiple: true },
    out: { type: 'string' },
  },
});
const seed = Number(options.seed);
const only = [...(options.only ?? []), ...(options.case ?? [])];
if (positionals[0] === 'impact') {
  const runs = Number(options.rollouts ?? (options.quick ? 200 : 2_000));
  process.exit(impactTables({ seed, runs, only }) ? 0 : 1);
}

function rolloutsOf(full: number): number {
  if (options.rollouts) return Number(options.rollouts);
  return options.quick ? Math.min(200, full) : full;
}

const wanted = cases.flatMap((given, index): Wanted[] =>
  only.length === 0 || only.some((text) => given.name.includes(text))
    ? [{ index, given, rollouts: rolloutsOf(given.rollouts) }]
    : [],
);
const rows: Figures['rows'] = [];
let looks = 0;
await simulate(wanted, seed, ({ given }, runs) => {
  const sum = tally(given, runs);
  looks += sum.looks;
  const row = rowOf(given, sum);
  rows.push(row);
  process.stderr.write(`${row.good ? 'ok' : 'MISSED'}: ${row.name}: ${row.got} (${row.need})\n`);
  if (options.out) write(options.out);
});

/** After every case, so that what is done stays done. */
function write(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'figures.json');
  const old = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Figures) : null;
  const figures = merged(
    old,
    { seed, rows },
    cases.map((c) => c.name),
  );
  const lines = figures.rows.map((row) => JSON.stringify(row)).join(',\n');
  writeFileSync(file, `{ "seed": ${seed}, "rows": [\n${lines}\n] }\n`);
  for (const { file: name, svg } of pictures(figures, curves)) writeFileSync(join(folder, name), svg);
}

console.log('| case | must | is | published method | |\n|---|---|---|---|---|');
for (const { given } of wanted) {
  const row = rows.find((r) => r.name === given.name);
  if (!row) continue;
  console.log(`| ${row.name} | ${row.need} | ${row.got} | ${row.published} | ${row.good ? 'ok' : 'MISSED'} |`);
}
const cpu = process.cpuUsage();
const aSecond = Math.round(looks / ((cpu.user + cpu.system) / 1e6)).toLocaleString('en');
console.log(
  `\nseed ${seed}; α = 1 %; ${looks.toLocaleString('en')} looks, ${aSecond} a CPU-second with drawing the data.`,
);
process.exitCode = rows.some((r) => !r.good) ? 1 : 0;
