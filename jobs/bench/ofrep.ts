/** OFREP evaluations a CPU-second: request bytes in, answer text out, the HTTP server left aside. */
import { pairKey } from '@/lib/feature/evaluate';
import type { Cohort, Exposure, Feature, FlagState } from '@/lib/feature/model';
import { answerOfrep } from '@/lib/feature/ofrep';
import type { Figure } from './figure';

const featureCount = 50;
const cohortCount = 20;
const measuredMs = 1_000;
const root = '/ofrep/v1/evaluate/flags';

/** 50 features, each under a rollout over 3 of 20 cohorts, so that every evaluation walks cohorts and hashes. */
function busyState(): FlagState {
  const features: Feature[] = Array.from({ length: featureCount }, (_, i) => ({
    key: `feature-${i}`,
    owner: 'bench',
    description: '',
    kind: 'flag',
    versions: { control: false, treatment: true },
    baseline: 'control',
    plane: 'builtin',
  }));
  const cohorts: Cohort[] = Array.from({ length: cohortCount }, (_, i) => ({
    key: `cohort-${i}`,
    description: '',
    rules: [
      { attribute: 'user.plan', in: [`plan-${i}`, 'enterprise'] },
      { attribute: 'country', in: ['de', 'fr', 'at'], notIn: [`region-${i}`] },
    ],
  }));
  const exposureOf = ({ key }: Feature, i: number): Exposure => {
    const names = [0, 1, 2].map((n) => `cohort-${(i + n) % cohortCount}`);
    return {
      rolloutId: `rol_${i}`,
      featureKey: key,
      environment: 'production',
      baseline: 'control',
      candidate: 'treatment',
      stages: [{ [names[0] ?? '']: 100 }, { [names[1] ?? '']: 50 }, { [names[2] ?? '']: 25, '*': 10 }],
      cohortOrder: [...names, '*'],
      holdback: 10,
    };
  };
  return {
    revision: 1,
    features: new Map(features.map((f) => [f.key, f])),
    cohorts: new Map(cohorts.map((c) => [c.key, c])),
    overrides: new Map(
      features.map((f) => [
        f.key,
        [
          {
            id: 'ovr',
            featureKey: f.key,
            scope: 'user',
            value: 'nobody',
            environment: null,
            effect: 'serve',
            version: 'treatment',
            reason: 'bench',
          },
        ],
      ]),
    ),
    optOuts: new Set(features.flatMap((f) => Array.from({ length: 100 }, (_, i) => pairKey(f.key, `out-${i}`)))),
    configurations: new Map(),
    exposures: new Map(features.map((f, i) => [pairKey(f.key, 'production'), exposureOf(f, i)])),
  };
}

function bodyOf(i: number): Buffer {
  return Buffer.from(
    JSON.stringify({
      context: {
        targetingKey: `user-${i}`,
        user: { plan: `plan-${i % 30}`, since: 2020 + (i % 6) },
        country: ['de', 'us', 'jp', 'fr'][i % 4],
        device: 'phone',
        version: '4.2.1',
        email: `user-${i}@example.com`,
      },
    }),
  );
}

/** Calls until about `measuredMs` of CPU are used, after a warm-up; calls a CPU-second. */
function perCpuSecond(call: (i: number) => void): number {
  for (let i = 0; i < 5_000; i++) call(i);
  const before = process.cpuUsage();
  let calls = 0;
  let used = 0;
  while (used < measuredMs * 1_000) {
    for (let i = 0; i < 500; i++) call(calls + i);
    calls += 500;
    const { user, system } = process.cpuUsage(before);
    used = user + system;
  }
  return (calls / used) * 1e6;
}

export async function benchOfrep(): Promise<Figure[]> {
  const state = busyState();
  const bodies = Array.from({ length: 1_000 }, (_, i) => bodyOf(i));
  const ask = (path: string, i: number) => {
    const body = bodies[i % bodies.length] as Buffer;
    const { status } = answerOfrep(state, 'production', { method: 'POST', path, headers: {}, body }, 0);
    if (status !== 200) throw new Error(`an evaluation was answered with ${status}`);
  };
  const single = perCpuSecond((i) => ask(`${root}/feature-${i % featureCount}`, i));
  const bulk = perCpuSecond((i) => ask(root, i));
  return [
    { name: 'OFREP evaluations, one a request', value: single, unit: 'per CPU-second', target: '≥ 5,000' },
    {
      name: `OFREP evaluations, ${featureCount} a request`,
      value: bulk * featureCount,
      unit: 'per CPU-second',
      target: '≥ 5,000',
    },
  ];
}
