/** Plans that come with Belay. What belongs to one rollout alone is left out: the form fills it in. */
import type { PlanInput } from '@/lib/rollout/model';
import type { ownOfRollout } from '../model';
import { budget, requests } from './criteria';
import { dataMigrations, dataStands } from './migrations';

export type PlanBody = Omit<PlanInput, (typeof ownOfRollout)[number]>;
export type BuiltinPlan = { id: string; name: string; description: string; body: PlanBody };

const internal = 'YOUR-INTERNAL-COHORT';
const beta = 'YOUR-BETA-COHORT';
const [first, second, third] = [
  'YOUR-FIRST-REGION-COHORT',
  'YOUR-SECOND-REGION-COHORT',
  'YOUR-THIRD-REGION-COHORT',
] as const;
const early = { [internal]: 100, [beta]: 100 };

export const plans: BuiltinPlan[] = [
  {
    id: 'cautious-flag',
    name: 'Cautious flag rollout',
    description:
      'For what may hurt: your own people first, then those who asked for it, then 5, 25, 50 and 100 percent. Each stage is long enough to see a slow leak, the step to everybody waits for a second person, and a stage that finds no answer within its time holds instead of shipping.',
    body: {
      hypothesis: 'What should get better, and what must not get worse',
      stages: [
        { name: 'internal', exposure: { [internal]: 100 }, minDuration: '30m' },
        { name: 'beta', exposure: early, minDuration: '1h', minSamples: 2000 },
        {
          name: 'five percent',
          exposure: { ...early, '*': 5 },
          minDuration: '2h',
          minSamples: 5000,
          maxDuration: '2d',
        },
        { name: 'a quarter', exposure: { ...early, '*': 25 }, minDuration: '4h', minSamples: 5000, maxDuration: '2d' },
        { name: 'half', exposure: { ...early, '*': 50 }, minDuration: '12h', maxDuration: '3d' },
        { name: 'everyone', exposure: { ...early, '*': 100 }, minDuration: '24h', approval: true },
      ],
      criteria: requests,
      holdback: 10,
      falseRollbackRate: 1,
      onRegression: 'roll_back',
      mode: 'act',
    },
  },
  {
    id: 'quick-flag',
    name: 'Quick flag rollout',
    description:
      'For a small change that is easy to take back: a tenth of everybody for a quarter of an hour, then all. It goes on as soon as 500 requests were seen and nothing fails, without waiting to be sure. Do not use it for anything that writes data.',
    body: {
      hypothesis: 'Nobody notices',
      stages: [
        { name: 'a tenth', exposure: { '*': 10 }, minDuration: '15m', minSamples: 500, gate: 'not_failing' },
        { name: 'everyone', exposure: { '*': 100 }, minDuration: '1h' },
      ],
      criteria: requests,
      holdback: 5,
      falseRollbackRate: 1,
      onRegression: 'roll_back',
      mode: 'act',
    },
  },
  {
    id: 'expand-contract',
    name: 'Change of a column behind a flag',
    description:
      'Expand, backfill, switch, contract: the new column is added and filled while everybody still reads the old one; the flag decides who reads the new one; the old one goes only after the rollout has completed. Until then every step can be taken back, and Belay checks that both columns agree before anybody reads the new one.',
    body: {
      hypothesis: 'Reading the new column gives the same answers as the old one',
      stages: [
        { name: 'internal', exposure: { [internal]: 100 }, minDuration: '1h' },
        { name: 'a tenth', exposure: { [internal]: 100, '*': 10 }, minDuration: '4h', minSamples: 2000 },
        { name: 'half', exposure: { [internal]: 100, '*': 50 }, minDuration: '12h', minSamples: 2000 },
        { name: 'everyone', exposure: { [internal]: 100, '*': 100 }, minDuration: '24h', approval: true },
      ],
      criteria: requests,
      holdback: 10,
      falseRollbackRate: 1,
      onRegression: 'roll_back',
      mode: 'act',
      migrations: dataMigrations,
      checks: [dataStands],
    },
  },
  {
    id: 'deployment-watch',
    name: 'Watch a deployment',
    description:
      'For versions that Belay cannot switch: your deployer sends a canary its share of traffic, Belay compares the two while both run and watches the error budget after that. It only says what it sees; the way back is your deployer’s. Set the shares to those of your canary.',
    body: {
      hypothesis: 'The new build serves as well as the one before',
      stages: [
        { name: 'canary', exposure: { '*': 10 }, minDuration: '30m', minSamples: 2000 },
        { name: 'everywhere', exposure: { '*': 100 }, minDuration: '6h' },
      ],
      criteria: [...requests, ...budget],
      holdback: 0,
      falseRollbackRate: 1,
      onRegression: 'hold',
      mode: 'observe',
    },
  },
  {
    id: 'observe-only',
    name: 'First try: look, and touch nothing',
    description:
      'To see what Belay would have done before it may do it. It judges as always and writes down every decision that it would take, and changes nothing for anybody. After a week of decisions that you agree with, make the same plan with mode: act.',
    body: {
      hypothesis: 'Belay decides as we would',
      stages: [
        { name: 'a tenth', exposure: { '*': 10 }, minDuration: '1h', minSamples: 1000 },
        { name: 'everyone', exposure: { '*': 100 }, minDuration: '24h' },
      ],
      criteria: requests,
      holdback: 10,
      falseRollbackRate: 1,
      onRegression: 'roll_back',
      mode: 'observe',
    },
  },
  {
    id: 'region-by-region',
    name: 'Region by region',
    description:
      'One region after the other, the smallest first, and each for a whole night and day so that its busiest hour is seen. Where it fails in one region only, that one is taken back and the others go on. Each region is a cohort over what your evaluation context says of a user.',
    body: {
      hypothesis: 'It works as well in every region',
      stages: [
        { name: 'first region, half', exposure: { [first]: 50 }, minDuration: '4h', minSamples: 2000 },
        { name: 'first region', exposure: { [first]: 100 }, minDuration: '24h' },
        { name: 'second region', exposure: { [first]: 100, [second]: 100 }, minDuration: '24h', minSamples: 5000 },
        {
          name: 'third region',
          exposure: { [first]: 100, [second]: 100, [third]: 100 },
          minDuration: '24h',
          minSamples: 5000,
          approval: true,
        },
      ],
      criteria: requests,
      holdback: 10,
      falseRollbackRate: 1,
      onRegression: 'roll_back',
      onRegressionScope: 'cohort',
      mode: 'act',
    },
  },
];
