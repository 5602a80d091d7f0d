/** On the real clock, with the real watch and without a queue: it alone judges, rolls back and carries drills on. */
import { expect, it } from 'vitest';
import { arms, minute, watched } from '@/e2e/watched';
import { requestsPlan } from '@/jobs/bench/requests';
import { putFeature } from '@/lib/feature/feature';
import { createRollout } from '@/lib/rollout/rollout';
import { createDrill } from '../drill';
import type { DrillInput, RunView } from '../model';
import { getRun, startRun } from './run';

const { store, begin, send } = watched();

const input = (feature: string, over: Partial<DrillInput> = {}): DrillInput => ({
  name: 'live',
  feature,
  environment: 'production',
  owner: 'o',
  fault: { share: 50, expiresAfter: '10m' },
  ...over,
});

async function started(feature: string): Promise<string> {
  const { id } = await createDrill(store.context(), input(feature));
  return (await startRun(store.context(), id, { reason: 'live' })).id;
}

async function until(id: string, what: (run: RunView) => boolean, withinMs: number): Promise<RunView> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const run = await getRun(store.context(), id);
    if (what(run)) return run;
    if (Date.now() > deadline) throw new Error(run.log.map((line) => `${line.at} ${line.text}`).join('\n'));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

it('runs by itself to its proof, and ends at once when a guardrail of a real rollout fails', async () => {
  const quiet = 'drilled-live';
  const versions = { control: false, treatment: true };
  await putFeature(store.context(), { key: quiet, owner: 'o', versions, baseline: 'control' });
  await createRollout(store.context(), requestsPlan(quiet));
  const whole = await started(quiet);

  // A rollout that is only looked on: what fails in it takes nothing back, and is real all the same.
  const real = await begin('mode: observe');
  await send(real.feature, real.startedAt, real.startedAt + 2 * minute, arms('eu', 0.01));
  const disturbed = await started(real.feature);
  await until(disturbed, (r) => r.state === 'preparing', 30_000);
  await send(real.feature, real.startedAt + 2 * minute, real.startedAt + 4 * minute, arms('eu', 0.4));
  const ended = await until(disturbed, (r) => r.endedAt !== null, 60_000);
  expect(ended).toMatchObject({ state: 'interrupted' });
  expect(ended.why).toMatch(/errors fails/);

  const run = await until(whole, (r) => r.endedAt !== null, 360_000);
  expect(run.state, run.log.map((line) => `${line.at} ${line.text}`).join('\n')).toBe('restored');
  expect(run.clocks.map((c) => c.state)).toEqual(Array(5).fill('recorded'));
}, 480_000);
