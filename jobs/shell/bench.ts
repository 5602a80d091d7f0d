/**
 * `npm run bench` prints every figure, `npm run bench -- ingest streams` those sections. Each section brings up what it
 * needs and takes it down again.
 */
import { cpus } from 'node:os';
import { evaluation } from '@/jobs/bench/evaluation';
import type { Figure } from '@/jobs/bench/figure';
import { benchFold } from '@/jobs/bench/fold';
import { ingest } from '@/jobs/bench/ingest';
import { benchLooks } from '@/jobs/bench/looks';
import { benchOfrep } from '@/jobs/bench/ofrep';
import { benchPage } from '@/jobs/bench/page';
import { benchRollback } from '@/jobs/bench/rollback';
import { streams } from '@/jobs/bench/streams';
import { benchVerdict } from '@/jobs/bench/verdict';
import { whole } from '@/jobs/bench/whole';

const sections: Record<string, () => Promise<Figure[]>> = {
  ingest,
  whole,
  streams,
  fold: benchFold,
  verdict: benchVerdict,
  rollback: benchRollback,
  ofrep: benchOfrep,
  evaluation,
  looks: benchLooks,
  page: benchPage,
};

function line({ name, value, unit, target }: Figure): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const shown = value.toLocaleString('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `  ${name.padEnd(64)} ${shown.padStart(10)} ${unit.padEnd(24)} ${target}`.trimEnd();
}

async function main(): Promise<void> {
  const asked = process.argv.slice(2);
  const unknown = asked.filter((name) => !(name in sections));
  if (unknown.length > 0) {
    console.error(`There is no section ${unknown.join(', ')}. There are: ${Object.keys(sections).join(', ')}.`);
    process.exit(1);
  }
  if (process.platform !== 'linux') {
    console.error('CPU time is read from /proc, so the bench needs Linux.');
    process.exit(1);
  }
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}`);
  for (const [name, run] of Object.entries(sections)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    console.log(`\n${name}`);
    for (const figure of await run()) console.log(line(figure));
  }
}

await main();
