/** What a run of a drill is read as. */
import { describe, expect, it } from 'vitest';
import { type Clock, clockNames, drillInput, type RunState, type RunView } from '@/lib/drill/model';
import { readClock, runSentence, trackOf, wholeOf } from './reading';

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
  stop: null,
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
    expect(track.find((item) => item.state === 'rolling_back')?.at).toBe('never');
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
    expect(readClock(running, now, false).tone).toBe('bad');
  });

  it('shows how far it has come and where its objective lies, in one measure', () => {
    const shares = (clock: Clock) => readClock(clock, now, true).bar ?? { elapsed: 0, objective: 0 };
    const [quick, slow] = [clock(), clock({ ms: 90_000, met: false })];
    expect(shares(quick).elapsed / (shares(quick).objective ?? 0)).toBeCloseTo(20 / 30);
    expect(shares(slow).elapsed / (shares(slow).objective ?? 0)).toBeCloseTo(3);
    expect(shares(slow).elapsed).toBeLessThanOrEqual(1);
    expect(readClock(clock({ objectiveMs: null, met: null }), now, true).bar).toBeNull();
  });

  it('that never came is not said to be quick', () => {
    const never = clock({ state: 'pending', from: null, to: null, ms: null, met: null });
    expect(readClock(never, now, false).text).toBe('not begun');
    expect(readClock(never, now, true)).toMatchObject({ text: 'never came', tone: 'plain', bar: null });
  });
});

it('is as long as from the fault to the criteria, once all of that is recorded', () => {
  const last = clock({ name: 'recover', from: at(60), to: at(95) });
  expect(wholeOf([clock(), last])).toBe('1\u202fmin 35\u202fs');
  expect(wholeOf([clock(), { ...last, state: 'invalid' }])).toBeNull();
});

it('says why it ends while what it did is undone, and that it says nothing of the rollback', () => {
  const stop = { kind: 'aborted' as const, by: 'ada', why: 'lunch', at: at(3) };
  const said = runSentence(run('detecting', { stop }));
  expect(said).toMatchObject({ lead: 'Ending:', text: 'lunch.', ends: expect.stringContaining('undone first') });
  const undo = { what: 'all', state: 'done' as const, at: at(4) };
  const ended = runSentence(run('interrupted', { stop, undo, why: 'errors fails in production' }));
  expect(ended.ends).toMatch(/Real trouble[\s\S]*has been undone[\s\S]*nothing of the rollback/);
});
