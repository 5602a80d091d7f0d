import { describe, expect, it } from 'vitest';
import type { Check } from '@/lib/migration/model';
import { defaultRunbook } from '@/lib/runbook/default';
import type { RunbookStep } from '@/lib/runbook/model';
import type { RollbackStep } from './model';
import { type Parts, stepsOf } from './steps';

const check = (name: string): Check => ({
  kind: 'sql',
  name,
  database: 'shop',
  query: 'select 1',
  expect: 'no_rows',
  timeoutMs: 1_000,
  onFailure: '',
});
const revert = (name: string) => ({ id: `mig_${name}`, name, owner: 'data', how: 'sql' as const });
const text = { title: 'T', expected: '', how: '' };
const own: Parts = {
  runbook: defaultRunbook,
  plane: 'builtin',
  builtin: true,
  switchable: true,
  reverts: [],
  checks: [],
};
const shape = (steps: RollbackStep[]) => Object.fromEntries(steps.map((step) => [step.id, step.needs]));

const call: RunbookStep = { ...text, act: 'call', name: 'purge', webhook: 'cdn', body: {}, timeoutMs: 1_000 };
const ask = (name: string, blocking: boolean): RunbookStep => ({ ...text, act: 'person', name, who: 'sre', blocking });
/** The runbook that comes with Belay, with more in front of one of its acts. */
const ahead = (act: RunbookStep['act'], ...more: RunbookStep[]) => ({
  steps: defaultRunbook.steps.flatMap((step) => (step.act === act ? [...more, step] : [step])),
});

describe('stepsOf', () => {
  it.each<[string, Partial<Parts>, Record<string, string[]>]>([
    [
      'flags alone',
      {},
      {
        restore: [],
        serve: ['restore'],
        read_back: ['serve'],
        exposure: ['serve'],
        criteria: ['exposure'],
      },
    ],
    [
      'migrations go back one after the other, then every check, then the plane is read',
      {
        reverts: [revert('switch'), revert('expand')],
        checks: [
          { check: check('a'), owner: null },
          { check: check('b'), owner: 'x' },
        ],
      },
      {
        restore: [],
        serve: ['restore'],
        'revert/switch': ['serve'],
        'revert/expand': ['revert/switch'],
        'check/a': ['revert/expand'],
        'check/b': ['revert/expand'],
        read_back: ['check/a', 'check/b'],
        exposure: ['serve'],
        criteria: ['exposure'],
      },
    ],
    [
      'an outside plane: nobody here has to follow',
      { builtin: false, plane: 'pln_1' },
      { restore: [], read_back: ['restore'], exposure: ['restore'], criteria: ['exposure'] },
    ],
    ['what Belay cannot switch it only watches', { switchable: false }, { exposure: [], criteria: ['exposure'] }],
    [
      'what the runbook adds holds up what comes after it, but never the proof by telemetry',
      { runbook: ahead('revert_migrations', call, ask('stop', true)), reverts: [revert('m')] },
      {
        restore: [],
        serve: ['restore'],
        'call/purge': ['serve'],
        'person/stop': ['call/purge'],
        'revert/m': ['person/stop'],
        read_back: ['revert/m'],
        exposure: ['serve'],
        criteria: ['exposure'],
      },
    ],
    [
      'a person that holds nothing up is needed by nobody',
      { runbook: ahead('integrity', ask('look', false)) },
      {
        restore: [],
        serve: ['restore'],
        'person/look': ['serve'],
        read_back: ['serve'],
        exposure: ['serve'],
        criteria: ['exposure'],
      },
    ],
    [
      'the restore waits for nothing, wherever a runbook has it',
      { runbook: ahead('restore', ask('ask', true)) },
      {
        restore: [],
        serve: ['restore'],
        'person/ask': ['serve'],
        read_back: ['person/ask'],
        exposure: ['serve'],
        criteria: ['exposure'],
      },
    ],
    [
      'reverts come before what checks them, whatever a runbook says',
      {
        runbook: { steps: [...defaultRunbook.steps].reverse() },
        reverts: [revert('m')],
        checks: [{ check: check('a'), owner: null }],
      },
      {
        restore: [],
        serve: ['restore'],
        criteria: ['exposure'],
        exposure: ['serve'],
        'revert/m': ['serve'],
        'check/a': ['revert/m'],
        read_back: ['check/a'],
      },
    ],
  ])('%s', (_what, over, expected) => {
    expect(shape(stepsOf({ ...own, ...over }))).toEqual(expected);
  });

  it('the same name twice is two steps, each with a key of its own', () => {
    const runbook = ahead('read_back', { ...text, act: 'check', name: 'a', check: check('a') });
    const steps = stepsOf({ ...own, runbook, checks: [{ check: check('a'), owner: null }] });
    expect(shape(steps)).toMatchObject({ 'check/a': ['serve'], 'check/a/2': ['check/a'], read_back: ['check/a/2'] });
  });

  it('says whose each step is', () => {
    const steps = stepsOf({ ...own, reverts: [revert('m')], runbook: ahead('integrity', ask('look', false)) });
    expect(steps.find((s) => s.id === 'revert/m')?.owner).toBe('data');
    expect(steps.find((s) => s.id === 'person/look')?.owner).toBe('sre');
  });

  it('says of each what the runbook expects, and how to see it', () => {
    const told = { ...ask('look', true), expected: 'all is well', how: 'look at it' };
    const steps = stepsOf({ ...own, reverts: [revert('m')], runbook: ahead('integrity', told) });
    expect(steps.find((s) => s.id === 'person/look')).toMatchObject({ expected: 'all is well', how: 'look at it' });
    const line = defaultRunbook.steps.find((s) => s.act === 'revert_migrations');
    expect(steps.find((s) => s.id === 'revert/m')).toMatchObject({ expected: line?.expected, how: line?.how });
  });
});
