import { expect, test } from 'vitest';
import type { BacktestView } from '@/lib/backtest/model';
import { backtestSentence } from './sentence';

const at = (time: string) => `2026-01-01T${time}.000Z`;
type Turn = BacktestView['wouldHave'][number];
type Done = BacktestView['happened'][number];

const turn = (time: string, kind: Turn['kind'], action: Turn['action'], of: Partial<Turn> = {}): Turn => {
  return { at: at(time), stage: 0, kind, reason: 'gate_waits', deciding: null, action, ...of };
};
const failing: Partial<Turn> = { reason: 'guardrail_failed', deciding: { criterion: 'errors', cohort: 'beta' } };
const back = (time: string) => turn(time, 'roll_back', 'roll_back', failing);
const done = (time: string, action: Done['action'], of: Partial<Done> = {}): Done => {
  const actor = { kind: 'rule', id: 'guardrail', name: 'guardrail' };
  return { at: at(time), action, toStage: 0, acted: true, reason: '', actor, ...of };
};
const ana = { actor: { kind: 'person', id: 'p', name: 'Ana' } };
const view = (over: Partial<BacktestView>): BacktestView => ({
  rolloutId: 'r',
  from: at('14:00:00'),
  to: at('15:00:00'),
  resolution: 10,
  mode: 'as_happened',
  looks: 360,
  plan: {} as BacktestView['plan'],
  edited: ['criteria'],
  caveats: [],
  wouldHave: [],
  waits: [],
  happened: [],
  first: [],
  outcomes: [],
  curves: [],
  ...over,
});

const widen = turn('14:01:05', 'widen', 'widen');
const table: Array<[over: Partial<BacktestView>, text: string, tone: string]> = [
  [
    { wouldHave: [widen, back('14:02:10')], happened: [done('14:05:30', 'roll_back')] },
    'With these criteria Belay would have rolled back at 14:02:10, 3\u202fmin 20\u202fs earlier than it did.',
    'bad',
  ],
  [
    { wouldHave: [back('14:09:30')], happened: [done('14:05:30', 'roll_back', ana)] },
    'With these criteria Belay would have rolled back at 14:09:30, 4\u202fmin later than Ana did.',
    'bad',
  ],
  [
    { wouldHave: [back('14:05:45')], happened: [done('14:05:30', 'roll_back')], edited: [] },
    'With its own criteria Belay would have rolled back at 14:05:45, when it did.',
    'bad',
  ],
  [
    { wouldHave: [back('14:05:45')] },
    'With these criteria Belay would have rolled back at 14:05:45; it did not.',
    'bad',
  ],
  [
    { wouldHave: [back('14:05:45')], happened: [done('14:06:45', 'roll_back', { acted: false })] },
    'With these criteria Belay would have rolled back at 14:05:45, 1\u202fmin earlier than it said so, only observing.',
    'bad',
  ],
  [
    { wouldHave: [widen], happened: [done('14:05:30', 'roll_back')] },
    'With these criteria Belay would not have rolled back; it did at 14:05:30.',
    'plain',
  ],
  [
    { wouldHave: [widen], happened: [done('14:01:00', 'widen')] },
    'With these criteria Belay would have widened at 14:01:05, when it did.',
    'good',
  ],
  [
    { wouldHave: [turn('14:00:15', 'hold', null)] },
    'With these criteria Belay would have neither widened nor rolled back.',
    'plain',
  ],
  [
    { wouldHave: [turn('14:03:05', 'hold', 'hold', failing)] },
    'With these criteria Belay would have held at 14:03:05.',
    'warn',
  ],
  [
    { wouldHave: [turn('14:03:05', 'roll_back', 'withdraw', failing)] },
    'With these criteria Belay would have taken a cohort back at 14:03:05; it did not.',
    'bad',
  ],
  [
    { caveats: [{ kind: 'no_data', at: null, says: '' }] },
    'There is no telemetry of this stretch, so nothing can be said.',
    'warn',
  ],
  [
    { wouldHave: [back('14:05:45')], to: '2026-01-03T00:00:00.000Z' },
    'With these criteria Belay would have rolled back at 2026-01-01 14:05:45; it did not.',
    'bad',
  ],
];
test.each(table)('%#: %j', (over, text, tone) => {
  expect(backtestSentence(view(over), 'UTC')).toMatchObject({ text, tone });
});

test('what decided is said below', () => {
  expect(backtestSentence(view({ wouldHave: [back('14:05:45')] }), 'UTC').rule).toBe('errors fails in beta');
  const stays = view({ wouldHave: [widen], happened: [done('14:05:30', 'roll_back')] });
  expect(backtestSentence(stays, 'UTC').rule).toContain('from 14:01:05 on');
});
