/**
 * What a page is measured on: two hours of a rollout with twelve criteria, sent, received, folded and judged as in
 * production, and a report over the same stretch. Both versions do alike, so that nothing is decided meanwhile.
 */
import { type Random, randomFrom } from '@/jobs/simulate/random';
import type { Context } from '@/lib/context';
import { putFeature } from '@/lib/feature/feature';
import { draftPostmortem } from '@/lib/postmortem/open';
import { openPostmortem } from '@/lib/postmortem/stretch';
import { createRollout, perform } from '@/lib/rollout/rollout';
import { openSender } from './load';
import { requestsBody } from './requests';
import type { Stage } from './stage';

export const charts = 12;
export const bins = 720;
const binMs = 10_000;
const requests = 400;
const feature = 'new-checkout';
const routes = Array.from({ length: charts }, (_, i) => `/step-${i + 1}`);

const criterion = (route: string) =>
  `  - { name: "errors ${route}", kind: guardrail, measure: share, metric: requests, where: { http.route: ${route} },
      of: { http.response.status_code: 5xx }, against: baseline, better: lower, margin: 2pp }`;

const plan = `
feature: ${feature}
environment: production
owner: bench
baseline: control
candidate: treatment
holdback: 10
stages:
  - { name: half, exposure: { "*": 50 }, minDuration: 24h }
criteria:
${routes.map(criterion).join('\n')}
`;

export type Scene = { rolloutId: string; postmortemId: string };

export async function makeScene(stage: Stage): Promise<Scene> {
  const endedMs = Math.floor(Date.now() / binMs) * binMs;
  const startedMs = endedMs - bins * binMs;
  const at = (ms: number): Context => ({
    db: stage.database.db,
    now: () => new Date(ms),
    enqueue: async () => {},
    actor: { kind: 'rule', id: 'bench', name: 'bench', environment: null },
  });
  const began = at(startedMs);
  const versions = { control: false, treatment: true };
  await putFeature(began, { key: feature, owner: 'bench', versions, baseline: 'control' });
  const { id: rolloutId } = await createRollout(began, plan);
  await perform(began, rolloutId, 'start', { reason: 'bench' });
  await sendAll(stage, startedMs);
  await looked(stage, rolloutId, endedMs);
  const now = at(Date.now());
  const stretch = { feature, environment: 'production', from: new Date(startedMs), to: new Date(endedMs) };
  const { id: postmortemId } = await openPostmortem(now, {
    ...stretch,
    from: stretch.from.toISOString(),
    to: stretch.to.toISOString(),
  });
  await draftPostmortem(now, postmortemId);
  return { rolloutId, postmortemId };
}

async function sendAll(stage: Stage, startedMs: number): Promise<void> {
  const sender = openSender(stage.port, 1);
  const random = randomFrom(1, 0);
  for (let bin = 1; bin <= bins; bin++) {
    const body = reportOf(startedMs + bin * binMs - 1, random);
    const { status } = await sender.send('/v1/metrics', { 'content-type': 'application/json' }, body);
    if (status !== 200) throw new Error(`the receiver answered ${status}`);
  }
  sender.close();
}

function reportOf(at: number, random: Random): Buffer {
  const traffic = routes.flatMap((route) =>
    ['control', 'treatment'].map((version) => {
      const bad = random.binomial(requests, 0.02);
      return { version, cohort: 'eu', ok: requests - bad, bad, attributes: { 'http.route': route } };
    }),
  );
  return requestsBody({ feature, environment: 'production', at, overMs: binMs - 1, traffic });
}

/** Until judging has come to the end of what was sent. */
async function looked({ database }: Stage, rolloutId: string, endedMs: number): Promise<void> {
  const wanted = new Date(endedMs - 6 * binMs).toISOString();
  for (const until = Date.now() + 120_000; ; ) {
    const [row] = await database.sql<[{ n: number }]>`
      select count(distinct criterion)::int as n from look where rollout_id = ${rolloutId} and at >= ${wanted}::timestamptz`;
    if (row.n === charts) return;
    if (Date.now() > until) throw new Error(`only ${row.n} of ${charts} criteria were judged up to the end`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
