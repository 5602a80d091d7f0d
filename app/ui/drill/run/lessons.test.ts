/** What a run has taught, and the report of it. */
import { expect, it } from 'vitest';
import { type Clock, clockNames, drillInput, type RunView } from '@/lib/drill/model';
import { lessonsOf, runReport } from './lessons';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString();
const objectives = { objectiveMs: 30_000, met: true, corrected: null };
const took20 = { state: 'recorded', from: at(0), to: at(20), ms: 20_000, ...objectives } as const;
const never = { state: 'pending', from: null, to: null, ms: null, ...objectives, met: null } as const;

const run = (clocks: Clock[], over: Partial<RunView> = {}): RunView => ({
  id: 'run_1',
  drillId: null,
  name: 'Back | and\n# forth',
  feature: 'f',
  environment: 'production',
  level: 'synthetic',
  drill: drillInput.parse({
    name: 'd',
    feature: 'f',
    environment: 'production',
    owner: 'o',
    fault: { share: 50, expiresAfter: '5m' },
  }),
  state: 'failed',
  trigger: 'person',
  by: 'ada',
  shadow: null,
  rolloutId: null,
  rollbackId: null,
  knownGood: null,
  undo: null,
  faultUntil: null,
  decision: { askedAt: null, deadlineAt: null, answer: null, by: null, at: null, saw: null, note: '' },
  clocks,
  control: null,
  proof: null,
  log: [{ at: at(1), state: 'failed', text: 'Failed: too late', data: {} }],
  why: 'too late',
  stop: null,
  scheduledFor: null,
  startedAt: at(0),
  endedAt: at(90),
  ...over,
});

it('names what was not shown beside what was', () => {
  const clocks = clockNames.map((name): Clock => ({ name, ...(name === 'detect' ? took20 : never) }));
  const invalid = clocks.map((c) => (c.name === 'recover' ? { ...c, state: 'invalid' as const } : c));
  const { shown, not } = lessonsOf(run(invalid));
  expect(shown).toEqual([expect.stringMatching(/^Detect took 20\ss, within its objective$/)]);
  expect(not).toContain('That what was recorded comes back');
  expect(not).toContain('Decide, Actuate, Propagate: it never came to that');
  expect(not.join()).toMatch(/Recover: its end lies before[\s\S]*no control cohort[\s\S]*simulated/);
});

it('is a report in which nothing that somebody wrote becomes Markdown', () => {
  const text = runReport(run(clockNames.map((name): Clock => ({ name, ...took20 }))));
  const headings = text.split('\n').filter((line) => line.startsWith('#'));
  expect(headings).toEqual(['# Drill: Back \\| and \\# forth', '## Clocks', '## Shown', '## Not shown', '## Log']);
  expect(text).toMatch(/\| Propagate \| 20\ss \| 30\ss \| met \|/);
  expect(text).toMatch(/50 % of the candidate's requests answer 503, for 5m at most/);
  expect(text).toContain('From the fault until the criteria were back: 20');
  expect(text).toContain(`- ${at(1)} Failed: Failed: too late`);
});
