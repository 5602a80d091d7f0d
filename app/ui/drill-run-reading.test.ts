/** What a run of a drill is read as. */
import { describe, expect, it } from 'vitest';
import { type Clock, clockNames, drillInput, type RunState, type RunView } from '@/lib/drill/model';
import { lessonsOf, readClock, runSentence, trackOf } from './drill-run-reading';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString();

const clock = (over: Partial<Clock> = {}): Clock => ({
  name: 'detect',
  state: 'recorded',
  from: at(0),
  to: at(20),
  ms: 20_000,
  objectiveMs: 30_000,
  met: true,
  corrected: null,
  ...over,
});

const drill = drillInput.parse({
  name: 'd',
  feature: 'f',
  environment: 'production',
  owner: 'o',
  fault: { share: 50, expiresAfter: '5m' },
});

const run = (state: RunState, over: Partial<RunView> = {}): RunView => ({
  id: 'run_1',
  drillId: null,
  name: 'd',
  feature: 'f',
  environment: 'production',
  level: 'synthetic',
  drill,
  state,
  trigger: 'person',
  by: 'ada',
  shadow: null,
  rolloutId: null,
  rollbackId: null,
  knownGood: null,
  undo: null,
  faultUntil: null,
  decision: { askedAt: null, deadlineAt: null, answer: null, by: null, at: null, saw: null, note: '' },
  clocks: clockNames.map((name) => clock({ name })),
  control: null,
  proof: null,
  log: [],
  why: '',
  scheduledFor: null,
  startedAt: at(0),
  endedAt: null,
  ...over,
});

describe('the sentence', () => {
  it('does not call a return good that was slower than its objective', () => {
    const clocks = [clock({ met: false }), clock({ name: 'decide' })];
    expect(runSentence(run('restored')).tone).toBe('good');
    expect(runSentence(run('restored', { clocks }))).toMatchObject({
      tone: 'warn',
      text: 'what was recorded is back, but slower than its objective in detect.',
    });
  });

  it('claims no proof for a tabletop', () => {
    const said = runSentence(run('restored', { level: 'tabletop' }));
    expect(`${said.lead} ${said.text}`).toMatch(/^Decided: it was decided to roll back/);
  });

  it('says that a person is asked, and what was answered', () => {
    const asked = { ...drill, decision: drillInput.shape.decision.parse({ by: 'person' }) };
    expect(runSentence(run('deciding')).text).toMatch(/by itself/);
    expect(runSentence(run('deciding', { drill: asked })).text).toMatch(/a person is asked/);
    const decision = { ...run('deciding').decision, answer: 'hold' as const, by: 'ada' };
    expect(runSentence(run('deciding', { drill: asked, decision })).text).toBe('ada has answered: Hold.');
  });
});

describe('the track', () => {
  it('shows where one fell that did not come back', () => {
    const log = (['planned', 'preparing', 'detecting', 'failed'] as const).map((state, n) => ({
      at: at(n),
      state,
      text: '',
      data: {},
    }));
    const track = trackOf(run('failed', { log, endedAt: at(9) }));
    expect(track.find((item) => item.at === 'fallen')?.state).toBe('detecting');
    expect(track.find((item) => item.state === 'rolling_back')?.at).toBe('ahead');
    expect(track.at(-1)).toEqual({ state: 'failed', at: 'here', since: at(9) });
  });

  it('has no fault at a tabletop', () => {
    const states = trackOf(run('deciding', { level: 'tabletop' })).map((item) => item.state);
    expect(states).toEqual(['planned', 'preparing', 'deciding', 'restored']);
  });
});

describe('a clock', () => {
  const now = Date.parse(at(40));

  it('that runs is late once it is over its objective', () => {
    const running = clock({ state: 'pending', to: null, ms: null, met: null });
    expect(readClock(running, Date.parse(at(20)), false).tone).toBe('warn');
    expect(readClock(running, now, false)).toMatchObject({ tone: 'bad', share: 1 });
  });

  it('that never came is not said to be quick', () => {
    const never = clock({ state: 'pending', from: null, to: null, ms: null, met: null });
    expect(readClock(never, now, false).text).toBe('not begun');
    expect(readClock(never, now, true)).toMatchObject({ text: 'never came', tone: 'plain', share: null });
  });
});

it('names what was not shown beside what was', () => {
  const clocks = [clock(), clock({ name: 'recover', state: 'invalid', ms: null, met: null })];
  const { shown, not } = lessonsOf(run('failed', { clocks }));
  expect(shown).toEqual([expect.stringMatching(/^Detect took 20\ss, within its objective$/)]);
  expect(not).toContain('That what was recorded comes back');
  expect(not.join()).toMatch(/Recover: its end lies before[\s\S]*no control cohort[\s\S]*simulated/);
});
