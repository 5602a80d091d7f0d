/** Of `npm run crash -- --drill`: a line a run, and whether everything was as it must be. */
import type { DrillCase } from '../crash/drill/case';
import { crashDrills } from '../crash/drill/crash';
import type { DrillOutcome } from '../crash/drill/run';

const seconds = (ms: number | null) => (ms === null ? '' : `${(ms / 1_000).toFixed(1)} s`);

function line({ of, reached, violations, backMs, endedMs, tookMs }: DrillOutcome): string {
  const end = violations.length > 0 ? 'BROKEN' : reached.length === of.deaths.length ? 'ok' : 'NOT REACHED';
  const where = of.deaths.length === 1 ? String(of.deaths[0]) : `${reached.length} of ${of.deaths.length} points`;
  const timed = [backMs === null ? '' : `back ${seconds(backMs)}`, endedMs === null ? '' : `over ${seconds(endedMs)}`];
  const head = `${end.padEnd(11)} ${where.padEnd(30)} ${of.level.padEnd(9)} ${of.backend.padEnd(8)} ${of.course.padEnd(7)} ${of.afterwards.padEnd(7)} ${seconds(tookMs).padStart(7)}  ${timed.filter(Boolean).join(', ')}`;
  return [head, ...violations.map((v) => `            ${v}`)].join('\n');
}

/** Of numbers, the middle one and the greatest. */
function spread(all: Array<number | null>): string {
  const known = all.flatMap((ms) => (ms === null ? [] : [ms])).toSorted((a, b) => a - b);
  return known.length === 0
    ? 'none'
    : `${known.length}, median ${seconds(known[Math.floor(known.length / 2)] ?? 0)}, most ${seconds(known.at(-1) ?? 0)}`;
}

export async function crashDrillsAndSay(cases: DrillCase[], lanes: number): Promise<boolean> {
  const began = Date.now();
  const { outcomes, unreached } = await crashDrills(cases, {
    lanes,
    onOutcome: (outcome) => console.log(line(outcome)),
  });
  const broken = outcomes.filter((o) => o.violations.length > 0);
  const killed = outcomes.reduce((n, o) => n + o.reached.length, 0);
  const ended = outcomes.filter((o) => o.of.afterwards === 'ended');
  console.log(
    `\n${outcomes.length} runs, ${killed} workers killed; ${broken.length} broken; ${Math.round((Date.now() - began) / 1_000)} s`,
  );
  console.log(`real users back on the baseline after a death and an abort: ${spread(ended.map((o) => o.backMs))}`);
  console.log(`runs ended after it: ${spread(ended.map((o) => o.endedMs))}`);
  for (const where of unreached) console.log(`never reached: ${where}`);
  return broken.length === 0 && unreached.length === 0;
}
