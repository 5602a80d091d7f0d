/** Each named reason arises from bins and findings, and none of them is an answer. */
import { describe, expect, it } from 'vitest';
import type { BinRow, Finding, FindingKind } from '@/lib/signal/model';
import { parsePlan } from '../plan/plan';
import { type Health, outcomesOf } from './evidence';
import { binMs, close, lookNow, startJudging } from './judging';

const planOf = (over: string) =>
  parsePlan(`
feature: f
environment: e
owner: o
baseline: control
candidate: treatment
stages: [ { name: half, exposure: { "*": 50 } } ]
criteria:
  - { name: errors, kind: guardrail, measure: share, metric: requests, of: { status: 5xx }, better: lower, ${over} }
`);
const compared = planOf('margin: 2pp');
const start = new Date('2026-01-01T00:00:00Z');
const at = (bin: number) => start.getTime() + bin * binMs;
const nothing = { sum: Number.NaN, sum2: Number.NaN, min: Number.NaN, max: Number.NaN, last: Number.NaN };

/** 1000 requests of one version in one bin, `bad` of them errors. */
function requests(bin: number, version: string, bad = 10, of = 1000): BinRow[] {
  const row = (status: string, n: number): BinRow => ({
    at: at(bin),
    version,
    cohort: 'eu',
    metric: 'requests',
    kind: 'sum',
    unit: '1',
    attributes: { status },
    aggregate: { kind: 'sum', n, ...nothing },
  });
  return [row('200', of - bad), row('500', bad)];
}
const during = (from: number, to: number, version: string, bad?: number, of?: number) =>
  Array.from({ length: to - from }, (_, i) => requests(from + i, version, bad, of)).flat();
const both = (from: number, to: number) => [...during(from, to, 'control'), ...during(from, to, 'treatment')];

function judge(rows: BinRow[], of: { plan?: typeof compared; minute?: number; health?: Partial<Health> } = {}): string {
  const { plan = compared, minute = 5 } = of;
  const now = new Date(at(minute * 6) + 1_000);
  const judging = startJudging(plan, start, start);
  close(judging, rows, now.getTime() - 5_000);
  const health = {
    findings: [],
    freshness: { lastAt: now, receiverAliveAt: now },
    startedAt: start,
    now,
  };
  const [overall] = outcomesOf(lookNow(judging, [], now.getTime()), { ...health, ...of.health });
  return `${overall?.outcome} ${overall?.reason}`;
}
const finding = (kind: FindingKind, metric = 'requests', lastAt = new Date(at(29))): { findings: Finding[] } => ({
  findings: [{ kind, environment: 'e', feature: 'f', metric, detail: '', firstAt: start, lastAt, count: 1 }],
});
const downSince = (bin: number) => ({ freshness: { lastAt: new Date(at(bin)), receiverAliveAt: new Date(at(bin)) } });

describe('from data and findings', () => {
  const few = planOf('margin: 2pp, minSamples: 100000');
  const alone = planOf('against: { threshold: "5%" }');
  const close50 = [...during(0, 30, 'control', 10), ...during(0, 30, 'treatment', 29)];
  it.each<[what: string, said: string, expected: string]>([
    ['healthy and fresh', judge(both(0, 30)), 'pass decided'],
    ['fewer than minSamples', judge(both(0, 30), { plan: few }), 'inconclusive too_few'],
    ['an effect near the margin', judge(close50), 'inconclusive not_yet_clear'],
    ['nothing yet', judge([]), 'no_data no_observations'],
    ['the candidate has not spoken yet', judge(during(0, 30, 'control')), 'no_data candidate_silent'],
    ['the baseline has not spoken yet', judge(during(0, 30, 'treatment')), 'no_data baseline_silent'],
    [
      'never both at once',
      judge([...during(0, 15, 'control'), ...during(15, 30, 'treatment')]),
      'no_data no_concurrent_baseline',
    ],
    [
      'the baseline went silent',
      judge([...both(0, 20), ...during(20, 30, 'treatment')]),
      'inconclusive baseline_silent',
    ],
    [
      'the candidate went silent',
      judge([...both(0, 20), ...during(20, 30, 'control')]),
      'inconclusive candidate_silent',
    ],
    ['both went silent', judge(both(0, 30), { minute: 7 }), 'inconclusive both_silent'],
    ['the one arm of a threshold is old', judge(both(0, 30), { plan: alone, minute: 7 }), 'inconclusive stale'],
    ['our receiver went down', judge(both(0, 30), { minute: 7, health: downSince(30) }), 'inconclusive receiver_down'],
    ['our receiver was down from the start', judge([], { health: downSince(0) }), 'no_data receiver_down'],
    ['a sender ran out of series', judge(both(0, 30), { health: finding('overflow') }), 'inconclusive overflow'],
    [
      'there are too many series',
      judge(both(0, 30), { health: finding('series_budget', '') }),
      'inconclusive overflow',
    ],
    [
      'senders differ about the unit',
      judge(both(0, 30), { health: finding('unit_conflict') }),
      'inconclusive unit_conflict',
    ],
    [
      'two write one stream',
      judge(both(0, 30), { health: finding('single_writer_violation') }),
      'inconclusive writers_overlap',
    ],
    ['another metric is in trouble', judge(both(0, 30), { health: finding('overflow', 'other') }), 'pass decided'],
    [
      'the trouble was long ago',
      judge(both(0, 120), { minute: 20, health: finding('overflow', 'requests', new Date(at(30))) }),
      'pass decided',
    ],
  ])('%s: %s', (_what, said, expected) => {
    expect(said).toBe(expected);
  });

  it('what is open anyway says the graver reason: not yet may be let through, not knowable may not', () => {
    expect(judge(both(0, 30), { plan: few, minute: 7 })).toBe('inconclusive both_silent');
    expect(judge(both(0, 30), { plan: few, health: finding('overflow') })).toBe('inconclusive overflow');
    expect(judge(close50, { minute: 7, health: downSince(30) })).toBe('inconclusive receiver_down');
  });

  it('a failure stands through silence and through a receiver that is down, but not on data that is doubtful', () => {
    const bad = [...during(0, 30, 'control'), ...during(0, 30, 'treatment', 300)];
    expect(judge(bad, { minute: 7, health: downSince(30) })).toBe('fail decided');
    for (const kind of ['overflow', 'unit_conflict', 'single_writer_violation'] as const)
      expect(judge(bad, { health: finding(kind) })).toMatch(/^inconclusive/);
  });
});
