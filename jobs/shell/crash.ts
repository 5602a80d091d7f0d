/**
 * `npm run crash [-- --seeds N] [--seed N] [--only TEXT] [--backend postgres|redis] [--lanes N] [--real-time]`: kills
 * the worker with SIGKILL at every named failpoint of a rollback, on both queue backends, with five seeds each, and looks
 * at what is so in the end (`jobs/crash`). A line a run; ends with 1 when anything is not as it must be, or when a point
 * was never reached. `--drill [--level synthetic|fault]`: the same of a run of a drill, at each of its steps.
 */
import { parseArgs } from 'node:util';
import { backends, lanes as mostLanes } from '../crash/bed';
import { casesOf, crash } from '../crash/crash';
import { drillCases, levels } from '../crash/drill/case';
import type { Outcome } from '../crash/run';
import { crashDrillsAndSay } from './crash-drills';

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '5' },
    seed: { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
    backend: { type: 'string', multiple: true, default: [...backends] },
    lanes: { type: 'string', default: '6' },
    'real-time': { type: 'boolean', default: false },
    drill: { type: 'boolean', default: false },
    level: { type: 'string', multiple: true, default: [...levels] },
  },
});
const on = backends.filter((b) => options.backend.includes(b));
const lanes = Math.min(mostLanes, Number(options.lanes));
if (options.drill) {
  const cases = drillCases({ only: options.only, on, level: levels.filter((l) => options.level.includes(l)) });
  if (cases.length > 0) process.exit((await crashDrillsAndSay(cases, lanes)) ? 0 : 1);
}
const seeds = options.seed ? [Number(options.seed)] : Array.from({ length: Number(options.seeds) }, (_, i) => i + 1);
const cases = casesOf({ seeds, only: options.only, on });
if (cases.length === 0 || options.drill) {
  console.error('There is no such failpoint or backend.');
  process.exit(1);
}

function line({ scene, reached, violations, tookMs }: Outcome): string {
  const { deaths, backend, seed, decidedBy, migrations, trick, configuration } = scene;
  const what = deaths
    .map(({ failpoint, nth }) => `${failpoint}:${nth}`)
    .join(' ')
    .padEnd(28);
  const drawn = [
    decidedBy,
    configuration ? 'configuration' : '',
    migrations.length > 0 ? `reverts ${migrations.join('+')}` : '',
    trick === 'none' ? '' : trick,
    scene.loses > 0 ? 'lost answers' : '',
    scene.checkDenies > 0 ? 'check says no' : '',
  ].filter(Boolean);
  const end = violations.length > 0 ? 'BROKEN' : reached.length > 0 ? 'ok' : 'NOT REACHED';
  const head = `${end.padEnd(11)} ${what} ${backend.padEnd(8)} seed ${seed}  ${(tookMs / 1000).toFixed(1).padStart(5)} s  ${drawn.join(', ')}`;
  return [head, ...violations.map((v) => `            ${v}`)].join('\n');
}

const began = Date.now();
const { outcomes, unreached } = await crash(cases, {
  lanes,
  realTime: options['real-time'],
  onOutcome: (outcome) => console.log(line(outcome)),
});
const broken = outcomes.filter((o) => o.violations.length > 0);
const killed = outcomes.filter((o) => o.reached.length > 0);
const points = new Set(outcomes.flatMap((o) => o.reached.map((name) => `${name} ${o.scene.backend}`)));
const all = new Set(cases.flatMap((c) => c.failpoints.map((name) => `${name} ${c.backend}`)));
console.log(
  `\n${outcomes.length} runs, ${killed.length} killed, at ${points.size} of ${all.size} points and backends, seeds ${seeds.join(', ')}; ${broken.length} broken; ${Math.round((Date.now() - began) / 1000)} s`,
);
for (const { failpoint, backend } of unreached) console.log(`never reached: ${failpoint} on ${backend}`);
process.exitCode = broken.length > 0 || unreached.length > 0 ? 1 : 0;
